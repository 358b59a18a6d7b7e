/** The simulation of scripts/simulate-routing.ts in short: its books are right, and routing keeps what it promises. */
import { describe, expect, test } from "bun:test";
import { CANDIDATES, LOCAL_NAME, POLICIES, STRONGEST } from "../../scripts/simulate/candidates.ts";
import { printed, reportOf, type Report, type Summary } from "../../scripts/simulate/report.ts";
import { run, type Run } from "../../scripts/simulate/run.ts";
import { traffic } from "../../scripts/simulate/traffic.ts";
import { costOf } from "../../src/routing/cost.ts";
import { keyOf } from "../../src/routing/candidate.ts";

const THREADS = 25;
const SEEDS = [1, 2, 3];

const runsOf = (seed: number): Run[] => POLICIES.map((policy) => run(policy, traffic(THREADS, seed), seed, 1));
const all = SEEDS.map((seed) => {
  const runs = runsOf(seed);
  return { seed, runs, report: reportOf(runs, seed, 1) };
});

function policy({ policies }: Report, name: string): Summary {
  const found = policies.find((each) => each.policy === name);
  if (!found) throw new Error(`no policy ${name}`);
  return found;
}

describe.each(all)("seed $seed", ({ seed, runs, report }) => {
  test("the same seed gives the same output, another one another", () => {
    expect(printed(reportOf(runsOf(seed), seed, 1))).toBe(printed(report));
    expect(traffic(THREADS, seed + 100)).not.toEqual(traffic(THREADS, seed));
  });

  test("cheapest is no dearer than always asking the dearest", () => {
    expect(policy(report, "cheapest").usd).toBeLessThanOrEqual(policy(report, STRONGEST).usd * 1.001);
  });

  test("local_first begins no turn elsewhere that the local one could answer, but for threads in trouble", () => {
    expect(policy(report, "local_first").outside["other"]).toBeUndefined();
    expect(policy(report, "local_first").shares[LOCAL_NAME]).toBeGreaterThan(0);
  });

  test("every call of every turn is answered once, by somebody whom the policy may ask", () => {
    const calls = traffic(THREADS, seed).reduce(
      (sum, { turns }) => sum + turns.reduce((of, each) => of + each.calls.length, 0),
      0,
    );
    for (const { policy, answered } of runs) {
      expect(answered.filter(({ kind }) => kind === "call")).toHaveLength(calls);
      expect(answered.filter(({ kind }) => kind === "title")).toHaveLength(THREADS);
      const allowed = new Set(policy.candidates.map(keyOf));
      expect(answered.filter(({ by }) => !allowed.has(by))).toEqual([]);
    }
  });

  test("sums add up", () => {
    for (const [at, { answered }] of runs.entries()) {
      const summary = report.policies[at] as Summary;
      const shares = Object.values(summary.shares).reduce((sum, share) => sum + share, 0);
      expect(shares).toBeCloseTo(1, 9);
      let usd = 0;
      for (const { by, usage, cost_usd, first_ms, whole_ms } of answered) {
        const price = CANDIDATES.find((each) => keyOf(each) === by)?.info.price;
        expect(cost_usd).toBe(price ? costOf(usage, price) : 0);
        expect(usage.cached_tokens + usage.cache_write_tokens).toBeLessThanOrEqual(usage.input_tokens);
        expect(first_ms).toBeLessThanOrEqual(whole_ms);
        usd += cost_usd;
      }
      expect(summary.usd).toBeCloseTo(usd, 9);
      expect(summary.usd_per_100_turns).toBeCloseTo((usd / summary.turns) * 100, 9);
    }
  });

  test("who asks one candidate never switches, and finds the cache of the call before", () => {
    for (const { policy: name, switches_per_thread, cached_share } of report.policies) {
      if (!name.startsWith("always")) continue;
      expect(switches_per_thread).toBe(0);
      if (name !== "always local") expect(cached_share).toBeGreaterThan(0.7);
    }
  });
});

test.each(all.slice(0, 1))(
  "the output states its assumptions, each with a source, and what it says nothing of",
  ({ report }) => {
    const text = printed(report);
    expect(text).toContain("NOT MODELLED\n- QUALITY OF THE ANSWERS");
    for (const { what, figure, source } of report.assumptions) {
      expect(text).toContain(`- ${what}: ${figure}. [${source}]`);
      expect(source).not.toBe("");
    }
  },
);
