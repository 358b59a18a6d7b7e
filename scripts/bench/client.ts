/** The bench's client: HTTP over bare sockets, so that it costs little beside what is measured. */
import type { Socket } from "bun";
import { now_us, SENT_AT } from "./ask.ts";

export interface Heard {
  /** From the request to the first delta, in milliseconds; of an answer in one piece, to its end. */
  first_ms: number;
  whole_ms: number;
  bytes: number;
  /** From the sending of deltas to their arrival, in milliseconds; of streams at a pace alone. */
  delays_ms: number[];
  /** All of it, where it was asked for. */
  text: string;
}

export interface Hearing {
  /** What the first delta of this wire looks like. */
  first: string;
  /** How its last event ends. */
  end: string;
  delays?: boolean;
  text?: boolean;
}

const MARK = Buffer.from(SENT_AT);
const LAST_CHUNK = Buffer.from("\r\n0\r\n\r\n");

/** One connection, on which one request after another is sent. */
export class Connection {
  private socket: Socket | undefined;
  private readonly port: number;
  private onBytes: (bytes: Buffer) => void = () => {};
  private onBroken: (error: Error) => void = () => {};
  private unsent: Buffer = Buffer.alloc(0);

  constructor(port: number) {
    this.port = port;
  }

  /** Throws when the answer is not 200, or breaks off. */
  async ask(path: string, body: string, hearing: Hearing): Promise<Heard> {
    this.socket ??= await this.connect();
    const heard = new Answer(hearing);
    return new Promise((resolve, reject) => {
      this.onBroken = reject;
      this.onBytes = (bytes) => {
        try {
          if (heard.read(bytes)) resolve(heard.end());
        } catch (error) {
          reject(error as Error);
        }
      };
      this.send(path, body);
    });
  }

  private send(path: string, body: string): void {
    const head = [
      `POST ${path} HTTP/1.1`,
      `host: 127.0.0.1:${this.port}`,
      "content-type: application/json",
      `content-length: ${Buffer.byteLength(body)}`,
    ];
    const request = Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
    const written = this.socket?.write(request) ?? 0;
    if (written < request.length) this.unsent = request.subarray(Math.max(0, written));
  }

  /** Sends the request, and takes nothing of the answer. */
  async askWithoutReading(path: string, body: string): Promise<void> {
    this.socket ??= await this.connect();
    this.send(path, body);
    this.socket.pause();
  }

  close(): void {
    this.onBroken = () => {};
    this.socket?.end();
    this.socket = undefined;
  }

  private connect(): Promise<Socket> {
    return Bun.connect({
      hostname: "127.0.0.1",
      port: this.port,
      socket: {
        data: (_, bytes) => this.onBytes(bytes),
        drain: (socket) => {
          if (this.unsent.length > 0) this.unsent = this.unsent.subarray(Math.max(0, socket.write(this.unsent)));
        },
        close: () => this.broken("closed the connection"),
        error: (_, error) => this.broken(error.message),
      },
    });
  }

  private broken(what: string): void {
    this.socket = undefined;
    this.onBroken(new Error(`port ${this.port} ${what} within an answer`));
  }
}

class Answer {
  private readonly hearing: Hearing;
  private readonly started = performance.now();
  private readonly kept: Buffer[] = [];
  private readonly delays_ms: number[] = [];
  private bytes = 0;
  private first_ms: number | undefined;
  /** Bytes at which it is whole; undefined until the head is there, Infinity when it comes in chunks. */
  private length: number | undefined;
  private headText = "";
  private tail: Buffer = Buffer.alloc(0);

  constructor(hearing: Hearing) {
    this.hearing = hearing;
  }

  /** True when it is whole. */
  read(bytes: Buffer): boolean {
    const { first, delays, text } = this.hearing;
    this.bytes += bytes.length;
    if (text) this.kept.push(Buffer.from(bytes));
    this.length ??= this.head(bytes);
    if (this.first_ms === undefined && bytes.includes(first)) this.first_ms = performance.now() - this.started;
    if (delays) this.delay(bytes);
    this.tail =
      bytes.length > TAIL ? Buffer.from(bytes.subarray(-TAIL)) : Buffer.concat([this.tail, bytes]).subarray(-TAIL);
    if (this.length !== Infinity) return this.length !== undefined && this.bytes >= this.length;
    return this.tail.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK);
  }

  end(): Heard {
    const whole_ms = performance.now() - this.started;
    if (!this.tail.includes(this.hearing.end)) throw new Error(`an answer ended with ${this.tail.toString()}`);
    const { bytes, delays_ms } = this;
    return {
      first_ms: this.first_ms ?? whole_ms,
      whole_ms,
      bytes,
      delays_ms,
      text: Buffer.concat(this.kept).toString(),
    };
  }

  /** Undefined until the head is there: some servers write its first words by themselves. */
  private head(bytes: Buffer): number | undefined {
    this.headText += bytes.subarray(0, 8192).toString("latin1");
    const end = this.headText.indexOf("\r\n\r\n");
    if (end === -1) return undefined;
    if (!this.headText.startsWith("HTTP/1.1 200")) throw new Error(`an answer began with ${this.headText}`);
    const length = /\r\ncontent-length: *(\d+)/i.exec(this.headText.slice(0, end + 2))?.[1];
    return length === undefined ? Infinity : end + 4 + Number(length);
  }

  /** Of the first delta of each read: what came together was sent together. */
  private delay(bytes: Buffer): void {
    const at = bytes.indexOf(MARK);
    if (at === -1) return;
    const sent = Number.parseInt(bytes.subarray(at + MARK.length, at + MARK.length + 20).toString("latin1"), 10);
    if (sent > 0) this.delays_ms.push((now_us() - sent) / 1000);
  }
}

const TAIL = 256;
