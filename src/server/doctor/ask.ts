/** One request to a model on the way that an agent's takes: through the app, translation and all. */
import { ERROR_KINDS, type ErrorKind } from "../../core/errors.ts";
import { SseDecoder } from "../../core/sse.ts";
import { readHttpError } from "../../core/upstream-errors/read.ts";
import type { Log, RequestLine } from "../log.ts";
import { asList, asObject, type Json } from "../upstreams/model-list.ts";

/** The part of the app that doctor needs. */
export interface Clinic {
  request(path: string, init: RequestInit): Response | Promise<Response>;
}

export interface Failure {
  kind: ErrorKind;
  message: string;
}

export interface Answer {
  failure?: Failure;
  /** Cut by the limit of tokens. */
  cut: boolean;
  output: readonly Json[];
  text: string;
  /** What the model thought, as far as it is shown. */
  thought: string;
  calls: readonly Json[];
  /** Events that brought a piece of the text, of the arguments. */
  text_pieces: number;
  argument_pieces: number;
  first_ms: number | undefined;
  total_ms: number;
  usage: RequestLine["usage"];
  effort: string | undefined;
  ignored: readonly string[];
  /** What the shim mended or left out on the way (see core/notes). */
  notes: readonly string[];
}

/** Keeps what is told of each request, since the answer's events do not tell all. */
export class Chart implements Log {
  last: RequestLine | undefined;
  readonly warnings: string[] = [];

  request(line: RequestLine): void {
    this.last = line;
  }

  warning(text: string): void {
    this.warnings.push(text);
  }

  info(): void {}
}

export interface PatientOptions {
  clinic: Clinic;
  chart: Chart;
  /** As clients name it: `provider/model`. */
  name: string;
  now(): number;
  /** How long an answer may take; a model may have to be loaded first. */
  limit_ms: number;
  /** Forgets what earlier requests have taught of the host, so that each tells of itself. */
  forget?(): void;
}

export class Patient {
  readonly name: string;
  /** Requests that were sent. */
  asked = 0;
  private readonly options: PatientOptions;

  constructor(options: PatientOptions) {
    this.options = options;
    this.name = options.name;
  }

  async ask(request: Json): Promise<Answer> {
    const { clinic, chart, now, limit_ms } = this.options;
    this.asked++;
    this.options.forget?.();
    chart.last = undefined;
    const limit = AbortSignal.timeout(limit_ms);
    const started = now();
    const reading = new Reading(now);
    let status = 0;
    try {
      const reply = await clinic.request("/v1/responses", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ stream: true, store: false, ...request, model: this.name }),
        signal: limit,
      });
      ({ status } = reply);
      reading.ignored = (reply.headers.get("x-juscode-ignored") ?? "").split("; ").filter((each) => each !== "");
      await reading.read(reply, limit);
    } catch (error) {
      if (!limit.aborted) reading.broken ??= error instanceof Error ? error.message : String(error);
    }
    if (limit.aborted)
      reading.failure = { kind: "upstream_timeout", message: `no whole answer within ${limit_ms / 1000} s` };
    return reading.answer(now() - started, started, chart.last, status);
  }
}

class Reading {
  failure: Failure | undefined;
  broken: string | undefined;
  ignored: readonly string[] = [];
  private readonly now: () => number;
  private response: Json = {};
  private done: Json[] = [];
  private text_pieces = 0;
  private argument_pieces = 0;
  private first_at: number | undefined;

  constructor(now: () => number) {
    this.now = now;
  }

  async read(reply: Response, limit: AbortSignal): Promise<void> {
    const isStream = (reply.headers.get("content-type") ?? "").includes("event-stream");
    if (!isStream || !reply.body) {
      this.response = asObject(await reply.json());
      return;
    }
    const sse = new SseDecoder();
    const onData = (data: string): void => this.event(asObject(parsed(data)));
    const reader = reply.body.getReader();
    limit.addEventListener("abort", () => void reader.cancel().catch(() => {}), { once: true });
    for (;;) {
      const { value, done } = await reader.read();
      if (value) sse.push(value, onData);
      if (done) break;
    }
    sse.end(onData);
  }

  answer(total_ms: number, started: number, line: RequestLine | undefined, status: number): Answer {
    const listed = asList(this.response["output"]).map(asObject);
    // Hosts whose reply is handed on may leave the list out.
    const output = listed.length > 0 ? listed : this.done;
    const failure = this.failure ?? this.failureOf(line, status);
    const texts = (type: string, field: string, part: string): string =>
      output
        .filter((item) => item["type"] === type)
        .flatMap((item) => asList(item[field]).map(asObject))
        .map((each) => (each["type"] === part ? String(each["text"]) : ""))
        .join("");
    return {
      ...(failure && { failure }),
      cut: this.response["status"] === "incomplete",
      output,
      text: texts("message", "content", "output_text"),
      thought: texts("reasoning", "content", "reasoning_text") + texts("reasoning", "summary", "summary_text"),
      calls: output.filter(({ call_id }) => call_id !== undefined),
      text_pieces: this.text_pieces,
      argument_pieces: this.argument_pieces,
      first_ms: this.first_at === undefined ? undefined : this.first_at - started,
      total_ms,
      usage: line?.usage ?? null,
      effort: line?.effort ?? undefined,
      ignored: this.ignored,
      notes: line?.notes ?? [],
    };
  }

  private event(event: Json): void {
    const type = String(event["type"]);
    if (type === "response.output_text.delta") this.text_pieces++;
    if (/^response\.(?:function_call_arguments|custom_tool_call_input)\.delta$/.test(type)) this.argument_pieces++;
    if (type === "response.output_item.added") this.first_at ??= this.now();
    if (type === "response.output_item.done") this.done.push(asObject(event["item"]));
    if (/^response\.(?:completed|incomplete|failed)$/.test(type)) this.response = asObject(event["response"]);
    if (type === "error") this.response = { status: "failed", error: event };
  }

  private failureOf(line: RequestLine | undefined, status: number): Failure | undefined {
    if (this.response["status"] === "completed" || this.response["status"] === "incomplete") return undefined;
    const error = asObject(this.response["error"]);
    const told = /^(\w+): ([\s\S]*)$/.exec(line?.outcome ?? "");
    const kind = told?.[1];
    // The log repeats what a host says only in part; here nobody else has asked anything.
    if (kind !== undefined && Object.hasOwn(ERROR_KINDS, kind))
      return { kind: kind as ErrorKind, message: String(error["message"] ?? told?.[2]) };
    const message = error["message"] ?? this.broken;
    if (message === undefined && status < 400)
      return { kind: "upstream_protocol", message: "the answer has no proper end" };
    // The upstream's own error was forwarded.
    const read = readHttpError(status, new Headers(), JSON.stringify(this.response), "the upstream");
    return { kind: line?.error_kind ?? read.kind, message: String(message ?? read.message) };
  }
}

export function parsed(text: unknown): unknown {
  try {
    return JSON.parse(String(text)) as unknown;
  } catch {
    return undefined;
  }
}
