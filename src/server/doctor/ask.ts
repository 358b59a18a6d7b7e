/** Sends one request to a model the way an agent's goes: through the app, translation and all. */
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
  /** What was repaired or left out on the way (see core/notes). */
  notes: readonly string[];
}

/** Keeps the last request's log line: a reply's events do not hold all of it. */
export class Chart implements Log {
  last: RequestLine | undefined;

  request(line: RequestLine): void {
    this.last = line;
  }

  clear(): void {
    this.last = undefined;
  }

  warning(): void {}

  info(): void {}
}

export interface PatientOptions {
  clinic: Clinic;
  chart: Chart;
  /** As clients name it: `provider/model`. */
  name: string;
  now(): number;
  /** Limit of time for a reply; a model may have to be loaded first. */
  limit_ms: number;
  /** Forgets learned refusals, so that each request is judged by itself. */
  forget?(): void;
}

export class Patient {
  private readonly options: PatientOptions;

  constructor(options: PatientOptions) {
    this.options = options;
  }

  async ask(request: Json): Promise<Answer> {
    const { clinic, chart, name, now, limit_ms, forget } = this.options;
    forget?.();
    chart.clear();
    const limit = AbortSignal.timeout(limit_ms);
    const started = now();
    const reading = new Reading(now);
    let ignored: string[] = [];
    let status = 0;
    let broken: string | undefined;
    try {
      const reply = await clinic.request("/v1/responses", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ stream: true, store: false, ...request, model: name }),
        signal: limit,
      });
      ({ status } = reply);
      ignored = (reply.headers.get("x-juscode-ignored") ?? "").split("; ").filter((each) => each !== "");
      await reading.read(reply, limit);
    } catch (error) {
      broken = error instanceof Error ? error.message : String(error);
    }
    const { response, items, text_pieces, argument_pieces, first_at } = reading;
    const { last } = chart;
    const failure = limit.aborted
      ? { kind: "upstream_timeout" as const, message: `no whole answer within ${limit_ms / 1000} s` }
      : failureOf(response, last, status, broken);
    const listed = asList(response["output"]).map(asObject);
    // Hosts whose reply is forwarded may leave the list out.
    const output = listed.length > 0 ? listed : items;
    return {
      ...(failure && { failure }),
      cut: response["status"] === "incomplete",
      output,
      text: textsIn(output, "message", "content", "output_text"),
      thought:
        textsIn(output, "reasoning", "content", "reasoning_text") +
        textsIn(output, "reasoning", "summary", "summary_text"),
      calls: output.filter(({ call_id }) => call_id !== undefined),
      text_pieces,
      argument_pieces,
      first_ms: first_at === undefined ? undefined : first_at - started,
      total_ms: now() - started,
      usage: last?.usage ?? null,
      effort: last?.effort ?? undefined,
      ignored,
      notes: last?.notes ?? [],
    };
  }
}

class Reading {
  response: Json = {};
  /** Items that are done. */
  readonly items: Json[] = [];
  text_pieces = 0;
  argument_pieces = 0;
  first_at: number | undefined;
  private readonly now: () => number;

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
    for (let { value, done } = await reader.read(); !done; { value, done } = await reader.read())
      if (value) sse.push(value, onData);
    sse.end(onData);
  }

  private event(event: Json): void {
    const type = String(event["type"]);
    if (type === "response.output_text.delta") this.text_pieces++;
    if (/^response\.(?:function_call_arguments|custom_tool_call_input)\.delta$/.test(type)) this.argument_pieces++;
    if (type === "response.output_item.added") this.first_at ??= this.now();
    if (type === "response.output_item.done") this.items.push(asObject(event["item"]));
    if (/^response\.(?:completed|incomplete|failed)$/.test(type)) this.response = asObject(event["response"]);
    if (type === "error") this.response = { status: "failed", error: event };
  }
}

function textsIn(output: readonly Json[], type: string, field: string, part: string): string {
  const items = output.filter((item) => item["type"] === type);
  const parts = items.flatMap((item) => asList(item[field]).map(asObject));
  return parts.map((each) => (each["type"] === part ? String(each["text"]) : "")).join("");
}

function failureOf(
  response: Json,
  line: RequestLine | undefined,
  status: number,
  broken: string | undefined,
): Failure | undefined {
  if (response["status"] === "completed" || response["status"] === "incomplete") return undefined;
  const error = asObject(response["error"]);
  const [, kind = "", logged] = /^(\w+): ([\s\S]*)$/.exec(line?.outcome ?? "") ?? [];
  // The log repeats an upstream's words only in part; here nobody else has sent the request.
  if (isErrorKind(kind)) return { kind, message: String(error["message"] ?? logged) };
  const message = error["message"] ?? broken;
  if (message === undefined && status < 400)
    return { kind: "upstream_protocol", message: "the answer has no proper end" };
  // The upstream's own error was forwarded.
  const read = readHttpError(status, new Headers(), JSON.stringify(response), "the upstream");
  return { kind: line?.error_kind ?? read.kind, message: String(message ?? read.message) };
}

const isErrorKind = (kind: string): kind is ErrorKind => Object.hasOwn(ERROR_KINDS, kind);

export function parsed(text: unknown): unknown {
  try {
    return JSON.parse(String(text)) as unknown;
  } catch {
    return undefined;
  }
}
