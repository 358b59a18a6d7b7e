/** Chance by seed: the same seed and keys, the same numbers, whatever else is drawn in between. */

export class Dice {
  private state: number;

  constructor(...keys: number[]) {
    this.state = keys.reduce((hash, key) => Math.imul(hash ^ key, 0x9e3779b1) ^ (hash >>> 15), 0x2545f491);
    // Keys that differ in one bit must not begin alike.
    this.next();
    this.next();
  }

  /** Mulberry32. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  /** A whole number from 0 up to, not including, `most`. */
  below(most: number): number {
    return Math.floor(this.next() * most);
  }

  /** One of these; the list must not be empty. */
  of<T>(all: readonly T[]): T {
    return all[this.below(all.length)] as T;
  }

  between(least: number, most: number): number {
    return least + (most - least) * this.next();
  }

  /** Sizes and times of agents have long tails. */
  logNormal({ median, sigma, most }: Spread): number {
    const normal = Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
    return Math.min(median * Math.exp(sigma * normal), most);
  }

  exponential(mean: number): number {
    return -mean * Math.log(1 - this.next());
  }

  /** One of these, by their shares. */
  oneOf<T>(shares: readonly (readonly [T, number])[]): T {
    let left = this.next();
    for (const [each, share] of shares) if ((left -= share) < 0) return each;
    return (shares.at(-1) as readonly [T, number])[0];
  }
}

export interface Spread {
  median: number;
  sigma: number;
  most: number;
}
