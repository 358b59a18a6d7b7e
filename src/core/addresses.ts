/** Hosts as they are written in a URL or for a socket: whose they are. A name tells nothing of where it leads. */

/** This machine and nobody else. */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|.*\.localhost|127\.\d+\.\d+\.\d+|::1|\[::1\])$/i.test(host);
}

/** Addresses that are not routed through the internet: what is sent there stays in house. */
export function isPrivate(host: string): boolean {
  return (
    isLoopback(host) ||
    host === "0.0.0.0" ||
    /^(?:10|192\.168|169\.254|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\.[\d.]+$/.test(host) ||
    /^\[f(?:[cd]|e[89ab])[\da-f]{0,2}:/i.test(host)
  );
}
