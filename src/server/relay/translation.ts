/** One translated request while it runs: its attempts at one candidate after another, and what is seen of the reply. */
import { asShimError, type ShimError } from "../../core/errors.ts";
import type { ReplyEvent } from "../../core/reply.ts";
import type { Answering, Encoder, Exchange, Surroundings } from "../../wires/wire.ts";
import { redactError } from "../access/redact.ts";
import { within } from "../pause.ts";
import type { Chosen } from "../upstreams/catalog.ts";
import { Asker, type Question } from "./asker.ts";
import { abortWith } from "./idle.ts";
import { meterOf } from "./held-memory.ts";
import { Preparation, type Prepared } from "./prepare.ts";
import { type Attempt, type Reply } from "./pump.ts";
import { mayReach } from "./reaching.ts";
import type { Trial } from "./router.ts";
import type { RequestScope } from "./scope.ts";
import { canTranslate } from "./ways.ts";

/** The last message's end may differ where the next one joins it. */
const NEARLY_ALL = 0.99;

/** What is known of the candidate that is asked. */
interface Current {
  readonly chosen: Chosen;
  readonly asker: Asker;
  prepared: Prepared;
}

export class Translation implements Reply {
  attempt: Attempt;
  readonly encoder: Encoder;
  readonly heartbeat_ms: number;
  private readonly scope: RequestScope;
  private readonly exchange: Exchange;
  private readonly around: Surroundings;
  private readonly answering: Answering;
  private current: Current;
  private trial: Trial;
  /** What the client has of the reply. */
  private client_has: "nothing" | "headers" | "items" = "nothing";
  /** The upstream has accepted the request. */
  private answered = false;
  /** Kind of the tool call that is being written. */
  private calling: string | undefined;
  /** Whether another candidate may take over. */
  private readonly accept = (next: Chosen): boolean =>
    canTranslate(next) && mayReach(this.scope.incoming, this.scope.call.model, next);
  /** What ended an attempt of which the client has not heard, and is done about it. */
  private next: (() => Attempt) | undefined;

  constructor(scope: RequestScope, exchange: Exchange, around: Surroundings, answering: Answering) {
    this.scope = scope;
    this.exchange = exchange;
    this.around = around;
    this.answering = answering;
    this.encoder = exchange.encoder;
    this.heartbeat_ms = scope.gateway.heartbeat_ms;
    scope.call.asked_effort = exchange.turn.settings.effort;
    this.current = this.prepared();
    this.trial = this.try();
    this.attempt = this.begin();
  }

  /** Waits for the upstream's headers, but not long: a slow prefill or a busy slot must not keep the client waiting. */
  async settled(hold_ms: number): Promise<void> {
    try {
      // An error that comes soon is returned by its status.
      await within(this.attempt.head, hold_ms);
      this.committed();
    } catch (error) {
      this.trial.failed(asShimError(error));
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
    this.trial.abandoned();
    if (this.client_has !== "nothing") this.scope.call.end();
  }

  /** Makes the current candidate the one that is asked. */
  private prepared(): Current {
    const preparation = new Preparation(this.scope, this.exchange, this.around);
    const { chosen } = preparation;
    const { prepared, text } = preparation.prepare();
    const shorter = (error: ShimError): Question | undefined => {
      const next = preparation.shorter(this.current.prepared, error);
      if (next) this.current.prepared = next;
      return next?.question;
    };
    const asker = new Asker(this.scope, prepared.question, text, {
      accept: this.accept,
      onPrompt: (prompt) => this.watchPrefix(chosen, prompt),
      clientHas: () => this.client_has,
      ...(this.exchange.shortens && { shorter }),
    });
    this.answering.model = chosen.model;
    this.answering.effort = this.scope.call.effort;
    return { chosen, asker, prepared };
  }

  private watchPrefix({ provider }: Chosen, prompt: string): void {
    const { thread } = this.exchange;
    if (thread === undefined) return;
    const { call, gateway } = this.scope;
    const kept = gateway.prefixes.kept(`${provider.id}/${thread}`, prompt);
    call.prefix_kept = kept;
    if (kept !== undefined && kept < NEARLY_ALL) call.note("prefix_broken", `${Math.floor(kept * 100)}% kept`);
  }

  private try(): Trial {
    const { gateway, incoming } = this.scope;
    return gateway.router.try(this.current.chosen, this.exchange.thread, incoming);
  }

  /** Sends the request. Its headers are on their way when this returns. */
  private begin(wait_ms: number = 0): Attempt {
    const { signal } = this.scope.incoming;
    const { chosen, asker, prepared } = this.current;
    const abort = abortWith(signal);
    this.answered = false;
    const head = asker.ask(abort.signal, wait_ms);
    head.then(() => this.accepted()).catch(() => {}); // Whoever awaits it hears of its failure.
    const { upstream } = prepared.question;
    return {
      pausing: () => asker.pausing,
      head,
      decoder: upstream.decoder(prepared.turn, (event) => this.emit(event), this.around, chosen.dialect),
      abort,
      meter: meterOf(this.scope),
      idle_ms: chosen.provider.record.stream_idle_timeout_ms,
    };
  }

  private accepted(): void {
    this.answered = true;
    this.answering.effort = this.scope.call.effort;
  }

  private emit(told: ReplyEvent): void {
    // Most of them, and nothing is to be done for them but this.
    if (told.type === "item_delta") return this.encoder.write(told);
    const { call, gateway } = this.scope;
    const { chosen, prepared } = this.current;
    const { redact } = chosen.provider;
    const event = told.type === "error" ? { ...told, error: asShimError(redactError(told.error, redact)) } : told;
    switch (event.type) {
      case "item_start":
        this.client_has = "items";
        call.first();
        this.trial.first();
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
        this.trial.ended(event.usage);
        if (event.usage) gateway.prompts.reported(chosen, prepared.prompt_characters, event.usage);
        break;
      case "error":
        this.trial.failed(event.error);
        this.next = this.nextAfter(event.error);
        if (this.next) return;
        call.failed(event.error);
        break;
      default:
    }
    this.encoder.write(event);
  }

  /**
   * The attempt that takes the place of one that failed; undefined where the client hears of the failure. While the
   * client has no headers, whoever waits for them chooses the next candidate.
   */
  private nextAfter(error: ShimError): (() => Attempt) | undefined {
    if (this.client_has === "items") return undefined;
    const { chosen, asker } = this.current;
    // What happens before the upstream has accepted the request the asker has decided already.
    const decision = this.answered ? asker.decide(error, true) : undefined;
    if (decision?.do === "wait") {
      return () => {
        asker.restarted(error);
        this.trial = this.try();
        return this.begin(decision.wait_ms);
      };
    }
    if (this.client_has !== "headers" || !this.scope.candidates.mayHelp(error, this.accept)) return undefined;
    return () => {
      const { candidates, call } = this.scope;
      candidates.advance(error, this.accept);
      call.note("fell_back", `${chosen.provider.id}/${chosen.model}: ${error.kind}`);
      // It is chosen before it is prepared, whose ignored fields and effort the call then has.
      call.choose(candidates.current);
      this.current = this.prepared();
      this.trial = this.try();
      return this.begin();
    };
  }
}
