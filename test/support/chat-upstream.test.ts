import { describe, expect, test } from "bun:test";
import { validateChatRequest } from "./chat-request.ts";
import { ChatUpstream, call, hang, NORMAL, refuse, reply, say, STYLES, think } from "./chat-upstream.ts";
import { until } from "./patience.ts";
import type { Json } from "./response-rules.ts";

const fn = (name: string): Json => ({
  type: "function",
  function: { name, parameters: { type: "object", properties: {} } },
});
const toolCall = (id: string, args = "{}"): Json => ({
  id,
  type: "function",
  function: { name: "f", arguments: args },
});
const result = (id: string): Json => ({ role: "tool", tool_call_id: id, content: "" });
const ask = { role: "user", content: "hi" };
const calls = (...ids: string[]): Json => ({
  role: "assistant",
  content: null,
  tool_calls: ids.map((id) => toolCall(id)),
});
const body = (messages: Json[], more: Json = {}): Json => ({
  model: "m",
  stream: true,
  stream_options: { include_usage: true },
  messages,
  ...more,
});

describe("the validator of Chat requests", () => {
  test.each<[string, Json]>([
    ["a plain question", body([{ role: "system", content: "be brief" }, ask])],
    [
      "a tool loop",
      body([ask, calls("a", "b"), result("b"), result("a"), { role: "assistant", content: "done" }], {
        tools: [fn("f")],
        tool_choice: "auto",
      }),
    ],
    [
      "an image",
      body([
        {
          role: "user",
          content: [
            { type: "text", text: "see" },
            { type: "image_url", image_url: { url: "data:,", detail: "low" } },
          ],
        },
      ]),
    ],
  ])("takes %s", (_, request) => expect(validateChatRequest(request)).toEqual([]));

  test.each<[string, string, Json]>([
    ["messages", "an empty history", body([])],
    ["messages[1]", "a late system message", body([ask, { role: "system", content: "x" }])],
    ["messages[0]", "a developer message", body([{ role: "developer", content: "x" }])],
    ["messages[1]", "two user messages", body([ask, ask])],
    [
      "messages[2]",
      "two assistant messages",
      body([ask, { role: "assistant", content: "x" }, { role: "assistant", content: "x" }]),
    ],
    ["messages[0]", "an assistant message first", body([{ role: "assistant", content: "x" }])],
    ["messages[2]", "a call not answered at once", body([ask, calls("a"), ask, result("a")])],
    ["messages", "a call never answered", body([ask, calls("a")])],
    ["messages[1]", "an orphan result", body([ask, result("a")])],
    ["messages[3]", "a result twice", body([ask, calls("a"), result("a"), result("a")])],
    ["messages[3].tool_calls[0].id", "an id used twice", body([ask, calls("a"), result("a"), calls("a"), result("a")])],
    ["messages[2].content", "a result without text", body([ask, calls("a"), { ...result("a"), content: null }])],
    ["messages[1]", "an assistant message that says nothing", body([ask, { role: "assistant", content: "" }])],
    [
      "messages[1].tool_calls",
      "no calls in a list of calls",
      body([ask, { role: "assistant", content: "x", tool_calls: [] }]),
    ],
    ["messages[1].content", "no content", body([ask, { role: "assistant", tool_calls: [toolCall("a")] }, result("a")])],
    [
      "messages[1].tool_calls[0].function.arguments",
      "broken arguments",
      body([ask, { role: "assistant", content: null, tool_calls: [toolCall("a", "{")] }, result("a")]),
    ],
    [
      "messages[1].tool_calls[0].function.arguments",
      "arguments that are a list",
      body([ask, { role: "assistant", content: null, tool_calls: [toolCall("a", "[]")] }, result("a")]),
    ],
    ["messages[1].phase", "a field of another API", body([ask, { role: "assistant", content: "x", phase: "x" }])],
    [
      "messages[1].reasoning_content",
      "empty reasoning",
      body([ask, { role: "assistant", content: "x", reasoning_content: "" }]),
    ],
    ["messages[0].content", "an empty message", body([{ role: "user", content: "" }])],
    [
      "messages[0].content[0]",
      "a part of another API",
      body([{ role: "user", content: [{ type: "input_text", text: "x" }] }]),
    ],
    [
      "messages[0].content[0]",
      "a detail that Chat does not know",
      body([{ role: "user", content: [{ type: "image_url", image_url: { url: "data:,", detail: "original" } }] }]),
    ],
    ["tools", "an empty list of tools", body([ask], { tools: [] })],
    ["tools[0]", "a tool that is no function", body([ask], { tools: [{ type: "custom", name: "x" }] })],
    ["tools[1]", "two tools of one name", body([ask], { tools: [fn("f"), fn("f")] })],
    ["tools[0].function.name", "a dotted name", body([ask], { tools: [fn("a.b")] })],
    ["tools[0].function.name", "a long name", body([ask], { tools: [fn("n".repeat(65))] })],
    [
      "tools[0].function.parameters",
      "no parameters",
      body([ask], { tools: [{ type: "function", function: { name: "f" } }] }),
    ],
    ["tool_choice", "a choice without tools", body([ask], { tool_choice: "auto" })],
    [
      "tool_choice",
      "a choice that is not there",
      body([ask], { tools: [fn("f")], tool_choice: { type: "function", function: { name: "g" } } }),
    ],
    ["parallel_tool_calls", "parallel calls without tools", body([ask], { parallel_tool_calls: true })],
    ["stream_options", "stream options without a stream", body([ask], { stream: false })],
    ["store", "a field of another API", body([ask], { store: false })],
    ["temperature", "a temperature that is null", body([ask], { temperature: null })],
    [
      "response_format.json_schema",
      "a flat schema",
      body([ask], { response_format: { type: "json_schema", schema: {} } }),
    ],
    ["body.messages.0.content", "half a character", body([{ role: "user", content: "\ud83d" }])],
  ])("finds %s wrong: %s", (at, _, request) => {
    const found = validateChatRequest(request);
    expect(found.map((line) => line.slice(0, line.indexOf(": ")))).toContain(at);
  });
});

describe("the scripted upstream", () => {
  const post = (url: string, json: Json, signal?: AbortSignal): Promise<Response> =>
    fetch(`${url}/chat/completions`, { method: "POST", body: JSON.stringify(json), ...(signal && { signal }) });

  test.each(Object.entries(STYLES))("says the same in the style: %s", async (_, style) => {
    await using upstream = new ChatUpstream(
      [reply(think("Hm"), say("Hello you"), call("f", { a: "long enough" }), call("g", {}))],
      { style },
    );
    const text = await (await post(upstream.url, body([ask]))).text();
    expect(text).toContain("finish_reason");
    expect(text.includes("[DONE]")).toBe(style.done && !style.json_body);
    for (const name of ["f", "g"]) expect(text.split(`"name":"${name}"`).length).toBe(2);
    upstream.check();
  });

  test("a wrong request is answered 400 and told at the end", async () => {
    await using upstream = new ChatUpstream([reply(say("Hello"))]);
    const answer = await post(upstream.url, body([ask, ask]));
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain("follows another user message");
    expect(() => upstream.check()).toThrow("follows another user message");
  });

  test("an answer too many, and one too few", async () => {
    await using upstream = new ChatUpstream([refuse(429, "slow down"), reply(say("Hello"))]);
    expect((await post(upstream.url, body([ask]))).status).toBe(429);
    expect(() => upstream.check()).toThrow("1 answers of the script");
    await using over = new ChatUpstream([]);
    expect((await post(over.url, body([ask]))).status).toBe(400);
    expect(() => over.check()).toThrow("only 0 answers");
  });

  test("a reset comes after what was said, and is no clean end", async () => {
    await using upstream = new ChatUpstream([{ steps: [say("Hello")], broken: "reset" }]);
    const reader = (await post(upstream.url, body([ask]))).body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toContain("assistant");
    const rest = async (): Promise<void> => {
      while (!(await reader?.read())?.done);
    };
    await expect(rest()).rejects.toThrow();
  });

  test("notices that the client has left", async () => {
    await using upstream = new ChatUpstream([reply(say("Hello"), hang())], { style: NORMAL });
    const stop = new AbortController();
    const answer = await post(upstream.url, body([ask]), stop.signal);
    await answer.body?.getReader().read();
    stop.abort();
    await until("it has noticed", () => upstream.request(0).aborted_ms !== undefined);
  });
});
