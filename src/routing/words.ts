/** The reasons of a plan, in short sentences: for a header, the log and `explain`. */
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

/** `all`: how many candidates there are; `capable`: how many of them are capable. */
export function preferenceWords(first: Row, prefer: Preference, all: number, capable: number): string {
  if (all === 1) return "the only candidate";
  if (first.short > 0) return `the nearest of ${all}`;
  if (capable === 1) return `the only capable one of ${all}`;
  const { candidate, estimate } = first;
  const { cost_usd: cost, first_ms } = estimate;
  switch (prefer) {
    case "ordered":
      return first.order === 0 ? "first in the route's order" : "first capable one in the route's order";
    case "local_first":
      if (candidate.local) return `local first (of ${capable} capable)`;
      return `no local one is capable; ${cost === null ? "price unknown" : `costs ${usd(cost)}`}`;
    case "fastest": {
      if (first_ms === null) return "not measured yet, so tried once";
      const rate = first.standing.speed?.output_tokens_per_second;
      const speed = rate === undefined ? "" : `, then ${Math.round(rate)} tokens/s`;
      return `fastest of ${capable} capable: first token in ${seconds(first_ms)}${speed}`;
    }
    case "cheapest":
      return cost === null
        ? `first of ${capable} capable; price unknown`
        : `cheapest of ${capable} capable: costs ${usd(cost)}`;
  }
}

/** Why the thread had to leave the candidate where it was. */
export function leftWords(home: Row): string {
  const [failed] = failedOf(home);
  if (home.down) return `left ${nameOf(home)}, which ${downWords(home)}`;
  return failed ? `left ${nameOf(home)}: it ${failed.why}` : `left ${nameOf(home)}, which is not the nearest`;
}

export function downWords({ candidate, standing }: Row, now_ms?: number): string {
  if (!isDown(standing.health) && isBusy(candidate, standing)) return `is busy with ${standing.running} requests`;
  const { state, kind, until_ms }: HealthView = standing.health ?? { state: "closed" };
  const why = kind === undefined ? "has failed" : `has failed (${kind})`;
  if (state === "probing") return `${why} and is being retried`;
  if (until_ms === undefined || now_ms === undefined) return why;
  return `${why} and is retried in ${seconds(Math.max(0, until_ms - now_ms))}`;
}

export function moveWords(home: Row, { stay, move }: Move, prefer: Preference): string {
  const [verb, amount] = prefer === "fastest" ? ["takes", seconds] : ["costs", usd];
  return `moved from ${nameOf(home)}: over ${CALLS_TO_COME} requests it ${verb} ${amount(move)} instead of ${amount(stay)}, cold start included`;
}

/** Why a candidate that could be tried is not the first. */
export function laterWords(row: Row, first: Row, prefer: Preference): string {
  const { cost_usd: cost, whole_ms: time } = row.estimate;
  if (row.short > first.short) return `is further from the request: it ${failedOf(row)[0]?.why ?? "falls short"}`;
  if (row.uncertain && !first.uncertain) return doubtOf(row)?.why ?? "is less known";
  if (prefer === "ordered") return "capable";
  if (prefer === "fastest") return `capable, ${time === null ? "speed not measured" : `in ${seconds(time)}`}`;
  return `capable, ${cost === null ? "price unknown" : `costs ${usd(cost)}`}`;
}
