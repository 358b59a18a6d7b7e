/** The connection that a request came over, as far as the runtime lets anybody act on it. */
import type { Context } from "hono";
import type { Upgrader } from "./websocket/socket.ts";

export interface Connection extends Upgrader {
  /** Its other end: the client, or a proxy before it. Undefined where the runtime does not know. */
  address(): string | undefined;
  /** The request has passed the access guard: silence does not end the connection while it is answered. */
  admit(): void;
  /** The answer goes on after its headers. As many calls of `release` must follow, each before the answer's last byte. */
  hold(): void;
  release(): void;
}

/** Undefined where an app is asked without a socket. */
export function connectionOf(c: Context): Connection | undefined {
  const env = c.env as Partial<Connection> | undefined;
  return env?.admit === undefined ? undefined : (env as Connection);
}

/** For a stream of which nothing else announces the end. It costs some work for each piece. */
export function heldOpen(reply: Response, connection: Connection | undefined): Response {
  const { body, status, headers } = reply;
  if (!connection || !headers.get("content-type")?.includes("event-stream") || !body) return reply;
  connection.hold();
  const end = new TransformStream<Uint8Array, Uint8Array>({ flush: () => connection.release() });
  return new Response(body.pipeThrough(end), { status, headers });
}
