/** The connection that a request came over, as far as the runtime gives access to it. */
import type { Context } from "hono";
import type { Upgrader } from "./websocket/socket.ts";

export interface Connection extends Upgrader {
  /** Its other end: the client, or a proxy before it. Undefined where the runtime does not know. */
  address(): string | undefined;
  /** The request has passed the access guard: silence does not end the connection until the response is there. */
  admit(): void;
  /** The response goes on after its headers. As many calls of `release` must follow, each before the response's last byte. */
  hold(): void;
  release(): void;
}

/** Undefined where an app is called without a socket. */
export function connectionOf({ env }: Context): Connection | undefined {
  return isConnection(env) ? env : undefined;
}

function isConnection(env: unknown): env is Connection {
  return typeof env === "object" && env !== null && "admit" in env;
}

/** For a stream of which nothing else announces the end. It costs some work for each piece. */
export function heldOpen(response: Response, connection: Connection | undefined): Response {
  const { body, status, headers } = response;
  if (!connection || !headers.get("content-type")?.includes("event-stream") || !body) return response;
  connection.hold();
  const end = new TransformStream<Uint8Array, Uint8Array>({ flush: () => connection.release() });
  return new Response(body.pipeThrough(end), { status, headers });
}
