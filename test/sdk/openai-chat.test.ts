/** OpenAI's own SDK by Chat Completions, against the compiled shim. */
import { expect, test } from "bun:test";
import OpenAI, {
  APIError,
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  RateLimitError,
} from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import type { RunnableToolFunctionWithParse } from "openai/lib/RunnableFunction";
import * as z from "zod";
import { call, hang, refuse, reply, say, think, type Script } from "../support/chat-upstream.ts";
import { describeWith } from "../support/needs.ts";
import { DOT_URL, expectLeft, failure, MODEL, OVERFLOW, sent, setUp } from "./through-shim.ts";

const describe = describeWith("shim");

const WEATHER: OpenAI.ChatCompletionFunctionTool = {
  type: "function",
  function: {
    name: "weather",
    description: "The weather of a city.",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
};
const HI: OpenAI.ChatCompletionMessageParam[] = [{ role: "user", content: "hi" }];

const on = (script: Script) => setUp(script, (baseURL) => new OpenAI({ apiKey: "unused", baseURL, maxRetries: 0 }));

describe("the openai SDK by Chat", () => {
  test("a text, with what was asked for", async () => {
    await using it = await on([reply(say("Hello"), say(" you"))]);
    const answer = await it.client.chat.completions.create({
      model: MODEL,
      messages: [{ role: "system", content: "Be brief." }, ...HI],
      temperature: 0.5,
      max_tokens: 100,
    });
    it.upstream.check();
    expect(answer.object).toBe("chat.completion");
    expect(answer.choices[0]).toMatchObject({ finish_reason: "stop", message: { content: "Hello you" } });
    expect(answer.usage?.total_tokens).toBe(120);
    expect(it.upstream.request(0).body).toMatchObject({
      model: MODEL,
      temperature: 0.5,
      max_tokens: 100,
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "hi" },
      ],
    });
  });

  test("a stream, with its usage at the end", async () => {
    await using it = await on([reply(think("Hm."), say("Hello you"))]);
    const stream = await it.client.chat.completions.create({
      model: MODEL,
      messages: HI,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = "";
    let reasoning = "";
    let usage: OpenAI.CompletionUsage | undefined;
    const finishes: string[] = [];
    for await (const chunk of stream) {
      const [choice] = chunk.choices;
      text += choice?.delta.content ?? "";
      reasoning += (choice?.delta as { reasoning_content?: string } | undefined)?.reasoning_content ?? "";
      if (choice?.finish_reason) finishes.push(choice.finish_reason);
      usage = chunk.usage ?? usage;
    }
    it.upstream.check();
    expect({ text, reasoning, finishes }).toEqual({ text: "Hello you", reasoning: "Hm.", finishes: ["stop"] });
    expect(usage?.total_tokens).toBe(120);
  });

  test.each([true, false])("runTools calls what was asked for, and two at once (stream: %p)", async (streamed) => {
    await using it = await on([
      reply(say("I look."), call("weather", { city: "Bern" }, "call_a")),
      reply(call("weather", { city: "Rom" }, "call_b"), call("weather", { city: "Oslo" }, "call_c")),
      reply(say("Sun, rain and snow.")),
    ]);
    const weathers: Record<string, string> = { Bern: "sun", Rom: "rain", Oslo: "snow" };
    const tool: RunnableToolFunctionWithParse<{ city: string }> = {
      type: "function",
      function: {
        name: "weather",
        parameters: WEATHER.function.parameters ?? {},
        description: "The weather of a city.",
        parse: JSON.parse as (text: string) => { city: string },
        function: ({ city }) => weathers[city] ?? "unknown",
      },
    };
    const asked = { model: MODEL, messages: [{ role: "user" as const, content: "Weathers?" }], tools: [tool] };
    const runner = streamed
      ? it.client.chat.completions.runTools({ ...asked, stream: true })
      : it.client.chat.completions.runTools({ ...asked, stream: false });
    expect(await runner.finalContent()).toBe("Sun, rain and snow.");
    it.upstream.check();
    const called = (id: string, city: string) => ({
      id,
      type: "function",
      function: { name: "weather", arguments: JSON.stringify({ city }) },
    });
    expect(sent(it.upstream, 2)).toMatchObject([
      { role: "user", content: "Weathers?" },
      { role: "assistant", content: "I look.", tool_calls: [called("call_a", "Bern")] },
      { role: "tool", tool_call_id: "call_a", content: "sun" },
      { role: "assistant", tool_calls: [called("call_b", "Rom"), called("call_c", "Oslo")] },
      { role: "tool", tool_call_id: "call_b", content: "rain" },
      { role: "tool", tool_call_id: "call_c", content: "snow" },
    ]);
  });

  test("a forced tool, and one call at a time", async () => {
    await using it = await on([reply(call("weather", { city: "Bern" }))]);
    const answer = await it.client.chat.completions.create({
      model: MODEL,
      messages: HI,
      tools: [WEATHER],
      tool_choice: { type: "function", function: { name: "weather" } },
      parallel_tool_calls: false,
    });
    it.upstream.check();
    expect(answer.choices[0]).toMatchObject({
      finish_reason: "tool_calls",
      message: { tool_calls: [{ function: { name: "weather", arguments: '{"city":"Bern"}' } }] },
    });
    expect(it.upstream.request(0).body).toMatchObject({
      tool_choice: { type: "function", function: { name: "weather" } },
      parallel_tool_calls: false,
    });
  });

  test("chat.completions.parse with a schema", async () => {
    const Colour = z.object({ name: z.string(), parts: z.array(z.number()) });
    await using it = await on([reply(say('{"name":"blue","parts":[0,0,1]}'))]);
    const answer = await it.client.chat.completions.parse({
      model: MODEL,
      messages: [{ role: "user", content: "a colour" }],
      response_format: zodResponseFormat(Colour, "colour"),
    });
    it.upstream.check();
    expect(answer.choices[0]?.message.parsed).toEqual({ name: "blue", parts: [0, 0, 1] });
    expect(it.upstream.request(0).body["response_format"]).toMatchObject({
      type: "json_schema",
      json_schema: { name: "colour", strict: true, schema: { type: "object", required: ["name", "parts"] } },
    });
  });

  test("an image goes in as it is", async () => {
    await using it = await on([reply(say("A dot."))]);
    const content: OpenAI.ChatCompletionContentPart[] = [
      { type: "text", text: "what is it?" },
      { type: "image_url", image_url: { url: DOT_URL, detail: "low" } },
    ];
    await it.client.chat.completions.create({ model: MODEL, messages: [{ role: "user", content }] });
    it.upstream.check();
    expect(sent(it.upstream, 0)[0]?.content).toEqual(content as never);
  });

  test.each(["abort", "break"])("leaving in mid-stream stops the upstream: %s", async (how) => {
    await using it = await on([reply(say("Hello"), hang())]);
    const stop = new AbortController();
    const asked = { model: MODEL, messages: HI, stream: true as const };
    const read = async (): Promise<void> => {
      for await (const chunk of await it.client.chat.completions.create(asked, { signal: stop.signal })) {
        if (!chunk.choices[0]?.delta.content) continue;
        if (how === "break") return;
        stop.abort();
      }
    };
    // A loop over the stream ends without a word; only the request itself is rejected.
    await read();
    await expectLeft(it.upstream);
    const again = it.client.chat.completions.create(asked, { signal: AbortSignal.abort() });
    expect(await failure(again)).toBeInstanceOf(APIUserAbortError);
  });

  test.each([
    ["a wrong key", refuse(401, "wrong key", { code: "invalid_api_key" }), AuthenticationError, 401, "wrong key"],
    ["a rate limit", refuse(429, "slow down"), RateLimitError, 429, "slow down"],
    ["a prompt that is too long", refuse(400, OVERFLOW), BadRequestError, 400, "9000 tokens"],
    ["a broken upstream", refuse(500, "oh"), InternalServerError, undefined, "oh"],
  ])("%s", async (_, refusal, kind, status, words) => {
    await using it = await on([refusal, refusal]);
    for (const stream of [false, true]) {
      const error = await failure(it.client.chat.completions.create({ model: MODEL, messages: HI, stream }));
      expect(error).toBeInstanceOf(kind);
      expect((error as APIError).message).toContain(words);
      if (status !== undefined) expect((error as APIError).status).toBe(status);
    }
    it.upstream.check();
  });

  test.each(["error-frame", "eof", "reset"] as const)("a stream that breaks is thrown: %s", async (broken) => {
    await using it = await on([{ steps: [say("Half")], broken }]);
    const stream = it.client.chat.completions.stream({ model: MODEL, messages: HI });
    expect(await failure(stream.finalChatCompletion())).toBeInstanceOf(Error);
    it.upstream.check();
  });
});
