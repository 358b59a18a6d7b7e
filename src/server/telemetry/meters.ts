/** The metrics that Prometheus reads, and what each means. Labels are bounded: no client can make new ones without end. */
import process from "node:process";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { NoteKind } from "../../core/notes.ts";
import { outcomeOf } from "../costs/row.ts";
import type { RefusedLine, RequestLine } from "../log.ts";
import { BoundedNames, fieldLabel } from "./bounded-names.ts";
import type { Gauges } from "./metrics.ts";

const MOST_MODELS = 100;
const MOST_NAMES = 100;
const SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
const SPEEDS = [1, 5, 10, 20, 35, 50, 75, 100, 150, 250, 500, 1000];
const SHORTEST_S = 0.05;
const KEPT = [0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1];

type CallOutcome = { kind: "freeform" | "function" | "text" | "unknown"; outcome: string };

/** What became of a tool call, by the notes that were taken of it. */
const CALL_NOTES: Readonly<Record<string, CallOutcome>> = {
  patch_repaired: { kind: "freeform", outcome: "repaired" },
  patch_invalid: { kind: "freeform", outcome: "invalid" },
  grammar_unchecked: { kind: "freeform", outcome: "unchecked" },
  arguments_repaired: { kind: "function", outcome: "repaired" },
  arguments_coerced: { kind: "function", outcome: "repaired" },
  arguments_invalid: { kind: "function", outcome: "invalid" },
  arguments_unproved: { kind: "function", outcome: "unchecked" },
  call_healed: { kind: "text", outcome: "healed" },
  call_left_as_text: { kind: "text", outcome: "refused" },
  undeclared_tool: { kind: "unknown", outcome: "undeclared" },
} satisfies Partial<Record<NoteKind, CallOutcome>>;

export type Meters = ReturnType<typeof createMeters>;

export function createMeters(gauges: Gauges) {
  const registry = new Registry();
  const models = new BoundedNames(MOST_MODELS);
  const names = new BoundedNames(MOST_NAMES);
  const fields = new BoundedNames(MOST_NAMES);

  /** `labels` stand with spaces between them. */
  const metric = (name: string, help: string, labels: string) => {
    return { name: `juscode_${name}`, help, labelNames: labels.match(/\w+/g) ?? [], registers: [registry] };
  };
  const counter = (name: string, help: string, labels = ""): Counter => new Counter(metric(name, help, labels));
  const histogram = (name: string, help: string, labels: string, buckets: number[]): Histogram =>
    new Histogram({ ...metric(name, help, labels), buckets });
  const gauge = (name: string, help: string, labels: string, set: (gauge: Gauge) => void): void => {
    const made: Gauge = new Gauge({ ...metric(name, help, labels), collect: () => set(made) });
  };

  const requests = counter("requests_total", "Requests that reached a model", "provider model route client outcome");
  const errors = counter("request_errors_total", "Requests that failed, by kind of error", "provider kind");
  const byKey = counter("key_requests_total", "Requests by the name of the client's key", "key");
  const refusals = counter("refused_total", "Requests that were refused before they reached a model", "kind");
  const to_first = "From the request to the first item of its reply";
  const first = histogram("time_to_first_token_seconds", to_first, "provider model", SECONDS);
  const to_end = "From the request to the end of its reply";
  const duration = histogram("request_duration_seconds", to_end, "provider model", SECONDS);
  const of_reply = "Speed of a reply, from its first item to its end";
  const speed = histogram("output_tokens_per_second", of_reply, "provider model", SPEEDS);
  const reported = "Tokens as the upstreams report them; input includes cached ones";
  const tokens = counter("tokens_total", reported, "provider model kind");
  const usd = counter("cost_usd_total", "Cost, where prices are known", "provider model");
  const calls = counter("tool_calls_total", "Tool calls that clients received, by kind of tool", "provider kind");
  const invalid = "Tool calls that did not come as they should";
  const repairs = counter("tool_call_mending_total", invalid, "provider kind outcome");
  const results = counter("tool_results_total", "Tool results that requests brought", "provider");
  const notes = counter("notes_total", "What was changed on the way, by kind", "note");
  const ignored = counter("ignored_fields_total", "Fields that could not be carried over", "field");
  const heartbeats = counter("heartbeats_total", "Heartbeats that were sent to clients", "provider");
  const retries = counter("retries_total", "Requests that were sent to an upstream again", "provider");
  const forwarded = counter("forwarded_total", "Requests forwarded byte for byte", "provider");
  const share = "Share of the thread's last prompt that stood at the head of the next one";
  const prefix = histogram("prompt_prefix_kept_ratio", share, "provider", KEPT);
  const warnings = counter("warnings_total", "Warnings in the log");

  gauge("streams_open", "Requests that run now", "", (gauge) => gauge.set(gauges.running()));
  gauge("breaker_open", "Upstreams and models that are left alone for a while", "provider model state", (gauge) => {
    gauge.reset();
    for (const { provider, model = "", state } of gauges.breakers())
      gauge.set({ provider, model: model === "" ? "" : models.of(model), state }, 1);
  });
  gauge("info", "The running version", "version", (gauge) => gauge.set({ version: gauges.version }, 1));
  const started = (): number => Math.floor(Date.now() / 1000 - process.uptime());
  gauge("start_time_seconds", "When this process began, in seconds since 1970", "", (gauge) => gauge.set(started()));
  gauge("resident_memory_bytes", "Memory of this process", "", (gauge) => gauge.set(process.memoryUsage.rss()));

  /** A series begins with its first count. */
  const add = (to: Counter, labels: Record<string, string>, count: number): void => {
    if (count > 0) to.inc(labels, count);
  };

  const countUsage = ({ first_ms, duration_ms, usage }: RequestLine, by: { provider: string; model: string }): void => {
    if (!usage) return;
    add(tokens, { ...by, kind: "input" }, usage.input_tokens);
    add(tokens, { ...by, kind: "cached" }, usage.cached_tokens);
    add(tokens, { ...by, kind: "output" }, usage.output_tokens);
    add(tokens, { ...by, kind: "reasoning" }, usage.reasoning_tokens);
    const seconds = first_ms === undefined ? 0 : (duration_ms - first_ms) / 1000;
    // A reply that came in one piece says nothing of its speed.
    if (seconds > SHORTEST_S && usage.output_tokens > 1) speed.observe(by, usage.output_tokens / seconds);
  };

  const countChanges = (counts: NonNullable<RequestLine["counts"]>, provider: string): void => {
    add(retries, { provider }, counts.retries);
    add(heartbeats, { provider }, counts.heartbeats);
    add(forwarded, { provider }, counts.forwarded ? 1 : 0);
    add(results, { provider }, counts.results);
    if (counts.prefix_kept !== undefined) prefix.observe({ provider }, counts.prefix_kept);
    for (const [kind, times] of Object.entries(counts.calls)) calls.inc({ provider, kind: names.of(kind) }, times);
    for (const [note, times] of Object.entries(counts.notes)) {
      notes.inc({ note }, times);
      const became = CALL_NOTES[note];
      if (became) repairs.inc({ provider, ...became }, times);
    }
  };

  return {
    content_type: registry.contentType,
    text: (): Promise<string> => registry.metrics(),
    warning: (): void => warnings.inc(),
    refused: ({ kind, more = 0 }: RefusedLine): void => refusals.inc({ kind }, 1 + more),
    request: (line: RequestLine): void => {
      // No provider was chosen yet.
      const chosen = line.provider !== "?";
      const provider = chosen ? names.of(line.provider) : "";
      const by = { provider, model: chosen ? models.of(line.served) : "" };
      const route = line.route === undefined ? "" : names.of(line.route);
      requests.inc({ ...by, route, client: line.client, outcome: outcomeOf(line.outcome) });
      if (line.error_kind !== undefined) errors.inc({ provider, kind: line.error_kind });
      if (line.key !== undefined) byKey.inc({ key: names.of(line.key) });
      if (chosen) duration.observe(by, line.duration_ms / 1000);
      if (line.first_ms !== undefined) first.observe(by, line.first_ms / 1000);
      countUsage(line, by);
      add(usd, by, line.usd ?? 0);
      for (const { field } of line.ignored) ignored.inc({ field: fields.of(fieldLabel(field)) });
      if (line.counts) countChanges(line.counts, provider);
    },
  };
}
