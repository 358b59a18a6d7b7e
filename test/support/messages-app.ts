/**
 * The Messages client wire by itself: a small server that lifts, asks one upstream, and encodes, without routes, retries
 * or any other candidate.
 */
import { ReplyMeter } from "../../src/server/memory/reply-meter.ts";
import { Hono, type Context } from "hono";
import { DEFAULT_DIALECT, mergeDialect, type DialectPatch } from "../../src/core/dialect.ts";
import { asShimError } from "../../src/core/errors.ts";
import type { Ignored } from "../../src/core/turn.ts";
import { readHttpError } from "../../src/core/upstream-errors/read.ts";
import { collectReply, streamReply, type Reply } from "../../src/server/relay/pump.ts";
import { chatUpstream } from "../../src/wires/chat/upstream/upstream.ts";
import { countAnswer, liftCount } from "../../src/wires/messages/client/count.ts";
import { messagesClient } from "../../src/wires/messages/client/client.ts";
import type { WireScope, UpstreamWire } from "../../src/wires/wire.ts";
import { PLAIN } from "./around.ts";
import { PATIENCE_MS } from "./patience.ts";
import type { Json } from "./response-rules.ts";

export interface MessagesAppOptions {
  /** Base URL with `/v1`. */
  upstream: string;
  /** The upstream's name of the model, whatever the client asks for. */
  model?: string;
  wire?: UpstreamWire;
  dialect?: DialectPatch;
  heartbeat_ms?: number;
}

export class MessagesApp implements AsyncDisposable {
  /** Bodies as the client sent them. */
  readonly bodies: Json[] = [];
  readonly headers: Headers[] = [];
  readonly notes: string[] = [];
  readonly ignored: Ignored[] = [];
  /** Other paths that were asked. */
  readonly others: string[] = [];
  private readonly options: MessagesAppOptions;
  private readonly server: Bun.Server<undefined>;
  private readonly around: WireScope;

  constructor(options: MessagesAppOptions) {
    this.options = options;
    let ids = 0;
    this.around = {
      ids: { next: () => (++ids).toString(16).padStart(32, "0") },
      now: () => 1_800_000_000,
      answering: { model: options.model ?? "scripted", effort: undefined },
      note: (what, detail) => void this.notes.push(`${what}: ${detail}`),
    };
    const app = new Hono();
    app.post("/v1/messages", (c) => this.messages(c));
    app.post("/v1/messages/count_tokens", async (c) =>
      c.json(countAnswer(Math.ceil(liftCount(await c.req.json()).characters / 4))),
    );
    app.notFound((c) => {
      this.others.push(`${c.req.method} ${c.req.path}`);
      return c.json({}, 404);
    });
    app.onError((thrown, c) => {
      const client = { ...PLAIN, claude_code: c.req.header("x-claude-code-session-id") !== undefined };
      const { status, headers, body } = messagesClient.httpError(asShimError(thrown), client);
      return Response.json(body, { status, headers });
    });
    this.server = Bun.serve({ port: 0, hostname: "127.0.0.1", idleTimeout: 0, development: false, fetch: app.fetch });
  }

  /** Without `/v1`, as Anthropic's clients want it. */
  get url(): string {
    return `http://127.0.0.1:${this.server.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop(true);
  }

  private async messages(c: Context): Promise<Response> {
    const { model = "scripted", wire = chatUpstream, dialect, heartbeat_ms = 10_000 } = this.options;
    const json = (await c.req.json()) as Json;
    this.bodies.push(json);
    this.headers.push(c.req.raw.headers);
    const exchange = messagesClient.lift(json, PLAIN, this.around);
    const turn = { ...exchange.turn, model };
    const merged = dialect ? mergeDialect(dialect) : DEFAULT_DIALECT;
    const lowered = wire.lower(turn, merged, this.around, exchange.thread);
    this.ignored.push(...turn.ignored, ...lowered.ignored);
    const abort = new AbortController();
    c.req.raw.signal.addEventListener("abort", () => abort.abort());
    const head = this.ask(wire, lowered.body, abort.signal);
    const decoder = wire.decoder(turn, (event) => exchange.encoder.write(event), this.around, merged);
    const reply: Reply = {
      attempt: {
        head,
        decoder,
        abort,
        idle_ms: PATIENCE_MS,
        pausing: () => false,
        meter: new ReplyMeter(Infinity, undefined),
      },
      again: () => false,
      encoder: exchange.encoder,
      heartbeat_ms,
      onEnd() {},
    };
    if (!exchange.stream) return Response.json(await collectReply(reply));
    await head;
    return new Response(streamReply(reply), { headers: { "content-type": "text/event-stream" } });
  }

  private async ask(wire: UpstreamWire, body: string, signal: AbortSignal): Promise<Response> {
    const init = { method: "POST", headers: { "content-type": "application/json" }, body, signal };
    const answer = await fetch(this.options.upstream + wire.path, init);
    if (answer.ok) return answer;
    throw readHttpError(answer.status, answer.headers, await answer.text(), "the upstream");
  }
}
