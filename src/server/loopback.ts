/** Whether a host, as it is written in a URL or for a socket, is this machine and nobody else. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || /^(?:127\.\d+\.\d+\.\d+|::1|\[::1\])$/.test(host);
}
