/** What is remembered of one request while it runs: for its headers, its line in the log, and the counters. */
import { TURN_STATE_HEADER } from "../../agents/codex.ts";
import { costOf } from "../../routing/cost.ts";
import type { Decision } from "../../routing/plan.ts";
import { decisionHeaders } from "./decision-headers.ts";
import { outcomeOf } from "../costs/row.ts";
import type { Costs } from "../costs/store.ts";
import type { ErrorKind, ShimError } from "../../core/errors.ts";
import type { NoteKind } from "../../core/notes.ts";
import type { Usage } from "../../core/reply.ts";
import type { Ignored } from "../../core/turn.ts";
import type { ClientFacts } from "../../wires/wire.ts";
import type { Chosen } from "../upstreams/catalog.ts";
import type { RequestBody } from "./request-body.ts";
import { isLocal } from "../windows/locality.ts";
import type { Log, RequestLine } from "../log.ts";
import { mayEcho, withoutEchoes } from "../telemetry/echoes.ts";
import { loggedMessage } from "../telemetry/known-words.ts";
import { loggedNote } from "../telemetry/logged-note.ts";
import type { Recording } from "../telemetry/record.ts";
import { SHIM_HEADER } from "../upstreams/upstream.ts";

export type Counters = Partial<Record<NoteKind | "ignored" | "forwarded" | "retries" | "heartbeats", number>>;

export interface CallOptions {
  path: string;
  client: ClientFacts;
  log: Log;
  /** Id of this running shim. */
  instance: string;
  counters: Counters;
  costs: Costs;
  request_id: string;
  /** The client's own id of it. */
  client_id: string | undefined;
  /** Name of the client's key. */
  key: string | undefined;
  /** The request's body, of which nothing may come into the log. */
  body: RequestBody;
  recording: Recording | undefined;
  /** Called once, when the answer has ended or failed. */
  onEnd(): void;
}

export class Call {
  /** The model as the client names it. */
  model = "?";
  usage: Usage | null = null;
  outcome: string | undefined;
  etag: string | undefined;
  /** What a user of this model should set right. */
  warning: string | undefined;
  asked_effort: string | undefined;
  /** What the upstream is really asked for. */
  effort: string | null | undefined;
  private readonly options: CallOptions;
  private readonly started = performance.now();
  private readonly notes: string[] = [];
  private readonly counted_notes: Partial<Record<NoteKind, number>> = {};
  private readonly calls: Record<string, number> = {};
  private readonly own: Counters = {};
  /** How much of the thread's last prompt stands at the head of this one. */
  prefix_kept: number | undefined;
  /** Results of calls that the request brings. */
  results = 0;
  /** What failed, where it is told within the answer. */
  error_kind: ErrorKind | undefined;
  private chosen: Chosen | undefined;
  private route: string | undefined;
  private decision: Decision | undefined;
  private provider = "?";
  /** The model that answers, by its host's name: another one than asked for when that was an alias. */
  private served = "?";
  private ignored: readonly Ignored[] = [];
  /** What was left out before any candidate was chosen. */
  private left_out: readonly Ignored[] = [];
  private counted = 0;
  private first_ms: number | undefined;
  private logged = false;

  constructor(options: CallOptions) {
    this.options = options;
  }

  choose(chosen: Chosen): void {
    this.chosen = chosen;
    this.provider = chosen.provider.id;
    this.served = chosen.model;
  }

  /** The model that was asked for is a route, and this is what came of it. */
  decided(route: string, decision: Decision): void {
    this.route = route;
    this.decision = decision;
  }

  note(what: NoteKind, detail: string): void {
    this.notes.push(`${what} (${loggedNote(what, detail)})`);
    this.counted_notes[what] = (this.counted_notes[what] ?? 0) + 1;
    this.count(what);
  }

  count(what: keyof Counters, times = 1): void {
    if (times <= 0) return;
    for (const counters of [this.options.counters, this.own]) counters[what] = (counters[what] ?? 0) + times;
  }

  /** A call of a tool of this kind is told to the client. */
  called(kind: string): void {
    this.calls[kind] = (this.calls[kind] ?? 0) + 1;
  }

  get recording(): Recording | undefined {
    return this.options.recording;
  }

  /** Left out for every candidate. */
  leaveOut(ignored: readonly Ignored[]): void {
    this.left_out = ignored;
    this.setIgnored([]);
  }

  /** All that could not be carried over, as it is known now. */
  setIgnored(by_candidate: readonly Ignored[]): void {
    const ignored = this.left_out.length === 0 ? by_candidate : [...this.left_out, ...by_candidate];
    this.ignored = ignored;
    this.count("ignored", ignored.length - this.counted);
    this.counted = Math.max(this.counted, ignored.length);
  }

  /** Something of the answer is there. */
  first(): void {
    this.first_ms ??= performance.now() - this.started;
  }

  /** Who goes on with this turn; on a route the model too, since one provider may have several of its candidates. */
  private turnState(): string {
    return printable(this.route === undefined ? this.provider : `${this.provider}/${this.served}`);
  }

  /** USD; null where nobody knows the price. */
  private cost(): number | null {
    const { chosen } = this;
    if (!this.usage || !chosen) return null;
    if (chosen.info.price) return costOf(this.usage, chosen.info.price);
    return isLocal(chosen) ? 0 : null;
  }

  headers(): Record<string, string> {
    const ignored = this.ignored.map((entry) => `${entry.field}: ${entry.what}`).join("; ");
    return {
      [SHIM_HEADER]: this.options.instance,
      ...(this.etag !== undefined && { "x-models-etag": this.etag }),
      "x-juscode-provider": printable(this.provider),
      "x-juscode-model": printable(this.served),
      ...(this.options.client.codex && { [TURN_STATE_HEADER]: this.turnState() }),
      ...(typeof this.effort === "string" && { "x-juscode-effort": printable(this.effort) }),
      "x-juscode-request-id": this.options.request_id,
      ...decisionHeaders(this.decision, this.chosen),
      ...(this.warning !== undefined && { "x-juscode-warning": printable(this.warning) }),
      ...(ignored !== "" && { "x-juscode-ignored": printable(ignored) }),
    };
  }

  /** The answer has failed within itself: what the log says of it. */
  failed(error: ShimError): void {
    this.error_kind = error.kind;
    this.outcome = this.wordsOf(error);
  }

  /** What others say in it only as far as it is known. */
  private wordsOf(error: ShimError): string {
    const { id = "", record } = this.chosen?.provider ?? {};
    const names = [this.model, this.served, id, record?.name ?? "", this.route ?? ""];
    return `${error.kind}: ${loggedMessage(error, { names, request: this.options.body.text })}`;
  }

  end(error?: ShimError): void {
    if (this.logged) return;
    this.logged = true;
    this.options.onEnd();
    const { path, client, log, costs, request_id } = this.options;
    const told = error ? this.wordsOf(error) : (this.outcome ?? "aborted by the client");
    const redacted = this.chosen?.provider.redact(told) ?? told;
    const outcome = mayEcho(redacted) ? withoutEchoes(redacted, this.options.body.text) : redacted;
    const duration_ms = performance.now() - this.started;
    const usd = this.cost();
    const line: RequestLine = {
      request_id,
      client_id: this.options.client_id,
      key: this.options.key,
      error_kind: error?.kind ?? this.error_kind,
      counts: {
        notes: this.counted_notes,
        forwarded: (this.own.forwarded ?? 0) > 0,
        retries: this.own.retries ?? 0,
        heartbeats: this.own.heartbeats ?? 0,
        calls: this.calls,
        results: this.results,
        prefix_kept: this.prefix_kept,
      },
      route: this.route,
      usd,
      path,
      client: client.codex ? "codex" : "client",
      model: this.model,
      provider: this.provider,
      served: this.served,
      effort: this.effort,
      asked_effort: this.asked_effort,
      outcome,
      duration_ms,
      first_ms: this.first_ms,
      usage: this.usage,
      ignored: this.ignored,
      notes: this.notes,
    };
    log.request(line);
    this.recording?.end(line);
    // Without an upstream there is nothing to pay.
    if (!this.chosen) return;
    costs.record({
      at: Math.floor(Date.now() / 1000),
      request_id,
      provider: this.provider,
      model: this.served,
      route: this.route ?? null,
      client: client.codex ? "codex" : "client",
      usage: this.usage,
      usd,
      outcome: outcomeOf(outcome),
      duration_ms,
      first_ms: this.first_ms ?? null,
    });
  }
}

/** For a header. */
function printable(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, 1000);
}
