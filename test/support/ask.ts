/** Plain requests to a running shim, without any SDK between. */
import { readEvents, type StreamEvent } from "./response-events.ts";
import type { Json } from "./response-rules.ts";

/** A header by which the shim knows Codex. */
export const AS_CODEX = { "x-codex-window-id": "test:0" };

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** Of a streamed answer. */
  events: StreamEvent[];
  /** The `response` of the last event, or the body. */
  response: Json;
}

export function post(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
  signal?: AbortSignal,
): Promise<Response> {
  return fetch(`${url}/responses`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...(signal && { signal }),
  });
}

export async function ask(url: string, body: Json, headers: Record<string, string> = {}): Promise<Answer> {
  const answer = await post(url, { model: "scripted", ...body }, headers);
  const text = await answer.text();
  const streamed = answer.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
  const events = streamed ? readEvents(text) : [];
  const response = streamed ? (events.at(-1)?.["response"] as Json | undefined) : (JSON.parse(text) as Json);
  return { status: answer.status, headers: answer.headers, text, events, response: response ?? {} };
}

/** A stream that is read as far as a test wants. */
export class OpenStream {
  text = "";
  private readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  private readonly utf8 = new TextDecoder();

  constructor(answer: Response) {
    if (!answer.body) throw new Error("the answer has no body");
    this.reader = answer.body.getReader();
  }

  /** Reads until the text holds this so many times, or to the end. */
  async until(text: string, times = 1): Promise<void> {
    while (this.text.split(text).length <= times) {
      const { value, done } = await this.reader.read();
      if (done) return;
      this.text += this.utf8.decode(value, { stream: true });
    }
  }

  async rest(): Promise<string> {
    for (;;) {
      const { value, done } = await this.reader.read();
      if (done) return this.text;
      this.text += this.utf8.decode(value, { stream: true });
    }
  }
}
