/** Each count that Prometheus gets, with what it means. Labels are bounded: no client can make new ones without end. */
import process from "node:process";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { RefusedLine, RequestLine } from "../log.ts";
import { outcomeOf } from "../costs/row.ts";
import { BoundedNames, fieldLabel } from "./bounded-names.ts";
import type { Gauges } from "./gauges.ts";

const MOST_MODELS = 100;
const MOST_NAMES = 100;
const SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
const SPEEDS = [1, 5, 10, 20, 35, 50, 75, 100, 150, 250, 500, 1000];
const SHORTEST_S = 0.05;
const KEPT = [0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1];

/** What became of a call that a model made, by the notes that were taken of it. */
const CALL_NOTES = {
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
} as const;

export class Meters {
  readonly content_type: string;
  private readonly registry = new Registry();
  private readonly models = new BoundedNames(MOST_MODELS);
  private readonly names = new BoundedNames(MOST_NAMES);
  private readonly fields = new BoundedNames(MOST_NAMES);

  private readonly requests = this.counter("requests_total", "Requests that came as far as a model", [
    "provider",
    "model",
    "route",
    "client",
    "outcome",
  ]);
  private readonly errors = this.counter("request_errors_total", "Requests that failed, by kind of error", [
    "provider",
    "kind",
  ]);
  private readonly byKey = this.counter("key_requests_total", "Requests by the name of the client's key", ["key"]);
  private readonly refusals = this.counter("refused_total", "Requests that were refused before any model was asked", [
    "kind",
  ]);
  private readonly first = this.histogram(
    "time_to_first_token_seconds",
    "From the request to the first item of its answer",
    ["provider", "model"],
    SECONDS,
  );
  private readonly duration = this.histogram(
    "request_duration_seconds",
    "From the request to the end of its answer",
    ["provider", "model"],
    SECONDS,
  );
  private readonly speed = this.histogram(
    "output_tokens_per_second",
    "Speed of an answer, from its first item to its end",
    ["provider", "model"],
    SPEEDS,
  );
  private readonly tokens = this.counter(
    "tokens_total",
    "Tokens as the hosts report them; input includes cached ones",
    ["provider", "model", "kind"],
  );
  private readonly usd = this.counter("cost_usd_total", "Cost, where prices are known", ["provider", "model"]);
  private readonly calls = this.counter("tool_calls_total", "Calls that clients were told of, by kind of tool", [
    "provider",
    "kind",
  ]);
  private readonly mended = this.counter("tool_call_mending_total", "Calls that did not come as they should", [
    "provider",
    "kind",
    "outcome",
  ]);
  private readonly results = this.counter("tool_results_total", "Results of calls that requests brought", ["provider"]);
  private readonly notes = this.counter("notes_total", "What was changed on the way, by kind", ["note"]);
  private readonly ignored = this.counter("ignored_fields_total", "Fields that could not be carried over", ["field"]);
  private readonly heartbeats = this.counter("heartbeats_total", "Signs of life that were sent to clients", [
    "provider",
  ]);
  private readonly retries = this.counter("retries_total", "Requests that were sent to a host again", ["provider"]);
  private readonly forwarded = this.counter("forwarded_total", "Requests handed on byte for byte", ["provider"]);
  private readonly prefix = this.histogram(
    "prompt_prefix_kept_ratio",
    "Share of the thread's last prompt that stood at the head of the next one",
    ["provider"],
    KEPT,
  );
  private readonly warnings = this.counter("warnings_total", "Warnings in the log", []);

  constructor(gauges: Gauges) {
    this.content_type = this.registry.contentType;
    this.gauge("streams_open", "Requests that run now", [], (gauge) => gauge.set(gauges.running()));
    this.gauge(
      "breaker_open",
      "Hosts and models that are left alone for a while",
      ["provider", "model", "state"],
      (gauge) => {
        gauge.reset();
        for (const { provider, model = "", state } of gauges.breakers())
          gauge.set({ provider, model: model === "" ? "" : this.models.of(model), state }, 1);
      },
    );
    this.gauge("info", "The running version", ["version"], (gauge) => gauge.set({ version: gauges.version }, 1));
    this.gauge("start_time_seconds", "When this process began, in seconds since 1970", [], (gauge) =>
      gauge.set(Math.floor(Date.now() / 1000 - process.uptime())),
    );
    this.gauge("resident_memory_bytes", "Memory of this process", [], (gauge) => gauge.set(process.memoryUsage.rss()));
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }

  request(line: RequestLine): void {
    // Nobody was chosen yet.
    const asked = line.provider !== "?";
    const provider = asked ? this.names.of(line.provider) : "";
    const model = asked ? this.models.of(line.served) : "";
    const by = { provider, model };
    const { usage, first_ms, duration_ms, error_kind, counts } = line;
    const route = line.route === undefined ? "" : this.names.of(line.route);
    const outcome = outcomeOf(line.outcome);
    this.requests.inc({ ...by, route, client: line.client, outcome });
    if (error_kind !== undefined) this.errors.inc({ provider, kind: error_kind });
    if (line.key !== undefined) this.byKey.inc({ key: this.names.of(line.key) });
    if (asked) this.duration.observe(by, duration_ms / 1000);
    if (first_ms !== undefined) this.first.observe(by, first_ms / 1000);
    if (usage) this.usage(line, usage, by);
    if (line.usd !== null && line.usd > 0) this.usd.inc(by, line.usd);
    for (const { field } of line.ignored) this.ignored.inc({ field: this.fields.of(fieldLabel(field)) });
    if (counts) this.counts(counts, provider);
  }

  refused({ kind, more = 0 }: RefusedLine): void {
    this.refusals.inc({ kind }, 1 + more);
  }

  warning(): void {
    this.warnings.inc();
  }

  private usage(
    { first_ms, duration_ms }: RequestLine,
    usage: NonNullable<RequestLine["usage"]>,
    by: { provider: string; model: string },
  ): void {
    const { input_tokens, cached_tokens, output_tokens, reasoning_tokens } = usage;
    for (const [kind, count] of Object.entries({
      input: input_tokens,
      cached: cached_tokens,
      output: output_tokens,
      reasoning: reasoning_tokens,
    }))
      if (count > 0) this.tokens.inc({ ...by, kind }, count);
    const seconds = first_ms === undefined ? 0 : (duration_ms - first_ms) / 1000;
    // An answer that came in one piece tells nothing of its speed.
    if (seconds > SHORTEST_S && output_tokens > 1) this.speed.observe(by, output_tokens / seconds);
  }

  private counts(counts: NonNullable<RequestLine["counts"]>, provider: string): void {
    const { retries, heartbeats, forwarded, results, prefix_kept, calls, notes } = counts;
    if (retries > 0) this.retries.inc({ provider }, retries);
    if (heartbeats > 0) this.heartbeats.inc({ provider }, heartbeats);
    if (forwarded) this.forwarded.inc({ provider });
    if (results > 0) this.results.inc({ provider }, results);
    if (prefix_kept !== undefined) this.prefix.observe({ provider }, prefix_kept);
    for (const [kind, times] of Object.entries(calls)) this.calls.inc({ provider, kind: this.names.of(kind) }, times);
    for (const [note, times] of Object.entries(notes)) {
      this.notes.inc({ note }, times);
      const mended = CALL_NOTES[note as keyof typeof CALL_NOTES] as { kind: string; outcome: string } | undefined;
      if (mended) this.mended.inc({ provider, ...mended }, times);
    }
  }

  private counter<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> {
    return new Counter({ name: `juscode_${name}`, help, labelNames, registers: [this.registry] });
  }

  private histogram<Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    buckets: number[],
  ): Histogram<Label> {
    return new Histogram({ name: `juscode_${name}`, help, labelNames, buckets, registers: [this.registry] });
  }

  private gauge<Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    set: (gauge: Gauge<Label>) => void,
  ): void {
    const gauge: Gauge<Label> = new Gauge({
      name: `juscode_${name}`,
      help,
      labelNames,
      registers: [],
      collect: () => set(gauge),
    });
    this.registry.registerMetric(gauge);
  }
}
