/**
 * When this process itself stood still, as on a machine that is busy with others: the hosts live here, so that for the
 * shim they were silent then.
 */
const TICK_MS = 100;
/** Long enough to make a host's pause into a silence. */
const STALL_MS = 1500;
/** So long a stall may be to blame. */
const LATER_MS = 10_000;

export class Stalls {
  count = 0;
  longest_ms = 0;
  private last = performance.now();
  private stalled_at = Number.NEGATIVE_INFINITY;
  private readonly timer: ReturnType<typeof setInterval>;

  constructor() {
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  /** Whether a silence that is told now may be one of this process. */
  get toBlame(): boolean {
    this.tick();
    return performance.now() - this.stalled_at < LATER_MS;
  }

  end(): void {
    clearInterval(this.timer);
  }

  private tick(): void {
    const now = performance.now();
    const stood_ms = now - this.last;
    this.last = now;
    if (stood_ms < STALL_MS) return;
    this.count++;
    this.longest_ms = Math.max(this.longest_ms, stood_ms);
    this.stalled_at = now;
  }
}
