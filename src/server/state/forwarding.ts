/**
 * Reads a reply that is forwarded, and keeps it on the way: its id, and where it is kept here also its end. The bytes
 * go on as they came, but for a reply that could not be stored: that one says so.
 */
import { SseSkimmer } from "../../core/sse-skim.ts";
import { memberText } from "../../wires/index.ts";
import type { KeptAnswer } from "../../wires/wire.ts";
import type { IdleWatch } from "../upstreams/idle.ts";
import type { ReplyMeter } from "../memory/reply-meter.ts";
import { isLastEvent } from "./ended.ts";
import { forwardedAnswer, type Keeping } from "./keeping.ts";
import { WholeFrames } from "./whole-frames.ts";
import { Unkept } from "./unkept.ts";

/** A larger reply is not kept. */
const MOST_BYTES = 64 * 1024 * 1024;

type Read = Awaited<ReturnType<ReadableStreamDefaultReader<Uint8Array>["read"]>>;

/** What is read of an upstream's reply. */
export interface ReplyReader {
  read(): Promise<Read>;
  cancel(): Promise<void>;
}

interface Forwarding {
  reader: ReplyReader;
  /** What was read of it already. */
  first: Read | undefined;
  keeping: Keeping;
  /** The provider that keeps it itself; null: it is kept here. */
  provider: string | null;
  stream: boolean;
  /** Counts what is held back. */
  meter: ReplyMeter;
  /** Told when the store is waited for, and no longer the upstream. */
  watch: Pick<IdleWatch, "waiting" | "waited">;
}

const END: Read = { value: undefined, done: true };

/** A reader of what the client gets. What must be written before some bytes are told is written when they are read. */
export class KeptReader implements ReplyReader {
  private readonly options: Forwarding;
  private readonly keeping: Keeping;
  private readonly frames = new WholeFrames(MOST_BYTES);
  private readonly sse: SseSkimmer;
  private first: Read | undefined;
  private answer: KeptAnswer | undefined;
  /** Whether it is in the store; undefined until that is known. */
  private stored: boolean | undefined;
  private unkept: Unkept | undefined;
  private writing: Promise<void> | undefined;
  /** `pass`: nothing more is to be known of it. */
  private mode: "frames" | "body" | "pass" | "over";

  constructor(options: Forwarding) {
    this.options = options;
    this.keeping = options.keeping;
    this.first = options.first;
    this.mode = options.stream ? "frames" : "body";
    this.sse = new SseSkimmer(RESPONSE, undefined, (data) => this.event(data));
  }

  /** One promise for each read: a stream has thousands of them. */
  async read(): Promise<Read> {
    try {
      for (;;) {
        if (this.mode === "over") return END;
        if (this.mode === "body") return await this.readBody();
        const read = await this.next();
        if (this.mode === "pass") return read;
        const whole = this.take(read);
        if (this.writing) await this.written();
        if (read.done) await this.left();
        if (whole) return { value: this.told(whole), done: false };
        if (read.done) return END;
      }
    } catch (error) {
      void this.left();
      throw error;
    }
  }

  async cancel(): Promise<void> {
    void this.left();
    await this.options.reader.cancel();
  }

  private next(): Promise<Read> {
    const { first } = this;
    if (!first) return this.options.reader.read();
    this.first = undefined;
    return Promise.resolve(first);
  }

  /** The whole frames that there are now. */
  private take({ value, done }: Read): Uint8Array | undefined {
    const whole = value ? this.frames.push(value) : done ? this.frames.rest() : undefined;
    if (whole) this.sse.push(whole);
    else if (value) this.options.meter.add(value.length);
    // The decoder would wait whether a line feed belongs to it.
    if (whole?.at(-1) === CR) this.sse.push(LF);
    if (done) {
      this.mode = "over";
      this.sse.end();
    }
    return whole;
  }

  private told(whole: Uint8Array): Uint8Array {
    if (this.stored === false) return this.sayUnkept().frames(whole);
    if (this.options.provider === null || this.stored === undefined || this.mode === "over") return whole;
    // Its provider keeps it, and its id is written.
    this.mode = "pass";
    return joined(whole, this.frames.rest());
  }

  /** Signs of life before it go on; the rest goes when it is whole, since no client can read half of it. */
  private async readBody(): Promise<Read> {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for (;;) {
      const { value, done } = await this.next();
      if (value && bytes === 0 && isBlank(value)) return { value, done: false };
      if (value) {
        this.options.meter.add(value.length);
        chunks.push(value);
        bytes += value.length;
      }
      if (done || bytes > MOST_BYTES) break;
    }
    const body = Buffer.concat(chunks);
    this.mode = bytes > MOST_BYTES ? "pass" : "over";
    if (this.mode === "over") return this.wholeBody(body);
    this.keeping.failed(new Error(`the answer is larger than ${MOST_BYTES / 1024 / 1024} MB`));
    return { value: body, done: false };
  }

  private async wholeBody(body: Buffer): Promise<Read> {
    if (body.length === 0) return END;
    const text = new TextDecoder().decode(body);
    const answer = answerIn(text, this.keeping);
    if (!answer) return { value: body, done: false };
    const { provider } = this.options;
    const work = provider === null ? this.keeping.end(answer, FOREIGN) : this.keeping.begin(answer, provider);
    const stored = await this.apart(work);
    return { value: stored ? body : this.sayUnkept().body(text), done: false };
  }

  private sayUnkept(): Unkept {
    return (this.unkept ??= new Unkept(this.keeping.collided));
  }

  private async written(): Promise<void> {
    const { writing } = this;
    this.writing = undefined;
    if (writing) await this.apart(writing);
  }

  /** The time that this takes is no silence of the upstream. */
  private async apart<Result>(work: Promise<Result>): Promise<Result> {
    const { watch } = this.options;
    watch.waited();
    try {
      return await work;
    } finally {
      watch.waiting();
    }
  }

  /** It broke off, or the client left. */
  private async left(): Promise<void> {
    if (this.options.provider === null) await this.keeping.leave(this.answer);
  }

  private event(data: string): void {
    const { provider } = this.options;
    if (this.answer && !(provider === null && isLastEvent(data.replace(/^\{"type":\s+/, '{"type":')))) return;
    const response = memberText(data, "response");
    const answer = response === undefined ? undefined : answerIn(response, this.keeping);
    if (!answer) return;
    const begins = !this.answer;
    this.answer = answer;
    const before = this.writing;
    this.writing = (async () => {
      await before;
      this.stored = begins ? await this.keeping.begin(answer, provider) : await this.keeping.end(answer, FOREIGN);
    })();
    // Whoever waits for it hears of its failure.
    this.writing.catch(() => {});
  }
}

const FOREIGN = { foreign: true };
/** A member that only events have which tell of the response as a whole. */
const RESPONSE = [Buffer.from('"response"')];
const CR = 13;
const LF = Uint8Array.of(10);

function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 32 || (byte >= 9 && byte <= 13));
}

function joined(whole: Uint8Array, rest: Uint8Array | undefined): Uint8Array {
  return rest ? Buffer.concat([whole, rest]) : whole;
}

function answerIn(response: string, { kept }: Keeping): KeptAnswer | undefined {
  try {
    return forwardedAnswer(response, kept);
  } catch {
    return undefined; // No JSON, which the client will see.
  }
}
