/** Whether the work grows with the length of the input, or faster. */
import { Dice } from "../../simulate/dice.ts";
import type { Target } from "../target.ts";

/** Bytes that the largest input has, about. */
const LARGE_BYTES = 400_000;
/** Below this nothing can be told; a stream of that size may well take it. */
const LEAST_MS = 250;
/** For four times the length; 4 would be exact, 16 a square. */
const MOST_RATIO = 9;

export function growthOf(target: Target, input: Uint8Array, key: number): string | undefined {
  const sized = (times: number): Uint8Array => target.grow(input, new Dice(key), times);
  const each = (sized(101).length - sized(1).length) / 100;
  if (each <= 0) return undefined;
  const times = Math.ceil((target.large_bytes ?? LARGE_BYTES) / each);
  const large = sized(times);
  const large_ms = took(target, large, 1);
  if (large_ms < LEAST_MS) return undefined;
  const settled_ms = took(target, large, 3);
  if (settled_ms < LEAST_MS) return undefined;
  const quarter = sized(Math.ceil(times / 4));
  const ratio = settled_ms / took(target, quarter, 3);
  if (ratio < MOST_RATIO) return undefined;
  return `time: ${large.length} bytes take ${settled_ms.toFixed(0)} ms, ${ratio.toFixed(1)} times those of ${quarter.length}`;
}

function took(target: Target, input: Uint8Array, runs: number): number {
  return leastOf(runs, () => target.work(input));
}

/** Of the processor, in milliseconds; the quickest of some runs tells, for memory is tidied up in others. */
function leastOf(runs: number, work: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run++) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

/** A place where data of strangers is read, and the input that is hardest for it. */
export interface Place {
  /** What is read, and which input of it. */
  name: string;
  /** Of the smaller input. Large enough that the square of it could not be missed. */
  size: number;
  /** An input of this size, made outside of what is measured. What it returns does the work. */
  prepare(size: number): () => unknown;
}

/** The larger input is so many times as large. */
export const TIMES = 8;
/** What takes less than this for the larger input grows with nothing that matters. */
const NOTHING_MS = 20;
/** Work that grows with its input comes to 8, with the square of it to 64. */
const MOST_TIMES = 20;
/** A busy machine, or memory that is tidied up, spoils some runs; only growth itself spoils all. */
const ROUNDS = 4;

export interface Measured {
  small_ms: number;
  large_ms: number;
  /** What is wrong; undefined for nothing. */
  problem: string | undefined;
}

export function measured({ size, prepare }: Place): Measured {
  let [small_ms, large_ms] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const [small, large] = [prepare(size), prepare(size * TIMES)];
  for (let round = 0; round < ROUNDS; round++) {
    small_ms = Math.min(small_ms, leastOf(1, small));
    large_ms = Math.min(large_ms, leastOf(1, large));
    if (large_ms < NOTHING_MS || large_ms < small_ms * MOST_TIMES) return { small_ms, large_ms, problem: undefined };
  }
  const ratio = (large_ms / small_ms).toFixed(1);
  const problem = `${size * TIMES} take ${large_ms.toFixed(0)} ms, ${ratio} times what ${size} take`;
  return { small_ms, large_ms, problem };
}
