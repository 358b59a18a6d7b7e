/** Holds the soak to a share of one core: threads pause longer when it takes more. */
const MOST_MS = 2000;

export class Pace {
  /** Between two turns of a thread. */
  pause_ms = 5;
  private readonly share: number;
  private readonly cpu_ms: () => number;
  private before: { at_ms: number; cpu_ms: number };

  constructor(share: number, cpu_ms: () => number) {
    this.share = share;
    this.cpu_ms = cpu_ms;
    this.before = { at_ms: performance.now(), cpu_ms: cpu_ms() };
  }

  adjust(): void {
    const now = { at_ms: performance.now(), cpu_ms: this.cpu_ms() };
    const used = (now.cpu_ms - this.before.cpu_ms) / (now.at_ms - this.before.at_ms);
    this.before = now;
    this.pause_ms = Math.min(MOST_MS, Math.max(1, this.pause_ms * (used > this.share ? 1.3 : 0.85)));
  }
}
