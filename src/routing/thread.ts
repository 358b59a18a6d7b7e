/** Where a thread is warm, and whether it stays there. */
import type { Candidate, Preference, RoutingState } from "./candidate.ts";
import { estimateOf, oldTokens } from "./estimate.ts";
import type { TurnFacts } from "./facts.ts";
import type { Row } from "./row.ts";

/**
 * `turn`: the very turn that is going on was begun there, by what its model has thought since the user spoke, or by what
 * the client sends back. `thread`: an earlier one was, by the newest reasoning in the history. `table`: nothing of that,
 * but this server remembers. The request comes first, so that every replica decides alike.
 */
type Evidence = "turn" | "thread" | "table";

export interface Home<C extends Candidate = Candidate> {
  row: Row<C>;
  by: Evidence;
}

export function homeOf<C extends Candidate>(
  rows: readonly Row<C>[],
  facts: TurnFacts,
  { began_by, warm }: RoutingState,
): Home<C> | undefined {
  const hints = [began_by?.provider, warm?.provider];
  const found = (by: Evidence, row: Row<C> | undefined): Home<C> | undefined => row && { row, by };
  return (
    found("turn", ofModel(rows, facts.thinks_now, hints)) ??
    found("turn", begun(rows, facts, began_by, warm?.model)) ??
    found("thread", ofModel(rows, facts.thought_by[0], hints)) ??
    found("table", warm && rows.find(({ candidate }) => isThat(candidate, warm)))
  );
}

/** Several providers may have the model: the hints say whose it was. */
function ofModel<C extends Candidate>(
  rows: readonly Row<C>[],
  model: string | undefined,
  hints: readonly (string | undefined)[],
): Row<C> | undefined {
  if (model === undefined) return undefined;
  const same = rows.filter(({ candidate }) => candidate.model === model);
  for (const hint of hints) {
    const row = same.find(({ candidate }) => candidate.provider === hint);
    if (row) return row;
  }
  return same[0];
}

function begun<C extends Candidate>(
  rows: readonly Row<C>[],
  facts: TurnFacts,
  began_by: RoutingState["began_by"],
  remembered: string | undefined,
): Row<C> | undefined {
  if (!began_by) return undefined;
  const theirs = rows.filter(({ candidate }) => candidate.provider === began_by.provider);
  for (const model of [began_by.model, facts.thought_by[0], remembered]) {
    const row = theirs.find(({ candidate }) => candidate.model === model);
    // A turn may have outgrown who began it: then it is somewhere else by now.
    if (row) return row.conditions.every(({ ok }) => ok) ? row : undefined;
  }
  return began_by.model === undefined && theirs.length === 1 ? theirs[0] : undefined;
}

const isThat = (a: { provider: string; model: string }, b: { provider: string; model: string }): boolean =>
  a.provider === b.provider && a.model === b.model;

/** Calls that a thread is expected to make yet, over which a cold start must pay. */
export const CALLS_TO_COME = 10;
/** What moving must save at least of what staying would take: estimates are rough, and a thread must not waver. */
const LEAST_GAIN = 0.2;

export interface Move<C extends Candidate = Candidate> {
  to: Row<C>;
  /** Over the calls to come: USD or milliseconds. */
  stay: number;
  move: number;
}

/** The best place to move to, if that pays; what is unknown never does. */
export function betterPlace<C extends Candidate>(
  home: Row<C>,
  others: readonly Row<C>[],
  facts: TurnFacts,
  prefer: Preference,
): Move<C> | undefined {
  if (prefer === "ordered") return undefined;
  const stay = restOf(home, facts, prefer);
  let best: Move<C> | undefined;
  for (const to of others) {
    if (to === home || to.down || (to.uncertain && !home.uncertain) || to.short > home.short) continue;
    if (prefer === "local_first" && home.candidate.local && !to.candidate.local) continue;
    const move = restOf(to, facts, prefer);
    if (move < stay * (1 - LEAST_GAIN) && stay !== Infinity && move < (best?.move ?? Infinity))
      best = { to, stay, move };
  }
  return best;
}

/** This call as things stand, and the others with a cache that has grown warm. */
function restOf({ candidate, standing, estimate }: Row, facts: TurnFacts, prefer: Preference): number {
  const warm = estimateOf(candidate, facts, standing, oldTokens(facts, standing));
  const [now, later] = prefer === "fastest" ? [estimate.whole_ms, warm.whole_ms] : [estimate.cost_usd, warm.cost_usd];
  return (now ?? Infinity) + (CALLS_TO_COME - 1) * (later ?? Infinity);
}
