/** Whether the work grows with the length of the input, or faster. */
import { Dice } from "../simulate/dice.ts";
import type { Target } from "./target.ts";

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

/** Of the processor, in milliseconds; the quickest of some runs tells, for memory is tidied up in others. */
function took(target: Target, input: Uint8Array, runs: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run++) {
    const before = process.cpuUsage();
    target.work(input);
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}
