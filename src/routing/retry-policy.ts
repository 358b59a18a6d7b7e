/**
 * What happens after a failed attempt: one decision, whether forwarded or translated, streamed or whole. Pure: the caller
 * brings the facts and carries the decision out.
 */
import { ERROR_KINDS, type ShimError } from "../core/errors.ts";

/** How many attempts one request may take. */
export interface RetryLimits {
  /** How often a request is sent again that was refused or failed before the reply began. */
  request_max_retries: number;
  /** How often a stream is started again that broke before its first item. */
  stream_max_retries: number;
  /** How long to wait for a model that is loading. */
  load_wait_ms: number;
  /** Remedies for refusals, for one candidate and for one request. */
  candidate_max_remedies: number;
  request_max_remedies: number;
  /** A longer pause of an upstream's is returned to the client instead. */
  longest_wait_ms: number;
}

export const RETRY_LIMITS: Omit<RetryLimits, "request_max_retries" | "stream_max_retries"> = {
  // A model of some 100 GB from a slow disk.
  load_wait_ms: 10 * 60_000,
  candidate_max_remedies: 12,
  request_max_remedies: 16,
  longest_wait_ms: 30_000,
};

/** The failed attempt, and those before it. */
export interface FailedAttempt {
  error: ShimError;
  /** The upstream's headers had accepted the request. */
  answered: boolean;
  /** What the client has of this reply. Once it has an item, no other attempt is possible. */
  client_has: "nothing" | "headers" | "items";
  /** Requests to this candidate that were sent again, and streams that were started again. */
  retries: number;
  restarts: number;
  loading_ms: number;
  candidate_remedies: number;
  request_remedies: number;
  /** Retries at a busy upstream in any case, since the thread's cache there is worth the wait. */
  patience: number;
  has_remedy: boolean;
  /** The history can be shortened, and the client allows it. */
  can_shorten: boolean;
  has_other: boolean;
  /** A random number from 0 to 1: many clients that failed together must not retry together. */
  chance: number;
}

/** Send the same request again after a pause, or changed; use the next candidate; or return the error to the client. */
export type RetryDecision =
  | { do: "wait"; wait_ms: number; why: "loading" | "retry" | "restart" }
  | { do: "remedy" | "shorten" | "next" | "report" };

const LOADING_PAUSE_MS = 1000;

export function decideRetry(failed: FailedAttempt, limits: RetryLimits): RetryDecision {
  if (failed.client_has === "items") return { do: "report" };
  const same = failed.answered ? restart(failed, limits) : again(failed, limits);
  return same ?? { do: failed.has_other ? "next" : "report" };
}

/** After the upstream accepted the request; undefined where this candidate is not tried again. */
function restart({ error, restarts, chance }: FailedAttempt, limits: RetryLimits): RetryDecision | undefined {
  if (restarts >= limits.stream_max_retries) return undefined;
  const wait_ms = pauseBefore(restarts + 1, error, limits, chance);
  return wait_ms === undefined ? undefined : { do: "wait", wait_ms, why: "restart" };
}

/** Before the upstream accepted the request; undefined where this candidate is not tried again. */
function again(failed: FailedAttempt, limits: RetryLimits): RetryDecision | undefined {
  const { error, retries, patience, chance } = failed;
  if (error.kind === "model_loading")
    return failed.loading_ms < limits.load_wait_ms
      ? { do: "wait", wait_ms: LOADING_PAUSE_MS, why: "loading" }
      : undefined;
  const may_remedy =
    failed.candidate_remedies < limits.candidate_max_remedies && failed.request_remedies < limits.request_max_remedies;
  if (failed.has_remedy && may_remedy) return { do: "remedy" };
  if (failed.can_shorten && error.kind === "context_overflow") return { do: "shorten" };
  const is_full = error.kind === "rate_limited" || error.kind === "overloaded";
  // Only a busy upstream is worth the wait: one that fails for another reason may fail for long.
  if (retries >= Math.max(limits.request_max_retries, is_full ? patience : 0)) return undefined;
  const wait_ms = pauseBefore(retries + 1, error, limits, chance);
  return wait_ms === undefined ? undefined : { do: "wait", wait_ms, why: "retry" };
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 8000;

/** How long to wait before this retry, counted from 1; undefined when none would help. */
function pauseBefore(
  retry: number,
  { kind, retry_after_ms }: Pick<ShimError, "kind" | "retry_after_ms">,
  { longest_wait_ms }: Pick<RetryLimits, "longest_wait_ms">,
  chance: number,
): number | undefined {
  if (!ERROR_KINDS[kind].retry) return undefined;
  if (retry_after_ms !== undefined) return retry_after_ms > longest_wait_ms ? undefined : retry_after_ms;
  const longest = Math.min(FIRST_PAUSE_MS * 2 ** (retry - 1), LONGEST_PAUSE_MS);
  return longest / 2 + (chance * longest) / 2;
}
