/** The hosts of a soak, on bare TCP: they answer in every wire, and die, hang, slow down and lie as a turn wants it. */
import type { Socket } from "bun";
import type { WireName } from "../../src/core/provider.ts";
import { WIRE_NAMES } from "../../src/core/provider.ts";
import type { Json } from "../../test/support/response-rules.ts";
import { heardBy, type Heard } from "../../test/support/ways/heard.ts";
import { HOSTS } from "../../test/support/ways/hosts.ts";
import { play, type Stage } from "./play.ts";
import type { Turn } from "./turn.ts";

export interface HostEvents {
  /** The turn of this name; undefined when there is none. */
  find(name: string): Turn | undefined;
  asked(turn: Turn, heard: Heard): void;
  /** Something that must not be. */
  fault(what: string): void;
}

class Connection implements Stage {
  closed = false;
  turn: Turn | undefined;
  private readonly socket: Socket<Connection>;
  private inbox = Buffer.alloc(0);
  private outbox: Buffer[] = [];
  private after: "keep" | "end" | "reset" = "keep";
  private readonly drained: (() => void)[] = [];

  constructor(socket: Socket<Connection>) {
    this.socket = socket;
  }

  /** The next whole request. */
  take(bytes: Uint8Array): { line: string; body: string } | undefined {
    this.inbox = Buffer.concat([this.inbox, bytes]);
    const end = this.inbox.indexOf("\r\n\r\n");
    if (end === -1) return undefined;
    const head = this.inbox.subarray(0, end).toString("latin1");
    const size = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
    if (this.inbox.length < end + 4 + size) return undefined;
    const body = this.inbox.subarray(end + 4, end + 4 + size).toString("utf8");
    this.inbox = this.inbox.subarray(end + 4 + size);
    return { line: head.slice(0, head.indexOf("\r\n")), body };
  }

  async write(bytes: Buffer | string): Promise<void> {
    if (this.closed) return;
    this.outbox.push(typeof bytes === "string" ? Buffer.from(bytes) : bytes);
    this.flush();
    if (this.outbox.length > 0) await new Promise<void>((resolve) => void this.drained.push(resolve));
  }

  end(): void {
    this.after = "end";
    this.flush();
  }

  reset(): void {
    this.after = "reset";
    this.flush();
  }

  flush(): void {
    while (this.outbox[0] && !this.closed) {
      const [first] = this.outbox;
      const written = Math.max(0, this.socket.write(first));
      if (written < first.length) {
        this.outbox[0] = first.subarray(written);
        return;
      }
      this.outbox.shift();
    }
    for (const resolve of this.drained.splice(0)) resolve();
    if (this.closed || this.after === "keep") return;
    if (this.after === "end") this.socket.end();
    else this.socket.terminate();
  }

  close(): void {
    this.closed = true;
    this.outbox = [];
    for (const resolve of this.drained.splice(0)) resolve();
    if (this.turn?.answering) this.turn.gone_at ??= performance.now();
  }
}

export class SoakHosts {
  readonly connections = new Set<Connection>();
  requests = 0;
  private readonly events: HostEvents;
  private readonly server: Bun.TCPSocketListener<Connection>;

  constructor(events: HostEvents) {
    this.events = events;
    this.server = Bun.listen<Connection>({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        open: (socket) => {
          socket.data = new Connection(socket);
          this.connections.add(socket.data);
        },
        data: (socket, bytes) => {
          const request = socket.data.take(bytes);
          if (request) void this.answer(socket.data, request.line, request.body);
        },
        drain: (socket) => socket.data.flush(),
        close: (socket) => {
          this.connections.delete(socket.data);
          socket.data.close();
        },
        error: () => {},
      },
    });
  }

  get port(): number {
    return this.server.port;
  }

  get answering(): number {
    return Array.from(this.connections).filter(({ turn }) => turn?.answering).length;
  }

  /** Connections that are kept for later. */
  closeIdle(): void {
    for (const connection of this.connections) if (!connection.turn?.answering) connection.end();
  }

  stop(): void {
    this.server.stop(true);
  }

  private async answer(connection: Connection, line: string, text: string): Promise<void> {
    const [method, path = ""] = line.split(" ");
    if (method === "GET") {
      const found = path.endsWith("/models");
      return connection.write(json(found ? 200 : 404, found ? { data: [{ id: "m" }] } : { error: { message: "no" } }));
    }
    const wire = WIRE_NAMES.find((name) => path.endsWith(HOSTS[name].path));
    if (!wire) return connection.write(json(404, { error: { message: `no ${path}` } }));
    this.requests++;
    const { heard, turn } = this.heard(wire, text);
    if (!turn) {
      this.events.fault(`a host was asked what nobody asked: ${text.slice(0, 200)}`);
      return connection.write(json(400, { error: { message: "unknown turn" } }));
    }
    turn.asked++;
    turn.answering = true;
    connection.turn = turn;
    this.events.asked(turn, heard);
    await play(connection, turn, HOSTS[wire], heard.stream);
    const goes_on = turn.fault === "silent" || turn.fault === "hanging" || (turn.fault === "lingering" && heard.stream);
    if (!goes_on) turn.answering = false;
  }

  private heard(wire: WireName, text: string): { heard: Heard; turn: Turn | undefined } {
    const heard = heardBy(wire, JSON.parse(text) as Json);
    return { heard, turn: this.events.find(/\[\[(.+?)\]\]/.exec(heard.say)?.[1] ?? "") };
  }
}

function json(status: number, body: Json): string {
  const text = JSON.stringify(body);
  return `HTTP/1.1 ${status} X\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}
