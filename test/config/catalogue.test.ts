/** The catalogue of models: its lookup, its data, and the rules by which scripts/catalogue.ts makes the one of its source. */
import { describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
import { join } from "node:path";
import { dialectOf, effortsOf, priceOf, waysToThink, type SourceModel } from "../../scripts/catalogue/convert.ts";
import data from "../../src/config/catalogue.json";
import { catalogueFacts } from "../../src/config/catalogue.ts";
import { DEFAULT_DIALECT, EFFORTS } from "../../src/core/dialect.ts";
import type { ModelFacts } from "../../src/core/provider.ts";

const MAX_BYTES = 120_000;
const ROWS = Object.entries(data.models).flatMap(([provider, rows]) =>
  Object.keys(rows).map((model) => [provider, model] as const),
);
const efforts = (...names: string[]): Record<string, string> => Object.fromEntries(names.map((name) => [name, name]));

/** Read off the source by hand. */
const WELL_KNOWN: Record<string, ModelFacts> = {
  "openai gpt-5.1": {
    context_window: 400_000,
    max_output_tokens: 128_000,
    images: true,
    efforts: efforts("none", "low", "medium", "high"),
    price: { input: 1.25, output: 10, cached_input: 0.125 },
  },
  "openai gpt-5.6-luna": {
    context_window: 272_000,
    max_output_tokens: 128_000,
    images: true,
    efforts: efforts("none", "low", "medium", "high", "xhigh", "max"),
    price: { input: 0.2, output: 1.2, cached_input: 0.02, cache_write: 0.25 },
  },
  "openai gpt-4": { context_window: 8192, images: false, efforts: {}, price: { input: 30, output: 60 } },
  // Azure's own map lets `minimal` pass.
  "azure gpt-5.1": { context_window: 400_000, efforts: efforts("low", "medium", "high") },
  "anthropic claude-opus-4-8": {
    context_window: 1_000_000,
    efforts: efforts("none", "low", "medium", "high", "xhigh", "max"),
    price: { input: 5, output: 25, cached_input: 0.5, cache_write: 6.25 },
    dialect: {
      effort_on: { thinking: { type: "adaptive", display: "summarized" }, output_config: { effort: "$effort" } },
      effort_off: { thinking: { type: "disabled" } },
      drop: ["temperature"],
    },
  },
  "anthropic claude-sonnet-4-5": {
    max_output_tokens: 64_000,
    efforts: efforts("none", "minimal", "low", "medium", "high"),
    dialect: {
      effort_on: { thinking: { type: "enabled", budget_tokens: "$budget" } },
      effort_off: { thinking: { type: "disabled" } },
    },
  },
  "deepseek deepseek-flash": {
    context_window: 1_000_000,
    max_output_tokens: 384_000,
    images: true,
    efforts: efforts("none", "low", "high", "max"),
    price: { input: 0.3, output: 1.2, cached_input: 0.006 },
  },
  "moonshot kimi-k2.6": {
    efforts: efforts("none", "high"),
    dialect: {
      effort_on: { thinking: { type: "enabled" } },
      effort_off: { thinking: { type: "disabled" } },
      late_system_role: "system",
    },
  },
  "moonshot kimi-k3": {
    context_window: 1_048_576,
    efforts: efforts("low", "high", "max"),
    dialect: {
      effort_on: { reasoning_effort: "$effort" },
      effort_off: { reasoning_effort: "$effort" },
      required_reasoning_field: "reasoning_content",
      late_system_role: "system",
    },
  },
  "groq qwen/qwen3.6-27b": { max_output_tokens: 16_384, efforts: { none: "none", high: "default" } },
  "mistral mistral-medium-latest": {
    context_window: 262_144,
    efforts: efforts("none", "high"),
    price: { input: 1.5, output: 7.5, cached_input: 0.15 },
  },
  "mistral ministral-3b-2512": { context_window: 131_072, efforts: {} },
  "cerebras gpt-oss-120b": {
    context_window: 131_072,
    max_output_tokens: 40_960,
    images: false,
    efforts: efforts("low", "medium", "high"),
  },
  "zai glm-5.3": {
    efforts: efforts("low", "high", "max"),
    dialect: {
      effort_on: { thinking: { type: "enabled", clear_thinking: false }, reasoning_effort: "$effort" },
      effort_off: { thinking: { type: "disabled" } },
    },
  },
  "zai glm-5.3-highspeed": { context_window: 1_000_000 },
  "together zai-org/GLM-5.3": {
    efforts: efforts("none", "high"),
    dialect: { effort_on: { reasoning: { enabled: true } }, effort_off: { reasoning: { enabled: false } } },
  },
  "dashscope qwen3.8-max": { context_window: 1_000_000, efforts: efforts("low", "medium", "xhigh") },
  "gemini gemini-3.6-flash": { efforts: efforts("minimal", "low", "medium", "high") },
  "openrouter openrouter/free": { price: { input: 0, output: 0 } },
  "openrouter openai/gpt-oss-120b": { efforts: efforts("low", "medium", "high") },
  "huggingface openai/gpt-oss-120b": { price: { input: 0.25, output: 0.69 } },
};

describe("facts of well-known models", () => {
  test.each(Object.entries(WELL_KNOWN))("%s", (name, facts) => {
    const [provider = "", model = ""] = name.split(" ");
    expect(catalogueFacts(provider, model)).toMatchObject({ ...facts, tools: true });
    // The tables are the whole of what is known, not a part.
    if (facts.efforts) expect(catalogueFacts(provider, model)?.efforts).toEqual(facts.efforts);
    if (facts.price) expect(catalogueFacts(provider, model)?.price).toEqual(facts.price);
    if (facts.dialect) expect(catalogueFacts(provider, model)?.dialect).toEqual(facts.dialect);
  });

  test.each([
    ["zai", "glm-5.3-highspeed", "price"],
    ["openrouter", "openrouter/auto", "price"],

    ["huggingface", "deepseek-ai/DeepSeek-R1", "efforts"],
    ["groq", "openai/gpt-oss-120b", "dialect"],
  ] as const)("of %s %s nobody has told its %s", (provider, model, fact) => {
    expect(catalogueFacts(provider, model)).toBeDefined();
    expect(catalogueFacts(provider, model)).not.toHaveProperty(fact);
  });
});

describe("lookup", () => {
  test("finds a name in other capitals", () => {
    expect(catalogueFacts("minimax", "minimax-m2.7")).toBe(catalogueFacts("minimax", "MiniMax-M2.7") as ModelFacts);
  });

  test.each([
    ["openai", "gpt-5.1-2025"],
    ["openai", "gpt-5."],
    ["openai", ""],
    ["openai", "constructor"],
    ["OpenAI", "gpt-5.1"],
    ["nobody", "gpt-5.1"],
    ["__proto__", "toString"],
  ])("guesses nothing: %s %s", (provider, model) => expect(catalogueFacts(provider, model)).toBeUndefined());

  test("gives the same frozen facts each time", () => {
    const facts = catalogueFacts("moonshot", "kimi-k2.6") as ModelFacts;
    expect(catalogueFacts("moonshot", "kimi-k2.6")).toBe(facts);
    for (const part of [facts, facts.efforts, facts.price, facts.dialect, facts.dialect?.effort_on])
      expect(Object.isFrozen(part)).toBe(true);
  });
});

describe("data", () => {
  test("says whence it is", () => {
    expect(data.source).toContain("pi-ai");
    expect(data.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(data.date).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(data.licence).toBe("MIT");
    // Its licence asks for both wherever the data goes, so also in the executable.
    expect(data.licence_text).toMatch(/Copyright \(c\) \d{4} \w/);
    expect(data.licence_text).toContain("The above copyright notice and this permission notice shall be included");
  });

  test("is small", () =>
    expect(statSync(join(import.meta.dirname, "../../src/config/catalogue.json")).size).toBeLessThan(MAX_BYTES));

  test("has no model twice", () => {
    const small = ROWS.map(([provider, model]) => `${provider} ${model.toLowerCase()}`);
    expect(small.filter((name, index) => small.indexOf(name) !== index)).toEqual([]);
    expect(small.length).toBeGreaterThan(700);
  });

  test("uses each dialect that it has, and has each that it uses", () => {
    const rows = Object.values(data.models).flatMap((models) => Object.values(models));
    const used = rows.map((row) => row.split("|")[2]?.trim() ?? "").filter((name) => name !== "");
    expect([...new Set(used)].toSorted()).toEqual(Object.keys(data.dialects).toSorted());
    for (const patch of Object.values(data.dialects))
      for (const flag of Object.keys(patch)) expect(DEFAULT_DIALECT).toHaveProperty(flag);
  });

  test("has only rows that can be true", () => {
    for (const [provider, model] of ROWS) {
      const { context_window = 0, max_output_tokens = 1, efforts, price } = catalogueFacts(provider, model) ?? {};
      const sizes = [context_window, max_output_tokens];
      const prices = Object.values(price ?? {}) as number[];
      const wrong = [
        ...sizes.filter((size) => !(Number.isInteger(size) && size > 0 && size <= context_window)),
        ...prices.filter((usd) => !(usd >= 0 && usd < 1000)),
        ...Object.keys(efforts ?? {}).filter((effort) => !EFFORTS.includes(effort as "none")),
        ...Object.values(efforts ?? {}).filter((word) => word === ""),
      ];
      expect({ provider, model, wrong }).toEqual({ provider, model, wrong: [] });
      // `none` is for whoever can also think.
      expect(Object.keys(efforts ?? {})).not.toEqual(["none"]);
    }
  });
});

describe("how the source is read", () => {
  const model = (rest: Partial<SourceModel>): SourceModel => ({
    id: "m",
    type: "chat",
    api: "openai-completions",
    provider: "p",
    reasoning: true,
    input: ["text"],
    cost: { input: 1, output: 2, cacheRead: 0, cacheWrite: 0 },
    contextWindow: 1000,
    maxTokens: 100,
    ...rest,
  });
  const asks = (thinkingFormat: string, supportsReasoningEffort = true): Partial<SourceModel> => ({
    compat: { thinkingFormat, supportsReasoningEffort },
  });

  test.each([
    ["nothing for who cannot reason", { reasoning: false, thinkingLevelMap: { xhigh: "xhigh" } }, ""],
    ["unknown without a map", {}, null],
    [
      "missing up to high is as it is, beyond unsupported",
      { thinkingLevelMap: { off: null } },
      "minimal low medium high",
    ],
    ["not off where nothing is sent for it", { thinkingLevelMap: { minimal: null } }, "low medium high"],
    [
      "the host's word",
      { thinkingLevelMap: { off: "no", minimal: null, max: "ultra" } },
      "none=no low medium high max=ultra",
    ],
    ["a switch has two places", asks("together", false), "none high"],
    ["or one", { ...asks("deepseek", false), thinkingLevelMap: { off: null } }, "high"],
    ["off by a switch beside efforts", { ...asks("zai"), thinkingLevelMap: { low: null } }, "none minimal medium high"],
    ["a host that takes all", { provider: "openrouter" }, "none minimal low medium high"],
    [
      "no small effort but low",
      { provider: "anthropic", compat: { forceAdaptiveThinking: true } },
      "none low medium high",
    ],
    [
      "small words",
      { api: "google-generative-ai", thinkingLevelMap: { off: null, high: "HIGH" } },
      "minimal low medium high",
    ],
  ] as const)("efforts: %s", (_, rest, expected) => expect(effortsOf(model(rest))).toBe(expected));

  test("efforts that both maps allow", () => {
    const twin = model({
      thinkingLevelMap: { off: "none", minimal: null, low: "low", medium: "medium", high: "high" },
    });
    expect(effortsOf(model({ thinkingLevelMap: { off: null } }), twin)).toBe("low medium high");
  });

  test.each([
    ["no price of the cache is none", "m", [1, 2, 0, 0], [1, 2]],
    ["reading it", "m", [1, 2, 0.1, 0], [1, 2, 0.1]],
    ["writing it alone", "m", [1, 2, 0, 3], [1, 2, "-", 3]],
    ["nothing is unknown", "m", [0, 0, 0, 0], []],
    ["unless it is free by name", "m:free", [0, 0, 0, 0], [0, 0]],
  ] as const)("prices: %s", (_, id, [input, output, cacheRead, cacheWrite], expected) =>
    expect(priceOf(model({ id, cost: { input, output, cacheRead, cacheWrite } }))).toEqual([...expected]),
  );

  test("a dialect is told where models of one provider differ", () => {
    const models = [model(asks("openai")), model(asks("deepseek", false))];
    expect(waysToThink(models)).toBe(2);
    expect(models.map((each) => dialectOf(each, true)?.name)).toEqual(["openai", "deepseek"]);
    expect(models.map((each) => dialectOf(each, false))).toEqual([undefined, undefined]);
  });
});
