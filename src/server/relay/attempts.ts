/**
 * The attempts at one candidate: until it accepts the request, or until the retry policy decides otherwise. Forwarded and
 * translated requests differ only in their body.
 */
import { asShimError, ShimError } from "../../core/errors.ts";
import { applyRemedies, ignoredBy, mayHaveRemedy, remedyFor } from "../../core/refusals/remedies.ts";
import type { RefusalRow } from "../../core/refusals/rows.ts";
import type { Ignored } from "../../core/turn.ts";
import { readHttpError } from "../../core/upstream-errors/read.ts";
import { decideRetry, RETRY_LIMITS, type RetryDecision, type RetryLimits } from "../../routing/retry-policy.ts";
import type { UpstreamWire } from "../../wires/wire.ts";
import type { ModelCandidate } from "../upstreams/catalog.ts";
import { errorText } from "../upstreams/reading.ts";
import { pause } from "../pause.ts";
import { keepOnly } from "./held-memory.ts";
import { payloadOf, type Payload } from "./payload.ts";
import type { RequestScope } from "./scope.ts";

/** A request to one candidate, before any remedy. */
export interface UpstreamRequest {
  readonly candidate: ModelCandidate;
  readonly upstream: UpstreamWire;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The client's own bytes, with edits. */
  readonly forwarded: boolean;
  readonly payload: Payload;
  readonly prompt_end: number;
  readonly ignored: readonly Ignored[];
  /** The requested effort. */
  readonly effort: string | null | undefined;
}

/** The request with all remedies that are known. */
interface Sent {
  readonly payload: Payload;
  readonly applied: readonly RefusalRow[];
}

/** What the policy needs to know of pass-through or translation. */
interface AttemptHooks {
  /** Whether a candidate can get the request, too. */
  accept?(next: ModelCandidate): boolean;
  /** What the client has of the reply. */
  clientHas(): "nothing" | "headers" | "items";
  /** Takes the prompt as it goes out at first. */
  onPrompt?(prompt: string): void;
  /** The same request with a shorter history; absent where the client wants it whole. */
  shorter?(error: ShimError): UpstreamRequest | undefined;
}

/** An error reply of the upstream, as it came. */
interface RefusedReply {
  status: number;
  headers: Headers;
  /** Without the provider's secrets. */
  text: string;
}

export class Attempts {
  /** What the upstream returned last, when that was an error. */
  refused: RefusedReply | undefined;
  /** We wait by ourselves before the next attempt: no silence of the upstream. */
  pausing = false;
  private readonly scope: RequestScope;
  private readonly hooks: AttemptHooks;
  private request: UpstreamRequest;
  private sent: Sent;
  /** Remedies that this very request has found out. */
  private found: RefusalRow[] = [];
  private retries = 0;
  private restarts = 0;
  private loading_since: number | undefined;

  /** `text` is the request's payload, which need not be read again. */
  constructor(scope: RequestScope, request: UpstreamRequest, text: string, hooks: AttemptHooks) {
    this.scope = scope;
    this.hooks = hooks;
    this.request = request;
    const { sent, prompt } = this.remedied(text);
    this.sent = sent;
    hooks.onPrompt?.(prompt());
    scope.gateway.refusals.used(this.memory, this.sent.applied);
  }

  /** Sends the request until the upstream accepts it. Throws the ShimError after which there is no further attempt. */
  async run(signal: AbortSignal, wait_ms = 0): Promise<Response> {
    if (wait_ms > 0) await this.wait(wait_ms, signal);
    for (;;) {
      try {
        return await this.send(signal);
      } catch (thrown) {
        const error = asShimError(thrown);
        const remedy = await this.remedyFor(error);
        const decision = this.decide(error, false, remedy !== undefined);
        if (decision.do === "remedy" && remedy) await this.remedy(remedy);
        else if (decision.do === "shorten") await this.shorten(error);
        else if (decision.do === "wait") await this.waitFor(decision, error, signal);
        else throw error.kind === "model_loading" ? stillLoading(error) : error;
      }
    }
  }

  /** What is to be done after this error; `answered`: the upstream had accepted the request. */
  decide(error: ShimError, answered: boolean, has_remedy = false): RetryDecision {
    const { candidates, remedies } = this.scope;
    return decideRetry(
      {
        error,
        answered,
        has_remedy,
        client_has: this.hooks.clientHas(),
        retries: this.retries,
        restarts: this.restarts,
        loading_ms: this.loading_since === undefined ? 0 : performance.now() - this.loading_since,
        candidate_remedies: this.found.length,
        request_remedies: remedies.count,
        patience: candidates.patience,
        can_shorten: this.hooks.shorter !== undefined,
        has_other: candidates.mayHelp(error, this.hooks.accept),
        chance: Math.random(),
      },
      this.limits,
    );
  }

  /** A stream that broke is begun again. */
  restarted(error: ShimError): void {
    this.restarts++;
    this.scope.call.count("retries");
    this.scope.call.note("asked_again", error.kind);
  }

  private get limits(): RetryLimits {
    const { request_max_retries, stream_max_retries } = this.request.candidate.provider.record;
    return { ...RETRY_LIMITS, ...this.scope.gateway.retry_limits, request_max_retries, stream_max_retries };
  }

  private get memory(): { model: string; client: string | undefined } {
    const { provider, model } = this.request.candidate;
    return { model: `${provider.id}/${model}`, client: this.scope.incoming.caller?.id };
  }

  /** The request with all remedies that are known, which are reported as ignored fields. */
  private remedied(text: string): { sent: Sent; prompt: () => string } {
    const { call, gateway } = this.scope;
    const { payload, prompt_end, ignored, effort } = this.request;
    const learned = gateway.refusals.learned(this.memory);
    const rows = this.found.length === 0 ? learned : [...new Set([...learned, ...this.found])];
    const remedied =
      rows.length === 0 ? { body: text, prompt_end, applied: rows } : applyRemedies(text, rows, prompt_end);
    const refused = ignoredBy(remedied.applied);
    const others = ignored.filter(({ field }) => refused.every((entry) => entry.field !== field));
    call.setIgnored([...others, ...refused]);
    call.effort = remedied.applied.some((row) => row.effort) ? null : effort;
    const { body, applied } = remedied;
    return {
      sent: { payload: body === text ? payload : payloadOf(body), applied },
      prompt: () => body.slice(0, remedied.prompt_end),
    };
  }

  private async remedyFor(error: ShimError): Promise<RefusalRow | undefined> {
    if (!mayHaveRemedy(error)) return undefined;
    const { payload, applied } = this.sent;
    return remedyFor(error, this.request.upstream.name, await payload.text(), applied);
  }

  private async remedy(row: RefusalRow): Promise<void> {
    this.found.push(row);
    this.scope.remedies.count++;
    this.sent = this.remedied(await this.request.payload.text()).sent;
    this.scope.call.note("setting_dropped", row.field);
  }

  private async shorten(error: ShimError): Promise<void> {
    const shorter = this.hooks.shorter?.(error);
    if (!shorter) throw error;
    this.request = shorter;
    this.sent = this.remedied(await shorter.payload.text()).sent;
  }

  private async waitFor(
    { wait_ms, why }: Extract<RetryDecision, { do: "wait" }>,
    error: ShimError,
    signal: AbortSignal,
  ): Promise<void> {
    const { call } = this.scope;
    if (why === "loading") {
      if (this.loading_since === undefined) call.note("waited_for_model", this.request.candidate.model);
      this.loading_since ??= performance.now();
    } else {
      this.retries++;
      call.count("retries");
      call.note("asked_again", error.kind);
    }
    await this.wait(wait_ms, signal);
  }

  private async wait(ms: number, signal: AbortSignal): Promise<void> {
    this.pausing = true;
    try {
      await pause(ms, signal);
    } finally {
      this.pausing = false;
    }
  }

  private async send(signal: AbortSignal): Promise<Response> {
    const { call, incoming, gateway } = this.scope;
    const { candidate, upstream, path, headers, forwarded } = this.request;
    const { provider, model, dialect } = candidate;
    const { record, redact } = provider;
    const { payload } = this.sent;
    this.refused = undefined;
    const record_reply = call.recording?.sent({
      provider: provider.id,
      preset: record.preset,
      model,
      wire: upstream.name,
      forwarded,
      dialect,
      body: await payload.text(),
      redact,
    });
    const sending = provider.send(path, payload.body, { via: incoming.via, signal, headers });
    // What it took to make it ready is garbage now.
    keepOnly(incoming, payload);
    const received = await sending;
    const reply = record_reply?.(received) ?? received;
    if (reply.ok) {
      for (const row of this.found) gateway.refusals.remember(this.memory, row);
      return reply;
    }
    const text = redact(await errorText(reply));
    this.refused = { status: reply.status, headers: reply.headers, text };
    throw readHttpError(reply.status, reply.headers, text, provider.speaker, Date.now());
  }
}

/** When a client may come back to a model that was still loading when the wait for it ended. */
const LOADING_RETRY_AFTER_MS = 5000;

function stillLoading(error: ShimError): ShimError {
  const { kind, message, retry_after_ms = LOADING_RETRY_AFTER_MS, said } = error;
  return new ShimError(kind, message, { retry_after_ms, ...(said && { said }), cause: error });
}
