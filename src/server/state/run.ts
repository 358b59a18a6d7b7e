/** One response that runs in the background: its events go to the store in batches, and to a client that stays. */
import { setTimeout as sleep } from "node:timers/promises";
import { SseDecoder } from "../../core/sse.ts";
import { memberText } from "../../wires/index.ts";
import type { Encoder, StoredResponse } from "../../wires/wire.ts";
import type { Status, Store, StoredEvent } from "../store/store.ts";
import { cancelledResponse, failedResponse, frameOf, isLastEvent, lastEvent } from "./ended.ts";
import type { Keeping } from "./keeping.ts";
import { BATCH_MS, RETRY_FOR_MS } from "./limits.ts";

const RETRY_MS = 1000;

export class Run {
  keeping: Keeping | undefined; // Set while the request is prepared.
  /** Writes what this run reads; undefined before, and where an upstream runs the response itself. */
  encoder: Encoder | undefined;
  private readonly store: Store;
  private readonly stream: boolean; // The client asked for a stream, and so may come back for it.
  private readonly abort = new AbortController();
  private readonly finished = Promise.withResolvers<void>();
  readonly signal = this.abort.signal;
  readonly done = this.finished.promise;
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
    this.first.promise.catch(() => {});
  }

  reads(encoder: Encoder | undefined): void {
    this.encoder = encoder;
  }

  /** Resolves when more events are stored, or it has ended. */
  news(): Promise<void> {
    return this.changed.promise;
  }

  /** It was cancelled or deleted: the upstream stops, and the store knows already. */
  stop(): void {
    if (this.stopped) return;
    this.halt();
    if (this.reader) void this.settle(async () => this.close(cancelledResponse));
  }

  /** Ends it by this server's own decision. */
  async fail(message: string): Promise<void> {
    if (this.stopped) return this.done;
    this.halt();
    await this.settle(async () => {
      const answer = this.answer();
      if (answer) await this.write({ ...answer, status: "failed", response: failedResponse(answer.response, message) });
      this.close((before) => failedResponse(before, message));
    });
  }

  private halt(): void {
    this.stopped = true;
    void this.reader?.cancel().catch(() => {});
    this.abort.abort();
  }

  /** Reads the reply to its end; resolves with the client's response as soon as the reply has begun. */
  async follow(reply: Response): Promise<Response> {
    const headers = new Headers(reply.headers);
    this.reader = reply.body?.getReader();
    let body: ReadableStream<Uint8Array> | undefined;
    // The stream stands before anything is read, so that it misses nothing.
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
    return new Response(memberText(created, "response"), { headers });
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
      // The missing end of the reply says it.
    }
    if (this.stopped) return;
    this.stopped = true;
    await this.settle(() => this.end());
  }

  /** Events of a stream are numbered from 0 without gaps, so that counting them gives their numbers. */
  private take(data: string): void {
    if (data === "[DONE]" || this.stopped) return;
    const sequence_number = this.count++;
    if (isLastEvent(data)) return void (this.last = data);
    this.send(frameOf(data));
    if (this.stream) {
      this.waiting.push({ sequence_number, data });
      this.timer ??= setTimeout(() => void this.flush(), BATCH_MS);
    }
    if (sequence_number === 0) this.first.resolve(data);
  }

  private send(text: string): void {
    try {
      this.live?.enqueue(new TextEncoder().encode(text));
    } catch {
      this.live = undefined; // The client is gone.
    }
  }

  /** Writes one batch after the other. */
  private flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    return (this.writing = this.writing.then(() => this.writeBatch()));
  }

  private async writeBatch(): Promise<void> {
    const batch = this.waiting;
    // Writing the whole response as text for its id alone would take longer with each batch.
    const id = (this.id ??= this.answer()?.id);
    if (batch.length === 0 || id === undefined) return;
    this.waiting = [];
    try {
      await this.store.addEvents(this.keeping?.owner ?? "", id, batch);
      this.announce();
    } catch {
      this.waiting = [...batch, ...this.waiting]; // They are written with the next ones.
    }
  }

  private answer(): StoredResponse | undefined {
    return this.encoder?.kept?.();
  }

  private async end(): Promise<void> {
    await this.flush();
    const answer = this.answer();
    if (!answer) return;
    const broke_off = answer.status === "in_progress" || answer.status === "queued";
    const ended: StoredResponse = broke_off
      ? { ...answer, status: "failed", response: failedResponse(answer.response, "the reply broke off") }
      : answer;
    const status = await this.write(ended);
    if (status === ended.status) return this.close((before) => before, this.last);
    if (status === "cancelled") return this.close(cancelledResponse);
    return this.close((before) => failedResponse(before, "the response could not be stored"));
  }

  /** Undefined when it is gone, or could not be written for a long time. */
  private async write(answer: StoredResponse): Promise<Status | undefined> {
    const until = performance.now() + RETRY_FOR_MS;
    for (;;) {
      try {
        return await this.keeping?.write(answer, this.waiting);
      } catch (error) {
        if (performance.now() > until) return void this.keeping?.failed(error);
        await sleep(RETRY_MS);
      }
    }
  }

  /** Sends the end to a client that is still there. */
  private close(ended: (before: string) => string, last?: string): void {
    const before = this.answer()?.response ?? "{}";
    this.send(`${frameOf(last ?? lastEvent(ended(before), this.count))}data: [DONE]\n\n`);
    try {
      this.live?.close();
    } catch {
      // The client is gone.
    }
  }

  private settle(how: () => Promise<void>): Promise<void> {
    return (this.settled ??= this.settleBy(how));
  }

  private async settleBy(how: () => Promise<void>): Promise<void> {
    await how().catch((error: unknown) => this.keeping?.failed(error));
    clearTimeout(this.timer);
    this.first.reject(new Error("the reply ended before it began"));
    this.finished.resolve();
    this.announce();
  }

  private announce(): void {
    this.changed.resolve();
    this.changed = Promise.withResolvers();
  }
}
