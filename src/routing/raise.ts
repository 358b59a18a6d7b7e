/** A thread in trouble moves to a stronger candidate, and stays there as long as its history shows the trouble. */
import type { PlanRequest } from "./conditions.ts";
import { byStrength, type Row } from "./row.ts";
import { troubleWords } from "./trouble.ts";
import { nameOf } from "./words.ts";

interface Raised {
  rows: Row[];
  reason: string;
}

/**
 * Raises the thread this many steps above the model that the trouble began with, or, where no reasoning names it, above
 * the preferred one: not above the current one, or it would climb with each request. Undefined where all are down.
 */
export function raise(
  capable: readonly Row[],
  rows: readonly Row[],
  preferred: Row,
  home: Row | undefined,
  { facts: { trouble }, route }: PlanRequest,
  steps: number,
): Raised | undefined {
  const words = troubleWords(trouble);
  const ladder = byStrength(rows, route.prefer);
  const weak = ladder.find(({ candidate }) => candidate.model === trouble.began_with) ?? preferred;
  const isUsable = (row: Row): boolean => capable.includes(row) && !row.down;
  const above = ladder
    .slice(ladder.indexOf(weak) + 1)
    .filter((row) => isUsable(row) && row.candidate.model !== weak.candidate.model);
  if (above.length === 0) return strongest(ladder.filter(isUsable), home, words);
  const from = Math.min(steps, above.length) - 1;
  const [high, between] = [above.slice(from), above.slice(0, from).toReversed()];
  if (!home || !high.includes(home))
    return { rows: [...high, ...between], reason: `moved up from ${nameOf(weak)}: ${words}` };
  const rest = high.filter((row) => row !== home);
  return { rows: [home, ...rest, ...between], reason: `the thread stays above ${nameOf(weak)}: ${words}` };
}

/** With no step left a thread in trouble does not move down, whatever that would save. */
function strongest(ladder: readonly Row[], home: Row | undefined, words: string): Raised | undefined {
  const top = ladder.at(-1);
  if (!top) return undefined;
  const first = home && ladder.includes(home) && home.candidate.model === top.candidate.model ? home : top;
  return { rows: [first], reason: `the strongest capable one, in spite of ${words}` };
}
