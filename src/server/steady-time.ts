/**
 * The time of day for ages of what is deleted for good: no setting of the clock within this run makes things older.
 * The machine's uptime goes on while it sleeps, as this process's own clock does not.
 */
import { uptime } from "node:os";

export class SteadyTime {
  private readonly start_ms: number;
  private readonly start_up_s: number;

  constructor() {
    this.start_ms = Date.now();
    this.start_up_s = uptime();
  }

  /** Milliseconds since 1970. Where the clock was set forward it is the old one's time, where it was set back the new one's. */
  now(): number {
    return Math.min(Date.now(), this.start_ms + (uptime() - this.start_up_s) * 1000);
  }
}
