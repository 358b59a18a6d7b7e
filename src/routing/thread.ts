/** Where a thread is warm, and whether it stays there. */
import type { Preference, RoutingState } from "./candidate.ts";
import { estimateOf, oldTokens } from "./estimate.ts";
import type { TurnFacts } from "./facts.ts";
import type { Row } from "./row.ts";

/** The candidate where the thread is. */
export interface Home {
  row: Row;
  /**
   * `turn`: the current turn began there, by the reasoning since the last user message, or by what the client sends back.
   * `thread`: an earlier turn did, by the newest reasoning in the history. `table`: only this server remembers. The
   * request comes first, so that every replica decides alike.
   */
  by: "turn" | "thread" | "table";
}

export function homeOf(rows: readonly Row[], facts: TurnFacts, { began_by, warm }: RoutingState): Home | undefined {
  const providers = [began_by?.provider, warm?.provider];
  const turn = ofModel(rows, facts.thinks_now, providers) ?? begun(rows, facts, began_by, warm?.model);
  if (turn) return { row: turn, by: "turn" };
  const thread = ofModel(rows, facts.thought_by[0], providers);
  if (thread) return { row: thread, by: "thread" };
  const row = rows.find(({ candidate }) => candidate.provider === warm?.provider && candidate.model === warm.model);
  return row && { row, by: "table" };
}

/** Several providers may have the model: `providers` are the more likely ones. */
function ofModel(
  rows: readonly Row[],
  model: string | undefined,
  providers: readonly (string | undefined)[],
): Row | undefined {
  if (model === undefined) return undefined;
  const same = rows.filter(({ candidate }) => candidate.model === model);
  for (const provider of providers) {
    const row = same.find(({ candidate }) => candidate.provider === provider);
    if (row) return row;
  }
  return same[0];
}

function begun(
  rows: readonly Row[],
  facts: TurnFacts,
  began_by: RoutingState["began_by"],
  remembered: string | undefined,
): Row | undefined {
  if (!began_by) return undefined;
  const theirs = rows.filter(({ candidate }) => candidate.provider === began_by.provider);
  for (const model of [began_by.model, facts.thought_by[0], remembered]) {
    const row = theirs.find(({ candidate }) => candidate.model === model);
    // A turn may have outgrown the candidate that began it: then it is somewhere else by now.
    if (row) return row.conditions.every(({ ok }) => ok) ? row : undefined;
  }
  return began_by.model === undefined && theirs.length === 1 ? theirs[0] : undefined;
}

/** Requests that a thread is expected to make yet, over which a cold start must pay off. */
export const CALLS_TO_COME = 10;
/** The least share of the cost of staying that a move must save: estimates are rough, and a thread must not waver. */
const LEAST_GAIN = 0.2;

export interface Move {
  to: Row;
  /** Over the requests to come: USD or milliseconds. */
  stay: number;
  move: number;
}

/** The best candidate to move to, if that pays off; an unknown cost or speed never does. */
export function betterPlace(home: Row, others: readonly Row[], facts: TurnFacts, prefer: Preference): Move | undefined {
  if (prefer === "ordered") return undefined;
  const stay = restOf(home, facts, prefer);
  let best: Move | undefined;
  for (const to of others) {
    if (to === home || to.down || (to.uncertain && !home.uncertain) || to.short > home.short) continue;
    if (prefer === "local_first" && home.candidate.local && !to.candidate.local) continue;
    const move = restOf(to, facts, prefer);
    if (move < stay * (1 - LEAST_GAIN) && stay !== Infinity && move < (best?.move ?? Infinity))
      best = { to, stay, move };
  }
  return best;
}

/** This request as it stands, and the others with a warm cache. */
function restOf({ candidate, standing, estimate }: Row, facts: TurnFacts, prefer: Preference): number {
  const warm = estimateOf(candidate, facts, standing, oldTokens(facts, standing));
  const [now, later] = prefer === "fastest" ? [estimate.whole_ms, warm.whole_ms] : [estimate.cost_usd, warm.cost_usd];
  return (now ?? Infinity) + (CALLS_TO_COME - 1) * (later ?? Infinity);
}
