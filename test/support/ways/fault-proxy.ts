/** A TCP proxy that hands bytes on otherwise than they came: cut, reset, stalled, split, or changed. */
import type { Socket } from "bun";

export type Step = Buffer | { wait_ms: number } | "end" | "reset" | "stall";

/** What becomes of bytes that stand so far from the connection's beginning. */
export type Mangle = (bytes: Buffer, at: number) => Step[];

export interface Fault {
  /** From the server to who asks it. */
  down?: Mangle;
  up?: Mangle;
}

export const cutAt =
  (point: number, how: "end" | "reset" | "stall"): Mangle =>
  (bytes, at) => {
    if (at + bytes.length < point) return [bytes];
    // What was written goes out first.
    return at > point ? [] : [bytes.subarray(0, point - at), { wait_ms: 1 }, how];
  };

/** Each piece goes out by itself. */
export const splitAt =
  (points: readonly number[], wait_ms: number): Mangle =>
  (bytes, at) => {
    const within = points.map((point) => point - at).filter((point) => point > 0 && point < bytes.length);
    const borders = [0, ...within, bytes.length];
    return borders.slice(1).flatMap((end, n): Step[] => [bytes.subarray(borders[n], end), { wait_ms }]);
  };

interface End {
  socket?: Socket<unknown>;
  closed: boolean;
}

/** One direction of one connection. */
class Pipe {
  private at = 0;
  private work = Promise.resolve();
  private over = false;
  private readonly from: End;
  private readonly to: End;
  private readonly mangle: Mangle;

  constructor(from: End, to: End, mangle: Mangle = (bytes) => [bytes]) {
    this.from = from;
    this.to = to;
    this.mangle = mangle;
  }

  data(bytes: Buffer): void {
    const steps = this.over ? [] : this.mangle(bytes, this.at);
    this.at += bytes.length;
    for (const step of steps) this.work = this.work.then(() => this.step(step));
  }

  /** The sender has ended; so does the receiver, unless nothing is to be heard any more. */
  end(): void {
    this.work = this.work.then(() => (this.over ? undefined : void this.to.socket?.end()));
  }

  private async step(step: Step): Promise<void> {
    if (this.over || this.to.closed) return;
    if (step instanceof Buffer) {
      for (let rest = step; rest.length > 0 && !this.to.closed;) {
        const written = Math.max(0, this.to.socket?.write(rest) ?? 0);
        rest = rest.subarray(written);
        if (rest.length > 0) await Bun.sleep(1);
      }
    } else if (typeof step === "object" && "wait_ms" in step) await Bun.sleep(step.wait_ms);
    else {
      this.over = true;
      if (step === "stall") return;
      for (const { socket } of [this.to, this.from]) {
        if (step === "reset") socket?.terminate();
        else socket?.end();
      }
    }
  }
}

export class FaultProxy implements Disposable {
  /** Of each new connection. */
  fault: Fault = {};
  /** Of the next connections, before that. */
  readonly next: Fault[] = [];
  open = 0;
  private readonly server: Bun.TCPSocketListener<{ up: Pipe; end: End; server: End }>;

  constructor(target_port: number) {
    this.server = Bun.listen<{ up: Pipe; end: End; server: End }>({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        open: (socket) => {
          this.open++;
          const client: End = { socket, closed: false };
          const server: End = { closed: false };
          const fault = this.next.shift() ?? this.fault;
          const down = new Pipe(server, client, fault.down);
          socket.data = { up: new Pipe(client, server, fault.up), end: client, server };
          const early: Buffer[] = [];
          const { up } = socket.data;
          const data = up.data.bind(up);
          up.data = (bytes) => void early.push(bytes);
          void Bun.connect({
            hostname: "127.0.0.1",
            port: target_port,
            socket: {
              open: (opened) => {
                server.socket = opened;
                up.data = data;
                for (const bytes of early) up.data(bytes);
                if (client.closed) opened.terminate();
              },
              data: (_, bytes) => down.data(Buffer.from(bytes)),
              close: () => {
                server.closed = true;
                down.end();
              },
              error: () => {},
            },
          }).catch(() => socket.terminate());
        },
        data: (socket, bytes) => socket.data.up.data(Buffer.from(bytes)),
        close: (socket) => {
          this.open--;
          socket.data.end.closed = true;
          socket.data.server.socket?.terminate();
        },
        error: () => {},
      },
    });
  }

  get port(): number {
    return this.server.port;
  }

  [Symbol.dispose](): void {
    this.server.stop(true);
  }
}
