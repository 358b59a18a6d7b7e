/** A plain WebSocket client of the Responses API, which sees every message. */
import { PATIENCE_MS } from "./patience.ts";
import type { Json } from "./response-rules.ts";

export interface Turn {
  messages: Json[];
  /** The last one: an end, or an error. */
  last: Json;
  /** The `response` of the last one; empty for an error. */
  response: Json;
  /** The error's code, of either kind. */
  code: unknown;
}

const ENDS = new Set(["response.completed", "response.incomplete", "response.failed", "error"]);

export class ResponsesSocket implements AsyncDisposable {
  readonly socket: WebSocket;
  readonly messages: Json[] = [];
  /** Code and reason, once it is closed. */
  closed: { code: number; reason: string } | undefined;
  private at = 0;
  private waiting: (() => void)[] = [];

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.addEventListener("message", ({ data }) => {
      this.messages.push(JSON.parse(String(data)) as Json);
      this.wake();
    });
    socket.addEventListener("close", ({ code, reason }) => {
      this.closed = { code, reason };
      this.wake();
    });
  }

  /** `url` is a base URL with `/v1`. Throws when it is refused. */
  static async open(url: string, headers: Record<string, string> = {}): Promise<ResponsesSocket> {
    const options = { headers, tls: { rejectUnauthorized: false } };
    const socket = new WebSocket(`${url.replace(/^http/, "ws")}/responses`, options as unknown as string);
    const opened = Promise.withResolvers<void>();
    socket.addEventListener("open", () => opened.resolve());
    socket.addEventListener("error", () => opened.reject(new Error("the connection was refused")));
    socket.addEventListener("close", () => opened.reject(new Error("the connection was refused")));
    await opened.promise;
    return new ResponsesSocket(socket);
  }

  send(message: unknown): void {
    this.socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  /** One response, from its request to its end. */
  ask(body: Json): Promise<Turn> {
    this.send({ type: "response.create", model: "scripted", store: false, ...body });
    return this.turn();
  }

  /** The messages up to the next end. */
  async turn(): Promise<Turn> {
    const from = this.at;
    for (;;) {
      const last = await this.next();
      if (!ENDS.has(String(last["type"]))) continue;
      const response = (last["response"] ?? {}) as Json;
      const error = (last["error"] ?? response["error"]) as Json | null | undefined;
      return { messages: this.messages.slice(from, this.at), last, response, code: error?.["code"] };
    }
  }

  /** The next message that is of this type, or any. */
  async next(type?: string): Promise<Json> {
    for (;;) {
      await this.until(() => this.messages.length > this.at);
      const message = this.messages[this.at++] as Json;
      if (type === undefined || message["type"] === type) return message;
    }
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.end();
  }

  /** Without a word, as when the program is killed. */
  leave(): void {
    (this.socket as unknown as { terminate(): void }).terminate();
  }

  async end(): Promise<{ code: number; reason: string }> {
    await this.until(() => this.closed !== undefined);
    return this.closed as { code: number; reason: string };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.closed) await this.close();
  }

  private wake(): void {
    for (const each of this.waiting.splice(0)) each();
  }

  private async until(is: () => boolean): Promise<void> {
    const end = performance.now() + PATIENCE_MS;
    while (!is()) {
      const left = end - performance.now();
      if (left <= 0)
        throw new Error(`nothing came for ${PATIENCE_MS} ms; last: ${JSON.stringify(this.messages.at(-1))}`);
      if (this.closed && this.messages.length === this.at) throw new Error(`closed: ${JSON.stringify(this.closed)}`);
      await Promise.race([new Promise<void>((resolve) => this.waiting.push(resolve)), Bun.sleep(left)]);
    }
  }
}

/** What the answer says. */
export function textOf(turn: Turn): string {
  const output = (turn.response["output"] ?? []) as { content?: { text?: string }[] }[];
  return output.flatMap(({ content = [] }) => content.map(({ text = "" }) => text)).join("");
}
