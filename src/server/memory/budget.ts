/**
 * One ceiling for all request bodies and replies that are held at once. Each request has a hold of its own, which grows
 * and shrinks with what it needs; the sum never exceeds the ceiling.
 */
import { ShimError } from "../../core/errors.ts";
import { collectGarbage } from "./collect.ts";

/** How long a request waits for memory: most of it is needed only until a request has been sent. */
const WAIT_MS = 2000;
const COME_BACK_MS = 2000;
/** Bodies that are being read take no more of the ceiling, or none of them could be processed. */
const READING_SHARE = 1 / 2;

interface Waiting {
  bytes: number;
  admit(): void;
}

export class MemoryBudget {
  /** In bytes. */
  readonly ceiling: number;
  held = 0;
  /** What bodies that are being read take of it. */
  reading = 0;
  /** How many requests were refused for want of memory. */
  refused = 0;
  private readonly line = new Set<Waiting>();
  private readonly wait_ms: number;

  constructor(ceiling: number, wait_ms = WAIT_MS) {
    this.ceiling = ceiling;
    this.wait_ms = wait_ms;
  }

  /** For /health. */
  state(): { held_mb: number; max_mb: number; refused: number } {
    const { held, ceiling, refused } = this;
    return { held_mb: Math.round(held / MB), max_mb: Math.round(ceiling / MB), refused };
  }

  private get megabytes(): string {
    return `${Math.round(this.ceiling / MB)} MB`;
  }

  hold(): Hold {
    return new Hold(this);
  }

  /** The most that a body may take while it is read. */
  get most_for_reading(): number {
    return this.ceiling * READING_SHARE;
  }

  /** Whether so much more can be read now. */
  hasFor(bytes: number): boolean {
    return this.held + bytes <= this.ceiling && this.reading + bytes <= this.most_for_reading;
  }

  /** False where that is too much now. */
  take(bytes: number): boolean {
    if (this.held + bytes > this.ceiling) return false;
    this.held += bytes;
    return true;
  }

  release(bytes: number): void {
    this.held -= bytes;
    for (const waiting of this.line) {
      if (!this.take(waiting.bytes)) return;
      this.line.delete(waiting);
      waiting.admit();
    }
  }

  /** First come, first served. Rejects with a ShimError when the memory does not come free in time. */
  async takeInTime(bytes: number): Promise<void> {
    if (this.line.size === 0 && this.take(bytes)) return;
    await new Promise<void>((resolve, reject) => {
      const admit = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const waiting: Waiting = { bytes, admit };
      const timer = setTimeout(() => {
        this.line.delete(waiting);
        this.release(0); // Smaller ones may have waited behind it.
        reject(this.full());
      }, this.wait_ms);
      this.line.add(waiting);
    });
  }

  /** For a request that could not be served even if it were alone. */
  never(): ShimError {
    this.refused++;
    const words = `the request and its reply need more memory than all of them may take (${this.megabytes}, max_memory_mb)`;
    return new ShimError("payload_too_large", words);
  }

  full(): ShimError {
    this.refused++;
    return new ShimError(
      "overloaded",
      `requests and replies take all of the memory that they may (${this.megabytes}, max_memory_mb)`,
      { retry_after_ms: COME_BACK_MS },
    );
  }
}

const MB = 1024 * 1024;

/**
 * What one request takes of the budget. Throws ShimErrors: `overloaded` where there is no memory now, `payload_too_large`
 * where there never is.
 */
export class Hold {
  private readonly budget: MemoryBudget;
  private bytes = 0;
  /** Of these: for a body that is being read. */
  private reading = 0;
  private ended = false;

  constructor(budget: MemoryBudget) {
    this.budget = budget;
  }

  /** Throws where there is no place for a body that has been announced. Takes nothing. */
  expect(bytes: number): void {
    this.refuseImpossible(bytes, this.reading + bytes);
    if (!this.budget.hasFor(bytes)) throw this.budget.full();
  }

  /** Takes more for a body that is being read. */
  growReading(by: number): void {
    this.expect(by);
    this.grow(by);
    this.reading += by;
    this.budget.reading += by;
  }

  /** The body is there. */
  hasRead(): void {
    this.budget.reading -= this.reading;
    this.reading = 0;
  }

  /** Takes more at once. */
  grow(by: number): void {
    if (this.ended || by <= 0) return;
    this.refuseImpossible(by);
    if (!this.budget.take(by)) throw this.budget.full();
    this.bytes += by;
  }

  /** Waits for it, but not for long. */
  async growInTime(by: number): Promise<void> {
    if (this.ended || by <= 0) return;
    this.refuseImpossible(by);
    await this.budget.takeInTime(by);
    if (this.ended) this.budget.release(by);
    else this.bytes += by;
  }

  /** To come back helps only where others hold the memory. */
  private refuseImpossible(by: number, reading = 0): void {
    const { ceiling, most_for_reading } = this.budget;
    if (this.bytes + by > ceiling || reading > most_for_reading) throw this.budget.never();
  }

  /** Needs no more than this from now on; what it had besides is garbage. */
  shrinkTo(bytes: number): void {
    const freed = this.bytes - bytes;
    if (this.ended || freed <= 0) return;
    this.bytes = bytes;
    collectGarbage(freed);
    this.budget.release(freed);
  }

  end(): void {
    this.hasRead();
    this.shrinkTo(0);
    this.ended = true;
  }
}
