/** A request that is translated: the turn is lifted, lowered to the upstream's wire, and the reply carried back. */
import { mergeDialect } from "../core/dialect.ts";
import { ERROR_KINDS, ShimError } from "../core/errors.ts";
import type { ReplyEvent } from "../core/reply.ts";
import type { Turn } from "../core/turn.ts";
import type { Encoder, Exchange, Lowered, Surroundings, Tuning, UpstreamWire } from "../wires/wire.ts";
import type { Call } from "./call.ts";
import type { Chosen } from "./catalog.ts";
import { errorText } from "./error-text.ts";
import type { GatewayOptions, Incoming } from "./gateway.ts";
import { collectReply, streamReply, type Attempt, type Reply } from "./pump.ts";
import { pause, pauseBefore, whenLoaded } from "./second-tries.ts";

export async function translateRequest(
  incoming: Incoming,
  upstream: UpstreamWire,
  chosen: Chosen,
  call: Call,
  gateway: GatewayOptions,
): Promise<Response> {
  const around: Surroundings = {
    ids: { next: gateway.nextId },
    now: () => Math.floor(Date.now() / 1000),
    note: (what, detail) => call.note(what, detail),
    model: chosen.model,
  };
  const exchange = incoming.wire.lift(incoming.json, incoming.client, around);
  const reply = new Translation(incoming, upstream, chosen, call, gateway, exchange, around);
  if (!exchange.stream) return Response.json(await collectReply(reply), { headers: call.headers() });
  await reply.settled(gateway.hold_ms);
  return new Response(streamReply(reply), {
    headers: {
      ...call.headers(),
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-cache",
      "x-accel-buffering": "no",
    },
  });
}

/** The last message's end may differ where the next one joins it. */
const NEARLY_ALL = 0.99;

class Translation implements Reply {
  attempt: Attempt;
  readonly encoder: Encoder;
  readonly heartbeat_ms: number;
  private readonly incoming: Incoming;
  private readonly upstream: UpstreamWire;
  private readonly chosen: Chosen;
  private readonly call: Call;
  private readonly gateway: GatewayOptions;
  private readonly turn: Turn;
  private readonly thread: string | undefined;
  private readonly around: Surroundings;
  /** The model, for what is remembered of it. */
  private readonly key: string;
  /** Fields that the upstream has refused, and so are not sent. */
  private readonly without: Tuning[];
  private lowered: Lowered;
  /** Requests that were sent again before an answer began, and streams that were begun again. */
  private retries = 0;
  private restarts = 0;
  private head = false;
  private begun = false;
  private failure: ShimError | undefined;

  constructor(
    incoming: Incoming,
    upstream: UpstreamWire,
    chosen: Chosen,
    call: Call,
    gateway: GatewayOptions,
    exchange: Exchange,
    around: Surroundings,
  ) {
    this.incoming = incoming;
    this.upstream = upstream;
    this.chosen = chosen;
    this.call = call;
    this.gateway = gateway;
    this.around = around;
    this.encoder = exchange.encoder;
    this.heartbeat_ms = gateway.heartbeat_ms;
    this.turn = { ...exchange.turn, model: chosen.model };
    this.thread = exchange.thread;
    this.key = `${chosen.provider.id}/${chosen.model}`;
    call.asked_effort = this.turn.settings.effort;
    this.without = [...gateway.healing.refused(this.key)];
    this.lowered = this.lower(around);
    this.watchPrefix();
    this.attempt = this.begin();
  }

  /** Waits for the upstream's head, but not long: a slow prefill or a busy slot must not keep the client waiting. */
  async settled(hold_ms: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const held = new Promise<void>((resolve) => (timer = setTimeout(resolve, hold_ms)));
    try {
      // An error that comes soon is told by its status.
      await Promise.race([this.attempt.head, held]);
    } finally {
      clearTimeout(timer);
    }
  }

  again(): boolean {
    if (!this.failure) return false;
    const wait_ms = pauseBefore(++this.restarts, this.failure) ?? 0;
    this.failure = undefined;
    this.call.count("retries");
    this.attempt = this.begin(wait_ms);
    return true;
  }

  onEnd(): void {
    this.call.end();
  }

  private lower(around: Surroundings): Lowered {
    const dialect = mergeDialect(this.chosen.dialect, ...this.without.map((tuning) => tuning.without));
    const lowered = this.upstream.lower(this.turn, dialect, around, this.thread);
    const refused = this.without.map(({ field }) => ({ field, what: field, why: "the upstream refused it" }));
    const others = lowered.ignored.filter(({ field }) => refused.every((entry) => entry.field !== field));
    this.call.setIgnored([...this.turn.ignored, ...others, ...refused]);
    this.call.effort = this.around.effort = lowered.effort;
    return lowered;
  }

  private watchPrefix(): void {
    if (this.thread === undefined) return;
    const prompt = this.lowered.body.slice(0, this.lowered.prompt_end);
    const kept = this.gateway.prefixes.kept(`${this.chosen.provider.id}/${this.thread}`, prompt);
    if (kept !== undefined && kept < NEARLY_ALL) this.call.note("prefix_broken", `${Math.floor(kept * 100)}% kept`);
  }

  /** Sends the request. Its head is on its way when this returns. */
  private begin(wait_ms = 0): Attempt {
    const { signal } = this.incoming;
    const abort = new AbortController();
    if (signal.aborted) abort.abort();
    else signal.addEventListener("abort", () => abort.abort(), { once: true });
    this.head = false;
    const head = this.open(abort.signal, wait_ms);
    head.then(() => (this.head = true)).catch(() => {}); // Whoever awaits it hears of its failure.
    const { record } = this.chosen.provider;
    return {
      head,
      decoder: this.upstream.decoder(this.turn, (event) => this.emit(event), this.around, this.chosen.dialect),
      abort,
      idle_ms: record.stream_idle_timeout_ms,
    };
  }

  private async open(signal: AbortSignal, wait_ms: number): Promise<Response> {
    if (wait_ms > 0) await pause(wait_ms, signal);
    for (;;) {
      try {
        return await whenLoaded(() => this.send(signal), signal);
      } catch (thrown) {
        if (this.healed(thrown)) continue;
        const { request_max_retries } = this.chosen.provider.record;
        const pause_ms = this.retries < request_max_retries ? pauseBefore(++this.retries, thrown) : undefined;
        if (pause_ms === undefined) throw thrown;
        this.call.count("retries");
        await pause(pause_ms, signal);
      }
    }
  }

  private async send(signal: AbortSignal): Promise<Response> {
    const { provider } = this.chosen;
    const { body, headers } = this.lowered;
    const response = await provider.send(this.upstream.path, body, { via: this.incoming.via, signal, headers });
    if (response.ok) return response;
    const text = await errorText(response);
    throw this.upstream.readError(response.status, response.headers, text, provider.speaker);
  }

  /** Whether the same request may go out again without a field that only tunes. */
  private healed(thrown: unknown): boolean {
    if (!(thrown instanceof ShimError)) return false;
    const tuning = this.gateway.healing.learn(this.key, thrown, this.upstream.tunings, this.without);
    if (!tuning) return false;
    this.without.push(tuning);
    const before = this.lowered.body;
    // What it notes was noted when it was lowered first.
    this.lowered = this.lower({ ...this.around, note: () => {} });
    if (this.lowered.body === before) return false;
    this.call.note("setting_dropped", tuning.field);
    return true;
  }

  private emit(event: ReplyEvent): void {
    if (event.type === "item_start") {
      this.begun = true;
      this.call.first();
    } else if (event.type === "end") {
      this.call.outcome = event.reason;
      this.call.usage = event.usage;
      if (event.usage) this.gateway.prompts.reported(this.chosen, this.lowered, event.usage);
    } else if (event.type === "error") {
      if (this.mayRestart(event.error)) {
        this.failure = event.error;
        return;
      }
      this.call.outcome = `${event.error.kind}: ${event.error.message}`;
    }
    this.encoder.write(event);
  }

  /** A stream that broke before the client heard of any item may begin again; a request without an answer was retried. */
  private mayRestart({ kind }: ShimError): boolean {
    const { stream_max_retries } = this.chosen.provider.record;
    return !this.begun && this.head && this.restarts < stream_max_retries && ERROR_KINDS[kind].retry;
  }
}
