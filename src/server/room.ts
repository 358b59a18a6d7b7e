/** The concurrency limit: how many requests for a model may run at once, and how many more may wait for a place. */
import { ShimError } from "../core/errors.ts";

const COME_BACK_MS = 1000;

interface ConcurrencyLimits {
  /** Requests that run at once. */
  places: number;
  /** Requests that wait for a place. Each is held in memory, body and all. */
  waiting?: number;
  /** Not longer than this: a client that waits in silence gives up, one that gets an error comes back. */
  wait_ms?: number;
}

export class ConcurrencyLimit {
  taken = 0;
  private readonly limits: Required<ConcurrencyLimits>;
  /** Each is called when it gets a place; who came first stands first. */
  private readonly line = new Set<() => void>();

  constructor(limits: ConcurrencyLimits) {
    this.limits = { waiting: 0, wait_ms: 0, ...limits };
  }

  get waiting(): number {
    return this.line.size;
  }

  /** Undefined where there is a place at once. Throws or rejects a ShimError where there is none in time. */
  enter(signal: AbortSignal): Promise<void> | undefined {
    if (this.taken < this.limits.places) {
      this.taken++;
      return undefined;
    }
    if (this.line.size >= this.limits.waiting) throw this.full();
    return this.wait(signal);
  }

  /** The place goes to the first request that waits for it. */
  leave(): void {
    const [admit] = this.line;
    if (admit) admit();
    else this.taken--;
  }

  private wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const over = (): void => {
        this.line.delete(admit);
        clearTimeout(timer);
        signal.removeEventListener("abort", leave);
      };
      const admit = (): void => {
        over();
        resolve();
      };
      const leave = (): void => {
        over();
        reject(new ShimError("aborted", "the client went away"));
      };
      const timer = setTimeout(() => {
        over();
        reject(this.full());
      }, this.limits.wait_ms);
      this.line.add(admit);
      signal.addEventListener("abort", leave);
      if (signal.aborted) leave();
    });
  }

  private full(): ShimError {
    const { places, waiting, wait_ms } = this.limits;
    const queue = waiting > 0 ? `, and none ended within ${wait_ms} ms or ${waiting} are waiting` : "";
    return new ShimError("overloaded", `${places} requests are running already (max_requests)${queue}`, {
      retry_after_ms: COME_BACK_MS,
    });
  }
}
