/** How the cost of something grows, as a ratio within one run. */

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
