/**
 * Carries one reply from the upstream to the client: bytes → frames → reply events → the client's bytes, with one
 * write for each read. The only asynchronous part of a translation.
 */
import { asShimError, ShimError } from "../core/errors.ts";
import { SseDecoder } from "../core/sse.ts";
import type { Decoder, Encoder } from "../wires/wire.ts";
import { reasonOf } from "./upstream.ts";

export interface Reply {
  /** The upstream's answer; rejects with a ShimError. */
  head: Promise<Response>;
  decoder: Decoder;
  encoder: Encoder;
  /** Ends the request to the upstream. */
  abort: AbortController;
  heartbeat_ms: number;
  /** How long the upstream may be silent, its head included; a lost connection is otherwise never noticed. */
  idle_ms: number;
  onEnd(): void;
}

/** Silence is noticed this late at most. */
const IDLE_CHECK_MS = 15_000;

/** Reads what the upstream sends and feeds the decoder, one step for each read. */
class Feed {
  private readonly reply: Reply;
  private readonly sse = new SseDecoder();
  private reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  private readonly onData = (data: string): void => this.reply.decoder.feed(data);

  private waitingSince: number | undefined;
  private readonly watch: ReturnType<typeof setInterval>;

  constructor(reply: Reply) {
    this.reply = reply;
    this.watch = setInterval(() => this.giveUpIfSilent(), Math.min(reply.idle_ms / 4, IDLE_CHECK_MS));
  }

  /** Only while the upstream is waited for: a client that does not read is no silence of the upstream. */
  private giveUpIfSilent(): void {
    if (this.waitingSince === undefined || performance.now() - this.waitingSince < this.reply.idle_ms) return;
    const words = `the upstream has been silent for ${Math.round(this.reply.idle_ms / 1000)} s`;
    this.reply.abort.abort(new ShimError("upstream_timeout", words));
  }

  /** After it the decoder may have said something, or have ended. Never throws. */
  async step(): Promise<void> {
    const { decoder } = this.reply;
    this.waitingSince = performance.now();
    try {
      this.reader ??= await this.open();
      if (!this.reader) return;
      const { value, done } = await this.reader.read().catch((error: unknown) => {
        throw this.broken(error);
      });
      if (value) this.sse.push(value, this.onData);
      if (!done) return;
      this.sse.end(this.onData);
      decoder.end();
    } catch (error) {
      decoder.fail(this.failure(error));
    } finally {
      this.waitingSince = undefined;
    }
  }

  /** Stops the upstream, also when it still has something to say. */
  stop(): void {
    clearInterval(this.watch);
    this.reply.abort.abort();
    void this.reader?.cancel().catch(() => {});
  }

  private async open(): Promise<ReadableStreamDefaultReader<Uint8Array> | undefined> {
    const head = await this.reply.head;
    const type = head.headers.get("content-type") ?? "";
    if (!type.includes("json")) {
      if (head.body) return head.body.getReader();
      this.reply.decoder.end();
      return undefined;
    }
    this.reply.decoder.feed(await head.text());
    this.reply.decoder.end();
    return undefined;
  }

  private broken(error: unknown): unknown {
    if (this.reply.abort.signal.aborted || error instanceof ShimError) return error;
    return new ShimError("upstream_protocol", `the upstream's connection broke in mid-reply: ${reasonOf(error)}`, {
      cause: error,
    });
  }

  private failure(error: unknown): ShimError {
    if (error instanceof ShimError) return error;
    const { reason } = this.reply.abort.signal as { reason: unknown };
    if (reason instanceof ShimError) return reason;
    if (this.reply.abort.signal.aborted) return new ShimError("aborted", "the client went away");
    return asShimError(error);
  }
}

/** The reply as a stream that is committed to: whatever happens now is told within it. */
export function streamReply(reply: Reply): ReadableStream<Uint8Array> {
  const { decoder, encoder } = reply;
  const feed = new Feed(reply);
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
        // A client that does not read needs no sign of life.
        if (quiet && !ended && (controller.desiredSize ?? 0) > 0) {
          encoder.heartbeat(decoder.progress);
          const beat = encoder.take();
          if (beat !== "") controller.enqueue(utf8.encode(beat));
        }
        quiet = true;
      }, reply.heartbeat_ms);
    },
    async pull(controller) {
      while (!ended) {
        await feed.step();
        if (ended) return;
        const out = encoder.take();
        if (out !== "") {
          quiet = false;
          controller.enqueue(utf8.encode(out));
        }
        if (decoder.ended) {
          feed.stop();
          finish();
          controller.close();
          return;
        }
        if (out !== "") return;
      }
    },
    cancel() {
      feed.stop();
      finish();
    },
  });
}

/** The reply in one piece. Throws the ShimError that ended it. */
export async function collectReply(reply: Reply): Promise<unknown> {
  const { decoder, encoder } = reply;
  const feed = new Feed(reply);
  try {
    while (!decoder.ended) await feed.step();
    if (encoder.error) throw encoder.error;
    return encoder.body();
  } finally {
    feed.stop();
    reply.onEnd();
  }
}
