import { describe, expect, test } from "bun:test";
import { ShimError } from "../../../../src/core/errors.ts";
import type { Json } from "../../../support/response-rules.ts";
import { EXEC, itemsOf, lift, turnOf } from "./exchange.ts";

const call = (id: string, args = "{}"): Json => ({ id, type: "function", function: { name: "f", arguments: args } });
const text = (words: string): Json => ({ type: "text", text: words });

function refusal(body: Json): ShimError {
  try {
    lift(body);
  } catch (thrown) {
    if (thrown instanceof ShimError) return thrown;
    throw thrown;
  }
  throw new Error("it was taken");
}

describe("messages", () => {
  test("every role", () => {
    expect(
      itemsOf(
        { role: "system", content: "Be brief." },
        { role: "developer", content: [text("Be kind.")] },
        { role: "user", content: "Hi" },
        { role: "assistant", content: "Yes?", tool_calls: [call("a", '{"x": 1}')] },
        { role: "tool", tool_call_id: "a", name: "f", content: [text("one"), text("two")] },
      ),
    ).toEqual([
      { type: "message", role: "system", parts: [{ type: "text", text: "Be brief." }] },
      { type: "message", role: "system", parts: [{ type: "text", text: "Be kind." }] },
      { type: "message", role: "user", parts: [{ type: "text", text: "Hi" }] },
      { type: "message", role: "assistant", parts: [{ type: "text", text: "Yes?" }] },
      { type: "tool_call", call_id: "a", name: "f", arguments: '{"x": 1}' },
      {
        type: "tool_result",
        call_id: "a",
        name: "f",
        parts: [
          { type: "text", text: "one" },
          { type: "text", text: "two" },
        ],
      },
    ]);
  });

  test("parts: images in both forms, files by content and by address, refusals", () => {
    const [user, assistant] = itemsOf(
      {
        role: "user",
        content: [
          { type: "image_url", image_url: { url: "data:image/png;base64,AA==", detail: "low" } },
          { type: "image_url", image_url: "https://x/y.png" },
          { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,AA==" } },
          { type: "file", file: { file_data: "https://x/a.pdf" } },
        ],
      },
      { role: "assistant", content: [{ type: "refusal", refusal: "No." }], refusal: "Never." },
    );
    expect(user).toMatchObject({
      parts: [
        { type: "image", url: "data:image/png;base64,AA==", detail: "low" },
        { type: "image", url: "https://x/y.png" },
        { type: "file", filename: "a.pdf", data: "data:application/pdf;base64,AA==" },
        { type: "file", url: "https://x/a.pdf" },
      ],
    });
    expect(assistant).toMatchObject({
      parts: [
        { type: "refusal", text: "No." },
        { type: "refusal", text: "Never." },
      ],
    });
  });

  test("images in the result of a tool", () => {
    const image = { type: "image_url", image_url: { url: "data:image/png;base64,AA==" } };
    const items = itemsOf(
      { role: "user", content: "Look." },
      { role: "assistant", tool_calls: [call("a")] },
      { role: "tool", tool_call_id: "a", content: [image] },
    );
    expect(items.at(-1)).toMatchObject({ type: "tool_result", parts: [{ type: "image" }] });
  });

  test("legacy calls get ids by their place, and their results find them by name", () => {
    const legacy = (name: string): Json => ({
      role: "assistant",
      content: null,
      function_call: { name, arguments: "{}" },
    });
    const items = itemsOf(
      { role: "user", content: "Go." },
      legacy("f"),
      { role: "function", name: "f", content: "1" },
      legacy("f"),
      { role: "function", name: "f", content: "2" },
      { role: "function", name: "g", content: "3" },
    );
    expect(items.slice(1)).toMatchObject([
      { type: "tool_call", call_id: "call_at_1", name: "f" },
      { type: "tool_result", call_id: "call_at_1", parts: [{ text: "1" }] },
      { type: "tool_call", call_id: "call_at_3" },
      { type: "tool_result", call_id: "call_at_3", parts: [{ text: "2" }] },
      { type: "tool_result", call_id: "", name: "g" },
    ]);
  });

  test("legacy results come to the call of their name, whatever their order", () => {
    const legacy = (name: string): Json => ({ role: "assistant", function_call: { name, arguments: "{}" } });
    const items = itemsOf(
      { role: "user", content: "Go." },
      legacy("f"),
      legacy("g"),
      { role: "function", name: "g", content: "of g" },
      { role: "function", name: "f", content: "of f" },
    );
    expect(items.slice(3)).toMatchObject([
      { call_id: "call_at_2", parts: [{ text: "of g" }] },
      { call_id: "call_at_1", parts: [{ text: "of f" }] },
    ]);
  });

  test("what says nothing is left out, and an empty result stays", () => {
    const items = itemsOf(
      { role: "user", content: "Go." },
      { role: "user", content: [] },
      { role: "assistant", content: "", tool_calls: [call("a")] },
      { role: "tool", tool_call_id: "a", content: "" },
    );
    expect(items.map(({ type }) => type)).toEqual(["message", "tool_call", "tool_result"]);
  });

  test("a freeform call of the history, and one whose arguments are an object", () => {
    const items = itemsOf(
      { role: "user", content: "Go." },
      {
        role: "assistant",
        tool_calls: [
          { id: "a", type: "custom", custom: { name: "patch", input: "*** Begin" } },
          { id: "b", type: "function", function: { name: "f", arguments: { x: 1 } } },
        ],
      },
    );
    expect(items.slice(1)).toMatchObject([{ arguments: '{"input":"*** Begin"}' }, { arguments: '{"x":1}' }]);
  });

  test("names of speakers and unknown parts are listed", () => {
    const { ignored } = turnOf({
      messages: [{ role: "user", name: "Ann", content: [text("Hi"), { type: "hologram" }] }],
    });
    expect(ignored.map(({ field, what }) => `${field}: ${what}`)).toEqual([
      "messages[0].name: Ann",
      "messages[0].content[1]: hologram",
    ]);
  });
});

describe("what the model thought", () => {
  const thoughts = (message: Json): unknown[] =>
    itemsOf({ role: "user", content: "Hi" }, { role: "assistant", content: "Yes.", ...message }).slice(1, -1);
  const details = [
    { type: "reasoning.text", text: "h", index: 0 },
    { type: "reasoning.text", text: "m", index: 1, signature: "s" },
  ];
  const blocks = [{ type: "thinking", thinking: "hm", signature: "s" }];

  test.each([
    ["reasoning_content", { reasoning_content: "hm" }, { field: "reasoning_content" }],
    ["reasoning", { reasoning: "hm" }, { field: "reasoning" }],
    ["reasoning_text", { reasoning_text: "hm" }, { field: "reasoning_content" }],
    ["two fields of the same words", { reasoning_content: "hm", reasoning: "hm" }, { field: "reasoning_content" }],
    ["reasoning_details", { reasoning: "hm", reasoning_details: details }, { field: "reasoning_details", details }],
    [
      "thinking_blocks",
      { reasoning_content: "x", thinking_blocks: blocks },
      { field: "thinking_blocks", details: blocks },
    ],
    [
      "parts",
      { content: [{ type: "thinking", thinking: [{ type: "text", text: "hm" }] }, text("Yes.")] },
      { field: "thinking" },
    ],
  ])("%s", (_, message, origin) => {
    expect(thoughts(message)).toEqual([{ type: "reasoning", text: "hm", origin: origin as never }]);
  });

  test("a <think> block stays text", () => {
    expect(thoughts({ content: "<think>hm</think>\n\nYes." })).toEqual([]);
  });

  test("what hangs on a call", () => {
    const extra_content = { google: { thought_signature: "s" } };
    const items = itemsOf(
      { role: "user", content: "Hi" },
      { role: "assistant", tool_calls: [{ ...call("a"), extra_content }] },
    );
    expect(items.at(-1)).toEqual({
      type: "reasoning",
      text: "",
      origin: { field: "extra_content", details: [{ call_id: "a", extra_content }] },
    });
  });
});

describe("tools", () => {
  test("functions, freeform tools, and what is neither", () => {
    const grammar = { type: "grammar", grammar: { syntax: "lark", definition: "start: X" } };
    const { tools, ignored } = turnOf({
      tools: [
        {
          type: "function",
          function: { name: "f", description: "does", parameters: { type: "object" }, strict: true },
        },
        { type: "function", function: { name: "g", strict: false } },
        { type: "function", name: "flat" },
        { type: "custom", custom: { name: "patch", description: "Edits.", format: grammar } },
        { type: "web_search" },
        { type: "function", function: { name: "f" } },
      ],
    });
    expect(tools).toMatchObject([
      { name: "f", description: "does", parameters: { type: "object" }, strict: true },
      { name: "g" },
      { name: "flat" },
      { name: "patch", description: expect.stringContaining("lark grammar:\nstart: X") },
    ]);
    expect(tools[1]).toEqual({ name: "g" });
    expect(ignored.map(({ field, what }) => `${field}: ${what}`)).toEqual(["tools[4]: web_search", "tools[5]: f"]);
  });

  test("odd names are made flat, and two never the same", () => {
    const declared = (...names: string[]): string[] =>
      turnOf({ tools: names.map((name) => ({ type: "function", function: { name } })) }).tools.map(({ name }) => name);
    const [first = ""] = declared("a.b");
    const names = declared("a.b", "a/b", first);
    expect(new Set(names).size).toBe(3);
    for (const name of names) expect(name).toMatch(/^[\w-]{1,64}$/);
  });

  test("the older functions: one call at a time", () => {
    const { tools, settings } = turnOf({ functions: [{ name: "f" }, { name: "g" }], function_call: { name: "g" } });
    expect(tools.map(({ name }) => name)).toEqual(["f", "g"]);
    expect(settings).toEqual({ tool_choice: { name: "g" }, parallel_tool_calls: false });
  });

  const BOTH = [EXEC, { type: "function", function: { name: "f" } }];
  test.each([
    ["auto", "auto", 2],
    ["none", "none", 2],
    ["required", "required", 2],
    ["any", "required", 2],
    [{ type: "function", function: { name: "f" } }, { name: "f" }, 2],
    [{ type: "function", name: "f" }, { name: "f" }, 2],
    [{ type: "required" }, "required", 2],
    [
      {
        type: "allowed_tools",
        allowed_tools: { mode: "required", tools: [{ type: "function", function: { name: "f" } }] },
      },
      "required",
      1,
    ],
  ])("tool_choice %p", (tool_choice, expected, count) => {
    const { settings, tools } = turnOf({ tools: BOTH, tool_choice });
    expect(settings.tool_choice).toEqual(expected as never);
    expect(tools.length).toBe(count);
  });

  test("without tools nothing is said about their use", () => {
    expect(turnOf({ tools: [], tool_choice: "auto", parallel_tool_calls: true }).settings).toEqual({});
    expect(turnOf({ tool_choice: "required" }).ignored).toMatchObject([{ field: "tool_choice" }]);
  });
});

describe("settings", () => {
  test("all that a turn has", () => {
    const schema = { type: "object" };
    expect(
      turnOf({
        max_completion_tokens: 100,
        max_tokens: 50,
        temperature: 0,
        top_p: 0.5,
        presence_penalty: 1,
        frequency_penalty: -1,
        stop: "END",
        response_format: { type: "json_schema", json_schema: { name: "n", schema, strict: true } },
      }).settings,
    ).toEqual({
      max_output_tokens: 100,
      temperature: 0,
      top_p: 0.5,
      presence_penalty: 1,
      frequency_penalty: -1,
      stop: ["END"],
      format: { type: "json_schema", name: "n", schema, strict: true },
    });
    expect(turnOf({ stop: ["a", "b"], response_format: { type: "text" }, max_tokens: null }).settings).toEqual({
      stop: ["a", "b"],
    });
  });

  test.each([
    [{ reasoning_effort: "high" }, "high"],
    [{ reasoning: { effort: "low" } }, "low"],
    [{ reasoning: { enabled: false } }, "none"],
    [{ reasoning: { max_tokens: 5000 } }, "medium"],
    [{ thinking: { type: "disabled" } }, "none"],
    [{ thinking: { type: "enabled", budget_tokens: 20_000 } }, "high"],
    [{ thinking: { type: "enabled" } }, "medium"],
    [{ enable_thinking: false }, "none"],
    [{ enable_thinking: true, thinking_budget: 100 }, "minimal"],
    [{ chat_template_kwargs: { enable_thinking: false } }, "none"],
    [{ chat_template_kwargs: { reasoning_effort: "low" } }, "low"],
    [{ chat_template_kwargs: { custom: 1 } }, undefined],
    [{}, undefined],
  ])("effort in %p", (body, effort) => {
    expect(turnOf(body).settings.effort).toBe(effort as never);
  });

  test("what cannot be carried is listed, what says nothing is not", () => {
    const { ignored } = turnOf({
      seed: 1,
      logit_bias: { 5: 1 },
      store: true,
      top_k: 20,
      chat_template_kwargs: { custom: 1, enable_thinking: true },
      max_tokens: -1,
      metadata: { a: "b" },
      user: "u",
      n: 1,
      verbosity: null,
    });
    expect(ignored.map(({ field, what }) => `${field}: ${what}`).toSorted()).toEqual([
      "chat_template_kwargs.custom: custom",
      "logit_bias: logit_bias",
      "max_tokens: -1",
      "seed: 1",
      "store: true",
      "top_k: 20",
    ]);
    expect(turnOf({ logprobs: false, store: false, stream_options: {} }).ignored).toEqual([]);
  });

  test("what only some hosts have is for them to say", () => {
    const asked = { logprobs: true, top_logprobs: 3, service_tier: "flex", verbosity: "low" };
    expect(turnOf(asked)).toMatchObject({
      ignored: [],
      settings: { top_logprobs: 3, service_tier: "flex", verbosity: "low" },
    });
    expect(turnOf({ logprobs: true }).settings.top_logprobs).toBe(0);
  });

  test("the conversation's name, and who made its newest call", () => {
    expect(lift({ user: "u", prompt_cache_key: "k" }).thread).toBe("k");
    expect(lift({ user: "u", session_id: "s" }).thread).toBe("s");
    expect(lift({ user: "u" }).thread).toBe("u");
    const id = `call_${"0".repeat(16)}89abcdef`;
    const messages = [
      { role: "user", content: "x" },
      { role: "assistant", tool_calls: [call(id)] },
    ];
    expect(lift({ messages }).made_by).toBe("89abcdef");
    expect(lift({}).made_by).toBeUndefined();
  });
});

describe("refused", () => {
  const says = (content: unknown): Json => ({ messages: [{ role: "user", content }] });
  test.each([
    ["no messages", { messages: [] }, "messages"],
    ["a role that is none", { messages: [{ role: "nobody", content: "x" }] }, "messages[0].role"],
    [
      "a call without a function",
      { messages: [{ role: "assistant", tool_calls: [{ id: "a" }] }] },
      "messages[0].tool_calls[0].function",
    ],
    ["content that is a number", says(5), "messages[0].content"],
    ["an image without an address", says([{ type: "image_url" }]), "messages[0].content[0].image_url"],
    ["a tool without a name", { tools: [{ type: "function", function: {} }] }, "tools[0].function.name"],
    [
      "a choice of no tool",
      { tools: [EXEC], tool_choice: { type: "function", function: { name: "no" } } },
      "tool_choice",
    ],
    ["a schema without one", { response_format: { type: "json_schema" } }, "response_format.json_schema.schema"],
    ["nothing to answer", { messages: [{ role: "user", content: "" }] }, "messages"],
  ])("%s", (_, body, param) => {
    expect(refusal(body)).toMatchObject({ kind: "invalid_request", param, message: expect.stringContaining(param) });
  });

  test.each([
    ["n", { n: 2 }, "n"],
    ["audio to hear", says([{ type: "input_audio", input_audio: {} }]), "messages[0].content[0]"],
    ["audio to answer with", { modalities: ["text", "audio"] }, "modalities"],
    ["a stored file", says([{ type: "file", file: { file_id: "file-1" } }]), "messages[0].content[0].file.file_id"],
    ["a choice of a hosted tool", { tools: [EXEC], tool_choice: { type: "web_search" } }, "tool_choice"],
  ])("%s", (_, body, param) => {
    expect(refusal(body)).toMatchObject({ kind: "unsupported", param });
  });
});
