/** A client that keeps to no protocol: it sends bytes when it wants, and tells what came back. */
import { connect, type Socket } from "node:net";
import { until } from "../../support/patience.ts";

export class RawClient implements Disposable {
  text = "";
  closed = false;
  private readonly socket: Socket;

  constructor(port: number, ...pieces: string[]) {
    this.socket = connect(port, "127.0.0.1");
    this.socket.on("data", (bytes) => (this.text += bytes.toString("latin1")));
    this.socket.on("close", () => (this.closed = true));
    this.socket.on("error", () => (this.closed = true));
    for (const piece of pieces) this.send(piece);
  }

  send(text: string): void {
    if (!this.closed) this.socket.write(text);
  }

  /** Resolves when the system has taken all of it. */
  sent(): Promise<void> {
    return new Promise((resolve) => this.socket.write("", () => resolve()));
  }

  /** Status of the answer; 0 for none. */
  get status(): number {
    return Number(/^HTTP\/1\.1 (\d+)/.exec(this.text)?.[1] ?? 0);
  }

  /** Waits for an answer or the end. */
  async answered(): Promise<number> {
    await until("there is an answer, or the end", () => this.status !== 0 || this.closed);
    return this.status;
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}
