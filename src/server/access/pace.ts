/**
 * How fast requests without a valid key get their responses: some at once, then one after another, for each network and
 * for all together. A request with a valid key never comes here.
 */

interface PaceLimits {
  /** So many at once, after a time without any. */
  burst: number;
  /** Then one in so many milliseconds. */
  interval_ms: number;
  /** The most that wait at a time. None waits as long as Bun keeps a connection on which nothing is sent. */
  waiting: number;
}

const EACH: PaceLimits = { burst: 20, interval_ms: 100, waiting: 128 };
const ALL: PaceLimits = { burst: 200, interval_ms: 10, waiting: 1000 };
/** Whoever has more networks than this meets the limit for all. */
const MOST_NETWORKS = 4096;

/** The entries that were put last, `most` of them. */
export class Recent<Value> extends Map<string, Value> {
  private readonly most: number;

  constructor(most: number) {
    super();
    this.most = most;
  }

  put(key: string, value: Value): void {
    this.delete(key);
    this.set(key, value);
    for (const oldest of this.keys()) {
      if (this.size <= this.most) return;
      this.delete(oldest);
    }
  }
}

export class Pace {
  /** When the next one of a network is due. */
  private readonly due = new Recent<number>(MOST_NETWORKS);
  private due_all = -Infinity;
  private waiting = 0;
  private readonly limits: { each: PaceLimits; all: PaceLimits };

  constructor(limits: { each?: PaceLimits; all?: PaceLimits } = {}) {
    this.limits = { each: EACH, all: ALL, ...limits };
  }

  /** How many networks are remembered. */
  get size(): number {
    return this.due.size;
  }

  /** Resolves with true when it is this one's turn, or at once with false when too many wait: `most` in all. */
  async take(network: string, now_ms: number, most = Infinity): Promise<boolean> {
    const wait_ms = this.next(network, now_ms, Math.min(most, this.limits.all.waiting));
    if (wait_ms === undefined) return false;
    if (wait_ms === 0) return true;
    this.waiting++;
    await new Promise((resolve) => setTimeout(resolve, wait_ms));
    this.waiting--;
    return true;
  }

  private next(network: string, now_ms: number, most: number): number | undefined {
    const own = nextDue(this.due.get(network), this.limits.each, now_ms);
    const all = nextDue(this.due_all, this.limits.all, now_ms);
    if (own === undefined || all === undefined) return undefined;
    const wait_ms = Math.max(0, own - now_ms, all - now_ms);
    if (wait_ms > 0 && this.waiting >= most) return undefined;
    this.due_all = all;
    this.due.put(network, own);
    return wait_ms;
  }
}

/** Undefined when too many are due before it. */
function nextDue(due = -Infinity, { burst, interval_ms, waiting }: PaceLimits, now_ms: number): number | undefined {
  const next = Math.max(due, now_ms - burst * interval_ms) + interval_ms;
  return next - now_ms > waiting * interval_ms ? undefined : next;
}
