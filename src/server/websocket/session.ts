/** The Responses API on one WebSocket connection: one response after another, each as a request of its own. */
import { asShimError, ShimError } from "../../core/errors.ts";
import { isJsonObject } from "../../core/json-fields.ts";
import { SseDecoder } from "../../core/sse.ts";
import type { Hold } from "../memory/budget.ts";
import { withOwnPlaces } from "../../wires/index.ts";
import type { HttpError } from "../../wires/wire.ts";
import { Chains, type ChainMemory } from "./chains.ts";
import { requestOf, type ExpandedRequest } from "./continuation.ts";
import { failureMessage, refusedReply, sentHeaders } from "./failure.ts";
import { readMessage, type Create } from "./message.ts";
import { GOING_AWAY, type Socket, type SocketEvents } from "./socket.ts";
import { EventMessages } from "./event-messages.ts";

export interface SessionOptions {
  socket: Socket;
  memory: ChainMemory;
  max_bytes(): number;
  /** Takes memory for a message and its request. Throws a ShimError where there is none. Absent: it is not counted. */
  hold?(text: string): Hold | undefined;
  codex: boolean;
  /** Answers as over HTTP, streamed. Throws ShimErrors, which it has logged. */
  answer(request: ExpandedRequest, created: Create, signal: AbortSignal, ids: IdFacts): Promise<Response>;
  /** A new id that nothing else has. */
  nextId?(): string;
  /** An error as the client gets it. `logged`: it has its line in the log. */
  refusal(error: ShimError, logged: boolean): HttpError;
  ping_ms?: number;
  limit_ms?: number;
}

/** Whether the ids of a reply are an upstream's, and whether the store knows it; set while the reply begins. */
type IdFacts = { foreign: boolean; stored(): boolean };

const PING_MS = 30_000; // Many routers forget a connection that is silent for some minutes.
const LIMIT_MS = 60 * 60_000;
const MAX_WAITING = 16;
const LINGER_MS = 500; // Some upstreams do not close a stream that has ended, and the next request waits.
/** Characters of one event. The last one holds the whole reply, which may be longer than what an upstream sends at once. */
const MAX_EVENT = 512 * 1024 * 1024;

type Reader = ReadableStreamDefaultReader<Uint8Array>;
/** A request and the memory that it takes. */
type Waiting = { created: Create; hold: Hold | undefined };
type Running = { created: Create; abort: AbortController; ids: IdFacts; events?: EventMessages; reader?: Reader };

export class Session implements SocketEvents {
  private readonly options: SessionOptions;
  private readonly socket: Socket;
  private readonly chains: Chains;
  private readonly waiting: Waiting[] = [];
  private waiting_bytes = 0;
  private running: Running | undefined;
  private ending: ShimError | undefined; // Why no further response begins.
  private gone = false;
  private full = false; // The client has not taken yet what was sent.
  private wake: (() => void) | undefined;
  private readonly timers: ReturnType<typeof setTimeout>[];

  constructor(options: SessionOptions) {
    this.options = options;
    this.socket = options.socket;
    this.chains = new Chains(options.memory);
    const { ping_ms = PING_MS, limit_ms = LIMIT_MS } = options;
    const ping = (): void => {
      if (!this.full) this.socket.ping();
    };
    this.timers = [setInterval(ping, ping_ms), setTimeout(() => this.end(tooOld()), limit_ms)];
  }

  message(text: string | undefined): void {
    let lane: string | undefined;
    let hold: Hold | undefined;
    try {
      hold = text === undefined ? undefined : this.options.hold?.(text);
      const message = readMessage(text, this.options.max_bytes());
      if (message?.type === "interrupt") this.interrupt(message.response_id);
      if (message?.type !== "create") return;
      lane = message.lane;
      this.enqueue({ created: message, hold });
      hold = undefined;
    } catch (thrown) {
      this.refuse(asShimError(thrown), lane);
    } finally {
      hold?.end();
    }
  }

  drained(): void {
    this.full = false;
    this.wake?.();
  }

  closed(): void {
    this.gone = true;
    this.timers.forEach(clearTimeout);
    for (const { hold } of this.waiting.splice(0)) hold?.end();
    this.chains.clear();
    if (this.running) stop(this.running);
    this.wake?.();
  }

  leave(): void {
    this.end(new ShimError("overloaded", "juscode-shim is shutting down; connect again", { retry_after_ms: 1000 }));
  }

  /** The connection closes once the running response has ended; nothing else begins. */
  end(why: ShimError): void {
    if (this.ending || this.gone) return;
    this.ending = why;
    for (const { created, hold } of this.waiting.splice(0)) {
      hold?.end();
      this.refuse(why, created.lane);
    }
    if (!this.running) this.close();
  }

  private close(): void {
    if (this.ending?.code === AGE_CODE) this.send([failureMessage(this.options.refusal(this.ending, true), undefined)]);
    this.socket.close(GOING_AWAY, this.ending?.message.slice(0, 120) ?? "");
  }

  private enqueue(waiting: Waiting): void {
    if (this.ending) throw this.ending;
    const bytes = this.waiting_bytes + waiting.created.text.length;
    if (this.waiting.length >= MAX_WAITING || (this.waiting.length > 0 && bytes > this.options.max_bytes()))
      throw new ShimError("overloaded", `${this.waiting.length} requests wait on this connection already`);
    this.waiting.push(waiting);
    this.waiting_bytes = bytes;
    if (!this.running) void this.work();
  }

  private async work(): Promise<void> {
    for (let next = this.waiting.shift(); next; next = this.waiting.shift()) {
      const { created, hold } = next;
      this.waiting_bytes -= created.text.length;
      this.running = { created, abort: new AbortController(), ids: { foreign: false, stored: () => false } };
      await this.respond(this.running);
      hold?.end();
      this.running = undefined;
    }
    if (this.ending && !this.gone) this.close();
  }

  /** Never throws. */
  private async respond(running: Running): Promise<void> {
    const { created, abort, ids } = running;
    const { nextId, max_bytes, codex } = this.options;
    const { previous_response_id, lane } = created;
    let logged = false;
    let before = 0;
    try {
      const history = previous_response_id === undefined ? undefined : this.chains.find(previous_response_id);
      const request = requestOf(created, history, max_bytes());
      logged = true;
      before = request.known;
      const reply = await this.options.answer(request, created, abort.signal, ids);
      if (this.gone) return void reply.body?.cancel().catch(() => {});
      if (!(reply.headers.get("content-type") ?? "").includes("event-stream"))
        return this.fail(await refusedReply(reply), created);
      const own_id = (stored: boolean): string | undefined =>
        !ids.foreign || !nextId || stored || ids.stored() ? undefined : `resp_${nextId()}`;
      const headers = sentHeaders(reply.headers);
      const events = new EventMessages({
        lane,
        previous_response_id: history && previous_response_id,
        headers,
        codex,
        own_id,
      });
      running.events = events;
      await this.forward(running, events, reply).catch((error: unknown) => {
        // A stream that breaks behind its last event has ended with it.
        if (!events.ended) throw error;
      });
      this.keep(events, request, running);
    } catch (thrown) {
      if (this.gone) return;
      this.fail(this.options.refusal(withOwnPlaces(asShimError(thrown), before), logged), created);
    }
  }

  /** Reads no further than the client does. */
  private async forward(running: Running, events: EventMessages, reply: Response): Promise<void> {
    const reader = reply.body?.getReader();
    if (!reader) return;
    running.reader = reader;
    const sse = new SseDecoder(MAX_EVENT);
    const take = (data: string): void => events.take(data);
    let linger: ReturnType<typeof setTimeout> | undefined;
    try {
      for (;;) {
        const { value, done } = await reader.read();
        if (value) sse.push(value, take);
        else if (done) sse.end(take);
        if (this.gone) return;
        this.send(events.messages());
        if (this.full) await new Promise<void>((resolve) => (this.wake = resolve));
        if (done || this.gone) return;
        if (events.ended) linger ??= setTimeout(() => stop(running), LINGER_MS);
      }
    } finally {
      clearTimeout(linger);
    }
  }

  private send(messages: readonly string[]): void {
    if (messages.length > 0) this.full = !this.socket.send(messages);
  }

  private keep({ ended, error }: EventMessages, { history }: ExpandedRequest, { created, ids }: Running): void {
    if (this.gone) return;
    if (!ended) {
      const cut = new ShimError("upstream_protocol", "the reply ended before it was complete");
      const refusal = this.options.refusal(cut, true);
      // An error within the stream says more than that the stream has ended.
      const event: unknown = error === undefined ? undefined : JSON.parse(error);
      const inner = (isJsonObject(event) ? event["error"] : undefined) ?? event;
      return this.fail(error === undefined ? refusal : { ...refusal, body: { error: inner } }, created);
    }
    if (ended.status === "failed") return this.evict(created);
    if (ended.stored || ended.id === "" || (ids.foreign && ids.stored())) return;
    const { base, items } = history();
    const all = [...items, ...ended.output];
    // What could not be sent upstream is not worth keeping.
    if (all.reduce((sum, { text }) => sum + text.length, 0) > this.options.max_bytes()) return;
    this.chains.remember(ended.id, { base, items: all });
  }

  private fail(error: HttpError, created: Create): void {
    this.evict(created);
    this.send([failureMessage(error, created.lane)]);
  }

  /** A client must not go on a second time from a response that once failed to continue. */
  private evict({ previous_response_id }: Create): void {
    if (previous_response_id !== undefined) this.chains.forget(previous_response_id);
  }

  private refuse(error: ShimError, lane: string | undefined): void {
    const refusal = this.options.refusal(error, false);
    // Refusals for a client that sends without reading would fill the memory.
    if (this.full) this.socket.drop();
    else this.send([failureMessage(refusal, lane)]);
  }

  /** A response that no longer runs has ended already, and its client knows. */
  private interrupt(response_id: string): void {
    const { running } = this;
    if (!running?.events || running.events.ended || running.events.response_id !== response_id) return;
    running.events.interrupt();
    stop(running);
  }
}

function stop({ abort, reader }: Running): void {
  void reader?.cancel().catch(() => {});
  abort.abort();
}

const AGE_CODE = "websocket_connection_limit_reached";

function tooOld(): ShimError {
  const words = "this connection has reached its limit of 60 minutes; connect again";
  return new ShimError("invalid_request", words, { code: AGE_CODE });
}
