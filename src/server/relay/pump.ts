/**
 * Carries one reply from the upstream to the client: bytes → frames → reply events → the client's bytes, with one
 * write for each read. The only asynchronous part of a translation.
 */
import { asShimError, isTooDeep, ShimError } from "../../core/errors.ts";
import { SseDecoder } from "../../core/sse.ts";
import type { Decoder, Encoder } from "../../wires/wire.ts";
import { brokenReply, IdleWatch, whyAborted } from "../upstreams/idle.ts";
import type { ReplyMeter } from "../memory/reply-meter.ts";
import { MOST_REPLY_BYTES, readText, refuseManyValues } from "../upstreams/reading.ts";

const REPLY = { most_bytes: MOST_REPLY_BYTES, speaker: "the upstream" };

/** One request to an upstream, and the decoder of its reply. */
export interface Attempt {
  /** The upstream's headers; rejects with a ShimError. */
  head: Promise<Response>;
  decoder: Decoder;
  /** Ends the request. */
  abort: AbortController;
  /** Counts the reply's bytes: what it says is held until it has ended. */
  meter: ReplyMeter;
  /** How long the upstream may be silent, before its headers, too. */
  idle_ms: number;
  /** We wait by ourselves before the next attempt: no silence of the upstream. */
  pausing(): boolean;
}

/** Something else that a reply waits for before it goes on; each step may make the encoder write. */
export interface Work {
  readonly decoder: Pick<Decoder, "ended" | "progress">;
  /** Never throws. */
  step(): Promise<void>;
  /** Gives it up; also called after its end. */
  stop(): void;
}

interface KeptReply {
  /** What the last event waits for. It never fails, and not for long. */
  end(): Promise<void>;
  /** The client went away before it. */
  left(): void;
}

export interface Reply {
  /** The attempt that is read. Another one takes its place when it failed before the client got anything of it. */
  attempt: Attempt | Work;
  /** After the attempt has ended: begins another one where that may help. Whether it did. */
  again(): boolean;
  encoder: Encoder;
  heartbeat_ms: number;
  onHeartbeat?(): void;
  /** Absent where nothing of the reply is kept. */
  kept?: KeptReply | undefined;
  onEnd(): void;
}

/** So long may an upstream take to end its stream after its last event. */
const LEAVE_MS = 250;

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** Reads what an upstream sends and feeds the decoder, one step for each read. */
class Feed {
  private readonly attempt: Attempt;
  private readonly sse = new SseDecoder();
  private reader: Reader | undefined;
  private readonly onData = (data: string): void => this.attempt.decoder.feed(data);
  private readonly watch: IdleWatch;
  /** Where it is: what breaks while bytes are read is the connection. */
  private state: "idle" | "reading" | "broken" | "leaving" | "done" = "idle";

  constructor(attempt: Attempt) {
    this.attempt = attempt;
    this.watch = new IdleWatch(attempt.abort, attempt.idle_ms, () => attempt.pausing());
  }

  /** After it the decoder may have emitted events, or have ended. Never throws. */
  async step(): Promise<void> {
    const { decoder } = this.attempt;
    try {
      this.watch.waiting();
      this.reader ??= await this.open();
      if (!this.reader) return;
      this.state = "reading";
      const { value, done } = await this.reader.read();
      this.state = done ? "done" : "idle";
      this.watch.waited();
      if (value) {
        this.attempt.meter.add(value.length);
        this.sse.push(value, this.onData);
      }
      if (!done) return;
      this.sse.end(this.onData);
      decoder.end();
    } catch (thrown) {
      const { signal } = this.attempt.abort;
      const broken = this.state === "reading" ? brokenReply(thrown, signal) : thrown;
      const error = isTooDeep(broken) ? tooDeep(broken) : broken;
      this.state = "broken";
      decoder.fail(asShimError(whyAborted(error, signal)));
    }
  }

  /** Stops the upstream, also when it still has something to say. */
  stop(): void {
    this.watch.end();
    if (this.state !== "done" && this.state !== "leaving") this.giveUp();
  }

  /** The reply has ended. Where its stream ends in order, too, the next request can use the same connection. */
  leave(): void {
    const { reader, state } = this;
    if (!reader || state !== "idle") return this.stop();
    this.watch.end();
    this.state = "leaving";
    const late = setTimeout(() => this.giveUp(), LEAVE_MS);
    const end = (): void => clearTimeout(late);
    const ended = ({ done }: { done: boolean }): void => {
      end();
      if (!done) this.giveUp();
    };
    void reader.read().then(ended, end);
  }

  private giveUp(): void {
    this.attempt.abort.abort();
    void this.reader?.cancel().catch(() => {});
  }

  private async open(): Promise<Reader | undefined> {
    const head = await this.attempt.head;
    const type = head.headers.get("content-type") ?? "";
    if (!type.includes("json")) {
      if (head.body) return head.body.getReader();
      this.attempt.decoder.end();
      return undefined;
    }
    const { meter, abort } = this.attempt;
    const body = await readText(head, { ...REPLY, meter }).catch((error: unknown) => {
      throw brokenReply(error, abort.signal);
    });
    refuseManyValues(body, "the upstream answers");
    this.attempt.decoder.feed(body);
    this.attempt.decoder.end();
    return undefined;
  }
}

function tooDeep(cause: unknown): ShimError {
  return new ShimError("upstream_protocol", "the upstream sent JSON that is nested too deep to be read", { cause });
}

/** Reads an attempt to its end, for a reply that is sent in one piece. Failures are the decoder's. */
export async function drain(attempt: Attempt): Promise<void> {
  const feed = new Feed(attempt);
  while (!attempt.decoder.ended) await feed.step();
  feed.stop();
}

/** The attempts of a reply, one after another. */
class Feeds {
  private readonly reply: Reply;
  private feed: Feed | Work;

  constructor(reply: Reply) {
    this.reply = reply;
    this.feed = feedOf(reply.attempt);
  }

  /** `settle` is to be called after it. */
  step(): Promise<void> {
    return this.feed.step();
  }

  settle(): void {
    if (!this.reply.attempt.decoder.ended) return;
    if ("leave" in this.feed) this.feed.leave();
    else this.feed.stop();
    if (this.reply.again()) this.feed = feedOf(this.reply.attempt);
  }

  stop(): void {
    this.feed.stop();
  }
}

function feedOf(attempt: Attempt | Work): Feed | Work {
  return "step" in attempt ? attempt : new Feed(attempt);
}

export const STREAM_HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache",
  "x-accel-buffering": "no",
};

/** The reply as a stream that is committed to: errors are returned within it. */
export function streamReply(reply: Reply): ReadableStream<Uint8Array> {
  const { encoder } = reply;
  const feed = new Feeds(reply);
  const utf8 = new TextEncoder();
  let quiet = true;
  let ended = false;
  let heart: ReturnType<typeof setInterval> | undefined;
  const finish = (): void => {
    if (ended) return;
    ended = true;
    clearInterval(heart);
    reply.onEnd();
  };
  return new ReadableStream<Uint8Array>({
    start(controller) {
      encoder.open();
      controller.enqueue(utf8.encode(encoder.take()));
      heart = setInterval(() => {
        // A client that does not read needs no heartbeat.
        if (quiet && !ended && (controller.desiredSize ?? 0) > 0) {
          encoder.heartbeat(reply.attempt.decoder.progress);
          const beat = encoder.take();
          if (beat !== "") {
            reply.onHeartbeat?.();
            controller.enqueue(utf8.encode(beat));
          }
        }
        quiet = true;
      }, reply.heartbeat_ms);
    },
    async pull(controller) {
      while (!ended) {
        await feed.step();
        feed.settle();
        if (ended) return;
        const out = encoder.take();
        if (out !== "") {
          quiet = false;
          controller.enqueue(utf8.encode(out));
        }
        if (reply.attempt.decoder.ended) {
          await reply.kept?.end();
          const last = encoder.take();
          if (ended) return;
          if (last !== "") controller.enqueue(utf8.encode(last));
          finish();
          controller.close();
          return;
        }
        if (out !== "") return;
      }
    },
    cancel() {
      reply.kept?.left();
      feed.stop();
      finish();
    },
  });
}

/** The reply in one piece. Throws the ShimError that ended it. */
export async function collectReply(reply: Reply): Promise<unknown> {
  const { encoder } = reply;
  const feed = new Feeds(reply);
  try {
    while (!reply.attempt.decoder.ended) {
      await feed.step();
      feed.settle();
    }
    if (encoder.error) throw encoder.error;
    await reply.kept?.end();
    return encoder.body();
  } finally {
    feed.stop();
    reply.onEnd();
  }
}
