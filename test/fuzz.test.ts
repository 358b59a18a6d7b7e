/** The fuzzer's short form, and all that it has found; `bun scripts/fuzz.ts` is the long one. */
import { describe, expect, test } from "bun:test";
import { found } from "../scripts/fuzz/corpus.ts";
import { growthOf } from "../scripts/fuzz/growth/measure.ts";
import { fuzz, TRIES } from "../scripts/fuzz/run.ts";
import type { Target } from "../scripts/fuzz/target.ts";
import { TARGETS } from "../scripts/fuzz/targets/index.ts";
import { Dice } from "../scripts/simulate/dice.ts";

const CASES = 400;

describe.each(TARGETS.map((target) => [target.name, target] as const))("%s", (name, target) => {
  test("what was wrong once is right", () => {
    for (const input of found(name))
      for (let tried = 0; tried < TRIES; tried++)
        expect([tried, target.check(input, new Dice(tried)), input]).toEqual([tried, undefined, input]);
  });

  test(`${CASES} changed inputs`, () => {
    const options = { seed: 1, from: 1, cases: CASES, seconds: 600, grow_every: 0, shrink: true };
    const { findings, cases } = fuzz(target, options);
    expect(findings.map(({ problem, input }) => `${problem}\n${new TextDecoder().decode(input)}`)).toEqual([]);
    expect(cases).toBe(CASES);
  });
});

test("what is wrong is found, made small, and found again by its number", () => {
  const [some] = TARGETS;
  const target: Target = {
    ...(some as Target),
    name: "picky",
    seeds: () => [new TextEncoder().encode("data: one\n\ndata: two\n\n")],
    check: (input) => (new TextDecoder().decode(input).includes("two\n\nd") ? "order: two comes first" : undefined),
  };
  const options = { seed: 3, from: 1, cases: 5000, seconds: 600, grow_every: 0, shrink: true };
  const { findings } = fuzz(target, options);
  expect(findings).toMatchObject([{ rule: "order", problem: "order: two comes first" }]);
  expect(new TextDecoder().decode(findings[0]?.input)).toBe("two\n\nd");
  const again = fuzz(target, { ...options, from: findings[0]?.number ?? 0, cases: 1 });
  expect(again.findings).toEqual(findings);
});

test("work that grows with the square of its input is found", () => {
  const [some] = TARGETS;
  const target: Target = { ...(some as Target), large_bytes: 60_000 };
  const input = new TextEncoder().encode("data: one\n\n");
  const slow = { ...target, work: (bytes: Uint8Array) => void squared(bytes) };
  expect(growthOf(slow, input, 1)).toStartWith("time: ");
  expect(growthOf({ ...target, work: () => {} }, input, 1)).toBeUndefined();
}, 60_000);

function squared(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i++) for (let j = 0; j < bytes.length; j += 4) sum += (bytes[j] ?? 0) ^ i;
  return sum;
}
