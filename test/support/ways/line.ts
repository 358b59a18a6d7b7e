/** A client's connection on bare TCP: it can leave by a reset, stop reading, or send what is no HTTP. */
import type { Socket } from "bun";
import { AnswerParser, type RawAnswer } from "./answer-parser.ts";

interface Waiting {
  parser: AnswerParser;
  resolve(answer: RawAnswer): void;
  /** Called with each piece that comes. */
  onBytes?: ((size: number) => void) | undefined;
}

export class Line {
  closed = false;
  private socket: Socket<undefined> | undefined;
  private waiting: Waiting | undefined;
  private unsent: Buffer[] = [];

  static async to(port: number): Promise<Line> {
    const line = new Line();
    line.socket = await Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        data: (_, bytes) => line.data(Buffer.from(bytes)),
        drain: () => line.flush(),
        close: () => line.close(),
        end: (socket) => void socket.end(),
        error: () => {},
      },
    });
    return line;
  }

  /** Whole, or cut when the connection ends before. */
  ask(head: string, body: string, onBytes?: (size: number) => void): Promise<RawAnswer> {
    const parser = new AnswerParser();
    return new Promise((resolve) => {
      if (this.closed) return resolve(parser.answer);
      this.waiting = { parser, resolve, onBytes };
      this.write(Buffer.from(head + body));
    });
  }

  write(bytes: Buffer): void {
    this.unsent.push(bytes);
    this.flush();
  }

  pause(): void {
    this.socket?.pause();
  }

  resume(): void {
    if (!this.closed) this.socket?.resume();
  }

  /** In good order. */
  end(): void {
    this.socket?.end();
  }

  /** By a reset. */
  reset(): void {
    this.socket?.terminate();
  }

  private data(bytes: Buffer): void {
    const { waiting } = this;
    if (!waiting) return;
    waiting.parser.feed(bytes);
    waiting.onBytes?.(waiting.parser.answer.size);
    if (waiting.parser.answer.whole) this.settle();
  }

  private settle(): void {
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.resolve(waiting.parser.answer);
  }

  private close(): void {
    this.closed = true;
    this.settle();
  }

  private flush(): void {
    while (this.unsent[0] && !this.closed) {
      const [first] = this.unsent;
      const written = this.socket?.write(first) ?? 0;
      if (written < 0) return;
      if (written < first.length) {
        this.unsent[0] = first.subarray(written);
        return;
      }
      this.unsent.shift();
    }
  }
}

/** The head of a POST with a JSON body. */
export function postHead(path: string, size: number, more: Record<string, string> = {}): string {
  const headers = { host: "127.0.0.1", "content-type": "application/json", "content-length": String(size), ...more };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`POST /v1${path} HTTP/1.1`, ...lines, "", ""].join("\r\n");
}
