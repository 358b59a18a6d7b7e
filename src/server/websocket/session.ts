/**
 * The Responses API on one WebSocket connection: one response after another, each as a request of its own. What a
 * client may send while one runs waits its turn.
 */
import { asShimError, ShimError } from "../../core/errors.ts";
import { SseDecoder } from "../../core/sse.ts";
import type { Hold } from "../memory/budget.ts";
import { withOwnPlaces } from "../../wires/index.ts";
import type { HttpError } from "../../wires/wire.ts";
import { Chains, type ChainMemory } from "./chains.ts";
import { askedBy, type Asked } from "./continuation.ts";
import { failureMessage, refusedAnswer, toldHeaders } from "./failure.ts";
import { readMessage, type Create } from "./message.ts";
import { CLOSE, type Socket, type SocketEvents } from "./socket.ts";
import { Telling } from "./telling.ts";

export interface SessionOptions {
  socket: Socket;
  memory: ChainMemory;
  max_bytes(): number;
  /** Takes memory for a message and its request. Throws a ShimError where there is none. Absent: nobody counts. */
  hold?(text: string): Hold | undefined;
  codex: boolean;
  /** Answers as over HTTP, streamed. Throws ShimErrors, which it has logged. */
  answer(asked: Asked, created: Create, signal: AbortSignal, ids: IdFacts): Promise<Response>;
  /** An id that nothing else has. */
  nextId?(): string;
  /** How an error is told. `logged`: it has its line in the log. */
  refusal(error: ShimError, logged: boolean): HttpError;
  ping_ms?: number;
  limit_ms?: number;
}

/** Whose the ids of a reply are; told while it is begun. */
interface IdFacts {
  /** An upstream's, as it gave them. */
  foreign: boolean;
  /** Whether the store knows the response by its id. */
  stored(): boolean;
}

/** Between sender and receiver many a router forgets a connection on which nothing is said for some minutes. */
const PING_MS = 30_000;
const LIMIT_MS = 60 * 60_000;
const MAX_WAITING = 16;
/** Some hosts do not close a stream that has ended, and the next request waits. */
const LINGER_MS = 500;
/** Characters of one event. The last ones hold the whole answer, which may be longer than what a host sends at once. */
const MAX_EVENT = 512 * 1024 * 1024;

/** A request and the memory that it takes. */
interface Waiting {
  created: Create;
  hold: Hold | undefined;
}

interface Running {
  created: Create;
  abort: AbortController;
  ids: IdFacts;
  telling?: Telling;
  reader?: ReadableStreamDefaultReader<Uint8Array>;
}

export class Session implements SocketEvents {
  private readonly options: SessionOptions;
  private readonly socket: Socket;
  private readonly chains: Chains;
  private readonly waiting: Waiting[] = [];
  private waiting_bytes = 0;
  private running: Running | undefined;
  /** Why no further response is begun. */
  private ending: ShimError | undefined;
  private gone = false;
  /** What was sent is not taken yet. */
  private full = false;
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
    this.end(new ShimError("overloaded", "juscode-shim ends; connect again", { retry_after_ms: 1000 }));
  }

  /** Its key is revoked: a stranger keeps no connection. */
  revoked(why: ShimError): void {
    this.end(why);
  }

  /** What runs may end, then the connection does. */
  private end(why: ShimError): void {
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
    this.socket.close(CLOSE.going_away, this.ending?.message.slice(0, 120) ?? "");
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
      const ids = { foreign: false, stored: () => false };
      const running: Running = { created, abort: new AbortController(), ids };
      this.running = running;
      await this.respond(running);
      hold?.end();
      this.running = undefined;
    }
    if (this.ending && !this.gone) this.close();
  }

  /** Never throws. */
  private async respond(running: Running): Promise<void> {
    const { created, abort, ids } = running;
    const { nextId } = this.options;
    let logged = false;
    let before = 0;
    try {
      const { previous_response_id } = created;
      const known = previous_response_id === undefined ? undefined : this.chains.find(previous_response_id);
      const asked = askedBy(created, known, this.options.max_bytes());
      logged = true;
      before = asked.known;
      const reply = await this.options.answer(asked, created, abort.signal, ids);
      if (this.gone) return void reply.body?.cancel().catch(() => {});
      if (!(reply.headers.get("content-type") ?? "").includes("event-stream"))
        return this.fail(await refusedAnswer(reply), created);
      const headers = toldHeaders(reply.headers);
      const telling = new Telling({
        lane: created.lane,
        previous_response_id: known && previous_response_id,
        headers,
        codex: this.options.codex,
        ...(ids.foreign && nextId && { own_id: (stored) => ownId(stored || ids.stored(), nextId) }),
      });
      running.telling = telling;
      await this.tell(running, telling, reply).catch((error: unknown) => {
        // What breaks behind the last event takes nothing back.
        if (!telling.told) throw error;
      });
      this.keep(telling, asked, running);
    } catch (thrown) {
      if (this.gone) return;
      this.fail(this.options.refusal(withOwnPlaces(asShimError(thrown), before), logged), created);
    }
  }

  /** Reads no further than the client does. */
  private async tell(running: Running, telling: Telling, reply: Response): Promise<void> {
    const reader = reply.body?.getReader();
    if (!reader) return;
    running.reader = reader;
    const sse = new SseDecoder(MAX_EVENT);
    const take = (data: string): void => telling.take(data);
    let linger: ReturnType<typeof setTimeout> | undefined;
    try {
      for (;;) {
        const { value, done } = await reader.read();
        if (value) sse.push(value, take);
        else if (done) sse.end(take);
        if (this.gone) return;
        this.send(telling.messages());
        if (this.full) await this.room();
        if (done || this.gone) return;
        if (telling.told) linger ??= setTimeout(() => stop(running), LINGER_MS);
      }
    } finally {
      clearTimeout(linger);
    }
  }

  private send(messages: readonly string[]): void {
    if (messages.length > 0) this.full = !this.socket.send(messages);
  }

  private room(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = () => {
        this.wake = undefined;
        resolve();
      };
    });
  }

  private keep({ told, error }: Telling, { history }: Asked, { created, ids }: Running): void {
    if (this.gone) return;
    if (!told) {
      // What was said within the stream tells more than that it has ended.
      const said = error === undefined ? undefined : (JSON.parse(error) as { error?: unknown });
      const cut = new ShimError("upstream_protocol", "the reply ended before it was complete");
      const refusal = this.options.refusal(cut, true);
      return this.fail(said === undefined ? refusal : { ...refusal, body: { error: said.error ?? said } }, created);
    }
    if (told.status === "failed") return this.evict(created);
    if (told.stored || told.id === "" || (ids.foreign && ids.stored())) return;
    const { base, items } = history();
    const all = [...items, ...told.output];
    // What could not be sent upstream is not worth keeping.
    if (all.reduce((sum, { text }) => sum + text.length, 0) > this.options.max_bytes()) return;
    this.chains.remember(told.id, { base, items: all });
  }

  private fail(error: HttpError, created: Create): void {
    this.evict(created);
    this.send([failureMessage(error, created.lane)]);
  }

  /** From a response that could not be gone on from once, the client must not go on again. */
  private evict({ previous_response_id }: Create): void {
    if (previous_response_id !== undefined) this.chains.forget(previous_response_id);
  }

  private refuse(error: ShimError, lane: string | undefined): void {
    const refusal = this.options.refusal(error, false);
    // Whoever sends without reading would fill our memory with refusals.
    if (this.full) this.socket.drop();
    else this.send([failureMessage(refusal, lane)]);
  }

  /** One that does not run any more has ended already, and its client has been told. */
  private interrupt(response_id: string): void {
    const { running } = this;
    if (!running?.telling || running.telling.told || running.telling.response_id !== response_id) return;
    running.telling.interrupt();
    stop(running);
  }
}

function ownId(stored: boolean, nextId: () => string): string | undefined {
  return stored ? undefined : `resp_${nextId()}`;
}

function stop({ abort, reader }: Running): void {
  void reader?.cancel().catch(() => {});
  abort.abort();
}

const AGE_CODE = "websocket_connection_limit_reached";

function tooOld(): ShimError {
  return new ShimError("invalid_request", "this connection has reached its limit of 60 minutes; connect again", {
    code: AGE_CODE,
  });
}
