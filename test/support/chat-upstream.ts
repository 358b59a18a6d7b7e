/**
 * A scripted Chat Completions upstream that checks every body it receives. A wrong body is answered 400 with what
 * is wrong, and makes the test fail at the end, so that no test passes on a request that a host would refuse.
 */
import {
  bodyOf,
  NORMAL,
  streamOf,
  type Output,
  type Pause,
  type Refusal,
  type Reply,
  type Style,
} from "./chat-reply.ts";
import { validateChatRequest } from "./chat-request.ts";
import { aWhile } from "./patience.ts";
import type { Json } from "./response-rules.ts";

export * from "./chat-reply.ts";

export interface ChatCall {
  id: string;
  type: "function";
  function: { name: string; arguments: string };
}

export interface ChatMessage {
  role: "system" | "user" | "assistant" | "tool";
  content: string | null | Json[];
  tool_calls?: ChatCall[];
  tool_call_id?: string;
  reasoning_content?: string;
  reasoning?: string;
  reasoning_details?: { text: string }[];
}

export interface ChatBody extends Json {
  model: string;
  messages: ChatMessage[];
  tools?: { type: "function"; function: { name: string; description?: string; parameters: Json } }[];
}

export interface ChatRequest {
  /** The body as it came. */
  text: string;
  body: ChatBody;
  headers: Headers;
  at_ms: number;
  /** When the client left before the answer was whole, in milliseconds since `at_ms`. */
  aborted_ms: number | undefined;
}

type Line = Reply | Refusal;
export type Script = (Line | ((body: ChatBody) => Line | Promise<Line>))[];

export interface UpstreamOptions {
  style?: Style;
  /** Ids of `GET /v1/models`. */
  models?: string[];
}

export class ChatUpstream implements AsyncDisposable {
  readonly requests: ChatRequest[] = [];
  /** What was wrong with the requests. */
  readonly problems: string[] = [];
  private readonly script: Script;
  private readonly style: Style;
  private readonly models: string[];
  private readonly server: Bun.Server<undefined>;

  constructor(script: Script, options: UpstreamOptions = {}) {
    this.script = script;
    this.style = options.style ?? NORMAL;
    this.models = options.models ?? ["scripted"];
    this.server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      idleTimeout: 0,
      fetch: (request) => this.answer(request),
      // In development Bun prints every scripted reset.
      development: false,
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.server.port}/v1`;
  }

  /** The request number `n`, from 0; negative counts from the last. */
  request(n: number): ChatRequest {
    const found = this.requests.at(n);
    if (!found) throw new Error(`the upstream got ${this.requests.length} requests, not request ${n}`);
    return found;
  }

  /** Throws when any request was wrong, or when some of the script was never asked for. */
  check(): void {
    const left = this.script.length - this.requests.length;
    if (left > 0) this.problems.push(`${left} answers of the script were never asked for`);
    if (this.problems.length > 0) throw new Error(`the Chat upstream found fault:\n${this.problems.join("\n")}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop(true);
  }

  private async answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (request.method === "GET" && pathname === "/v1/models")
      return Response.json({ object: "list", data: this.models.map((id) => ({ id, object: "model" })) });
    if (request.method !== "POST" || pathname !== "/v1/chat/completions")
      return this.fault(404, `${request.method} ${pathname} was asked`);
    const text = await request.text();
    let body: ChatBody;
    try {
      body = JSON.parse(text) as ChatBody;
    } catch {
      return this.fault(400, `the body is no JSON: ${text.slice(0, 200)}`);
    }
    const number = this.requests.length;
    const record: ChatRequest = {
      text,
      body,
      headers: request.headers,
      at_ms: performance.now(),
      aborted_ms: undefined,
    };
    this.requests.push(record);
    const wrong = validateChatRequest(body);
    if (wrong.length > 0) return this.fault(400, `request ${number}: ${wrong.join("; ")}`);
    const line = this.script[number];
    if (line === undefined)
      return this.fault(400, `request ${number}: the script has only ${this.script.length} answers`);
    const answer = typeof line === "function" ? await line(body) : line;
    if ("status" in answer) return refusalOf(answer);
    if (body["stream"] !== true || this.style.json_body) return Response.json(bodyOf(answer, this.style, number));
    return this.stream(answer, number, record, request.signal);
  }

  private fault(status: number, what: string): Response {
    this.problems.push(what);
    return Response.json(
      { error: { message: what, type: "invalid_request_error", code: null, param: null } },
      { status },
    );
  }

  private stream(answer: Reply, number: number, record: ChatRequest, signal: AbortSignal): Response {
    const left = Promise.withResolvers<void>();
    let whole = false;
    const leave = (): void => {
      if (!whole) record.aborted_ms ??= performance.now() - record.at_ms;
      left.resolve();
    };
    signal.addEventListener("abort", leave);
    const writes = byWrites(streamOf(answer, this.style, number), this.style.write_bytes);
    const source: UnderlyingDefaultSource<Uint8Array> = {
      async pull(controller) {
        for (;;) {
          const { value, done } = writes.next();
          if (done) break;
          if (value instanceof Uint8Array) return controller.enqueue(value);
          const pause = value.gate ?? (value.wait_ms < 1e9 ? Bun.sleep(value.wait_ms) : left.promise);
          await Promise.race([left.promise, pause]);
          if (record.aborted_ms !== undefined) return controller.close();
        }
        whole = true;
        if (answer.broken !== "reset") return controller.close();
        // What was written goes out first; else the break would come in place of the head.
        await aWhile(8);
        controller.error(new Error("scripted reset"));
      },
      cancel: leave,
    };
    return new Response(new ReadableStream(source), { headers: { "content-type": "text/event-stream" } });
  }
}

function refusalOf({ status, body, headers = {} }: Refusal): Response {
  if (typeof body !== "string") return Response.json(body, { status, headers });
  return new Response(body, { status, headers: { "content-type": "text/html", ...headers } });
}

/** What goes out in one write each: an event, or as few bytes as the style asks for. */
function* byWrites(outputs: Generator<Output>, write_bytes: number): Generator<Uint8Array | Pause> {
  const utf8 = new TextEncoder();
  for (const output of outputs) {
    if (typeof output !== "string") {
      yield output;
      continue;
    }
    const bytes = utf8.encode(output);
    const step = write_bytes || bytes.length;
    for (let from = 0; from < bytes.length; from += step) yield bytes.subarray(from, from + step);
  }
}
