/** Sends one request to a model the way an agent's goes: through the app, translation and all. */
import { parseObject } from "../../core/arguments.ts";
import { ERROR_KINDS, type ErrorKind } from "../../core/errors.ts";
import { SseDecoder } from "../../core/sse.ts";
import { readHttpError } from "../../core/upstream-errors/read.ts";
import type { Log, RequestLine } from "../log.ts";
import { asList, asObject, type Json } from "../upstreams/model-list.ts";

/** The part of the app that doctor needs. */
export type ProbedApp = { request(path: string, init: RequestInit): Response | Promise<Response> };

export type Failure = { kind: ErrorKind; message: string };

export type ProbeReply = Awaited<ReturnType<ProbeClient["ask"]>>;

/** Keeps the last request's log line: a reply's events do not hold all of it. */
export class LastRequestLog implements Log {
  last: RequestLine | undefined;

  request(line?: RequestLine): void {
    this.last = line;
  }

  warning(): void {}
  info(): void {}
}

export interface ProbeClientOptions {
  clinic: ProbedApp;
  chart: LastRequestLog;
  name: string; // As clients name it: `provider/model`.
  now(): number;
  limit_ms: number; // Limit of time for a reply; a model may have to be loaded first.
  /** Forgets learned refusals, so that each request is judged by itself. */
  forget?(): void;
}

export class ProbeClient {
  private readonly options: ProbeClientOptions;

  constructor(options: ProbeClientOptions) {
    this.options = options;
  }

  async ask(request: Json) {
    const { clinic, chart, name, now, limit_ms, forget } = this.options;
    forget?.();
    chart.request();
    const limit = AbortSignal.timeout(limit_ms);
    const started = now();
    const events: Json[] = [];
    let first_at: number | undefined;
    const onEvent = (event: Json): void => {
      events.push(event);
      if (event["type"] === "response.output_item.added") first_at ??= now();
    };
    let whole: Json = {};
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
      const isStream = (reply.headers.get("content-type") ?? "").includes("event-stream");
      if (isStream) await readEvents(reply, limit, onEvent);
      else whole = asObject(await reply.json());
    } catch (error) {
      broken = error instanceof Error ? error.message : String(error);
    }
    const total_ms = now() - started;
    const of = (type: RegExp): Json[] => events.filter((event) => type.test(String(event["type"])));
    const end = of(/^(?:response\.(?:completed|incomplete|failed)|error)$/).at(-1);
    const failed: Json = { status: "failed", error: end };
    const response = end ? (end["type"] === "error" ? failed : asObject(end["response"])) : whole;
    const { last } = chart;
    const failure = limit.aborted
      ? { kind: "upstream_timeout" as const, message: `no whole answer within ${limit_ms / 1000} s` }
      : failureOf(response, status, last, broken);
    const listed = asList(response["output"]).map(asObject);
    // Upstreams whose reply is forwarded may leave the list out.
    const output = listed.length > 0 ? listed : of(/^response\.output_item\.done$/).map(({ item }) => asObject(item));
    const texts = (type: string, field: string, part: string): string => textsIn(output, type, field, part);
    return {
      ...(failure && { failure }),
      cut: response["status"] === "incomplete", // By the limit of tokens.
      output,
      text: texts("message", "content", "output_text"),
      // As far as it is shown.
      thought: texts("reasoning", "content", "reasoning_text") + texts("reasoning", "summary", "summary_text"),
      calls: output.filter(({ call_id }) => call_id !== undefined),
      // Events that brought a piece of the text, of the arguments.
      text_pieces: of(/^response\.output_text\.delta$/).length,
      argument_pieces: of(/^response\.(?:function_call_arguments|custom_tool_call_input)\.delta$/).length,
      first_ms: first_at === undefined ? undefined : first_at - started,
      total_ms,
      usage: last?.usage ?? null,
      effort: last?.effort ?? undefined,
      ignored,
      notes: last?.notes ?? [], // What was repaired or left out on the way (see core/notes).
    };
  }
}

async function readEvents(reply: Response, limit: AbortSignal, onEvent: (event: Json) => void): Promise<void> {
  const sse = new SseDecoder();
  const onData = (data: string): void => onEvent(parseObject(data) ?? {});
  const reader = reply.body?.getReader();
  limit.addEventListener("abort", () => void reader?.cancel().catch(() => {}), { once: true });
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) sse.push(read.value, onData);
  sse.end(onData);
}

function textsIn(output: readonly Json[], type: string, field: string, part: string): string {
  const items = output.filter((item) => item["type"] === type);
  const parts = items.flatMap((item) => asList(item[field]).map(asObject));
  return parts.map((each) => (each["type"] === part ? String(each["text"]) : "")).join("");
}

function failureOf(response: Json, status: number, line?: RequestLine, broken?: string): Failure | undefined {
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
