/** Waiting that ends when the client leaves. */
import { ShimError } from "../core/errors.ts";

/** Throws what the signal was aborted with. */
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
  if (signal.aborted) throw abortReason(signal);
}

/** What a signal was aborted with, where that is an error of ours; else that the client went away. */
export function abortReason({ reason }: { readonly reason: unknown }): ShimError {
  return reason instanceof ShimError ? reason : new ShimError("aborted", "the client went away");
}

/** What a promise gives within this time; undefined afterwards. */
export function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), ms)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
