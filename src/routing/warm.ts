/**
 * Where each thread was last, which a request does not show: when that was, and how much the upstream has in its cache.
 * Bounded; without an entry the request alone decides.
 */

export interface Warm {
  provider: string;
  model: string;
  at_ms: number;
  /** Of the last prompt and its reply: what the cache may hold. */
  input_tokens: number;
}

const MAX_THREADS = 4096;
/** Clients choose these names; thousands of longer ones would be too much to keep. */
const MAX_NAME = 1024;

export class WarmThreads {
  private readonly threads = new Map<string, Warm>();
  private readonly limit: number;

  constructor(limit = MAX_THREADS) {
    this.limit = limit;
  }

  get size(): number {
    return this.threads.size;
  }

  of(thread: string | undefined): Warm | undefined {
    return thread === undefined ? undefined : this.threads.get(thread);
  }

  /** After the reply of a turn; helper requests are not remembered. */
  remember(thread: string, warm: Warm): void {
    if (thread.length > MAX_NAME) return;
    this.threads.delete(thread);
    this.threads.set(thread, warm);
    const [oldest] = this.threads.keys();
    if (this.threads.size > this.limit && oldest !== undefined) this.threads.delete(oldest);
  }

  forget(thread: string): void {
    this.threads.delete(thread);
  }
}
