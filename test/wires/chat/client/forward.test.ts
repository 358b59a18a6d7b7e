import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { PRESETS } from "../../../../src/config/presets/index.ts";
import { DEFAULT_DIALECT, mergeDialect, type Dialect } from "../../../../src/core/dialect.ts";
import { sealReasoning } from "../../../../src/core/reasoning-tag.ts";
import { chatUpstream } from "../../../../src/wires/chat/upstream/upstream.ts";
import { chatClient, completionsClient, embeddingsClient } from "../../../../src/wires/chat/client/client.ts";
import type { ForwardEdits, ForwardWire } from "../../../../src/wires/wire.ts";
import { PLAIN, testSurroundings } from "../../../support/around.ts";
import type { Json } from "../../../support/response-rules.ts";
import { EXEC, USER } from "./exchange.ts";

const forward = chatClient.forward as ForwardWire;
const NOTHING: ForwardEdits = { model: "their-model", drop: [], extra_body: {} };
const sha = (text: string): string => createHash("sha256").update(text).digest("hex");

/** As no JSON.stringify would write it. */
const AWKWARD = String.raw`
{ "messages" :[ {"role":"user","content":"\u0041\/ \ud83d\ude00 \ud800 {\"model\":\"no\"}", "weight":1e400},
	{"content":null,"role":"assistant","tool_calls":[{"function":{"arguments":"{ \"n\": 12345678901234567890 }","name":"f"},"id":"a","type":"function"}]} ],
  "seed":12345678901234567890,"temperature":1.0,"temperature":0.10,
  "metadata":{"model":"not this one","10":1,"2":2},
  "model"  :  "MODEL" , "user":"é‮" }
`;

describe("the text that is handed on", () => {
  test("keeps every byte but the model's name", () => {
    const { body, ignored } = forward.edit(AWKWARD, NOTHING);
    expect(sha(body)).toBe(sha(AWKWARD.replace('"MODEL"', '"their-model"')));
    expect(ignored).toEqual([]);
    expect(sha(forward.edit(AWKWARD, { ...NOTHING, model: "MODEL" }).body)).toBe(sha(AWKWARD));
  });

  test("the config has the last word", () => {
    const edits = { ...NOTHING, drop: ["seed", "metadata.10"], extra_body: { top_k: 20 } };
    const { body, ignored } = forward.edit(AWKWARD, edits);
    expect(body).not.toContain("seed");
    expect(body).toContain('"top_k":20');
    expect(body).toContain('{ \\"n\\": 12345678901234567890 }');
    expect(ignored.map(({ field }) => field)).toEqual(["seed", "metadata.10"]);
  });

  test("what was sealed here is cut out, a host's own entries stay", () => {
    const ours = { type: "reasoning.encrypted", data: sealReasoning("hm", { field: "think", model: "other" }) };
    const theirs = { type: "reasoning.text", text: "hm" };
    const text = JSON.stringify({
      model: "m",
      messages: [USER, { role: "assistant", content: "x", reasoning_details: [theirs, ours] }],
    });
    const { body, ignored } = forward.edit(text, NOTHING);
    expect(body).toBe(text.replace(`,${JSON.stringify(ours)}`, "").replace('"m"', '"their-model"'));
    expect(ignored).toMatchObject([{ field: "messages[1].reasoning_details" }]);
  });
});

const CALL = { id: "call_1", type: "function", function: { name: "f", arguments: "{}" } };
const SYSTEM = { role: "system", content: "Be brief." };
const ASSISTANT = { role: "assistant", content: "Yes." };
const CALLING = { role: "assistant", content: null, tool_calls: [CALL] };
const RESULT = { role: "tool", tool_call_id: "call_1", content: "ok" };
const PICTURE = { role: "user", content: [{ type: "image_url", image_url: { url: "https://x/y.png" } }] };

const refuses = (body: Json, dialect: Partial<Dialect> = {}): boolean =>
  forward.needsTranslation({ model: "m", messages: [USER], ...body }, mergeDialect(dialect), chatUpstream.compose);

describe("handed on as it is", () => {
  test.each(
    PRESETS.filter(({ wires }) => wires.some((wire) => wire === "chat")).map(({ id, dialect }) => [id, dialect]),
  )("plain talk on %s", (_, dialect) => {
    expect(refuses({ messages: [SYSTEM, USER], stream: true, seed: 1, top_k: 5 }, dialect as Partial<Dialect>)).toBe(
      false,
    );
  });

  test.each<[string, Json, Partial<Dialect>?]>([
    ["a longer talk", { messages: [SYSTEM, USER, ASSISTANT, USER] }],
    ["settings", { temperature: 0.1, top_p: 1, max_tokens: 5, stop: "x", presence_penalty: 0 }],
    ["an answer in a form", { response_format: { type: "json_object" } }],
    ["an answer in text", { response_format: { type: "text" } }],
    ["null for what is not said", { tools: null, reasoning_effort: null, max_tokens: null, tool_choice: null }],
    ["images by address", { messages: [PICTURE] }],
    ["effort", { reasoning_effort: "low" }],
    [
      "effort in the host's own words",
      { thinking: { type: "enabled", x: 1 } },
      { effort_on: { thinking: { type: "enabled" } } },
    ],
    ["reasoning", { messages: [USER, { ...ASSISTANT, reasoning_content: "hm" }, USER] }],
    ["marks of a cache", { messages: [{ role: "user", content: [{ type: "text", text: "x", cache_control: {} }] }] }],
    ["notes of the SDK", { messages: [USER, { ...ASSISTANT, refusal: null, annotations: [], id: "x" }, USER] }],
    ["a history of calls", { messages: [USER, CALLING, RESULT] }],
    ["tools, unhealed", { tools: [EXEC], tool_choice: "auto", parallel_tool_calls: true }, { heal: "off" }],
    ["tools that may not be called", { tools: [EXEC], tool_choice: "none" }],
    ["several answers", { n: 2, tools: [EXEC] }],
    ["audio", { messages: [{ role: "user", content: [{ type: "input_audio", input_audio: {} }] }], tools: [EXEC] }],
    ["what is wrong: the host says it best", { messages: "x", tools: [EXEC] }],
  ])("%s", (_, body, dialect = {}) => {
    expect(refuses(body, dialect)).toBe(false);
  });
});

describe("better translated", () => {
  const TWO = {
    messages: [
      USER,
      { ...CALLING, tool_calls: [CALL, { ...CALL, id: "b" }] },
      RESULT,
      { ...RESULT, tool_call_id: "b" },
    ],
  };
  const TALK = { messages: [USER, CALLING, RESULT] };
  test.each<[string, Json, Partial<Dialect>?]>([
    ["tools, whose calls may leak or merge", { tools: [EXEC] }],
    ["older functions", { functions: [{ name: "f" }] }],
    ["older functions, unhealed", { functions: [{ name: "f" }] }, { heal: "off" }],
    ["a developer", { messages: [{ role: "developer", content: "x" }, USER] }],
    ["a late system message", { messages: [USER, SYSTEM, USER] }],
    ["two users in a row", { messages: [USER, USER] }],
    ["text in parts", { messages: [{ role: "user", content: [{ type: "text", text: "x" }] }] }],
    ["a result in parts", { messages: [USER, CALLING, { ...RESULT, content: [{ type: "text", text: "ok" }] }] }],
    ["a call without its result", { messages: [USER, CALLING, USER] }],
    ["an empty list of tools", { tools: [] }],
    ["a choice without tools", { tool_choice: "auto" }],
    ["the other name of a limit", { max_completion_tokens: 5 }],
    ["the other name of a limit (2)", { max_tokens: 5 }, { max_tokens_field: "max_completion_tokens" }],
    ["an effort that the model does not have", { reasoning_effort: "low" }, { efforts: {} }],
    ["an effort that is called otherwise", { reasoning_effort: "xhigh" }, { efforts: { high: "high" } }],
    ["an effort in another host's words", { enable_thinking: false }],
    ["images by address, not fetched", { messages: [PICTURE] }, { image_urls: false }],
    [
      "a schema for the answer",
      { response_format: { type: "json_schema", json_schema: { name: "n", schema: {} } } },
      { json_schema: "words" },
    ],
    ["a field that must not be sent", { temperature: 1 }, { drop: ["temperature"] }],
    [
      "a thought that is not wanted back",
      { messages: [USER, { ...ASSISTANT, reasoning: "hm" }, USER] },
      { replay: "never" },
    ],
    [
      "a field that every message must have",
      { messages: [USER, ASSISTANT, USER] },
      { required_reasoning_field: "reasoning_content" },
    ],
    ["an empty content", TALK, { empty_content: "empty" }],
    ["text beside calls", { messages: [USER, { ...CALLING, content: "x" }, RESULT] }, { text_with_calls: "before" }],
    ["parallel calls of the history", TWO, { one_call_per_message: true }],
    ["ids of calls", TALK, { tool_call_id: "alnum9" }],
    ["names of results", TALK, { tool_result_name: true }],
    ["a user after a result", { messages: [USER, CALLING, RESULT, USER] }, { bridge_after_tool: "Done." }],
    ["strict", { tools: [{ type: "function", function: { name: "f", strict: true } }] }, { heal: "off" }],
    ["a choice", { tools: [EXEC], tool_choice: "required" }, { heal: "off", tool_choice: "no_required" }],
    [
      "a choice of one",
      { tools: [EXEC], tool_choice: { type: "function", function: { name: "exec_command" } } },
      { heal: "off", tool_choice: "strings" },
    ],
    ["parallel_tool_calls that must be said", { tools: [EXEC] }, { heal: "off", parallel_tool_calls: "always" }],
    [
      "parallel_tool_calls that must not",
      { tools: [EXEC], parallel_tool_calls: true },
      { heal: "off", parallel_tool_calls: "never" },
    ],
    [
      "a tool's schema",
      {
        tools: [
          {
            type: "function",
            function: {
              name: "f",
              parameters: { type: "object", properties: { x: { type: "string", pattern: "a" } } },
            },
          },
        ],
      },
      { heal: "off", tool_schema: "plain" },
    ],
  ])("%s", (_, body, dialect = {}) => {
    expect(refuses(body, dialect)).toBe(true);
  });

  test("what needs translation on one host needs none on another", () => {
    const openai = { heal: "off", late_system_role: "system", merge_user_messages: false } as const;
    expect(refuses({ messages: [SYSTEM, USER, USER, SYSTEM, USER] }, openai)).toBe(false);
    const strict = {
      tools: [{ type: "function", function: { name: "f", strict: true, parameters: { type: "object" } } }],
    };
    expect(refuses(strict, { heal: "off", strict_tools: true })).toBe(false);
  });

  test("something that is no request", () => {
    for (const json of [null, 5, "x", [], {}])
      expect(forward.needsTranslation(json, DEFAULT_DIALECT, chatUpstream.compose)).toBe(false);
  });
});

describe("the older endpoints", () => {
  test.each([
    [completionsClient, "/completions"],
    [embeddingsClient, "/embeddings"],
  ])("%p is handed on, and says so where it cannot be", (client, path) => {
    expect(client.forward).toMatchObject({ wire: "chat", path });
    expect(client.forward?.needsTranslation({ input: "x" }, DEFAULT_DIALECT)).toBe(false);
    const text = '{ "input":["a"],"model":"m" }';
    expect(client.forward?.edit(text, NOTHING).body).toBe(text.replace('"m"', '"their-model"'));
    expect(() => client.lift({}, PLAIN, testSurroundings())).toThrow(path);
  });
});
