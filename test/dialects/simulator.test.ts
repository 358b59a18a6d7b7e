/** The simulator itself: each of its rules finds something, says where it is known from, and the presets matter. */
import { describe, expect, test } from "bun:test";
import { COMMON } from "../support/simulator/rules.ts";
import { SCENARIOS } from "../support/simulator/scenarios/index.ts";
import { runThread } from "../support/simulator/thread.ts";
import type { Vendor } from "../support/simulator/types.ts";
import { VENDORS } from "../support/simulator/vendors/index.ts";
import { verdictOf } from "../support/simulator/verdict.ts";
import { WRONG } from "../support/simulator/wrong-requests.ts";
import { PRESETS } from "../../src/config/presets/index.ts";

describe("each rule finds what it is there to find", () => {
  for (const { id, rules } of [{ id: "every host", rules: COMMON }, ...VENDORS]) {
    test(id, () => {
      const idle = rules.filter(({ check }) => WRONG.every((asked) => check(asked) === undefined));
      expect(idle.map((rule) => rule.id)).toEqual([]);
    });
  }
});

test("each rule says where it is known from, and when it was read", () => {
  const rules = VENDORS.flatMap(({ rules }) => rules);
  const vague = rules.filter(({ evidence, certain }) => certain && !/\b202\d\b/.test(evidence));
  expect(vague.map(({ id, evidence }) => `${id}: ${evidence}`)).toEqual([]);
});

test("every preset of a Chat host is played", () => {
  const played = new Set(VENDORS.map(({ preset }) => preset));
  const chat = PRESETS.filter(({ wires }) => wires.includes("chat") || wires.includes("responses"));
  expect(chat.map(({ id }) => id).filter((id) => !played.has(id))).toEqual([]);
});

/** Where safe defaults, and what is learned from refusals, get every thread through. */
const NEEDS_NO_PRESET = new Set(["together", "fireworks", "huggingface", "dashscope", "sglang"]);

describe("without its preset a host finds fault", () => {
  for (const vendor of VENDORS) {
    test(vendor.id, async () => {
      expect(await findsFault({ ...vendor, preset: "none" })).toBe(!NEEDS_NO_PRESET.has(vendor.id));
    });
  }
});

async function findsFault(vendor: Vendor): Promise<boolean> {
  for (const scenario of SCENARIOS.filter(({ ends }) => typeof ends !== "object")) {
    const verdict = verdictOf(vendor, scenario, await runThread(vendor, scenario, "strict"), "strict");
    if (verdict.problems.length > 0) return true;
  }
  return false;
}
