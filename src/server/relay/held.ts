/**
 * A forwarded stream whose upstream takes long to begin: the client gets headers and heartbeats meanwhile, and then the
 * upstream's bytes. What fails after the headers are sent is written into the stream.
 */
import { asShimError, type ShimError } from "../../core/errors.ts";
import { STREAM_HEADERS } from "./pump.ts";

export interface HeldOptions {
  hold_ms: number;
  heartbeat_ms: number;
  /** Headers of a response that begins before the upstream's. */
  headers(): Record<string, string>;
  /** A sign of life that belongs to no reply. */
  heartbeat: string;
  /** Called when the headers are sent. */
  onCommit(): void;
  onHeartbeat(): void;
  /** The stream's text for a reply that failed before it began. */
  failure(error: ShimError): string;
}

/** The response itself when it comes soon, with its own status; throws what it throws then. */
export async function held(reply: Promise<Response>, options: HeldOptions): Promise<Response> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, options.hold_ms)));
  try {
    const soon = await Promise.race([reply, late]);
    if (soon) return soon;
  } finally {
    clearTimeout(timer);
  }
  options.onCommit();
  return new Response(heldStream(reply, options), { headers: { ...options.headers(), ...STREAM_HEADERS } });
}

function heldStream(reply: Promise<Response>, options: HeldOptions): ReadableStream<Uint8Array> {
  const utf8 = new TextEncoder();
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  let left = false;
  let heart: ReturnType<typeof setInterval> | undefined;
  const beats = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
    // A client that does not read needs no sign of life.
    if ((controller.desiredSize ?? 0) <= 0) return;
    options.onHeartbeat();
    controller.enqueue(utf8.encode(options.heartbeat));
  };
  return new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(utf8.encode(options.heartbeat));
      heart = setInterval(() => beats(controller), options.heartbeat_ms);
    },
    async pull(controller) {
      try {
        reader ??= (await reply).body?.getReader();
      } catch (thrown) {
        clearInterval(heart);
        if (left) return;
        controller.enqueue(utf8.encode(options.failure(asShimError(thrown))));
        controller.close();
        return;
      }
      clearInterval(heart);
      if (left) return void reader?.cancel().catch(() => {});
      // What breaks from here on the reply itself has noticed: it ends here as it ended there.
      const { value, done } = (await reader?.read()) ?? { value: undefined, done: true };
      if (value) controller.enqueue(value);
      if (done) controller.close();
    },
    cancel() {
      left = true;
      clearInterval(heart);
      void reader?.cancel().catch(() => {});
    },
  });
}
