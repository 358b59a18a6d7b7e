/** A limit of so many a minute: that many at once, and then one each time a share of the minute has passed. */
const MINUTE_MS = 60_000;

export class TokenBucket {
  readonly rpm: number;
  /** In shares of which a request takes `MINUTE_MS`, so that whole milliseconds give whole numbers. */
  private level: number;
  private at_ms: number;

  constructor(rpm: number, now_ms: number) {
    this.rpm = rpm;
    this.level = rpm * MINUTE_MS;
    this.at_ms = now_ms;
  }

  /** Zero when one could be taken; else how long until one can, in milliseconds. */
  take(now_ms: number): number {
    const passed_ms = Math.max(0, now_ms - this.at_ms);
    this.at_ms = now_ms;
    this.level = Math.min(this.rpm * MINUTE_MS, this.level + passed_ms * this.rpm);
    if (this.level < MINUTE_MS) return Math.ceil((MINUTE_MS - this.level) / this.rpm);
    this.level -= MINUTE_MS;
    return 0;
  }
}
