/** Vercel's AI SDK over each of the three protocols, against the compiled shim before a Chat upstream. */
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { APICallError, generateText, Output, stepCountIs, streamText, tool, type LanguageModel } from "ai";
import { expect, test } from "bun:test";
import * as z from "zod";
import { call, hang, refuse, reply, say, think, type Script } from "../support/chat-upstream.ts";
import { describeWith } from "../support/needs.ts";
import { DOT, DOT_URL, expectLeft, failure, MODEL, OVERFLOW, sent, setUp } from "./through-shim.ts";

const describe = describeWith("shim");

const WAYS: Record<string, (baseURL: string) => LanguageModel> = {
  "@ai-sdk/openai, Chat": (baseURL) => createOpenAI({ apiKey: "unused", baseURL }).chat(MODEL),
  "@ai-sdk/openai, Responses": (baseURL) => createOpenAI({ apiKey: "unused", baseURL }).responses(MODEL),
  "@ai-sdk/anthropic": (baseURL) => createAnthropic({ apiKey: "unused", baseURL })(MODEL),
};
/** It warns of every model that it does not know. */
(globalThis as { AI_SDK_LOG_WARNINGS?: boolean }).AI_SDK_LOG_WARNINGS = false;

const called = (id: string, city: string) => ({
  id,
  type: "function",
  function: { name: "weather", arguments: JSON.stringify({ city }) },
});

const weather = (cities: string[]) =>
  tool({
    description: "The weather of a city.",
    inputSchema: z.object({ city: z.string() }),
    execute: ({ city }) => {
      cities.push(city);
      return Promise.resolve(`fine in ${city}`);
    },
  });

describe.each(Object.entries(WAYS))("%s", (way, connect) => {
  const on = (script: Script) => setUp(script, connect);
  // Its later turns then say the items; those that are stored it only names (below).
  const openai: { store: boolean } | Record<string, never> = way.endsWith("Responses") ? { store: false } : {};
  const COMMON = { maxRetries: 0, providerOptions: { openai } };

  test("a text", async () => {
    await using it = await on([reply(say("Hello"), say(" you"))]);
    const answer = await generateText({
      ...COMMON,
      model: it.client,
      instructions: "Be brief.",
      prompt: "hi",
      temperature: 0.5,
      maxOutputTokens: 100,
    });
    it.upstream.check();
    expect(answer.text).toBe("Hello you");
    expect(answer.finishReason).toBe("stop");
    expect(answer.usage.totalTokens).toBe(120);
    expect(sent(it.upstream, 0)).toEqual([
      { role: "system", content: "Be brief." },
      { role: "user", content: expect.anything() },
    ]);
    expect(JSON.stringify(sent(it.upstream, 0)[1]?.content)).toContain('"hi"');
    expect(it.upstream.request(0).body).toMatchObject({ model: MODEL, temperature: 0.5 });
  });

  test("a stream", async () => {
    await using it = await on([reply(think("Hm."), say("Hello you"))]);
    const errors: unknown[] = [];
    const stream = streamText({
      ...COMMON,
      model: it.client,
      prompt: "hi",
      onError: ({ error }) => void errors.push(error),
    });
    const deltas: string[] = [];
    for await (const delta of stream.textStream) deltas.push(delta);
    it.upstream.check();
    expect(errors).toEqual([]);
    expect(deltas.join("")).toBe("Hello you");
    expect(deltas.length).toBeGreaterThan(1);
    expect(await stream.finishReason).toBe("stop");
    expect((await stream.usage).totalTokens).toBe(120);
    expect(it.upstream.request(0).body["stream"]).toBe(true);
  });

  test.each([false, true])("a call, then two at once, then the answer (stream: %p)", async (streamed) => {
    await using it = await on([
      reply(say("I look."), call("weather", { city: "Bern" }, "call_a")),
      reply(call("weather", { city: "Rom" }, "call_b"), call("weather", { city: "Oslo" }, "call_c")),
      reply(say("All fine.")),
    ]);
    const cities: string[] = [];
    const asked = {
      ...COMMON,
      model: it.client,
      prompt: "Weathers?",
      tools: { weather: weather(cities) },
      stopWhen: stepCountIs(5),
    };
    const text = streamed ? await streamText(asked).text : (await generateText(asked)).text;
    it.upstream.check();
    expect(text).toBe("All fine.");
    expect(cities).toEqual(["Bern", "Rom", "Oslo"]);
    const [, ...after] = sent(it.upstream, 2);
    expect(after).toMatchObject([
      { role: "assistant", content: "I look.", tool_calls: [called("call_a", "Bern")] },
      { role: "tool", tool_call_id: "call_a", content: "fine in Bern" },
      { role: "assistant", tool_calls: [called("call_b", "Rom"), called("call_c", "Oslo")] },
      { role: "tool", tool_call_id: "call_b", content: "fine in Rom" },
      { role: "tool", tool_call_id: "call_c", content: "fine in Oslo" },
    ]);
  });

  test("an object by a schema", async () => {
    const colour = { name: "blue", parts: [0, 0, 1] };
    // This library asks models of Anthropic's protocol that it does not know by a forced tool.
    const answer = way.includes("anthropic") ? call("json", colour) : say(JSON.stringify(colour));
    await using it = await on([reply(answer)]);
    const schema = z.object({ name: z.string(), parts: z.array(z.number()) });
    const { output } = await generateText({
      ...COMMON,
      model: it.client,
      prompt: "a colour",
      output: Output.object({ schema }),
    });
    it.upstream.check();
    expect(output).toEqual(colour);
    const { body } = it.upstream.request(0);
    const required = { type: "object", required: ["name", "parts"] };
    if (way.includes("anthropic"))
      expect(body).toMatchObject({
        tools: [{ function: { name: "json", parameters: required } }],
        tool_choice: expect.anything(),
      });
    else expect(body["response_format"]).toMatchObject({ type: "json_schema", json_schema: { schema: required } });
  });

  test("an image", async () => {
    await using it = await on([reply(say("A dot."))]);
    await generateText({
      ...COMMON,
      model: it.client,
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "what is it?" },
            { type: "file", mediaType: "image/png", data: Buffer.from(DOT, "base64") },
          ],
        },
      ],
    });
    it.upstream.check();
    expect(sent(it.upstream, 0)[0]?.content).toMatchObject([
      { type: "text", text: "what is it?" },
      { type: "image_url", image_url: { url: DOT_URL } },
    ]);
  });

  test("leaving in mid-stream stops the upstream", async () => {
    await using it = await on([reply(say("Hello"), hang())]);
    const stop = new AbortController();
    const stream = streamText({ ...COMMON, model: it.client, prompt: "hi", abortSignal: stop.signal });
    const types: string[] = [];
    for await (const part of stream.fullStream) {
      types.push(part.type);
      if (part.type === "text-delta") stop.abort();
    }
    expect(types.at(-1)).toBe("abort");
    await expectLeft(it.upstream);
  });

  test.each([
    ["a wrong key", refuse(401, "wrong key"), 401, false, /wrong key/],
    ["a rate limit", refuse(429, "slow down"), 429, true, /slow down/],
    ["a prompt that is too long", refuse(400, OVERFLOW), 400, false, /9000 tokens/],
  ])("%s", async (_, refusal, status, again, words) => {
    await using it = await on([refusal, refusal]);
    const error = await failure(generateText({ ...COMMON, model: it.client, prompt: "hi" }));
    const streamed: unknown[] = [];
    const onError = ({ error }: { error: unknown }): void => void streamed.push(error);
    await streamText({ ...COMMON, model: it.client, prompt: "hi", onError }).consumeStream();
    it.upstream.check();
    for (const thrown of [error, ...streamed]) {
      expect(APICallError.isInstance(thrown)).toBe(true);
      expect(thrown).toMatchObject({ statusCode: status, isRetryable: again });
      expect((thrown as APICallError).message).toMatch(words);
    }
    expect(streamed).toHaveLength(1);
  });

  test.each(["error-frame", "eof"] as const)("a stream that breaks is no success: %s", async (broken) => {
    await using it = await on([{ steps: [say("Half"), call("weather", { city: "Bern" })], broken }]);
    const errors: unknown[] = [];
    const finishes: string[] = [];
    const cities: string[] = [];
    const stream = streamText({
      ...COMMON,
      model: it.client,
      prompt: "hi",
      tools: { weather: weather(cities) },
      stopWhen: stepCountIs(5),
      onError: ({ error }) => void errors.push(error),
    });
    for await (const part of stream.fullStream) if (part.type === "finish") finishes.push(part.finishReason);
    it.upstream.check();
    expect(errors.length).toBeGreaterThan(0);
    expect(cities).toEqual([]);
    expect(finishes.filter((reason) => reason !== "error")).toEqual([]);
  });
});

describe("@ai-sdk/openai, Responses, without `store: false`", () => {
  test("a history that the library only refers to is found again", async () => {
    await using it = await setUp(
      [
        reply(think("Hm."), call("weather", { city: "Bern" }, "call_a")),
        reply(say("Fine.")),
        reply(say("Still fine.")),
      ],
      (baseURL) => createOpenAI({ apiKey: "unused", baseURL }).responses(MODEL),
    );
    const cities: string[] = [];
    const asked = { model: it.client, tools: { weather: weather(cities) }, stopWhen: stepCountIs(3), maxRetries: 0 };
    const first = await generateText({ ...asked, prompt: "Weather?" });
    const messages = [
      { role: "user" as const, content: "Weather?" },
      ...first.steps.flatMap((step) => step.response.messages),
      { role: "user" as const, content: "and now?" },
    ];
    const { text } = await generateText({ ...asked, messages });
    it.upstream.check();
    expect(text).toBe("Still fine.");
    const before = sent(it.upstream, 1);
    expect(before.length).toBe(3);
    expect(sent(it.upstream, 2).slice(0, 3)).toEqual(before);
    expect(sent(it.upstream, 2).slice(3)).toMatchObject([
      { role: "assistant", content: "Fine." },
      { role: "user", content: "and now?" },
    ]);
  });

  test("one that nobody knows is refused, and says so", async () => {
    await using it = await setUp([], (baseURL) => createOpenAI({ apiKey: "unused", baseURL }).responses(MODEL));
    const messages = [
      { role: "user" as const, content: "hi" },
      {
        role: "assistant" as const,
        content: [
          { type: "text" as const, text: "Hello.", providerOptions: { openai: { itemId: `msg_${"0".repeat(34)}` } } },
        ],
      },
      { role: "user" as const, content: "and now?" },
    ];
    const error = await failure(generateText({ model: it.client, messages, maxRetries: 0 }));
    it.upstream.check();
    expect(APICallError.isInstance(error)).toBe(true);
    expect((error as APICallError).message).toContain(`Item with id 'msg_${"0".repeat(34)}' not found.`);
  });
});
