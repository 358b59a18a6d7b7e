/** Failures of an upstream after which the same request, or nearly the same, is sent again before the client hears. */
import { ShimError } from "../core/errors.ts";

const LOADING_PAUSE_MS = 1000;
/** A model of some 100 GB from a slow disk. */
const LOADING_LIMIT_MS = 10 * 60_000;

/** Asks again until the upstream has loaded its model; meanwhile the client gets heartbeats. */
export async function whenLoaded(send: () => Promise<Response>, signal: AbortSignal): Promise<Response> {
  const end = performance.now() + LOADING_LIMIT_MS;
  for (;;) {
    try {
      return await send();
    } catch (thrown) {
      const loading = thrown instanceof ShimError && thrown.kind === "model_loading";
      if (!loading || signal.aborted || performance.now() > end) throw thrown;
    }
    await new Promise((resolve) => setTimeout(resolve, LOADING_PAUSE_MS));
    if (signal.aborted) throw new ShimError("aborted", "the client went away");
  }
}

/**
 * Whether the upstream refuses the reasoning effort, which only tunes: Ollama 0.33 does for every model that does not
 * think, and others for values that they do not know.
 */
export function refusesEffort(error: unknown): boolean {
  if (!(error instanceof ShimError) || (error.kind !== "unsupported" && error.kind !== "invalid_request")) return false;
  return /does not support thinking|reasoning[_ .]?(?:effort|value)/i.test(error.message);
}
