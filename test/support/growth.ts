/** How the cost of something grows, as a ratio within one run: no machine's speed counts, and no neighbour. */
import { expect } from "bun:test";
import process from "node:process";

/** What is shorter is mostly noise. */
const LEAST_MS = 0.2;

/** By how much more a text of eight times the length costs: about 8 where it is linear, about 64 where it is a square. */
export function growth(run: (n: number) => () => void, n: number, runs = 9): number {
  const [small, large] = [run(n), run(n * 8)];
  large();
  return cost(large, runs) / Math.max(cost(small, runs), LEAST_MS);
}

/** Between the two, nearer to what no linear cost comes to even when memory is collected meanwhile. */
export const MOST_GROWTH = 32;

/** Work on an input of `size` costs little more than eight times as much as on an eighth of it; to prepare it costs nothing. */
export function expectLinear<Input>(
  size: number,
  prepare: (size: number) => Input,
  work: (input: Input) => void,
  runs = 5,
): void {
  const run = (n: number): (() => void) => {
    const input = prepare(n);
    return () => work(input);
  };
  expect(growth(run, Math.ceil(size / 8), runs)).toBeLessThan(MOST_GROWTH);
}

/** The cheapest of some runs: in others the compiler is at work, or memory is tidied up. */
function cost(run: () => void, runs: number): number {
  return Math.min(...Array.from({ length: runs }, () => cpu_ms(run)));
}

/** Of the processor: a busy machine takes time away, and no processor time. */
export function cpu_ms(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return Math.max(1e-3, (user + system) / 1000);
}
