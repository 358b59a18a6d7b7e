/** One candidate of a plan, with all that the plan weighs of it; and the orders that rows are put in. */
import { keyOf, type Candidate, type Preference, type RoutingState, type Standing } from "./candidate.ts";
import { conditionsOf, CONDITIONS, type Asked, type Condition, type ConditionName } from "./conditions.ts";
import { cachedTokens, estimateOf, promptTokens, type Estimate } from "./estimate.ts";
import { isDown } from "./health.ts";

export interface Row<C extends Candidate = Candidate> {
  candidate: C;
  /** Its place in the route's list. */
  order: number;
  standing: Standing;
  conditions: Condition[];
  /** It has failed lately, is just being tried, or has a queue. */
  down: boolean;
  /** What it must be able to do is not known for certain. */
  uncertain: boolean;
  /** How far it misses what no candidate holds. */
  short: number;
  estimate: Estimate;
}

const UNKNOWN: Standing = {};

/**
 * Machines in house answer few at once, and a prompt of an agent takes them seconds to minutes: one request may wait for
 * its turn, more go elsewhere. Hosts elsewhere say by themselves that they are full.
 */
export function isBusy({ local, info }: Candidate, { running = 0 }: Standing): boolean {
  return local && running > (info.slots ?? 1);
}

/** The estimate is that of a candidate that has never seen the thread. */
export function rowOf<C extends Candidate>(candidate: C, order: number, asked: Asked, state: RoutingState): Row<C> {
  const standing = state.standings[keyOf(candidate)] ?? UNKNOWN;
  const conditions = conditionsOf(candidate, asked, promptTokens(asked.facts, standing));
  return {
    candidate,
    order,
    standing,
    conditions,
    down: isDown(standing.health) || isBusy(candidate, standing),
    uncertain: doubtOf({ conditions }) !== undefined,
    short: 0,
    estimate: estimateOf(candidate, asked.facts, standing, 0),
  };
}

/** The same of the thread's own candidate, whose cache is warm. */
export function warmUp(row: Row, { facts }: Asked, state: RoutingState, now_ms: number): void {
  const { candidate, standing } = row;
  row.estimate = estimateOf(candidate, facts, standing, cachedTokens(candidate, facts, standing, state.warm, now_ms));
}

export const failedOf = ({ conditions }: Row): Condition[] => conditions.filter(({ ok }) => !ok);

/** Nearly all models take tools; whether a prompt fits or a picture is seen must be known. */
export const doubtOf = ({ conditions }: Pick<Row, "conditions">): Condition | undefined =>
  conditions.find(({ what, unknown }) => unknown && (what === "window" || what === "images"));

export const mayAsk = ({ conditions }: Row): boolean => conditions.every(({ what, ok }) => ok || what !== "egress");

/** Whether no hard condition fails but the one that is waived, if any is. */
export const mustsHold = ({ conditions }: Row, waived?: ConditionName): boolean =>
  conditions.every(({ what, ok }) => ok || what === waived || CONDITIONS[what] !== "must");

/** Who holds every hard condition. What no candidate holds is waived: its nearest come first. */
export function ableOf<C extends Candidate>(rows: readonly Row<C>[], waived?: ConditionName): Row<C>[] {
  let able = rows.filter((row) => mustsHold(row, waived));
  for (const what of IF_ANY) {
    const holding = able.filter(({ conditions }) => conditions.every((each) => each.what !== what || each.ok));
    if (holding.length > 0) able = holding;
    else for (const row of able) row.short += row.conditions.find((each) => each.what === what)?.short ?? 0;
  }
  return able;
}

const IF_ANY = (Object.keys(CONDITIONS) as ConditionName[]).filter((what) => CONDITIONS[what] === "if_any");

/**
 * The order in which candidates are tried, before the thread has a say. What is unknown comes after what is known:
 * a price within `cheapest`, a window or the use of images before all preference.
 */
export function byPreference<C extends Candidate>(rows: readonly Row<C>[], prefer: Preference): Row<C>[] {
  return rows
    .map((row) => ({ row, rank: rankOf(row, prefer) }))
    .toSorted((a, b) => compare(a.rank, b.rank))
    .map(({ row }) => row);
}

function rankOf(row: Row, prefer: Preference): number[] {
  // A queue is better than a host that fails.
  return [
    Number(row.down) + Number(isDown(row.standing.health)),
    row.short,
    Number(row.uncertain),
    ...wishesOf(row, prefer),
    row.order,
  ];
}

function wishesOf({ candidate, standing, estimate }: Row, prefer: Preference): number[] {
  const cost = estimate.cost_usd ?? Infinity;
  const time = estimate.whole_ms ?? Infinity;
  const loaded = candidate.info.loaded === true ? 0 : 1;
  switch (prefer) {
    case "cheapest":
      return [cost, loaded, time];
    case "fastest":
      // Who has never been asked gets one chance; who was asked and has not answered yet must wait for it.
      return [time !== Infinity ? 1 : (standing.speed?.asked ?? 0) === 0 ? 0 : 2, time, cost];
    case "local_first":
      return [candidate.local ? 0 : 1, cost, loaded, time];
    case "ordered":
      return [];
  }
}

/**
 * From the weakest to the strongest. Nobody knows how strong a model is; the stand-ins are the user's own order for a
 * route that has one, else the price of output, then the window, then the place in the list. What is in house and has no
 * price counts as weakest, what is elsewhere and has none as weaker than all that have one.
 */
export function byStrength<C extends Candidate>(rows: readonly Row<C>[], prefer: Preference): Row<C>[] {
  if (prefer === "ordered") return rows.toSorted((a, b) => a.order - b.order);
  const strength = ({ candidate: { info, local }, order }: Row): number[] => [
    info.price?.output ?? (local ? 0 : Number.MIN_VALUE),
    info.context_window ?? 0,
    order,
  ];
  return rows.toSorted((a, b) => compare(strength(a), strength(b)));
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) {
    const [x = 0, y = 0] = [a[i], b[i]];
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}
