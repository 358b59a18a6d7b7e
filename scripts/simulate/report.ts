/** What came of each policy: sums, quantiles, and how it reads in a terminal. */
import { keyOf } from "../../src/routing/candidate.ts";
import { assumptions, TRAFFIC, NOT_MODELLED, type Assumption } from "./assumptions.ts";
import { CANDIDATES, LOCAL_NAME, STRONGEST } from "./candidates.ts";
import type { Run } from "./run.ts";
import type { Answered } from "./simulation.ts";

export interface Summary {
  policy: string;
  turns: number;
  calls: number;
  usd: number;
  usd_per_100_turns: number;
  /** Of what always asking the dearest costs; null without that policy. */
  saving: number | null;
  /** Of all input. */
  cached_share: number;
  first_ms: { p50: number; p95: number };
  /** Of the local one's answers. */
  local_first_ms: { p50: number; p95: number };
  /** All waiting for models in a turn, without tools. */
  turn_ms: { p50: number; p95: number };
  /** Of calls within turns, by who answered. */
  shares: Record<string, number>;
  switches_per_thread: number;
  /** Switches back to the one before, of all switches. */
  back_share: number;
  /** Calls that another candidate answered than the first that was asked. */
  fell_back: number;
  given_up: number;
  refused: number;
  compactions: number;
  /** What the plans expected, of what it really cost. */
  expected_share: number | null;
  /** Calls that left the house though it could have been asked, by reason. */
  outside: Record<string, number>;
  /** What each reason of the plans has cost, the dearest first; numbers left out. */
  reasons: { by: string; reason: string; calls: number; usd: number }[];
}

export interface Report {
  threads: number;
  turns: number;
  every_min: number;
  seed: number;
  slots: number;
  candidates: { name: string; context_window: number; images: boolean; price: object | null }[];
  assumptions: Assumption[];
  not_modelled: readonly string[];
  policies: Summary[];
}

export function reportOf(runs: readonly Run[], seed: number, slots: number, every_min = TRAFFIC.every_min): Report {
  const dearest = runs.find(({ policy }) => policy.name === STRONGEST);
  const reference = dearest && sum(dearest.answered, ({ cost_usd }) => cost_usd);
  return {
    threads: runs[0]?.threads ?? 0,
    turns: runs[0]?.turns ?? 0,
    every_min,
    seed,
    slots,
    candidates: CANDIDATES.map(({ name, info }) => ({
      name,
      context_window: info.context_window ?? 0,
      images: info.images === true,
      price: info.price ?? null,
    })),
    assumptions: assumptions(),
    not_modelled: NOT_MODELLED,
    policies: runs.map((run) => summaryOf(run, reference)),
  };
}

function summaryOf(run: Run, reference: number | undefined): Summary {
  const { answered, turns } = run;
  const calls = answered.filter(({ kind }) => kind === "call");
  const usd = sum(answered, ({ cost_usd }) => cost_usd);
  const first = quantiles(calls.map(({ first_ms }) => first_ms));
  const { switches, back } = switchesOf(calls);
  return {
    policy: run.policy.name,
    turns,
    calls: calls.length,
    usd,
    usd_per_100_turns: (usd / turns) * 100,
    saving: reference ? 1 - usd / reference : null,
    cached_share: sum(answered, ({ usage }) => usage.cached_tokens) / sum(answered, ({ usage }) => usage.input_tokens),
    first_ms: first,
    local_first_ms: quantiles(calls.flatMap(({ by, first_ms }) => (by === LOCAL_NAME ? first_ms : []))),
    turn_ms: quantiles(timesOfTurns(answered)),
    shares: Object.fromEntries(
      CANDIDATES.map((each) => [each.name, calls.filter(({ by }) => by === keyOf(each)).length / calls.length]),
    ),
    switches_per_thread: switches / run.threads,
    back_share: switches === 0 ? 0 : back / switches,
    fell_back: answered.filter(({ fell_back }) => fell_back > 0).length,
    given_up: run.given_up,
    refused: run.refused,
    compactions: run.compactions,
    expected_share: usd > 0 ? sum(answered, ({ expected_usd }) => expected_usd ?? 0) / usd : null,
    reasons: reasonsOf(answered),
    outside: countBy(calls.flatMap(({ outside }) => outside ?? [])),
  };
}

const MOST_REASONS = 8;

function reasonsOf(answered: readonly Answered[]): Summary["reasons"] {
  const found = new Map<string, Summary["reasons"][number]>();
  for (const { by, reason: said, cost_usd } of answered) {
    // Who answered may be another than the plan's first; its reason is still why the call went this way.
    const reason = said.replaceAll(/\$?\b\d[\d.,]*\b/g, "#");
    const one = found.get(`${by} ${reason}`) ?? { by, reason, calls: 0, usd: 0 };
    one.calls++;
    one.usd += cost_usd;
    found.set(`${by} ${reason}`, one);
  }
  return [...found.values()].toSorted((a, b) => b.usd - a.usd).slice(0, MOST_REASONS);
}

/** A title is asked for beside the turn, and not waited for. */
function timesOfTurns(answered: readonly Answered[]): number[] {
  const times = new Map<string, number>();
  for (const { kind, thread, turn, whole_ms } of answered) {
    if (kind === "title") continue;
    const key = `${thread}/${turn}`;
    times.set(key, (times.get(key) ?? 0) + whole_ms);
  }
  return [...times.values()];
}

function switchesOf(calls: readonly Answered[]): { switches: number; back: number } {
  const places = new Map<number, [now: string, before: string | undefined]>();
  let [switches, back] = [0, 0];
  for (const { thread, by } of calls) {
    const [now, before] = places.get(thread) ?? [by, undefined];
    if (by === now) {
      places.set(thread, [now, before]);
      continue;
    }
    switches++;
    if (by === before) back++;
    places.set(thread, [by, now]);
  }
  return { switches, back };
}

const sum = <T>(list: readonly T[], of: (each: T) => number): number => list.reduce((all, each) => all + of(each), 0);

function quantiles(list: readonly number[]): { p50: number; p95: number } {
  const sorted = list.toSorted((a, b) => a - b);
  const at = (q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0;
  return { p50: at(0.5), p95: at(0.95) };
}

function countBy(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

const percent = (share: number): string => `${(share * 100).toFixed(0)}%`;
const s = (ms: number): string => (ms < 99_500 ? `${(ms / 1000).toFixed(1)} s` : `${(ms / 60_000).toFixed(1)} min`);

/** Why the money was spent, as the plans said. */
export function whys({ policies }: Report): string {
  return policies
    .map(({ policy, reasons }) =>
      [
        policy,
        ...reasons.map(({ by, reason, calls, usd }) => `  $${usd.toFixed(2)} in ${calls} calls, ${by}: ${reason}`),
      ].join("\n"),
    )
    .join("\n");
}

export function printed(report: Report): string {
  const { threads, turns, every_min, seed, slots, candidates, policies } = report;
  const prices = candidates.map(({ name, context_window, images, price }) => {
    const { input = 0, cached_input = 0, cache_write, output = 0 } = (price ?? {}) as Record<string, number>;
    const write = cache_write === undefined ? "-" : `${cache_write}`;
    return [name, `${context_window}`, images ? "yes" : "no", `${input}`, `${cached_input}`, write, `${output}`];
  });
  const names = candidates.map(({ name }) => name);
  return [
    `${threads} threads, ${turns} turns, a new thread each ${every_min} min, seed ${seed}, ${slots} ${slots === 1 ? "slot" : "slots"} in house`,
    "",
    table(["candidate", "window", "pictures", "$/M input", "cached", "written", "output"], prices),
    "",
    table(
      [
        "policy",
        "$/100 turns",
        "saving",
        "cached",
        "first token p50 / p95",
        "models a turn p50 / p95",
        "switches",
        "back",
      ],
      policies.map((each) => [
        each.policy,
        each.usd_per_100_turns.toFixed(2),
        each.saving === null ? "-" : percent(each.saving),
        percent(each.cached_share),
        `${s(each.first_ms.p50)} / ${s(each.first_ms.p95)}`,
        `${s(each.turn_ms.p50)} / ${s(each.turn_ms.p95)}`,
        each.switches_per_thread.toFixed(2),
        percent(each.back_share),
      ]),
    ),
    "",
    table(
      [
        "policy",
        ...names.map((name) => name.split("/")[1] ?? name),
        "local first token p50 / p95",
        "fell back",
        "given up",
        "refused",
        "compacted",
        "expected $",
      ],
      policies.map((each) => [
        each.policy,
        ...names.map((name) => percent(each.shares[name] ?? 0)),
        `${s(each.local_first_ms.p50)} / ${s(each.local_first_ms.p95)}`,
        `${each.fell_back} of ${each.calls}`,
        `${each.given_up}`,
        `${each.refused}`,
        `${each.compactions}`,
        each.expected_share === null ? "-" : percent(each.expected_share),
      ]),
    ),
    "",
    "saving: against always asking the dearest. switches: a thread; back: of them, to the candidate before.",
    "3 retries: `request_max_retries = 3` for all providers: a Retry-After up to 30 s is waited for before another is asked.",
    "272k window: the client compacts at 90% of 272,000 tokens, not of the largest window among the candidates.",
    "refused: prompts for which no window was thought large enough; the client cuts them.",
    "given up: requests that no candidate answered; the client asks again. expected $: by the plans, of the true cost.",
    ...policies.flatMap(({ policy, outside }) =>
      policy === "local_first" ? [`${policy}: left the house though it could have been asked: ${words(outside)}`] : [],
    ),
    "",
    "NOT MODELLED",
    ...report.not_modelled.map((each) => `- ${each}`),
    "",
    "ASSUMPTIONS",
    ...report.assumptions.map(({ what, figure, source }) => `- ${what}: ${figure}. [${source}]`),
  ].join("\n");
}

const words = (counts: Record<string, number>): string =>
  Object.entries(counts)
    .map(([word, count]) => `${count} calls ${word}`)
    .join(", ") || "never";

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((word, at) => Math.max(word.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row.map((word, at) => (at === 0 ? word.padEnd(widths[at] ?? 0) : word.padStart(widths[at] ?? 0))).join("  ");
  return [line(head), ...rows.map(line)].join("\n");
}
