/** What is remembered of one request while it runs: for its headers, its line in the log, and the counters. */
import { TURN_STATE_HEADER } from "../../agents/codex.ts";
import type { ErrorKind, ShimError } from "../../core/errors.ts";
import type { NoteKind } from "../../core/notes.ts";
import type { Usage } from "../../core/reply.ts";
import type { Ignored } from "../../core/turn.ts";
import { costOf } from "../../routing/cost.ts";
import { headerText } from "../../routing/explain.ts";
import type { Decision } from "../../routing/plan.ts";
import { outcomeOf } from "../costs/row.ts";
import type { RequestLine } from "../log.ts";
import { mayEcho, withoutEchoes } from "../telemetry/echoes.ts";
import { loggedMessage, loggedNote } from "../telemetry/known-words.ts";
import type { Recording } from "../telemetry/record.ts";
import type { ModelCandidate } from "../upstreams/catalog.ts";
import { SHIM_HEADER } from "../headers.ts";
import { isLocal } from "../windows/locality.ts";
import type { GatewayOptions } from "./gateway-options.ts";
import type { Incoming } from "./incoming.ts";

export type Counters = Partial<Record<NoteKind | "ignored" | "forwarded" | "retries" | "heartbeats", number>>;

export class RequestRecord {
  readonly recording: Recording | undefined;
  /** The model as the client names it. */
  model = "?";
  usage: Usage | null = null;
  outcome: string | undefined;
  etag: string | undefined;
  /** What a user of this model should set right. */
  warning: string | undefined;
  asked_effort: string | undefined;
  /** The effort that is really requested of the upstream. */
  effort: string | null | undefined;
  /** How much of the thread's last prompt stands at the head of this one. */
  prefix_kept: number | undefined;
  /** Results of tool calls that the request brings. */
  results = 0;
  /** What failed, where that is reported within the response. */
  error_kind: ErrorKind | undefined;
  private readonly incoming: Incoming;
  private readonly gateway: GatewayOptions;
  private readonly onEnd: () => void;
  private readonly request_id: string;
  private readonly started = performance.now();
  private readonly notes: string[] = [];
  private readonly counted_notes: Partial<Record<NoteKind, number>> = {};
  private readonly calls: Record<string, number> = {};
  private readonly own: Counters = {};
  private candidate: ModelCandidate | undefined;
  private route: string | undefined;
  private decision: Decision | undefined;
  private ignored: readonly Ignored[] = [];
  /** What was left out before any candidate was chosen. */
  private left_out: readonly Ignored[] = [];
  private counted = 0;
  private first_ms: number | undefined;
  private logged = false;

  /** `onEnd` is called once, when the response has ended or failed. Nothing of the request's body comes into the log. */
  constructor(incoming: Incoming, gateway: GatewayOptions, onEnd: () => void) {
    this.incoming = incoming;
    this.gateway = gateway;
    this.onEnd = onEnd;
    const request_id = (this.request_id = gateway.nextId());
    const { path, wire, client, body } = incoming;
    const begun = { request_id, path, wire: wire.name, codex: client.codex, body: body.json };
    this.recording = gateway.recorder?.begin(begun);
  }

  choose(candidate: ModelCandidate): void {
    this.candidate = candidate;
  }

  private get provider(): string {
    return this.candidate?.provider.id ?? "?";
  }

  /** The model of the reply, by its upstream's name: another one than requested when that was an alias. */
  private get served(): string {
    return this.candidate?.model ?? "?";
  }

  /** The requested model is a route, and this is its decision. */
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
    for (const counters of [this.gateway.counters, this.own]) counters[what] = (counters[what] ?? 0) + times;
  }

  /** A tool call of this kind is sent to the client. */
  called(kind: string): void {
    this.calls[kind] = (this.calls[kind] ?? 0) + 1;
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

  /** Something of the reply is there. */
  first(): void {
    this.first_ms ??= performance.now() - this.started;
  }

  /** The provider that continues this turn; on a route the model, too: one provider may have several of its candidates. */
  private turnState(): string {
    return printable(this.route === undefined ? this.provider : `${this.provider}/${this.served}`);
  }

  /** USD; null where the price is unknown. */
  private cost(): number | null {
    const { candidate } = this;
    if (!this.usage || !candidate) return null;
    if (candidate.info.price) return costOf(this.usage, candidate.info.price);
    return isLocal(candidate) ? 0 : null;
  }

  /** Why a route chose this candidate, and what the request is estimated to cost. */
  private decisionHeaders(): Record<string, string> {
    const { decision, candidate } = this;
    if (!decision || !candidate) return {};
    const isChosen = (each: { provider: string; model: string } | undefined): boolean =>
      each?.provider === candidate.provider.id && each.model === candidate.model;
    const verdict = decision.verdicts.find(isChosen);
    const [first] = decision.tries;
    const fallback = `${first?.provider}/${first?.model} failed; ${verdict?.reason ?? ""}`;
    const cost = verdict?.estimate.cost_usd;
    return {
      "x-juscode-route-reason": headerText(isChosen(first) ? decision.reason : fallback),
      ...(typeof cost === "number" && { "x-juscode-cost-estimate-usd": cost.toFixed(6) }),
    };
  }

  headers(): Record<string, string> {
    const ignored = this.ignored.map((entry) => `${entry.field}: ${entry.what}`).join("; ");
    return {
      [SHIM_HEADER]: this.gateway.instance,
      ...(this.etag !== undefined && { "x-models-etag": this.etag }),
      "x-juscode-provider": printable(this.provider),
      "x-juscode-model": printable(this.served),
      ...(this.incoming.client.codex && { [TURN_STATE_HEADER]: this.turnState() }),
      ...(typeof this.effort === "string" && { "x-juscode-effort": printable(this.effort) }),
      "x-juscode-request-id": this.request_id,
      ...this.decisionHeaders(),
      ...(this.warning !== undefined && { "x-juscode-warning": printable(this.warning) }),
      ...(ignored !== "" && { "x-juscode-ignored": printable(ignored) }),
    };
  }

  /** The response has failed within itself: what the log says of it. */
  failed(error: ShimError): void {
    this.error_kind = error.kind;
    this.outcome = this.wordsOf(error);
  }

  /** What others say in it only as far as it is known. */
  private wordsOf(error: ShimError): string {
    const { id = "", record } = this.candidate?.provider ?? {};
    const names = [this.model, this.served, id, record?.name ?? "", this.route ?? ""];
    return `${error.kind}: ${loggedMessage(error, { names, request: this.incoming.body.text })}`;
  }

  end(error?: ShimError): void {
    if (this.logged) return;
    this.logged = true;
    this.onEnd();
    const { incoming, gateway, request_id, route, usage, provider, served } = this;
    const client = incoming.client.codex ? "codex" : "client";
    const words = error ? this.wordsOf(error) : (this.outcome ?? "aborted by the client");
    const redacted = this.candidate?.provider.redact(words) ?? words;
    const outcome = mayEcho(redacted) ? withoutEchoes(redacted, this.incoming.body.text) : redacted;
    const duration_ms = performance.now() - this.started;
    const usd = this.cost();
    const line: RequestLine = {
      request_id,
      client_id: incoming.client_id,
      key: incoming.caller?.name,
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
      route,
      usd,
      path: incoming.path,
      client,
      model: this.model,
      provider,
      served,
      effort: this.effort,
      asked_effort: this.asked_effort,
      outcome,
      duration_ms,
      first_ms: this.first_ms,
      usage,
      ignored: this.ignored,
      notes: this.notes,
    };
    gateway.log.request(line);
    this.recording?.end(line);
    // Without an upstream there is nothing to pay.
    if (!this.candidate) return;
    gateway.costs.record({
      at: Math.floor(Date.now() / 1000),
      request_id,
      provider,
      model: served,
      route: route ?? null,
      client,
      usage,
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
