/** One candidate of a plan, with everything that the plan considers; and the orders in which rows are tried. */
import { keyOf, type Candidate, type Preference, type RoutingState, type Standing } from "./candidate.ts";
import { conditionsOf, CONDITIONS, type Condition, type ConditionName, type PlanRequest } from "./conditions.ts";
import { cachedTokens, estimateOf, promptTokens, type Estimate } from "./estimate.ts";
import { isDown } from "./health.ts";

export interface Row {
  candidate: Candidate;
  /** Its place in the route's list. */
  order: number;
  standing: Standing;
  conditions: Condition[];
  /** It failed recently, is being retried, or has a queue. */
  down: boolean;
  /** Whether it has a necessary capability is unknown. */
  uncertain: boolean;
  /** How far it is from conditions that no candidate meets. */
  short: number;
  estimate: Estimate;
}

/**
 * Local machines serve few requests at once, and take seconds to minutes for an agent's prompt: one request may wait for
 * its turn, more go elsewhere. Remote upstreams report by themselves that they are full.
 */
export function isBusy({ local, info }: Candidate, { running = 0 }: Standing): boolean {
  return local && running > (info.slots ?? 1);
}

/** The estimate is that of a candidate without the thread in its cache. */
export function rowOf(candidate: Candidate, order: number, request: PlanRequest, state: RoutingState): Row {
  const { facts } = request;
  const standing = state.standings[keyOf(candidate)] ?? {};
  const conditions = conditionsOf(candidate, request, promptTokens(facts, standing));
  const down = isDown(standing.health) || isBusy(candidate, standing);
  const uncertain = doubtOf({ conditions }) !== undefined;
  const estimate = estimateOf(candidate, facts, standing, 0);
  return { candidate, order, standing, conditions, down, uncertain, short: 0, estimate };
}

/** The estimate for the thread's own candidate, whose cache is warm. */
export function warmUp(row: Row, { facts }: PlanRequest, state: RoutingState, now_ms: number): void {
  const { candidate, standing } = row;
  row.estimate = estimateOf(candidate, facts, standing, cachedTokens(candidate, facts, standing, state.warm, now_ms));
}

export const failedOf = ({ conditions }: Row): Condition[] => conditions.filter(({ ok }) => !ok);

/** Nearly all models take tools; whether the prompt fits and whether images are taken has to be known. */
export const doubtOf = ({ conditions }: Pick<Row, "conditions">): Condition | undefined =>
  conditions.find(({ what, unknown }) => unknown && (what === "window" || what === "images"));

export const isAllowed = ({ conditions }: Row): boolean => conditions.every(({ what, ok }) => ok || what !== "egress");

/** Whether it meets every hard condition, except one that is waived. */
export const meetsMusts = ({ conditions }: Row, waived?: ConditionName): boolean =>
  conditions.every(({ what, ok }) => ok || what === waived || CONDITIONS[what] !== "must");

const IF_ANY = (Object.keys(CONDITIONS) as ConditionName[]).filter((what) => CONDITIONS[what] === "if_any");

/** The rows that meet every hard condition. One that no candidate meets is waived: the nearest ones come first. */
export function capableOf(rows: readonly Row[], waived?: ConditionName): Row[] {
  let capable = rows.filter((row) => meetsMusts(row, waived));
  for (const what of IF_ANY) {
    const meeting = capable.filter(({ conditions }) => conditions.every((each) => each.what !== what || each.ok));
    if (meeting.length > 0) capable = meeting;
    else for (const row of capable) row.short += row.conditions.find((each) => each.what === what)?.short ?? 0;
  }
  return capable;
}

/**
 * The order in which candidates are tried, before the thread is considered. The unknown comes after the known: a price
 * within `cheapest`, a context window or image support before all preference.
 */
export function byPreference(rows: readonly Row[], prefer: Preference): Row[] {
  const ranked = rows.map((row) => ({ row, rank: rankOf(row, prefer) }));
  return ranked.toSorted((a, b) => compare(a.rank, b.rank)).map(({ row }) => row);
}

function rankOf(row: Row, prefer: Preference): number[] {
  // A queue is better than an upstream that fails.
  const down = Number(row.down) + Number(isDown(row.standing.health));
  return [down, row.short, Number(row.uncertain), ...preferenceRank(row, prefer), row.order];
}

function preferenceRank({ candidate, standing, estimate }: Row, prefer: Preference): number[] {
  const cost = estimate.cost_usd ?? Infinity;
  const time = estimate.whole_ms ?? Infinity;
  const loaded = candidate.info.loaded === true ? 0 : 1;
  switch (prefer) {
    case "cheapest":
      return [cost, loaded, time];
    case "fastest":
      // One that has never been used gets one chance; after that its first reply must be measured.
      return [time !== Infinity ? 1 : (standing.speed?.asked ?? 0) === 0 ? 0 : 2, time, cost];
    case "local_first":
      return [candidate.local ? 0 : 1, cost, loaded, time];
    case "ordered":
      return [];
  }
}

/**
 * From the weakest to the strongest. The strength of a model is unknown; it is approximated by the user's own order for a
 * route that has one, else by the price of output, then the context window, then the place in the list. A local model
 * without a price counts as weakest, a remote one as weaker than all with a price.
 */
export function byStrength(rows: readonly Row[], prefer: Preference): Row[] {
  if (prefer === "ordered") return rows.toSorted((a, b) => a.order - b.order);
  const strength = ({ candidate: { info, local }, order }: Row): number[] => {
    const price = info.price?.output ?? (local ? 0 : Number.MIN_VALUE);
    return [price, info.context_window ?? 0, order];
  };
  return rows.toSorted((a, b) => compare(strength(a), strength(b)));
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) {
    const [x = 0, y = 0] = [a[i], b[i]];
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}
