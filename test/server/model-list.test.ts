import { describe, expect, test } from "bun:test";
import { readModelList, type ModelInfo } from "../../src/server/upstreams/model-list.ts";

const one = (model: object): Partial<ModelInfo> => {
  const [{ id: _, ...facts } = { id: "" }] = readModelList({ data: [{ id: "a", ...model }] });
  return facts;
};

describe("lists of models", () => {
  const CASES: [string, unknown, unknown][] = [
    ["OpenAI's", { data: [{ id: "a" }] }, [{ id: "a" }]],
    ["Together's bare array", [{ id: "a", context_length: 10 }], [{ id: "a", context_window: 10 }]],
    ["Ollama's own", { models: [{ name: "a:b" }] }, [{ id: "a:b" }]],
    ["nonsense", { data: [null, {}, { id: 3 }, "x", { id: "" }, []] }, []],
    ["odd values", { data: [{ id: "a", meta: [], context_length: "8", pricing: 1, status: null }] }, [{ id: "a" }]],
    ["nothing", null, []],
    ["a text", "no", []],
  ];
  for (const [name, list, expected] of CASES) test(name, () => expect(readModelList(list)).toEqual(expected as never));
});

describe("what a list tells of a model", () => {
  const CASES: [string, object, Partial<ModelInfo>][] = [
    [
      "llama-server",
      {
        owned_by: "llamacpp",
        meta: { n_ctx: 4096, n_ctx_train: 131_072 },
        architecture: { input_modalities: ["text"], output_modalities: ["text"] },
      },
      { owned_by: "llamacpp", context_window: 4096, trained_window: 131_072, images: false },
    ],
    ["vLLM and SGLang", { max_model_len: 8192 }, { context_window: 8192 }],
    [
      "OpenRouter",
      {
        context_length: 262_144,
        top_provider: { context_length: 131_072, max_completion_tokens: 65_536 },
        architecture: { input_modalities: ["text", "image"], output_modalities: ["text"] },
        pricing: { prompt: "0.00000055", completion: "0.00000219", input_cache_read: "0.000000138" },
        supported_parameters: ["tools", "reasoning", "include_reasoning"],
        reasoning: { mandatory: false, supported_efforts: ["xhigh", "high"], default_effort: "high" },
      },
      {
        context_window: 262_144,
        max_output_tokens: 65_536,
        images: true,
        tools: true,
        efforts: { none: "none", high: "high", xhigh: "xhigh" },
        price: { input: 0.55, output: 2.19, cached_input: 0.138 },
      },
    ],
    [
      "OpenRouter, without reasoning or tools, and free",
      { pricing: { prompt: "0", completion: "0" }, supported_parameters: ["temperature"] },
      { tools: false, efforts: {}, price: { input: 0, output: 0 } },
    ],
    [
      "OpenRouter, with reasoning of which it says no more, at a price that depends",
      { pricing: { prompt: "-1", completion: "-1" }, supported_parameters: ["tools", "reasoning"] },
      { tools: true },
    ],
    [
      "OpenRouter, always with reasoning",
      { supported_parameters: ["reasoning"], reasoning: { mandatory: true, supported_efforts: ["low", "high"] } },
      { tools: false, efforts: { low: "low", high: "high" } },
    ],
    [
      "Together",
      { type: "chat", context_length: 131_072, pricing: { hourly: 0, input: 0.6, output: 1.7, base: 0, finetune: 0 } },
      { context_window: 131_072, price: { input: 0.6, output: 1.7 } },
    ],
    ["Together, without a price", { type: "chat", pricing: { hourly: 0, input: 0, output: 0 } }, {}],
    ["Together, for embeddings", { type: "embedding", context_length: 512 }, { context_window: 512, chat: false }],
    [
      "Groq",
      { context_window: 131_072, max_completion_tokens: 32_768 },
      { context_window: 131_072, max_output_tokens: 32_768 },
    ],
    [
      "Mistral",
      {
        type: "base",
        max_context_length: 131_072,
        capabilities: { completion_chat: true, function_calling: true, vision: false },
      },
      { context_window: 131_072, tools: true, images: false },
    ],
    ["Mistral, no chat", { capabilities: { completion_chat: false, vision: false } }, { images: false, chat: false }],
    [
      "Fireworks",
      { context_length: 163_840, supports_chat: true, supports_image_input: false, supports_tools: true },
      { context_window: 163_840, images: false, tools: true },
    ],
    [
      "Hugging Face's router: the least of those that are there",
      {
        architecture: { input_modalities: ["text", "image"], output_modalities: ["text"] },
        providers: [
          { provider: "a", status: "live", context_length: 131_072 },
          { provider: "b", status: "live", context_length: 65_536 },
          { provider: "c", status: "staging", context_length: 4096 },
          { provider: "d", status: "live" },
        ],
      },
      { context_window: 65_536, images: true },
    ],
    ["pictures, and no text", { architecture: { output_modalities: ["image"] } }, { chat: false }],
  ];
  for (const [name, model, expected] of CASES) test(name, () => expect(one(model)).toEqual(expected));
});

describe("a router of llama-servers", () => {
  const router = (value: string, args: string[], more: object = {}): Partial<ModelInfo> =>
    one({ status: { value, args }, context_length: 131_072, ...more });

  test("tells what a model is made for, not what it will have", () => {
    expect(router("unloaded", ["llama-server"])).toEqual({ trained_window: 131_072, loaded: false });
    expect(router("unloaded", ["--ctx-size", "0"])).toEqual({ trained_window: 131_072, loaded: false });
  });

  test("tells what it starts it with", () => {
    const started = { trained_window: 131_072, loaded: false, window_source: "the arguments it is started with" };
    expect(router("unloaded", ["--ctx-size", "8192"])).toEqual({ ...started, context_window: 8192 });
    expect(router("unloaded", ["--ctx-size", "8192", "--parallel", "2"])).toEqual({ ...started, context_window: 4096 });
    for (const more of [["--parallel", "-1"], ["--parallel", "2", "--kv-unified"], ["--parallel"]])
      expect(router("unloaded", ["--ctx-size", "8192", ...more])).toEqual({ ...started, context_window: 8192 });
  });

  test("tells what a loaded one has", () => {
    expect(router("loaded", ["--ctx-size", "8192"], { meta: { n_ctx: 4096, n_ctx_train: 32_768 } })).toEqual({
      context_window: 4096,
      trained_window: 32_768,
      loaded: true,
    });
  });
});
