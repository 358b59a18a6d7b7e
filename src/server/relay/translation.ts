/** One translated request while it runs: how it is lowered, asked, asked again, and what is seen of its reply. */
import { mergeDialect, type Dialect } from "../../core/dialect.ts";
import { asShimError, ShimError } from "../../core/errors.ts";
import type { ReplyEvent } from "../../core/reply.ts";
import type { Ignored, Turn } from "../../core/turn.ts";
import type { Encoder, Exchange, Lowered, Surroundings, Tuning, UpstreamWire } from "../../wires/wire.ts";
import { redactError } from "../access/redact.ts";
import { fittingLimit } from "./answer-limit.ts";
import type { Call } from "./call.ts";
import { patienceFor, type Candidates } from "./candidates.ts";
import type { Chosen } from "../upstreams/catalog.ts";
import { canTranslate, translatorOf } from "./ways.ts";
import { errorText } from "./error-text.ts";
import { refusedField } from "./healing.ts";
import type { GatewayOptions } from "./gateway-options.ts";
import type { Incoming } from "./incoming.ts";
import { type Attempt, type Reply } from "./pump.ts";
import type { Trial } from "./router.ts";
import { longestRest, Shortening } from "./shortening.ts";
import { pause, pauseBefore, whenLoaded } from "./second-tries.ts";

/** The last message's end may differ where the next one joins it. */
const NEARLY_ALL = 0.99;

export class Translation implements Reply {
  attempt: Attempt;
  readonly encoder: Encoder;
  readonly heartbeat_ms: number;
  private readonly incoming: Incoming;
  private readonly candidates: Candidates;
  private readonly call: Call;
  private readonly gateway: GatewayOptions;
  private readonly lifted: Turn;
  private readonly kindOf: (name: string) => string;
  /** Kind of the call that is being told. */
  private calling: string | undefined;
  private readonly thread: string | undefined;
  private readonly around: Surroundings;
  /** Of the candidate that is asked: who it is, how it is asked, and what is remembered of it. */
  private chosen!: Chosen;
  private upstream!: UpstreamWire;
  private turn!: Turn;
  private key = "";
  /** Fields that it has refused, and so are not sent. */
  private without: Tuning[] = [];
  /** Those of them that this very request has found out. */
  private learned: Tuning[] = [];
  /** What was asked for and is more than there can be. */
  private clamped: Ignored[] = [];
  /** Absent where the client wants its history whole. */
  private shortening: Shortening | undefined;
  private readonly shortens: boolean;
  private trial!: Trial;
  private lowered!: Lowered;
  /** Requests that were sent again before an answer began, and streams that were begun again. */
  private retries = 0;
  private restarts = 0;
  private head = false;
  private begun = false;
  /** What ended an attempt of which the client has not heard. */
  private failure: { error: ShimError; answered: boolean } | undefined;
  private pausing = false;
  /** The answer is begun: the client has got its head. */
  private streamed = false;

  constructor(
    incoming: Incoming,
    candidates: Candidates,
    call: Call,
    gateway: GatewayOptions,
    exchange: Exchange,
    around: Surroundings,
  ) {
    this.incoming = incoming;
    this.candidates = candidates;
    this.call = call;
    this.gateway = gateway;
    this.around = around;
    this.encoder = exchange.encoder;
    this.heartbeat_ms = gateway.heartbeat_ms;
    this.lifted = exchange.turn;
    this.kindOf = (name) => exchange.kindOf?.(name) ?? "function";
    this.thread = exchange.thread;
    this.shortens = exchange.shortens ?? false;
    call.asked_effort = this.lifted.settings.effort;
    this.take(candidates.current);
    this.attempt = this.begin();
  }

  /** Makes this candidate the one that is asked. */
  private take(chosen: Chosen): void {
    const upstream = translatorOf(chosen, this.incoming.wire.forward?.wire);
    if (!upstream) throw new Error(`${chosen.provider.id} has no wire to translate to`);
    this.chosen = chosen;
    this.upstream = upstream;
    this.key = `${chosen.provider.id}/${chosen.model}`;
    this.turn = { ...this.lifted, model: chosen.model, settings: this.lifted.settings };
    const whole = this.gateway.prompts.calibration.estimate(this.key, this.incoming.text.length);
    const prompt_tokens = this.shortens ? Math.min(whole, longestRest(chosen.info.context_window)) : whole;
    const fitting = fittingLimit(this.lifted.settings.max_output_tokens, prompt_tokens, chosen);
    this.clamped = fitting ? [fitting.ignored] : [];
    if (fitting) this.turn.settings = { ...this.turn.settings, max_output_tokens: fitting.max_output_tokens };
    this.around.model = chosen.model;
    this.without = [...this.gateway.healing.refused(this.key)];
    this.learned = [];
    this.retries = this.restarts = 0;
    this.shortening = this.shortens ? new Shortening() : undefined;
    this.lowered = this.lower(this.around);
    this.fit();
    this.watchPrefix();
  }

  /** Waits for the upstream's head, but not long: a slow prefill or a busy slot must not keep the client waiting. */
  async settled(hold_ms: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const held = new Promise<void>((resolve) => (timer = setTimeout(resolve, hold_ms)));
    try {
      // An error that comes soon is told by its status.
      await Promise.race([this.attempt.head, held]);
      this.streamed = true;
    } catch (error) {
      this.trial.failed(asShimError(error));
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** The client has got the head of the answer already: this goes on with it. */
  committed(): void {
    this.streamed = true;
  }

  again(): boolean {
    const failure = this.failure;
    this.failure = undefined;
    if (!failure) return false;
    if (failure.answered && this.restarts < this.chosen.provider.record.stream_max_retries) {
      const wait_ms = pauseBefore(++this.restarts, failure.error);
      this.call.count("retries");
      this.attempt = this.begin(wait_ms);
      return true;
    }
    const failed = this.chosen;
    this.candidates.advance(failure.error, canTranslate);
    this.call.note("fell_back", `${failed.provider.id}/${failed.model}: ${failure.error.kind}`);
    this.take(this.candidates.current);
    this.call.choose(this.chosen);
    this.attempt = this.begin();
    return true;
  }

  onHeartbeat(): void {
    this.call.count("heartbeats");
  }

  onEnd(): void {
    this.trial.abandoned();
    if (this.streamed) this.call.end();
  }

  /** Leaves out the oldest items until the rest fits by what is known of the window. */
  private fit(): void {
    const room = {
      context_window: this.chosen.info.context_window,
      max_output_tokens: this.turn.settings.max_output_tokens,
      ratio: this.gateway.prompts.calibration.ratio(this.key),
    };
    for (;;) {
      const fitting = this.shortening?.fitting(this.turn, this.lowered, room);
      if (!fitting) return;
      this.shorten(fitting);
    }
  }

  private shorten(turn: Turn): void {
    this.call.note("history_shortened", `${this.turn.items.length - turn.items.length} items`);
    this.turn = turn;
    this.lowered = this.lower({ ...this.around, note: () => {} });
  }

  /** Whether a shorter history may go out in place of one that the upstream found too long. */
  private shortened(thrown: unknown): boolean {
    const shorter = this.shortening?.shorter(this.turn, this.lowered, thrown);
    if (shorter) this.shorten(shorter);
    return shorter !== undefined;
  }

  private lower(around: Surroundings): Lowered {
    const dialect = this.dialectWithout(this.without);
    const lowered = this.upstream.lower(this.turn, dialect, around, this.thread);
    const refused = this.refusedNow(around);
    const others = lowered.ignored.filter(({ field }) => refused.every((entry) => entry.field !== field));
    this.call.setIgnored([
      ...this.turn.ignored,
      ...this.clamped,
      ...(this.shortening?.told ?? []),
      ...others,
      ...refused,
    ]);
    this.call.effort = this.around.effort = lowered.effort;
    return lowered;
  }

  private dialectWithout(without: readonly Tuning[]): Readonly<Dialect> {
    const { dialect } = this.chosen;
    return without.length === 0 ? dialect : mergeDialect(dialect, ...without.map((tuning) => tuning.without));
  }

  /** Of what the upstream refuses that which this request would have sent. */
  private refusedNow(around: Surroundings): Ignored[] {
    if (this.without.length === 0) return [];
    const quiet = { ...around, note: () => {} };
    const bodyOf = (without: readonly Tuning[]): string => {
      const dialect = this.dialectWithout(without);
      return this.upstream.lower(this.turn, dialect, quiet, this.thread).body;
    };
    const sent = bodyOf(this.without);
    return this.without
      .filter((tuning) => bodyOf(this.without.filter((other) => other !== tuning)) !== sent)
      .map(({ field }) => ({ field, what: field, why: "the upstream refused it" }));
  }

  private watchPrefix(): void {
    if (this.thread === undefined) return;
    const prompt = this.lowered.body.slice(0, this.lowered.prompt_end);
    const kept = this.gateway.prefixes.kept(`${this.chosen.provider.id}/${this.thread}`, prompt);
    this.call.prefix_kept = kept;
    if (kept !== undefined && kept < NEARLY_ALL) this.call.note("prefix_broken", `${Math.floor(kept * 100)}% kept`);
  }

  /** Sends the request. Its head is on its way when this returns. */
  private begin(wait_ms: number = 0): Attempt {
    const { signal } = this.incoming;
    const abort = new AbortController();
    if (signal.aborted) abort.abort();
    else signal.addEventListener("abort", () => abort.abort(), { once: true });
    this.head = false;
    this.trial = this.gateway.router.try(this.chosen, this.thread, this.incoming);
    const head = this.open(abort.signal, wait_ms);
    head.then(() => (this.head = true)).catch(() => {}); // Whoever awaits it hears of its failure.
    const { record } = this.chosen.provider;
    return {
      pausing: () => this.pausing,
      head,
      decoder: this.upstream.decoder(this.turn, (event) => this.emit(event), this.around, this.chosen.dialect),
      abort,
      idle_ms: record.stream_idle_timeout_ms,
    };
  }

  private async open(signal: AbortSignal, wait_ms: number): Promise<Response> {
    const wait = async (ms: number): Promise<void> => {
      this.pausing = true;
      try {
        await pause(ms, signal);
      } finally {
        this.pausing = false;
      }
    };
    if (wait_ms > 0) await wait(wait_ms);
    for (;;) {
      try {
        return await whenLoaded(() => this.send(signal), wait);
      } catch (thrown) {
        if (this.healed(thrown) || this.shortened(thrown)) continue;
        const most = Math.max(this.chosen.provider.record.request_max_retries, patienceFor(this.candidates, thrown));
        const pause_ms = this.retries < most ? pauseBefore(++this.retries, thrown) : undefined;
        if (pause_ms === undefined) throw thrown;
        this.call.count("retries");
        await wait(pause_ms);
      }
    }
  }

  private async send(signal: AbortSignal): Promise<Response> {
    const { provider } = this.chosen;
    const { body, headers } = this.lowered;
    const { record, redact } = provider;
    const heard = this.call.recording?.sent({
      provider: provider.id,
      preset: record.preset,
      model: this.chosen.model,
      wire: this.upstream.name,
      forwarded: false,
      dialect: this.dialectWithout(this.without),
      body,
      redact,
    });
    const reply = await provider.send(this.upstream.path, body, { via: this.incoming.via, signal, headers });
    const response = heard?.(reply) ?? reply;
    if (response.ok) {
      for (const tuning of this.learned) this.gateway.healing.remember(this.key, tuning);
      return response;
    }
    const text = redact(await errorText(response));
    throw this.upstream.readError(response.status, response.headers, text, provider.speaker);
  }

  /** Whether the same request may go out again without a field that only tunes. */
  private healed(thrown: unknown): boolean {
    if (!(thrown instanceof ShimError)) return false;
    const tuning = refusedField(thrown, this.upstream.tunings, this.without);
    if (!tuning) return false;
    const before = this.lowered.body;
    this.without.push(tuning);
    // What it notes was noted when it was lowered first.
    this.lowered = this.lower({ ...this.around, note: () => {} });
    // It was not among what was sent, so that the refusal means something else.
    if (this.lowered.body === before) {
      this.without.pop();
      this.lowered = this.lower({ ...this.around, note: () => {} });
      return false;
    }
    this.learned.push(tuning);
    this.call.note("setting_dropped", tuning.field);
    return true;
  }

  private emit(told: ReplyEvent): void {
    // Most of them, and nothing is to be done for them but this.
    if (told.type === "item_delta") return this.encoder.write(told);
    const { redact } = this.chosen.provider;
    const event = told.type === "error" ? { ...told, error: asShimError(redactError(told.error, redact)) } : told;
    switch (event.type) {
      case "item_start":
        this.begun = true;
        this.call.first();
        this.trial.first();
        this.calling = event.item.kind === "tool_call" ? this.kindOf(event.item.name) : undefined;
        break;
      case "item_end":
        if (this.calling !== undefined && event.complete) this.call.called(this.calling);
        this.calling = undefined;
        break;
      case "end":
        this.call.outcome = event.reason;
        this.call.usage = event.usage;
        this.trial.ended(event.usage);
        if (event.usage) this.gateway.prompts.reported(this.chosen, this.lowered, event.usage);
        break;
      case "error":
        this.trial.failed(event.error);
        if (this.mayBeginAgain(event.error)) {
          this.failure = { error: event.error, answered: this.head };
          return;
        }
        this.call.failed(event.error);
        break;
      default:
    }
    this.encoder.write(event);
  }

  /**
   * Only before the client heard of any item. The same candidate is asked again where its stream broke (a request
   * without an answer was retried), another one where the answer is already begun and so cannot be chosen anew.
   */
  private mayBeginAgain(error: ShimError): boolean {
    if (this.begun) return false;
    const { stream_max_retries } = this.chosen.provider.record;
    if (this.head && this.restarts < stream_max_retries && pauseBefore(this.restarts + 1, error) !== undefined)
      return true;
    return this.streamed && this.candidates.mayHelp(error, canTranslate);
  }
}
