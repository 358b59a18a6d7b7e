/**
 * A connection under Bun. Bun 1.4 keeps a time-out that a request has set on the socket, also for what is sent on it
 * afterwards, so that each one that is lifted must be set again before the response's last byte: after it Bun does not
 * look at it any more.
 */
import { isLoopback } from "../core/addresses.ts";
import type { Connection } from "./connection.ts";
import type { Socket, SocketEvents } from "./websocket/socket.ts";

/** What a WebSocket is opened with. */
export interface BunData {
  start(socket: Socket): SocketEvents;
  events?: SocketEvents;
  /** Its client is on another machine. */
  remote: boolean;
}

/** How long after a response the connection of a stranger stays, also when the body that was refused is still coming. */
const STRANGER_IDLE_S = 5;

export class BunConnection implements Connection {
  private readonly server: Bun.Server<BunData>;
  private readonly request: Request;
  private readonly idle_s: number;
  private admitted = false;
  private holds = 0;

  constructor(server: Bun.Server<BunData>, request: Request, idle_s: number) {
    this.server = server;
    this.request = request;
    this.idle_s = idle_s;
  }

  upgrade(start: (socket: Socket) => SocketEvents, headers: Headers): Response | undefined {
    const remote = !isLoopback(this.address() ?? "");
    if (!this.server.upgrade(this.request, { data: { start, remote }, headers })) return undefined;
    return new Response(null, { status: 101 });
  }

  address(): string | undefined {
    return this.server.requestIP(this.request)?.address;
  }

  admit(): void {
    if (this.admitted) return;
    this.admitted = true;
    this.hold();
  }

  hold(): void {
    // Models think for longer than any idle time-out; the client decides how long it waits.
    if (this.holds++ === 0) this.server.timeout(this.request, 0);
  }

  release(): void {
    if (--this.holds === 0) this.server.timeout(this.request, this.idle_s);
  }

  /** The response is there, or its headers are, where the connection is still held. */
  answered(): void {
    if (this.admitted) this.release();
    else this.server.timeout(this.request, Math.min(this.idle_s, STRANGER_IDLE_S));
  }
}
