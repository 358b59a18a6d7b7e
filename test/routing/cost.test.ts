import { describe, expect, test } from "bun:test";
import type { Usage } from "../../src/core/reply.ts";
import type { Price } from "../../src/core/provider.ts";
import { candidatesOf } from "../../src/routing/candidate.ts";
import { costOf, expectedCost } from "../../src/routing/cost.ts";
import { cachedTokens } from "../../src/routing/estimate.ts";
import { firstTokenMs, Speeds } from "../../src/routing/speed.ts";
import { WarmThreads } from "../../src/routing/warm.ts";
import { candidate, facts, NOW } from "./setting.ts";

const usage = (input: number, cached: number, written: number, output: number): Usage => ({
  input_tokens: input,
  cached_tokens: cached,
  cache_write_tokens: written,
  output_tokens: output,
  reasoning_tokens: 0,
});
const FULL: Price = { input: 3, output: 15, cached_input: 0.3, cache_write: 3.75 };

describe("what a request cost", () => {
  test.each([
    ["nothing", usage(0, 0, 0, 0), FULL, 0],
    ["input and output", usage(1_000_000, 0, 0, 1_000_000), FULL, 18],
    ["cached input", usage(1_000_000, 800_000, 0, 0), FULL, 0.84],
    ["written to the cache", usage(1_000_000, 500_000, 400_000, 0), FULL, 1.95],
    ["cached, without a price of its own", usage(1_000_000, 800_000, 100_000, 0), { input: 2, output: 8 }, 2],
    ["cached beside the input, as some hosts count", usage(100, 1_000_000, 0, 0), FULL, 0.3],
    ["free", usage(5, 5, 5, 5), { input: 0, output: 0 }, 0],
  ])("%s", (_, tokens, price, expected) => expect(costOf(tokens, price)).toBeCloseTo(expected, 9));

  test.each([
    ["a price", FULL, false, 0.02085],
    ["a price in house", FULL, true, 0.02085],
    ["none, in house", undefined, true, 0],
    ["none, elsewhere", undefined, false, undefined],
  ] as const)("expected, with %s", (_, price, local, expected) => {
    const cost = expectedCost({ prompt: 10_000, cached: 7000, output: 500 }, price, local);
    expect(cost === undefined ? cost : Number(cost.toFixed(9))).toBe(expected);
  });
});

describe("what a cache holds", () => {
  const long = facts({ prompt_characters: 40_000, new_characters: 4000 });
  const warm = { provider: "west", model: "m", at_ms: NOW - 60_000, input_tokens: 7000 };
  const west = candidate("west/m");
  test.each([
    ["no model has spoken", facts(), warm, 0],
    ["nobody remembers: all but what is new", long, undefined, 9000],
    ["the table says how much there was", long, warm, 7000],
    ["too long ago", long, { ...warm, at_ms: NOW - 700_000 }, 0],
    ["the table speaks of another", long, { ...warm, model: "n" }, 9000],
  ])("%s", (_, asked, table, expected) => expect(cachedTokens(west, asked, {}, table, NOW)).toBe(expected));

  test("a server in house keeps it for longer", () => {
    const there = { ...warm, provider: "house", at_ms: NOW - 700_000 };
    expect(cachedTokens(candidate("house/m"), long, {}, there, NOW)).toBe(7000);
  });
});

describe("speeds", () => {
  test("long prompts tell how fast they are read, short ones what comes besides", () => {
    const speeds = new Speeds();
    expect(firstTokenMs(speeds.of("k", 0), 100)).toBeUndefined();
    speeds.learn("k", { first_ms: 200, output_ms: 1000, uncached_tokens: 100, output_tokens: 50 }, 0);
    speeds.learn("k", { first_ms: 10_200, output_ms: 0, uncached_tokens: 20_000, output_tokens: 1 }, 0);
    const known = speeds.of("k", 1);
    expect(known).toMatchObject({
      first_ms: 200,
      prompt_tokens_per_second: 2000,
      output_tokens_per_second: 50,
    });
    expect(firstTokenMs(known, 4000)).toBe(2200);
  });

  test("a new answer counts a quarter, an old one is forgotten after an hour", () => {
    const speeds = new Speeds();
    for (const first_ms of [100, 500])
      speeds.learn("k", { first_ms, output_ms: 0, uncached_tokens: 0, output_tokens: 0 }, 0);
    expect(speeds.of("k", 0)?.first_ms).toBe(200);
    expect(speeds.of("k", 3_600_000)).toBeUndefined();
  });

  test("who was asked is known, answered or not", () => {
    const speeds = new Speeds();
    speeds.asked("k", 0);
    speeds.asked("k", 5);
    expect(speeds.of("k", 9)).toEqual({ asked: 2, at_ms: 0 });
  });
});

test("the table of threads forgets the oldest", () => {
  const threads = new WarmThreads(2);
  const warm = { provider: "p", model: "m", at_ms: 0, input_tokens: 1 };
  for (const thread of ["a", "b", "a", "c"]) threads.remember(thread, warm);
  expect(["a", "b", "c", undefined].map((thread) => threads.of(thread) !== undefined)).toEqual([
    true,
    false,
    true,
    false,
  ]);
  expect(threads.size).toBe(2);
  threads.remember("long".repeat(1000), warm);
  expect(threads.of("long".repeat(1000))).toBeUndefined();
  expect(threads.of("a")).toBeDefined();
});

describe("a route's list", () => {
  const known = ["house/m", "west/m", "east/n"].map((name) => candidate(name));
  const names = (list: { provider: string; model: string; name: string }[]): string =>
    list.map(({ provider, model, name }) => `${provider}/${model}=${name}`).join(" ");

  test("all there is", () => expect(candidatesOf("all", known)).toEqual(known));
  test("a model is of every provider that has it, in the list's order", () => {
    const rules = [
      { name: "big", model: "n", provider: "east", efforts: ["high"] },
      { name: "m", model: "m" },
    ];
    expect(names(candidatesOf(rules, known))).toBe("east/n=big house/m=m west/m=m");
    expect(candidatesOf(rules, known)[0]?.efforts).toEqual(["high"]);
  });
  test("its providers bound it, and each candidate stands once", () => {
    const rules = [
      { name: "m", model: "m", providers: ["west"] },
      { name: "again", model: "m" },
    ];
    expect(names(candidatesOf(rules, known))).toBe("west/m=m house/m=again");
  });
  test("what its provider does not list can be made", () => {
    const rules = [{ name: "x", model: "x", provider: "west" }];
    expect(names(candidatesOf(rules, known))).toBe("");
    expect(names(candidatesOf(rules, known, ({ provider, model }) => candidate(`${provider}/${model}`)))).toBe(
      "west/x=x",
    );
  });
});
