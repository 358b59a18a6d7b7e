/**
 * Whether an upstream can be reached at all. `fetch` waits for minutes on a machine that does not answer, and a reply may
 * rightly take as long (a busy slot, a long prompt), so a connection of our own tells the two apart.
 */
import { connect as connectTcp, type Socket } from "node:net";
import { isLoopback } from "../../core/addresses.ts";

export interface Address {
  hostname: string;
  port: number;
}

/** `failed` rejects when the upstream does not take a connection in time, and never resolves. */
export function watchConnect(
  host: { address: Address | undefined; connect_timeout_ms: number },
  connect: (to: { host: string; port: number }) => Socket = connectTcp,
): { failed: Promise<never>; end(): void } | undefined {
  if (!host.address) return undefined;
  const { hostname, port } = host.address;
  const seconds = host.connect_timeout_ms / 1000;
  let end = (): void => {};
  const failed = new Promise<never>((_, reject) => {
    const socket = connect({ host: hostname, port });
    const timer = setTimeout(() => {
      reject(new Error(`no connection within ${seconds} s (connect_timeout_ms)`));
      end();
    }, host.connect_timeout_ms);
    end = () => {
      clearTimeout(timer);
      socket.destroy();
    };
    // What else goes wrong `fetch` tells better.
    socket.on("error", end).on("connect", end);
  });
  failed.catch(() => {});
  return { failed, end: () => end() };
}

/** Nothing for this machine's own addresses, which answer at once or not at all. */
export function addressOf(url: string): Address | undefined {
  if (!URL.canParse(url)) return undefined;
  const { hostname, port, protocol } = new URL(url);
  if (isLoopback(hostname)) return undefined;
  const usual = protocol === "https:" ? 443 : 80;
  return { hostname: hostname.replaceAll(/^\[|\]$/g, ""), port: port === "" ? usual : Number(port) };
}
