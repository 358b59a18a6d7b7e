/** Limits of time for a request's body: one that comes a byte at a time must not hold its place for ever. */
import { ShimError } from "../../core/errors.ts";

export interface BodyTimes {
  /** Until all of it is there. */
  whole_ms: number;
  /** Between two pieces. */
  piece_ms: number;
}

export const BODY_TIMES: BodyTimes = { whole_ms: 300_000, piece_ms: 20_000 };

/** Yields the pieces of a body. Throws a ShimError when it takes too long, and cancels it. */
export async function* inTime(
  body: ReadableStream<Uint8Array>,
  { whole_ms, piece_ms }: BodyTimes = BODY_TIMES,
): AsyncGenerator<Uint8Array, void, void> {
  const reader = body.getReader();
  const end = performance.now() + whole_ms;
  try {
    for (;;) {
      const { value, done } = await within(reader.read().catch(gone), Math.min(piece_ms, end - performance.now()));
      if (done) return;
      yield value;
    }
  } finally {
    void reader.cancel().catch(() => {});
  }
}

function gone(): never {
  throw new ShimError("aborted", "the client went away before it had sent its whole request");
}

/** Like `inTime` for a body of known length: it may take as long as one piece, and as a slow line needs for it. */
export function wholeInTime<Value>(
  awaited: Promise<Value>,
  bytes: number,
  { whole_ms, piece_ms }: BodyTimes = BODY_TIMES,
): Promise<Value> {
  return within(awaited.catch(gone), Math.min(whole_ms, piece_ms + bytes / SLOW_BYTES_PER_MS));
}

const SLOW_BYTES_PER_MS = 10;

async function within<Value>(awaited: Promise<Value>, ms: number): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const fail = (): void => reject(new ShimError("invalid_request", "the request body did not arrive in time"));
    timer = setTimeout(fail, Math.max(0, ms));
  });
  try {
    return await Promise.race([awaited, late]);
  } finally {
    clearTimeout(timer);
  }
}
