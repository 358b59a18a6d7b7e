/** Windows by the words of each kind of program; a real llama-server speaks for itself. */
import { describe, expect, test } from "bun:test";
import type { ProbeKind } from "../../../src/core/provider.ts";
import { readModelList, type ModelInfo } from "../../../src/server/upstreams/model-list.ts";
import { readWindows, windowWarning, type Ask } from "../../../src/server/windows/read.ts";
import { Llama } from "../../support/llama.ts";
import { describeWith } from "../../support/needs.ts";
import { Asked, named, read } from "./asked.ts";

describe("any kind", () => {
  const KINDS: ProbeKind[] = ["models", "llama-server", "ollama", "lm-studio", "tgi", "none"];
  const list = readModelList({
    data: [
      { id: "a", context_length: 8192 },
      { id: "b", type: "embedding" },
    ],
  });
  const NONSENSE: [string, unknown][] = [
    ["null", null],
    ["a text", "<html>"],
    ["a list", [1, null]],
    ["odd members", { models: { name: 3 }, data: 7, default_generation_settings: "x", role: 1, max_total_tokens: "9" }],
    ["odd entries", { models: [null, 4, { name: "a", loaded_instances: {}, context_length: "4" }], data: [null] }],
  ];
  for (const kind of KINDS) {
    test(`${kind}: a host that answers nothing leaves what its list told, without what is no chat`, async () => {
      const [only, ...others] = await read(kind, {}, list);
      expect(only).toMatchObject({ id: "a", context_window: 8192, window_source: "its list of models" });
      expect(others).toEqual([]);
    });
    test(`${kind}: takes any answer`, async () => {
      for (const [, answer] of NONSENSE) {
        const found = await readWindows(kind, async () => answer, list);
        expect(found[0]).toMatchObject({ id: "a", context_window: 8192 });
      }
    });
  }
});

describe("LM Studio", () => {
  const entry = (more: object): object => ({
    type: "llm",
    key: "qwen/qwen3",
    variants: ["qwen/qwen3@q4_k_m", "qwen/qwen3@q8_0"],
    selected_variant: "qwen/qwen3@q4_k_m",
    loaded_instances: [],
    max_context_length: 262_144,
    capabilities: { vision: true, trained_for_tool_use: true, reasoning: { allowed_options: ["off", "on"] } },
    ...more,
  });
  const of = async (id: string, ...entries: object[]): Promise<unknown> =>
    (await read("lm-studio", { "/api/v1/models": { models: entries } }, named(id)))[0];
  const instance = (id: string, context_length: number): object => ({ id, config: { context_length, parallel: 4 } });
  const known = { trained_window: 262_144, images: true, tools: true };

  test("what is loaded", async () => {
    const loaded = entry({ loaded_instances: [instance("qwen/qwen3", 8192)] });
    const facts = { ...known, context_window: 8192, window_source: "LM Studio /api/v1/models", loaded: true };
    expect(await of("qwen/qwen3", entry({ key: "other" }), loaded)).toEqual({ id: "qwen/qwen3", ...facts });
    expect(await of("qwen/qwen3@q4_k_m", loaded)).toEqual({ id: "qwen/qwen3@q4_k_m", ...facts });
  });

  test("several copies: the one that is named, or else the smallest", async () => {
    const twice = entry({ loaded_instances: [instance("large", 65_536), instance("small", 4096)] });
    expect(await of("large", twice)).toMatchObject({ context_window: 65_536 });
    expect(await of("qwen/qwen3", twice)).toMatchObject({ context_window: 4096 });
  });

  test("what is not loaded", async () => {
    expect(await of("qwen/qwen3", entry({}))).toEqual({
      id: "qwen/qwen3",
      ...known,
      assumed_window: 4096,
      loaded: false,
    });
    expect(await of("stranger", entry({}))).toEqual({ id: "stranger" });
    expect(await of("qwen/qwen3", entry({ type: "embedding" }))).toBeUndefined();
  });

  test("its words for reasoning, where they are more than on and off", async () => {
    const words = async (reasoning: unknown): Promise<unknown> =>
      ((await of("qwen/qwen3", entry({ capabilities: { reasoning } }))) as ModelInfo).efforts;
    expect(await words({ allowed_options: ["low", "medium", "high"] })).toEqual({
      low: "low",
      medium: "medium",
      high: "high",
    });
    expect(await words({ allowed_options: ["off", "high"] })).toEqual({ none: "none", high: "high" });
    expect(await words({ allowed_options: ["off", "on"] })).toBeUndefined();
    expect(await words(false)).toEqual({});
    expect(await words(undefined)).toBeUndefined();
  });

  test("before 0.4", async () => {
    const data = [
      { id: "a", type: "vlm", state: "loaded", max_context_length: 32_768, loaded_context_length: 16_384 },
      { id: "b", type: "llm", state: "not-loaded", max_context_length: 2048, capabilities: ["tool_use"] },
      { id: "c", type: "embeddings", state: "loaded", max_context_length: 512 },
    ];
    expect(await read("lm-studio", { "/api/v0/models": { object: "list", data } }, named("a", "b", "c"))).toEqual([
      {
        id: "a",
        context_window: 16_384,
        window_source: "LM Studio /api/v0/models",
        trained_window: 32_768,
        loaded: true,
        images: true,
      },
      { id: "b", assumed_window: 2048, trained_window: 2048, loaded: false, tools: true },
    ]);
  });
});

describe("TGI", () => {
  test("tells all limits of its one model", async () => {
    const info = {
      model_id: "org/model",
      max_input_tokens: 8191,
      max_total_tokens: 16_384,
      model_pipeline_tag: "image-text-to-text",
    };
    const expected = {
      id: "org/model",
      context_window: 16_384,
      window_source: "TGI /info",
      max_input_tokens: 8191,
      loaded: true,
      images: true,
    };
    expect(await read("tgi", { "/info": info }, named("org/model"))).toEqual([expected]);
    expect(await read("tgi", { "/info": info }, [])).toEqual([expected]);
    const older = { model_id: "m", max_input_length: 4096, max_total_tokens: 8192 };
    expect(await read("tgi", { "/info": older }, named("m"))).toMatchObject([{ max_input_tokens: 4096 }]);
  });
});

describe("llama-server", () => {
  test("a router is asked for what is loaded, and never so that it loads something", async () => {
    const host = new Asked({
      "/props": { role: "router", default_generation_settings: { params: null, n_ctx: 0 } },
      "/props?model=org%2Fa%3AQ4&autoload=false": {
        default_generation_settings: { n_ctx: 32_768 },
        modalities: { vision: true },
      },
    });
    const list = readModelList({
      data: [
        { id: "org/a:Q4", status: { value: "loaded", args: [] }, context_length: 131_072 },
        { id: "b", status: { value: "unloaded", args: ["--ctx-size", "8192"] }, context_length: 131_072 },
      ],
    });
    expect(await readWindows("llama-server", host.ask, list)).toEqual([
      {
        id: "org/a:Q4",
        context_window: 32_768,
        window_source: "llama-server /props",
        trained_window: 131_072,
        loaded: true,
        images: true,
      },
      {
        id: "b",
        context_window: 8192,
        window_source: "the arguments it is started with",
        trained_window: 131_072,
        loaded: false,
      },
    ]);
    expect(host.questions).toEqual(["/props", "/props?model=org%2Fa%3AQ4&autoload=false"]);
  });
});

describeWith("llama-server", "tiny model")("a real llama-server", () => {
  test("tells the window that it was started with, in its list and its properties", async () => {
    await using llama = await Llama.start();
    const root = llama.url.replace(/\/v1$/, "");
    const ask: Ask = async (path) => (await fetch(root + path)).json();
    const list = readModelList(await ask("/v1/models"));
    expect(list[0]).toMatchObject({ context_window: 65_536, images: false, owned_by: "llamacpp" });
    const [model] = await readWindows("llama-server", ask, list);
    expect(model).toMatchObject({
      context_window: 65_536,
      window_source: "llama-server /props",
      loaded: true,
      images: false,
      tools: true,
    });
    expect(model?.trained_window).toBeGreaterThanOrEqual(65_536);
    // Without the list's word the properties are enough.
    expect((await readWindows("llama-server", ask, named("x")))[0]).toMatchObject({ context_window: 65_536 });
  });
});

describe("warnings of small windows", () => {
  const small = { id: "m", context_window: 4096, window_source: "somewhere" };
  const CASES: [ProbeKind, ModelInfo, string[]][] = [
    [
      "ollama",
      { ...small, trained_window: 131_072 },
      [
        "m has a window of 4,096 tokens (somewhere); a coding agent's own prompt takes up to 18,000, and what does not fit is silently truncated: set OLLAMA_CONTEXT_LENGTH=65536",
        "`PARAMETER num_ctx 65536`",
      ],
    ],
    [
      "ollama",
      { id: "m", assumed_window: 4096 },
      ["m is not loaded yet", "only 4,096 tokens", "OLLAMA_CONTEXT_LENGTH"],
    ],
    ["ollama", { ...small, trained_window: 8192 }, ["made for no more, so choose another one"]],
    ["ollama", { ...small, trained_window: 40_960 }, ["OLLAMA_CONTEXT_LENGTH=40960"]],
    ["llama-server", small, ["`-c 65536`"]],
    ["lm-studio", small, ["`lms load --context-length 65536`"]],
    ["tgi", small, ["`--max-total-tokens 65536`"]],
    ["models", { id: "m", context_window: 8192 }, ["m has a window of 8,192 tokens; ", "`--max-model-len 65536`"]],
    ["none", small, ["choose a model with a longer one"]],
  ];
  for (const [kind, model, parts] of CASES) {
    test(`${kind}: ${JSON.stringify(model)}`, () => {
      for (const part of parts) expect(windowWarning(kind, model)).toContain(part);
    });
  }

  test("none for a window that is long enough, or unknown", () => {
    expect(windowWarning("ollama", { id: "m", context_window: 16_384 })).toBeUndefined();
    expect(windowWarning("ollama", { id: "m", context_window: 32_768, assumed_window: 4096 })).toBeUndefined();
    expect(windowWarning("models", { id: "m" })).toBeUndefined();
  });
});
