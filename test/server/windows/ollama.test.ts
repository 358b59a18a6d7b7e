/** What Ollama tells of its models, in its words of 0.33. */
import { describe, expect, test } from "bun:test";
import type { ModelInfo } from "../../../src/server/upstreams/model-list.ts";
import { readWindows, WindowMemory } from "../../../src/server/windows/read.ts";
import { Asked, named, read, type Answers } from "./asked.ts";

describe("Ollama", () => {
  const show = (more: object = {}, trained = 131_072): object => ({
    license: "x".repeat(10_000),
    details: { family: "qwen3" },
    model_info: { "general.architecture": "qwen3", "qwen3.context_length": trained, "qwen3.block_count": 3 },
    capabilities: ["completion", "tools", "thinking"],
    ...more,
  });
  const tags = (...names: string[]): object => ({
    models: names.map((name) => ({ name, model: name, digest: `sha of ${name}` })),
  });
  const ps = (name: string, context_length: number): object => ({
    models: [{ name, model: name, digest: `sha of ${name}`, context_length }],
  });

  test("a loaded model's window is what it was loaded with", async () => {
    const answers = {
      "/api/tags": tags("qwen3:8b"),
      "/api/ps": ps("qwen3:8b", 4096),
      "/api/show qwen3:8b": show({ parameters: "num_ctx 65536" }),
    };
    expect(await read("ollama", answers, named("qwen3:8b"))).toEqual([
      {
        id: "qwen3:8b",
        context_window: 4096,
        window_source: "Ollama /api/ps",
        trained_window: 131_072,
        loaded: true,
        remote: false,
        images: false,
        tools: true,
      },
    ]);
  });

  test("else what its Modelfile says, and no more than it was trained for", async () => {
    const parameters = 'stop "<|im_end|>"\nnum_ctx                        32768\ntemperature 0.7';
    const of = async (trained: number): Promise<unknown> =>
      (await read("ollama", { "/api/show a": show({ parameters }, trained) }, named("a")))[0];
    expect(await of(131_072)).toMatchObject({
      context_window: 32_768,
      window_source: "num_ctx of its Modelfile",
      loaded: false,
    });
    expect(await of(8192)).toMatchObject({ context_window: 8192 });
  });

  test("else nobody knows, and its own default is only assumed", async () => {
    const [model] = await read("ollama", { "/api/show a": show(), "/api/ps": ps("b", 9) }, named("a"));
    expect(model).toMatchObject({ assumed_window: 4096, trained_window: 131_072, loaded: false });
    expect(model).not.toHaveProperty("context_window");
  });

  test("what it was loaded with is remembered until its digest changes", async () => {
    const memory = new WindowMemory();
    const host = new Asked({ "/api/tags": tags("a"), "/api/ps": ps("a", 40_960), "/api/show a": show() });
    await readWindows("ollama", host.ask, named("a"), memory);
    host.answers["/api/ps"] = { models: [] };
    const [later] = await readWindows("ollama", host.ask, named("a"), memory);
    expect(later).toMatchObject({
      context_window: 40_960,
      window_source: "Ollama /api/ps, when it was loaded last",
      loaded: false,
    });
    expect(host.questions.filter((question) => question.startsWith("/api/show"))).toHaveLength(1);
    host.answers["/api/tags"] = { models: [{ name: "a", digest: "another" }] };
    const [changed] = await readWindows("ollama", host.ask, named("a"), memory);
    expect(changed).not.toHaveProperty("context_window");
    expect(host.questions.filter((question) => question.startsWith("/api/show"))).toHaveLength(2);
  });

  test("a model in its cloud has all of its window", async () => {
    const answers = { "/api/show a:cloud": show({ remote_host: "https://ollama.com:443", remote_model: "a" }) };
    const [model] = await read("ollama", answers, named("a:cloud"));
    expect(model).toMatchObject({ context_window: 131_072, window_source: "Ollama /api/show (its cloud)" });
    expect(model).not.toHaveProperty("assumed_window");
  });

  const ABILITIES: [string, object, Partial<ModelInfo>][] = [
    ["no thinking", { capabilities: ["completion", "vision"] }, { efforts: {}, images: true, tools: false }],
    ["none told (before 0.6.4)", { capabilities: undefined }, { id: "a" }],
    ["thinking, on or off", { thinking: { values: [false, true] } }, { tools: true }],
    [
      "thinking by words",
      { thinking: { values: ["low", "medium", "high"] } },
      { efforts: { low: "low", medium: "medium", high: "high" } },
    ],
    [
      "thinking by words, or not",
      { thinking: { values: [false, "high", "max"] } },
      { efforts: { none: "none", high: "high", max: "max" } },
    ],
  ];
  for (const [name, more, expected] of ABILITIES) {
    test(`abilities: ${name}`, async () => {
      const [model] = await read("ollama", { "/api/show a": show(more) }, named("a"));
      expect(model).toMatchObject(expected);
      if (!expected.efforts) expect(model).not.toHaveProperty("efforts");
    });
  }

  test("models for embeddings are left out", async () => {
    const answers = { "/api/show a": show({ capabilities: ["embedding"] }), "/api/show b": show() };
    expect((await read("ollama", answers, named("a", "b"))).map(({ id }) => id)).toEqual(["b"]);
  });

  test("is asked for a few models at once, those in memory first, and for the rest another time", async () => {
    const ids = Array.from({ length: 40 }, (_, i) => `m${i}`);
    const answers: Answers = { "/api/tags": tags(...ids), "/api/ps": ps("m39", 8192) };
    for (const id of ids) answers[`/api/show ${id}`] = show();
    const host = new Asked(answers);
    const memory = new WindowMemory();
    const trained = async (): Promise<number> =>
      (await readWindows("ollama", host.ask, named(...ids), memory)).filter((model) => model.trained_window).length;
    expect(await trained()).toBe(32);
    expect(host.questions[2]).toBe("/api/show m39");
    expect(host.most).toBe(4);
    expect(await trained()).toBe(40);
    expect(host.questions.filter((question) => question.startsWith("/api/show"))).toHaveLength(40);
  });
});
