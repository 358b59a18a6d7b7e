/** Counts the bytes of a reply that is held until it has ended, and takes memory for them. */
import { ShimError } from "../../core/errors.ts";
import type { Hold } from "./budget.ts";

/** Memory is taken in steps, so that most pieces of a stream cost an addition. */
const STEP_BYTES = 256 * 1024;

export class ReplyMeter {
  private readonly most_bytes: number;
  private readonly hold: Hold | undefined;
  private bytes = 0;
  private taken = 0;

  constructor(most_bytes: number, hold: Hold | undefined) {
    this.most_bytes = most_bytes;
    this.hold = hold;
  }

  /** Throws a ShimError where the reply is too long, or where there is no memory for it. */
  add(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes <= this.taken) return;
    if (this.bytes > this.most_bytes) {
      const words = `the upstream's reply is longer than ${this.most_bytes / MB} MB (max_answer_mb)`;
      throw new ShimError("upstream_protocol", words);
    }
    const more = Math.ceil((this.bytes - this.taken) / STEP_BYTES) * STEP_BYTES;
    this.hold?.grow(more);
    // Past the most allowed each piece is looked at.
    this.taken = Math.min(this.taken + more, this.most_bytes);
  }
}

const MB = 1024 * 1024;
