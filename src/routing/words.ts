/** What a plan says of itself, in short sentences: for a header, the log and `explain`. */
import type { Preference } from "./candidate.ts";
import { isDown, type HealthView } from "./health.ts";
import { doubtOf, failedOf, isBusy, type Row } from "./row.ts";
import { CALLS_TO_COME, type Move } from "./thread.ts";

export function usd(amount: number): string {
  if (amount === 0) return "nothing";
  if (amount < 0.0001) return "less than $0.0001";
  return `$${amount.toFixed(amount < 1 ? 4 : 2)}`;
}

export function seconds(ms: number): string {
  const s = ms / 1000;
  return `${s < 10 ? s.toFixed(1) : Math.round(s)} s`;
}

export const nameOf = ({ candidate: { provider, model } }: Row): string => `${provider}/${model}`;

/** `all`: how many were looked at; `can`: how many of them can. */
export function preferenceWords(first: Row, prefer: Preference, all: number, can: number): string {
  if (all === 1) return "the only model there is";
  if (first.short > 0) return `the nearest of ${all}`;
  if (can === 1) return `the only one of ${all} that can`;
  const { candidate, estimate } = first;
  const { cost_usd: cost, first_ms } = estimate;
  switch (prefer) {
    case "ordered":
      return first.order === 0 ? "first in the route's order" : "first in the route's order that can";
    case "local_first":
      if (candidate.local) return `local, and local comes first (of ${can} that can)`;
      return cost === null ? "no local one can, and no price is known" : `no local one can; costs ${usd(cost)}`;
    case "fastest": {
      if (first_ms === null) return "not measured yet, and gets its one chance";
      const rate = first.standing.speed?.output_tokens_per_second;
      const speed = rate === undefined ? "" : `, then ${Math.round(rate)} tokens/s`;
      return `fastest of ${can} that can: first token in ${seconds(first_ms)}${speed}`;
    }
    case "cheapest":
      return cost === null
        ? `first of ${can} that can; no price is known`
        : `cheapest of ${can} that can: costs ${usd(cost)}`;
  }
}

/** Why the thread had to leave its place. */
export function leftWords(home: Row): string {
  const [failed] = failedOf(home);
  if (home.down) return `left ${nameOf(home)}, which ${downWords(home)}`;
  return failed ? `left ${nameOf(home)}: it ${failed.why}` : `left ${nameOf(home)}, which is not the nearest`;
}

export function downWords({ candidate, standing }: Row, now_ms?: number): string {
  if (!isDown(standing.health) && isBusy(candidate, standing))
    return `has ${standing.running} requests to answer already`;
  const { state, kind, until_ms }: HealthView = standing.health ?? { state: "closed" };
  const why = kind === undefined ? "has failed" : `has failed (${kind})`;
  if (state === "probing") return `${why} and is being tried again`;
  if (until_ms === undefined || now_ms === undefined) return why;
  return `${why} and is asked again in ${seconds(Math.max(0, until_ms - now_ms))}`;
}

export function moveWords(home: Row, { stay, move }: Move, prefer: Preference): string {
  const say = prefer === "fastest" ? seconds : usd;
  const verb = prefer === "fastest" ? "takes" : "costs";
  return `moved from ${nameOf(home)}: over ${CALLS_TO_COME} calls it ${verb} ${say(move)} instead of ${say(stay)}, cold start included`;
}

/** Why a candidate that could be tried is not the first. */
export function laterWords(row: Row, first: Row, prefer: Preference): string {
  const { cost_usd: cost, whole_ms: time } = row.estimate;
  if (row.short > first.short) return `is less near to what was asked: it ${failedOf(row)[0]?.why ?? "falls short"}`;
  if (row.uncertain && !first.uncertain) return doubtOf(row)?.why ?? "is less known";
  if (prefer === "ordered") return "could do it too";
  if (prefer === "fastest")
    return time === null ? "could do it too; not measured" : `could do it too, in ${seconds(time)}`;
  return cost === null ? "could do it too; no price is known" : `could do it too, and costs ${usd(cost)}`;
}
