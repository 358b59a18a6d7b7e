/** One response that runs in the background: its events go to the store in batches, and to the client while it stays. */
import { SseDecoder } from "../../core/sse.ts";
import type { Encoder, KeptAnswer } from "../../wires/wire.ts";
import { pause } from "../pause.ts";
import type { Status, Store, StoredEvent } from "../store/store.ts";
import { cancelledResponse, failedResponse, frameOf, isLastEvent, lastEvent } from "./ended.ts";
import type { Keeping } from "./keeping.ts";
import { BATCH_MS, RETRY_FOR_MS } from "./limits.ts";

const RETRY_MS = 1000;

export class Run {
  /** Set while the request is made ready. */
  keeping: Keeping | undefined;
  private encoding: Encoder | undefined;
  readonly done: Promise<void>;
  private readonly store: Store;
  /** The client asked for a stream, and so may come back for it. */
  private readonly stream: boolean;
  private readonly abort = new AbortController();
  private readonly finished = Promise.withResolvers<void>();
  private changed = Promise.withResolvers<void>();
  private first = Promise.withResolvers<string>();
  private reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  private live: ReadableStreamDefaultController<Uint8Array> | undefined;
  private waiting: StoredEvent[] = [];
  private writing: Promise<void> = Promise.resolve();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private count = 0;
  private last: string | undefined;
  private id: string | undefined;
  private stopped = false;
  private settled: Promise<void> | undefined;

  constructor(store: Store, stream: boolean) {
    this.store = store;
    this.stream = stream;
    this.done = this.finished.promise;
    this.first.promise.catch(() => {});
  }

  /** Undefined where another server runs it. */
  get encoder(): Encoder | undefined {
    return this.encoding;
  }

  /** What it reads is written by this encoder; undefined: by none yet. */
  reads(encoder: Encoder | undefined): void {
    this.encoding = encoder;
  }

  get signal(): AbortSignal {
    return this.abort.signal;
  }

  /** Resolves when more events are stored, or it has ended. */
  news(): Promise<void> {
    return this.changed.promise;
  }

  /** It was cancelled or deleted: the upstream stops, and the store knows already. */
  stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    void this.reader?.cancel().catch(() => {});
    this.abort.abort();
    if (this.reader) void this.settle(async () => this.close(cancelledResponse));
  }

  /** Ends it by this server's own doing. */
  async fail(message: string): Promise<void> {
    if (this.stopped) return this.done;
    this.stopped = true;
    void this.reader?.cancel().catch(() => {});
    this.abort.abort();
    await this.settle(async () => {
      const answer = this.answer();
      if (answer) await this.write({ ...answer, status: "failed", response: failedResponse(answer.response, message) });
      this.close((before) => failedResponse(before, message));
    });
  }

  /** Reads the reply to its end, and answers as soon as it has begun. */
  async follow(reply: Response): Promise<Response> {
    const headers = new Headers(reply.headers);
    this.reader = reply.body?.getReader();
    let body: ReadableStream<Uint8Array> | undefined;
    // In place before anything is read, so that it misses nothing.
    if (this.stream)
      body = new ReadableStream({
        start: (controller) => void (this.live = controller),
        cancel: () => void (this.live = undefined),
      });
    void this.read();
    const created = await this.first.promise;
    if (body) {
      await this.flush();
      return new Response(body, { headers });
    }
    headers.set("content-type", "application/json");
    const { response } = JSON.parse(created) as { response: unknown };
    return new Response(JSON.stringify(response), { headers });
  }

  private async read(): Promise<void> {
    const sse = new SseDecoder();
    const onData = (data: string): void => this.take(data);
    try {
      for (;;) {
        const { value, done } = (await this.reader?.read()) ?? { value: undefined, done: true };
        if (value) sse.push(value, onData);
        if (done) break;
      }
    } catch {
      // Told by what is missing at the end.
    }
    if (this.stopped) return;
    this.stopped = true;
    await this.settle(() => this.end());
  }

  /** Events of a stream are numbered from 0 without gaps, so that counting them tells their numbers. */
  private take(data: string): void {
    if (data === "[DONE]" || this.stopped) return;
    const sequence_number = this.count++;
    if (isLastEvent(data)) return void (this.last = data);
    this.say(frameOf(data));
    if (this.stream) {
      this.waiting.push({ sequence_number, data });
      this.timer ??= setTimeout(() => void this.flush(), BATCH_MS);
    }
    if (sequence_number === 0) this.first.resolve(data);
  }

  private say(text: string): void {
    try {
      this.live?.enqueue(new TextEncoder().encode(text));
    } catch {
      this.live = undefined; // The client is gone.
    }
  }

  private flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.writing = this.flushAfter(this.writing);
    return this.writing;
  }

  /** One batch after the other. */
  private async flushAfter(before: Promise<void>): Promise<void> {
    await before;
    const batch = this.waiting;
    // To write the whole answer down for its id alone would take longer with each batch.
    const id = (this.id ??= this.answer()?.id);
    if (batch.length === 0 || id === undefined) return;
    this.waiting = [];
    try {
      await this.store.addEvents(this.keeping?.owner ?? "", id, batch);
      this.tell();
    } catch {
      this.waiting = [...batch, ...this.waiting]; // With the next ones.
    }
  }

  private answer(): KeptAnswer | undefined {
    return this.encoder?.kept?.();
  }

  private async end(): Promise<void> {
    await this.flush();
    const answer = this.answer();
    if (!answer) return;
    const whole = answer.status === "in_progress" || answer.status === "queued" ? undefined : answer;
    const ended: KeptAnswer = whole ?? {
      ...answer,
      status: "failed",
      response: failedResponse(answer.response, "the answer broke off"),
    };
    const status = await this.write(ended);
    if (status === ended.status) return this.close((before) => before, this.last);
    if (status === "cancelled") return this.close(cancelledResponse);
    return this.close((before) => failedResponse(before, "the answer could not be stored"));
  }

  /** Undefined when it is gone, or could not be written for a long time. */
  private async write(answer: KeptAnswer): Promise<Status | undefined> {
    const until = performance.now() + RETRY_FOR_MS;
    for (;;) {
      try {
        return await this.keeping?.write(answer, this.waiting);
      } catch (error) {
        if (performance.now() > until) {
          this.keeping?.failed(error);
          return undefined;
        }
        await pause(RETRY_MS, new AbortController().signal);
      }
    }
  }

  /** Tells the client how it ended, if it is still there. */
  private close(ended: (before: string) => string, last?: string): void {
    const before = this.answer()?.response ?? "{}";
    this.say(`${frameOf(last ?? lastEvent(ended(before), this.count))}data: [DONE]\n\n`);
    try {
      this.live?.close();
    } catch {
      // The client is gone.
    }
  }

  private settle(how: () => Promise<void>): Promise<void> {
    this.settled ??= this.settleBy(how);
    return this.settled;
  }

  private async settleBy(how: () => Promise<void>): Promise<void> {
    try {
      await how();
    } catch (error) {
      this.keeping?.failed(error);
    }
    clearTimeout(this.timer);
    this.first.reject(new Error("the answer ended before it began"));
    this.finished.resolve();
    this.tell();
  }

  private tell(): void {
    this.changed.resolve();
    this.changed = Promise.withResolvers();
  }
}
