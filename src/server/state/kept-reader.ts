/** Keeps a forwarded reply on its way to the client; the bytes change only to say that it could not be stored. */
import { parseObject } from "../../core/arguments.ts";
import { SseSkimmer } from "../../core/sse-skim.ts";
import { textWithoutToolSecrets } from "../../core/tool-secrets.ts";
import { memberText, outputTexts, withMembers } from "../../wires/index.ts";
import type { StoredResponse } from "../../wires/wire.ts";
import type { ReplyMeter } from "../memory/reply-meter.ts";
import { isLastEvent } from "./ended.ts";
import type { Keeping } from "./keeping.ts";
import { unkeptMarker, WholeFrames, type UnkeptMarker } from "./frames.ts";

const MOST_BYTES = 64 * 1024 * 1024; // A larger reply is not kept.

type Read = Awaited<ReturnType<ReadableStreamDefaultReader<Uint8Array>["read"]>>;

/** What is read of an upstream's reply. */
export type ReplyReader = { read(): Promise<Read>; cancel(): Promise<void> };

interface KeptReaderOptions {
  reader: ReplyReader;
  first: Read | undefined; // What was read of it already.
  keeping: Keeping;
  provider: string | null; // The provider that keeps the response itself; null: it is kept here.
  stream: boolean;
  meter: ReplyMeter; // Counts what is held back.
  /** Measures the upstream's silence: `waited` when the store is waited for, `waiting` after that. */
  watch: { waiting(): void; waited(): void };
}

const END: Read = { value: undefined, done: true };

/** Reads what the client gets. What must be stored before the client gets some bytes is stored before they are read. */
export class KeptReader implements ReplyReader {
  private readonly options: KeptReaderOptions;
  private readonly keeping: Keeping;
  private readonly frames = new WholeFrames(MOST_BYTES);
  private readonly sse: SseSkimmer;
  private first: Read | undefined;
  private answer: StoredResponse | undefined;
  private stored: boolean | undefined; // Whether it is in the store; undefined until that is known.
  private unkept: UnkeptMarker | undefined;
  private writing: Promise<void> | undefined;
  private mode: "frames" | "body" | "pass" | "over"; // `pass`: nothing more of it is needed.

  constructor(options: KeptReaderOptions) {
    this.options = options;
    this.keeping = options.keeping;
    this.first = options.first;
    this.mode = options.stream ? "frames" : "body";
    this.sse = new SseSkimmer(RESPONSE, undefined, (data) => this.event(data));
  }

  /** Makes one promise for each read: a stream has thousands of them. */
  async read(): Promise<Read> {
    try {
      for (;;) {
        if (this.mode === "over") return END;
        if (this.mode === "body") return await this.readBody();
        const read = await this.next();
        if (this.mode === "pass") return read;
        const whole = this.take(read);
        const { writing } = this;
        this.writing = undefined;
        if (writing) await this.waitFor(writing);
        if (read.done) await this.left();
        if (whole) return { value: this.marked(whole), done: false };
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

  private marked(whole: Uint8Array): Uint8Array {
    if (this.stored === false) return this.markUnkept().frames(whole);
    if (this.options.provider === null || this.stored === undefined || this.mode === "over") return whole;
    // Its provider keeps it, and its id is written.
    this.mode = "pass";
    const rest = this.frames.rest();
    return rest ? Buffer.concat([whole, rest]) : whole;
  }

  /** Heartbeats before the body go on; the body goes when it is whole, since no client can read half of it. */
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
    this.keeping.failed(new Error(`the reply is larger than ${MOST_BYTES / 1024 / 1024} MB`));
    return { value: body, done: false };
  }

  private async wholeBody(body: Buffer): Promise<Read> {
    if (body.length === 0) return END;
    const text = new TextDecoder().decode(body);
    const answer = answerIn(text, this.keeping);
    if (!answer) return { value: body, done: false };
    const { provider } = this.options;
    const work = provider === null ? this.keeping.end(answer, true) : this.keeping.begin(answer, provider);
    const stored = await this.waitFor(work);
    return { value: stored ? body : this.markUnkept().body(text), done: false };
  }

  private markUnkept(): UnkeptMarker {
    return (this.unkept ??= unkeptMarker(this.keeping.collided));
  }

  /** The time that this takes is no silence of the upstream. */
  private async waitFor<Result>(work: Promise<Result>): Promise<Result> {
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
      this.stored = begins ? await this.keeping.begin(answer, provider) : await this.keeping.end(answer, true);
    })();
    // Whoever waits for it gets its failure.
    this.writing.catch(() => {});
  }
}

/** A member that only those events have which hold the response as a whole. */
const RESPONSE = [Buffer.from('"response"')];
const CR = 13;
const LF = Uint8Array.of(10);

const isBlank = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 32 || (byte >= 9 && byte <= 13));

const STATUSES: ReadonlySet<unknown> = new Set([
  "queued",
  "in_progress",
  "completed",
  "incomplete",
  "failed",
  "cancelled",
]);
const isStatus = (status: unknown): status is StoredResponse["status"] => STATUSES.has(status);

/** A forwarded `response` object as it is kept here; undefined for what is not one, which the client will see. */
function answerIn(response: string, { kept }: Keeping): StoredResponse | undefined {
  const { id, status } = parseObject(response) ?? {};
  if (typeof id !== "string" || id === "") return undefined;
  try {
    // Some upstreams echo the credentials that were given for MCP servers.
    const tools = memberText(response, "tools");
    const text = withMembers(response, {
      ...(tools !== undefined && { tools: textWithoutToolSecrets(tools) }),
      store: "true",
      previous_response_id: JSON.stringify(kept.previous_response_id),
      ...(kept.conversation_id !== null && { conversation: JSON.stringify({ id: kept.conversation_id }) }),
    });
    return { id, status: isStatus(status) ? status : "completed", response: text, output: outputTexts(text) };
  } catch {
    return undefined;
  }
}
