/** Limits of time for the store and for background responses. */
import { StoreError } from "../store/store-error.ts";

export const BEGIN_MS = 1000; // The headers of a stored stream wait for its id to be written; deltas never wait.
export const END_MS = 5000; // The last event of a stored response waits for its commit.
export const LEASE_MS = 10_000; // A replica that has not renewed its lease for so long is dead, and what it ran has failed.
export const RENEW_MS = 1000; // A replica notices within this time that another has cancelled what it runs.
export const BATCH_MS = 100; // Events that come within this time are written together.
export const POLL_MS = 250; // A follower looks this often for events that another replica writes.
export const RETRY_FOR_MS = 30_000; // A background response that could not be written is tried again for so long.
export const MOST_RUNS = 100; // One replica runs so many responses in the background.

/** What takes longer has failed; it may be written all the same. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StoreError("unavailable", `the store did not answer within ${ms} ms`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
