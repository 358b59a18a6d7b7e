/** Notices an upstream that has fallen silent: a lost connection is otherwise never noticed. */
import { ShimError } from "../../core/errors.ts";
import { abortReason } from "../pause.ts";
import { reasonOf } from "./fetching.ts";

/** Silence is noticed this late at most. */
const CHECK_MS = 15_000;

export class IdleWatch {
  private readonly abort: AbortController;
  private readonly idle_ms: number;
  private readonly timer: ReturnType<typeof setInterval>;
  private readonly pausing: () => boolean;
  private waitingSince: number | undefined;

  /** `pausing`: we wait by ourselves before the next attempt, which is no silence of the upstream. */
  constructor(abort: AbortController, idle_ms: number, pausing: () => boolean = () => false) {
    this.abort = abort;
    this.idle_ms = idle_ms;
    this.pausing = pausing;
    this.timer = setInterval(() => this.giveUpIfSilent(), Math.min(idle_ms / 4, CHECK_MS));
  }

  /** The upstream is waited for from now on; the same as `wait`, for who reads often and cannot afford a promise each time. */
  waiting(): void {
    this.waitingSince = performance.now();
  }

  waited(): void {
    this.waitingSince = undefined;
  }

  /** Only while the upstream is waited for: a client that does not read is no silence of the upstream. */
  async wait<T>(promise: Promise<T>): Promise<T> {
    this.waiting();
    return promise.finally(() => this.waited());
  }

  end(): void {
    clearInterval(this.timer);
  }

  private giveUpIfSilent(): void {
    if (this.waitingSince !== undefined && this.pausing()) this.waitingSince = performance.now();
    if (this.waitingSince === undefined || performance.now() - this.waitingSince < this.idle_ms) return;
    const words = `the upstream has been silent for ${Math.round(this.idle_ms / 1000)} s`;
    this.abort.abort(new ShimError("upstream_timeout", words));
  }
}

/** Ends a request to an upstream when its client leaves, or before. */
export function abortWith(signal: AbortSignal): AbortController {
  const abort = new AbortController();
  if (signal.aborted) abort.abort();
  else signal.addEventListener("abort", () => abort.abort(), { once: true });
  return abort;
}

/** What reading a reply failed with, where that is the connection's fault; errors of ours stay. */
export function brokenReply(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted || error instanceof ShimError || (error instanceof Error && error.name === "AbortError"))
    return error;
  return new ShimError("upstream_protocol", `the upstream's connection broke in mid-reply: ${reasonOf(error)}`, {
    cause: error,
  });
}

/** What ended a request that was given up, or the error as it is. */
export function whyAborted(error: unknown, signal: AbortSignal): unknown {
  return error instanceof ShimError || !signal.aborted ? error : abortReason(signal);
}
