/** One request from lifted body to answer: choose the upstream, ask it, and carry its reply. */
import { TURN_STATE_HEADER } from "../agents/codex.ts";
import type { NoteKind } from "../core/notes.ts";
import { asShimError, ShimError } from "../core/errors.ts";
import type { ReplyEvent, Usage } from "../core/reply.ts";
import type { Ignored } from "../core/turn.ts";
import { UPSTREAM_WIRES } from "../wires/index.ts";
import type { ClientFacts, ClientWire, Exchange, Surroundings } from "../wires/wire.ts";
import type { Catalog, Chosen } from "./catalog.ts";
import { etagOf } from "./models.ts";
import type { Log } from "./log.ts";
import type { PrefixWatch } from "./prefix.ts";
import { collectReply, streamReply, type Reply } from "./pump.ts";
import { refusesEffort, whenLoaded } from "./second-tries.ts";
import { errorText, SHIM_HEADER } from "./upstream.ts";

export interface GatewayOptions {
  catalog: Catalog;
  log: Log;
  /** Id of this running shim. */
  instance: string;
  /** Thirty-two new hexadecimal digits. */
  nextId(): string;
  prefixes: PrefixWatch;
  /** How often each kind of note was taken since the start, and how much was ignored. */
  counters: Partial<Record<NoteKind | "ignored", number>>;
  /** How long an error of the upstream may still become an HTTP status; then the answer is begun. */
  hold_ms: number;
  heartbeat_ms: number;
  /** How long an upstream may be silent. */
  idle_ms: number;
}

export interface Incoming {
  wire: ClientWire;
  path: string;
  json: unknown;
  client: ClientFacts;
  /** Aborted when the client goes away. */
  signal: AbortSignal;
  via: string | null;
  /** What an answer of the same turn told Codex to send back: the provider that began it. */
  turn_state: string | undefined;
}

export async function answer(incoming: Incoming, gateway: GatewayOptions): Promise<Response> {
  const call = new Call(incoming, gateway);
  try {
    return await call.run();
  } catch (thrown) {
    const error = asShimError(thrown);
    call.end(error);
    throw error;
  }
}

/** The last message's end may differ where the next one joins it. */
const NEARLY_ALL = 0.99;

/** For a header. */
function printable(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, 1000);
}

/** What is remembered of a request while it runs. */
class Call {
  private readonly incoming: Incoming;
  private readonly gateway: GatewayOptions;
  private readonly started = performance.now();
  private readonly notes: string[] = [];
  private model = "?";
  /** The model that answers, by its host's name: another one than asked for when that was an alias. */
  private served = "?";
  private provider = "?";
  private ignored: readonly Ignored[] = [];
  private first_ms: number | undefined;
  private usage: Usage | null = null;
  private outcome: string | undefined;
  private etag: string | undefined;
  private logged = false;

  constructor(incoming: Incoming, gateway: GatewayOptions) {
    this.incoming = incoming;
    this.gateway = gateway;
  }

  async run(): Promise<Response> {
    const { wire, json, client } = this.incoming;
    const { catalog, counters, nextId } = this.gateway;
    const count = (what: keyof typeof counters, times: number): void => {
      if (times > 0) counters[what] = (counters[what] ?? 0) + times;
    };
    const around: Surroundings = {
      ids: { next: nextId },
      now: () => Math.floor(Date.now() / 1000),
      note: (what, detail) => {
        this.notes.push(`${what} (${detail})`);
        count(what, 1);
      },
    };
    const exchange = wire.lift(json, client, around);
    this.model = exchange.turn.model;
    this.ignored = exchange.turn.ignored;
    count("ignored", this.ignored.length);
    const chosen = await catalog.choose(exchange.turn.model, this.incoming.turn_state);
    this.provider = chosen.provider.id;
    around.model = this.served = chosen.model;
    const reply = this.ask(exchange, chosen, around);
    if (client.codex) this.etag = etagOf(await catalog.list());
    return exchange.stream ? this.streamed(reply) : this.collected(reply);
  }

  /** Sends the request. Its head is on its way when this returns. */
  private ask({ turn, encoder, thread }: Exchange, { provider, model, dialect }: Chosen, around: Surroundings): Reply {
    const { via, signal } = this.incoming;
    const upstream = UPSTREAM_WIRES.chat;
    const abort = new AbortController();
    if (signal.aborted) abort.abort();
    else signal.addEventListener("abort", () => abort.abort(), { once: true });
    const asked = { ...turn, model };
    const lowered = upstream.lower(asked, dialect, around);
    if (thread !== undefined) this.watchPrefix(thread, lowered.body.slice(0, lowered.prompt_end), around);
    const hops = via === null ? this.gateway.instance : `${via}, ${this.gateway.instance}`;
    const send = async (body: string): Promise<Response> => {
      const response = await provider.send(upstream.path, body, hops, abort.signal);
      if (response.ok) return response;
      const text = await errorText(response);
      throw upstream.readError(response.status, response.headers, text, provider.speaker);
    };
    const head = whenLoaded(() => send(lowered.body), abort.signal).catch((error: unknown) => {
      if (asked.settings.effort === undefined || !refusesEffort(error)) throw error;
      around.note("setting_dropped", "reasoning effort");
      const { effort: _, ...settings } = asked.settings;
      return send(upstream.lower({ ...asked, settings }, dialect, around).body);
    });
    head.catch(() => {}); // Whoever awaits it hears of it; until then it is nobody's unhandled rejection.
    const emit = (event: ReplyEvent): void => {
      encoder.write(event);
      if (event.type === "item_start") this.first_ms ??= performance.now() - this.started;
      else if (event.type === "end") [this.outcome, this.usage] = [event.reason, event.usage];
      else if (event.type === "error") this.outcome = `${event.error.kind}: ${event.error.message}`;
    };
    const decoder = upstream.decoder(turn, emit, around, dialect);
    return {
      head,
      decoder,
      encoder,
      abort,
      heartbeat_ms: this.gateway.heartbeat_ms,
      idle_ms: this.gateway.idle_ms,
      onEnd: () => this.end(),
    };
  }

  private watchPrefix(thread: string, prompt: string, around: Surroundings): void {
    const kept = this.gateway.prefixes.kept(`${this.provider}/${thread}`, prompt);
    if (kept !== undefined && kept < NEARLY_ALL) around.note("prefix_broken", `${Math.floor(kept * 100)}% kept`);
  }

  private async streamed(reply: Reply): Promise<Response> {
    // An error that comes soon is told by its status; a slow prefill or a busy slot must not keep the client waiting.
    let timer: ReturnType<typeof setTimeout> | undefined;
    const held = new Promise<void>((resolve) => (timer = setTimeout(resolve, this.gateway.hold_ms)));
    try {
      await Promise.race([reply.head, held]);
    } finally {
      clearTimeout(timer);
    }
    return new Response(streamReply(reply), {
      headers: {
        ...this.headers(),
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-cache",
        "x-accel-buffering": "no",
      },
    });
  }

  private async collected(reply: Reply): Promise<Response> {
    return Response.json(await collectReply(reply), { headers: this.headers() });
  }

  private headers(): Record<string, string> {
    const ignored = this.ignored.map((entry) => `${entry.field}: ${entry.what}`).join("; ");
    return {
      [SHIM_HEADER]: this.gateway.instance,
      ...(this.etag !== undefined && { "x-models-etag": this.etag }),
      "x-juscode-provider": this.provider,
      "x-juscode-model": printable(this.served),
      ...(this.incoming.client.codex && { [TURN_STATE_HEADER]: this.provider }),
      ...(ignored !== "" && {
        "x-juscode-ignored": printable(ignored),
      }),
    };
  }

  end(error?: ShimError): void {
    if (this.logged) return;
    this.logged = true;
    const { path, client } = this.incoming;
    this.gateway.log.request({
      path,
      client: client.codex ? "codex" : "client",
      model: this.model,
      provider: this.provider,
      served: this.served,
      outcome: error ? `${error.kind}: ${error.message}` : (this.outcome ?? "aborted by the client"),
      duration_ms: performance.now() - this.started,
      first_ms: this.first_ms,
      usage: this.usage,
      ignored: this.ignored,
      notes: this.notes,
    });
  }
}
