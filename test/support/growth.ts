/** Work that must grow with its input, compared with the same work on less of it: no machine's speed counts. */
import { expect } from "bun:test";
import process from "node:process";

const RUNS = 9;

/** Processor time of the cheapest of some runs, in microseconds: a busy machine takes time away, and no processor time. */
function cost(run: () => void): number {
  let least = Infinity;
  for (let i = 0; i < RUNS; i++) {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, user + system);
  }
  return least;
}

/** What is shorter is mostly noise. */
const LEAST_US = 200;

/** By how much more a text of eight times the length costs: about 8 where it is linear, about 64 where it is a square. */
export function growth(run: (n: number) => () => void, n: number): number {
  const [small, large] = [run(n), run(n * 8)];
  large();
  return cost(large) / Math.max(cost(small), LEAST_US);
}

/** Between the two, nearer to what no linear cost comes to even when memory is collected meanwhile. */
export const MOST_GROWTH = 32;

const TIMES = 8;
/** Linear work takes 8 times as long, quadratic work 64 times: between them lies thrice the one, and a third of the other. */
const MOST = 3 * TIMES;

/** Work on an input of `size` takes at most some times as long as on an eighth of it. `prepare` is not measured. */
export function expectLinear<Input>(
  size: number,
  prepare: (size: number) => Input,
  work: (input: Input) => void,
  runs = 5,
): void {
  const [less, all] = [prepare(Math.ceil(size / TIMES)), prepare(size)];
  let [small, large] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  // The best of some runs: in others the compiler is at work, or memory is tidied up.
  for (let run = 0; run < runs; run++) {
    small = Math.min(
      small,
      cpu_ms(() => work(less)),
    );
    large = Math.min(
      large,
      cpu_ms(() => work(all)),
    );
  }
  expect(large / small).toBeLessThan(MOST);
}

/** Time on a processor, not on the clock: what neighbours take does not count. */
export function cpu_ms(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return Math.max(1e-3, (user + system) / 1000);
}
