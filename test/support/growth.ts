/** Work that must grow with its input, compared with the same work on less of it: no machine's speed counts. */
import { expect } from "bun:test";
import process from "node:process";

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
