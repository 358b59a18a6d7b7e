/** How long the store is waited for, and how long a running response is believed to run. */
import { StoreError } from "../store/store-error.ts";

/** The head of a stored stream waits for its id to be written; deltas never wait. */
export const BEGIN_MS = 1000;
/** The last event of a stored answer waits for its commit. */
export const END_MS = 5000;
/** A replica that has not renewed for so long is dead, and what it ran has failed. */
export const LEASE_MS = 10_000;
/** How soon a replica hears that another has cancelled what it runs. */
export const RENEW_MS = 1000;
/** Events are written together that come within this time. */
export const BATCH_MS = 100;
/** How often a follower looks for events that another replica writes. */
export const POLL_MS = 250;
/** An answer in the background that could not be written is tried again for so long. */
export const RETRY_FOR_MS = 30_000;
/** How many may run in the background of one replica. */
export const MOST_RUNS = 100;

/** What takes longer has failed; it may be written all the same. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StoreError("unavailable", `the store did not answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
