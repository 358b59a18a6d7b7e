/**
 * Where each thread was last, for what a request does not tell of itself: when that was, and how much its host has in
 * its cache. Bounded; a server without it decides from the request alone.
 */

export interface Warm {
  provider: string;
  model: string;
  at_ms: number;
  /** Of the last prompt and its answer: what the host's cache may hold. */
  input_tokens: number;
}

const MAX_THREADS = 4096;
/** Clients name them. Of longer names, thousands would be too much to keep. */
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

  /** After an answer of a turn; small requests besides the turns leave no mark. */
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
