/** One translated request while it runs: its attempts at one candidate after another, and the events of the reply. */
import { asShimError, type ShimError } from "../../core/errors.ts";
import type { ReplyEvent } from "../../core/reply.ts";
import type { CurrentAttempt, Encoder, Exchange, WireScope } from "../../wires/wire.ts";
import { redactError } from "../access/redact.ts";
import { within } from "../pause.ts";
import type { ModelCandidate } from "../upstreams/catalog.ts";
import { Attempts, type UpstreamRequest } from "./attempts.ts";
import { abortWith } from "../upstreams/idle.ts";
import { meterOf } from "./held-memory.ts";
import { Preparation, type Prepared } from "./prepare.ts";
import { type Attempt, type Reply } from "./pump.ts";
import { mayReach } from "./reaching.ts";
import type { TrackedAttempt } from "./router.ts";
import type { RequestScope } from "./scope.ts";
import { canTranslate } from "./ways.ts";

/** The last message's end may differ where the next one joins it. */
const NEARLY_ALL = 0.99;

/** State of the current candidate. */
interface Current {
  readonly candidate: ModelCandidate;
  readonly attempts: Attempts;
  prepared: Prepared;
}

export class Translation implements Reply {
  attempt: Attempt;
  readonly encoder: Encoder;
  readonly heartbeat_ms: number;
  private readonly scope: RequestScope;
  private readonly exchange: Exchange;
  private readonly around: WireScope;
  private readonly answering: CurrentAttempt;
  private current: Current;
  private tracked: TrackedAttempt;
  /** What the client has of the reply. */
  private client_has: "nothing" | "headers" | "items" = "nothing";
  /** The upstream has accepted the request. */
  private answered = false;
  /** Kind of the tool call that is being written. */
  private calling: string | undefined;
  /** Whether another candidate may take over. */
  private readonly accept = (next: ModelCandidate): boolean =>
    canTranslate(next) && mayReach(this.scope.incoming, this.scope.call.model, next);
  /** The attempt that takes the place of one whose failure the client does not see. */
  private next: (() => Attempt) | undefined;

  constructor(scope: RequestScope, exchange: Exchange, around: WireScope, answering: CurrentAttempt) {
    this.scope = scope;
    this.exchange = exchange;
    this.around = around;
    this.answering = answering;
    this.encoder = exchange.encoder;
    this.heartbeat_ms = scope.gateway.heartbeat_ms;
    scope.call.asked_effort = exchange.turn.settings.effort;
    this.current = this.prepared();
    this.tracked = this.track();
    this.attempt = this.begin();
  }

  /** Waits for the upstream's headers, but not long: a slow prefill or a busy slot must not keep the client waiting. */
  async settled(hold_ms: number): Promise<void> {
    try {
      // An error that comes soon is returned by its status.
      await within(this.attempt.head, hold_ms);
      this.committed();
    } catch (error) {
      this.tracked.failed(asShimError(error));
      throw error;
    }
  }

  /** The client has the headers of the reply already: this one continues it. */
  committed(): void {
    if (this.client_has === "nothing") this.client_has = "headers";
  }

  again(): boolean {
    const { next } = this;
    this.next = undefined;
    if (!next) return false;
    this.attempt = next();
    return true;
  }

  onHeartbeat(): void {
    this.scope.call.count("heartbeats");
  }

  onEnd(): void {
    this.tracked.abandoned();
    if (this.client_has !== "nothing") this.scope.call.end();
  }

  /** Prepares the request for the current candidate. */
  private prepared(): Current {
    const preparation = new Preparation(this.scope, this.exchange, this.around);
    const { candidate } = preparation;
    const { prepared, text } = preparation.prepare();
    const shorter = (error: ShimError): UpstreamRequest | undefined => {
      const next = preparation.shorter(this.current.prepared, error);
      if (next) this.current.prepared = next;
      return next?.request;
    };
    const attempts = new Attempts(this.scope, prepared.request, text, {
      accept: this.accept,
      onPrompt: (prompt) => this.watchPrefix(candidate, prompt),
      clientHas: () => this.client_has,
      ...(this.exchange.shortens && { shorter }),
    });
    this.answering.model = candidate.model;
    this.answering.effort = this.scope.call.effort;
    return { candidate, attempts, prepared };
  }

  private watchPrefix({ provider }: ModelCandidate, prompt: string): void {
    const { thread } = this.exchange;
    if (thread === undefined) return;
    const { call, gateway } = this.scope;
    const kept = gateway.prefixes.kept(`${provider.id}/${thread}`, prompt);
    call.prefix_kept = kept;
    if (kept !== undefined && kept < NEARLY_ALL) call.note("prefix_broken", `${Math.floor(kept * 100)}% kept`);
  }

  private track(): TrackedAttempt {
    const { gateway, incoming } = this.scope;
    return gateway.router.track(this.current.candidate, this.exchange.thread, incoming);
  }

  /** Sends the request. Its headers are on their way when this returns. */
  private begin(wait_ms: number = 0): Attempt {
    const { signal } = this.scope.incoming;
    const { candidate, attempts, prepared } = this.current;
    const abort = abortWith(signal);
    this.answered = false;
    const head = attempts.run(abort.signal, wait_ms);
    head.then(() => this.accepted()).catch(() => {}); // Its failure is handled where it is awaited.
    const { upstream } = prepared.request;
    return {
      pausing: () => attempts.pausing,
      head,
      decoder: upstream.decoder(prepared.turn, (event) => this.emit(event), this.around, candidate.dialect),
      abort,
      meter: meterOf(this.scope),
      idle_ms: candidate.provider.record.stream_idle_timeout_ms,
    };
  }

  private accepted(): void {
    this.answered = true;
    this.answering.effort = this.scope.call.effort;
  }

  private emit(reported: ReplyEvent): void {
    // Most events are of this kind, and need no more than this.
    if (reported.type === "item_delta") return this.encoder.write(reported);
    const { call, gateway } = this.scope;
    const { candidate, prepared } = this.current;
    const { redact } = candidate.provider;
    const event =
      reported.type === "error" ? { ...reported, error: asShimError(redactError(reported.error, redact)) } : reported;
    switch (event.type) {
      case "item_start":
        this.client_has = "items";
        call.first();
        this.tracked.first();
        this.calling =
          event.item.kind === "tool_call" ? (this.exchange.kindOf?.(event.item.name) ?? "function") : undefined;
        break;
      case "item_end":
        if (this.calling !== undefined && event.complete) call.called(this.calling);
        this.calling = undefined;
        break;
      case "end":
        call.outcome = event.reason;
        call.usage = event.usage;
        this.tracked.ended(event.usage);
        if (event.usage) gateway.prompts.reported(candidate, prepared.prompt_characters, event.usage);
        break;
      case "error":
        this.tracked.failed(event.error);
        this.next = this.nextAfter(event.error);
        if (this.next) return;
        call.failed(event.error);
        break;
      default:
    }
    this.encoder.write(event);
  }

  /**
   * The attempt that takes the place of one that failed; undefined where the failure is returned to the client. While the
   * client has no headers, the gateway chooses the next candidate.
   */
  private nextAfter(error: ShimError): (() => Attempt) | undefined {
    if (this.client_has === "items") return undefined;
    const { candidate, attempts } = this.current;
    // What happens before the upstream has accepted the request `attempts` has decided already.
    const decision = this.answered ? attempts.decide(error, true) : undefined;
    if (decision?.do === "wait") {
      return () => {
        attempts.restarted(error);
        this.tracked = this.track();
        return this.begin(decision.wait_ms);
      };
    }
    if (this.client_has !== "headers" || !this.scope.candidates.mayHelp(error, this.accept)) return undefined;
    return () => {
      const { candidates, call } = this.scope;
      candidates.advance(error, this.accept);
      call.note("fell_back", `${candidate.provider.id}/${candidate.model}: ${error.kind}`);
      // It is chosen before it is prepared: the ignored fields and the effort belong to it.
      call.choose(candidates.current);
      this.current = this.prepared();
      this.tracked = this.track();
      return this.begin();
    };
  }
}
