/** Failures of an upstream after which the same request is sent again before the client hears. */
import { ERROR_KINDS, ShimError } from "../../core/errors.ts";

const LOADING_PAUSE_MS = 1000;
/** A model of some 100 GB from a slow disk. */
const LOADING_LIMIT_MS = 10 * 60_000;

/** Asks again until the upstream has loaded its model; meanwhile the client gets heartbeats. */
export async function whenLoaded(
  send: () => Promise<Response>,
  wait: (ms: number) => Promise<void>,
): Promise<Response> {
  const end = performance.now() + LOADING_LIMIT_MS;
  for (;;) {
    try {
      return await send();
    } catch (thrown) {
      const loading = thrown instanceof ShimError && thrown.kind === "model_loading";
      if (!loading || performance.now() > end) throw thrown;
    }
    await wait(LOADING_PAUSE_MS);
  }
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 8000;
/** A host that wants a longer pause than this is not waited for: the client hears how long it is. */
const PATIENCE_MS = 30_000;

/** How long to wait before the try of this number, counted from 1; undefined when none would help. */
export function pauseBefore(retry: number, thrown: unknown): number | undefined {
  if (!(thrown instanceof ShimError) || !ERROR_KINDS[thrown.kind].retry) return undefined;
  const told = thrown.retry_after_ms;
  if (told !== undefined) return told > PATIENCE_MS ? undefined : told;
  const longest = Math.min(FIRST_PAUSE_MS * 2 ** (retry - 1), LONGEST_PAUSE_MS);
  // Many clients that failed together must not come back together.
  return longest / 2 + (Math.random() * longest) / 2;
}

export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
  if (!signal.aborted) return;
  const { reason } = signal as { reason: unknown };
  throw reason instanceof ShimError ? reason : new ShimError("aborted", "the client went away");
}
