/** This project's own Responses server as the upstream, over a scripted Chat host: what two shims in a row carry. */
import { describe, expect, test } from "bun:test";
import type { ErrorKind } from "../../../../src/core/errors.ts";
import { ChatUpstream, refuse, STYLES, type Script } from "../../../support/chat-upstream.ts";
import * as scripted from "../../../support/chat-upstream.ts";
import { serving } from "../../../server/serving.ts";
import { assistant, IMAGE, result, system, user } from "../../chat/upstream/items.ts";
import { exchange, type ExchangeOptions } from "./exchange.ts";

const TOOLS = [
  { name: "look", description: "Looks.", parameters: { type: "object", properties: { path: { type: "string" } } } },
  { name: "wait" },
];

const AT_ONCE = scripted.reply(
  scripted.think("hm, let me see"),
  scripted.say("I look 🌍."),
  scripted.call("look", '{"path": "a/\\u00e9 \\"b\\""}', "call_a"),
  scripted.call("wait", {}, "call_b"),
);

describe.each<[string, ExchangeOptions]>([
  ["streamed", {}],
  ["in one piece", { whole: true }],
])("%s", (_, options) => {
  test.each(Object.entries(STYLES))("text, thoughts and parallel calls (%s)", async (_name, style) => {
    await using upstream = new ChatUpstream([AT_ONCE, scripted.reply(scripted.say("Done."))], { style });
    await using shim = await serving(upstream.url);
    const items = [system("Be brief."), user("Go.")];
    const first = await exchange(shim.url, { items, tools: TOOLS, settings: { effort: "high" } }, options);
    expect(first.error).toBeUndefined();
    expect(
      first.said.map((item) =>
        "parts" in item ? item.parts : "name" in item ? [item.name, JSON.parse(item.arguments)] : item.text,
      ),
    ).toEqual(["hm, let me see", [{ type: "text", text: "I look 🌍." }], ["look", { path: 'a/é "b"' }], ["wait", {}]]);
    expect(first.events.at(-1)).toMatchObject({ type: "end", reason: "tool_calls" });
    const calls = first.said.filter((item) => item.type === "tool_call");
    const results = calls.map(({ call_id, name }) => result(call_id, `saw ${name}`));
    const second = await exchange(shim.url, { items: [...items, ...first.said, ...results], tools: TOOLS }, options);
    expect(second.error).toBeUndefined();
    expect(second.said).toEqual([assistant("Done.")]);
    // The host behind the other shim gets its own words back.
    const { messages } = upstream.request(1).body;
    expect(messages.map(({ role }) => role)).toEqual(["system", "user", "assistant", "tool", "tool"]);
    expect(messages[2]).toMatchObject({ content: "I look 🌍.", reasoning_content: "hm, let me see" });
    expect(messages[2]?.tool_calls?.map(({ function: { name, arguments: args } }) => [name, args])).toEqual(
      calls.map(({ name, arguments: args }) => [name, args]),
    );
    expect(messages.slice(3).map(({ content }) => content)).toEqual(["saw look", "saw wait"]);
    expect(messages[3]?.tool_call_id).toBe(messages[2]?.tool_calls?.[0]?.id as string);
    upstream.check();
  });
});

test("settings, images and usage", async () => {
  await using upstream = new ChatUpstream([scripted.reply(scripted.say('{"a":1}'))]);
  await using shim = await serving(upstream.url);
  const schema = {
    type: "object",
    properties: { a: { type: "number" } },
    required: ["a"],
    additionalProperties: false,
  };
  const { events, error } = await exchange(shim.url, {
    items: [user("Go.", IMAGE)],
    tools: TOOLS,
    settings: {
      effort: "low",
      temperature: 0.5,
      max_output_tokens: 100,
      tool_choice: { name: "look" },
      parallel_tool_calls: false,
      format: { type: "json_schema", name: "n", schema, strict: true },
    },
  });
  expect(error).toBeUndefined();
  expect(upstream.request(0).body).toMatchObject({
    messages: [{ role: "user", content: [{ type: "text", text: "Go." }, { type: "image_url" }] }],
    reasoning_effort: "low",
    temperature: 0.5,
    max_tokens: 100,
    tool_choice: { type: "function", function: { name: "look" } },
    parallel_tool_calls: false,
    response_format: { type: "json_schema", json_schema: { name: "n", schema, strict: true } },
  });
  expect(events.at(-1)).toEqual({
    type: "end",
    service_tier: "default",
    reason: "stop",
    usage: { input_tokens: 100, cached_tokens: 60, cache_write_tokens: 0, output_tokens: 20, reasoning_tokens: 5 },
  });
  upstream.check();
});

test.each<[ErrorKind, Script[number]]>([
  ["context_overflow", refuse(400, "This model's maximum context length is 10 tokens")],
  ["rate_limited", refuse(429, "Slow down")],
  ["quota", refuse(429, "no", { code: "insufficient_quota" })],
  ["overloaded", refuse(503, "busy")],
  ["model_not_found", refuse(404, "no", { code: "model_not_found" })],
  ["upstream_failed", refuse(500, "Oops")],
  ["invalid_request", refuse(400, "messages[0] is wrong")],
  ["upstream_failed", { ...scripted.reply(scripted.say("Once upon")), broken: "error-frame" }],
])("an error arrives as what it is: %s", async (kind, line) => {
  await using upstream = new ChatUpstream([line]);
  await using shim = await serving(upstream.url);
  const { error } = await exchange(shim.url, { items: [user("Go.")] });
  expect(error?.kind).toBe(kind);
});

test.each(["eof", "reset"] as const)("a call whose reply breaks off is never complete (%s)", async (broken) => {
  await using upstream = new ChatUpstream([{ ...scripted.reply(scripted.call("look", '{"path":"a"}')), broken }]);
  await using shim = await serving(upstream.url);
  const { error, said } = await exchange(shim.url, { items: [user("Go.")], tools: TOOLS });
  expect(error).toBeDefined();
  expect(said).toEqual([]);
});

test("a reply cut by its limit is incomplete, and its call is none", async () => {
  const cut = { ...scripted.reply(scripted.say("I look."), scripted.call("look", '{"path":"a')), finish: "length" };
  await using upstream = new ChatUpstream([cut]);
  await using shim = await serving(upstream.url);
  const { events, said } = await exchange(shim.url, { items: [user("Go.")], tools: TOOLS });
  expect(events.at(-1)).toMatchObject({ type: "end", reason: "length" });
  expect(said).toEqual([assistant("I look.")]);
});
