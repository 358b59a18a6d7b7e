/** A thread in trouble goes to a stronger candidate, and stays there as long as its history shows the trouble. */
import type { Candidate } from "./candidate.ts";
import type { Asked } from "./conditions.ts";
import { byStrength, type Row } from "./row.ts";
import { troubleWords } from "./trouble.ts";
import { nameOf } from "./words.ts";

interface Raised<C extends Candidate = Candidate> {
  /** Whom to try first, in this order. */
  rows: Row<C>[];
  reason: string;
}

/**
 * So many steps above the model that the trouble began with, or, where no reasoning tells its name, above the one that is
 * preferred: not above where the thread is now, or it would climb with each call. Undefined where all are down.
 */
export function raise<C extends Candidate>(
  able: readonly Row<C>[],
  rows: readonly Row<C>[],
  preferred: Row<C>,
  home: Row<C> | undefined,
  { facts, route }: Asked,
  steps: number,
): Raised<C> | undefined {
  const { trouble } = facts;
  const words = troubleWords(trouble);
  const ladder = byStrength(rows, route.prefer);
  const weak = ladder.find(({ candidate }) => candidate.model === trouble.began_with) ?? preferred;
  const usable = (row: Row<C>): boolean => able.includes(row) && !row.down;
  const above = ladder
    .slice(ladder.indexOf(weak) + 1)
    .filter((row) => usable(row) && row.candidate.model !== weak.candidate.model);
  if (above.length === 0) return strongest(ladder.filter(usable), home, words);
  const from = Math.min(steps, above.length) - 1;
  const [high, between] = [above.slice(from), above.slice(0, from).toReversed()];
  if (!home || !high.includes(home))
    return { rows: [...high, ...between], reason: `moved up from ${nameOf(weak)}: ${words}` };
  return {
    rows: [home, ...high.filter((row) => row !== home), ...between],
    reason: `the thread stays up, above ${nameOf(weak)}: ${words}`,
  };
}

/** With no step left a thread in trouble does not go down, whatever that would save. */
function strongest<C extends Candidate>(
  ladder: Row<C>[],
  home: Row<C> | undefined,
  words: string,
): Raised<C> | undefined {
  const top = ladder.at(-1);
  if (!top) return undefined;
  const first = home && ladder.includes(home) && home.candidate.model === top.candidate.model ? home : top;
  return { rows: [first], reason: `the strongest that can, in spite of ${words}` };
}
