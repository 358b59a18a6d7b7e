/** What somebody who mistyped a word meant. */
import { closest, distance } from "fastest-levenshtein";

/** The candidate that differs least, if it is close at all. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (candidates.length === 0) return undefined;
  const lower = word.toLowerCase();
  const best = closest(lower, candidates);
  const changes = distance(lower, best.toLowerCase());
  return changes <= Math.max(2, word.length / 3) && changes < Math.min(word.length, best.length) ? best : undefined;
}

/** Advice after an unknown word: the nearest candidate, where one is near, and all of them. */
export function choicesText(word: string, candidates: readonly string[]): string {
  const near = nearest(word, candidates);
  return `${near === undefined ? "use" : `did you mean ${near}? Use`} one of: ${candidates.join(", ")}`;
}
