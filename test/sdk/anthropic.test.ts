/** Anthropic's own SDK against the compiled shim, before a Chat upstream. */
import Anthropic, {
  APIError,
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  RateLimitError,
} from "@anthropic-ai/sdk";
import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";
import { expect, test } from "bun:test";
import * as z from "zod";
import { call, hang, refuse, reply, say, think, type Script } from "../support/chat-upstream.ts";
import { describeWith } from "../support/needs.ts";
import { until } from "../support/patience.ts";
import { DOT, DOT_URL, expectLeft, failure, MODEL, OVERFLOW, sent, setUp } from "./through-shim.ts";

const describe = describeWith("shim");

const WEATHER: Anthropic.Tool = {
  name: "weather",
  description: "The weather of a city.",
  input_schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};
const HI: Anthropic.MessageParam[] = [{ role: "user", content: "hi" }];
const ASKED = { model: MODEL, max_tokens: 1000 };

const on = (script: Script) =>
  setUp(script, (url) => new Anthropic({ apiKey: "unused", baseURL: url.replace("/v1", ""), maxRetries: 0 }));

/** A `tool_use` of an answer and the call that a Chat upstream gets for it. */
const used = (id: string, city: string) => ({ type: "tool_use", id, name: "weather", input: { city } });
const called = (id: string, city: string) => ({
  id,
  type: "function",
  function: { name: "weather", arguments: JSON.stringify({ city }) },
});

const LOOPED = [
  { role: "user", content: "Weather?" },
  { role: "assistant", tool_calls: [called("call_a", "Bern")] },
  { role: "tool", tool_call_id: "call_a", content: "sun" },
];
const loop = (cities: string[]) => ({
  ...ASKED,
  messages: [{ role: "user" as const, content: "Weather?" }],
  tools: [
    {
      ...WEATHER,
      type: "custom" as const,
      parse: (input: unknown) => input as { city: string },
      run: ({ city }: { city: string }) => {
        cities.push(city);
        return "sun";
      },
    },
  ],
});

describe("Anthropic's SDK", () => {
  test("a text, with what was asked for", async () => {
    await using it = await on([reply(say("Hello"), say(" you"))]);
    const answer = await it.client.messages.create({
      ...ASKED,
      system: "Be brief.",
      messages: HI,
      stop_sequences: ["END"],
    });
    it.upstream.check();
    expect(answer).toMatchObject({
      type: "message",
      role: "assistant",
      stop_reason: "end_turn",
      content: [{ type: "text", text: "Hello you" }],
      usage: { output_tokens: expect.any(Number) },
    });
    expect(answer.usage.input_tokens + (answer.usage.cache_read_input_tokens ?? 0)).toBeGreaterThan(0);
    expect(it.upstream.request(0).body).toMatchObject({
      stop: ["END"],
      max_tokens: 1000,
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "hi" },
      ],
    });
  });

  test("a stream of thinking, text and two calls, whose thinking goes back with the results", async () => {
    await using it = await on([
      reply(
        think("Hm."),
        say("I look."),
        call("weather", { city: "Rom" }, "call_a"),
        call("weather", { city: "Oslo" }, "call_b"),
      ),
      reply(say("Rain and snow.")),
    ]);
    const messages: Anthropic.MessageParam[] = [{ role: "user", content: "Weathers?" }];
    const thinking = { type: "enabled" as const, budget_tokens: 1024 };
    const asked = { model: MODEL, max_tokens: 4000, tools: [WEATHER], thinking };
    const stream = it.client.messages.stream({ ...asked, messages });
    let text = "";
    stream.on("text", (delta) => void (text += delta));
    const first = await stream.finalMessage();
    expect(text).toBe("I look.");
    expect(first.stop_reason).toBe("tool_use");
    // A clone: Bun writes what matches loosely into the object that it looks at, and this one goes back.
    expect(structuredClone(first.content)).toMatchObject([
      { type: "thinking", thinking: "Hm.", signature: expect.stringMatching(/./) },
      { type: "text", text: "I look." },
      used("call_a", "Rom"),
      used("call_b", "Oslo"),
    ]);
    messages.push(
      { role: "assistant", content: first.content },
      {
        role: "user",
        content: [
          // The one that is done first comes first; a Chat host wants them as they were called, or by their ids.
          { type: "tool_result", tool_use_id: "call_b", content: "snow" },
          { type: "tool_result", tool_use_id: "call_a", content: [{ type: "text", text: "rain" }], is_error: false },
        ],
      },
    );
    const second = await it.client.messages.stream({ ...asked, messages }).finalMessage();
    it.upstream.check();
    expect(second.content).toMatchObject([{ type: "text", text: "Rain and snow." }]);
    const [, assistant, ...results] = sent(it.upstream, 1);
    expect(assistant).toMatchObject({
      role: "assistant",
      content: "I look.",
      reasoning_content: "Hm.",
      tool_calls: [called("call_a", "Rom"), called("call_b", "Oslo")],
    });
    const answers = results.map(({ role, tool_call_id, content }) => [role, tool_call_id, content]);
    expect(answers).toContainEqual(["tool", "call_a", "rain"]);
    expect(answers).toContainEqual(["tool", "call_b", "snow"]);
    expect(answers).toHaveLength(2);
  });

  /** The loop asks the server to hold the thread, and says all itself only when it is told that this is not had. */
  test("the SDK's own tool loop", async () => {
    await using it = await on([reply(call("weather", { city: "Bern" }, "call_a")), reply(say("Sun."))]);
    const cities: string[] = [];
    const final = await it.client.beta.messages.toolRunner(loop(cities));
    it.upstream.check();
    expect(cities).toEqual(["Bern"]);
    expect(final.content).toMatchObject([{ type: "text", text: "Sun." }]);
    expect(sent(it.upstream, 1)).toMatchObject(LOOPED);
  });

  test("the SDK's own tool loop, when it says all itself", async () => {
    await using it = await on([reply(call("weather", { city: "Bern" }, "call_a")), reply(say("Sun."))]);
    const final = await it.client.beta.messages.toolRunner({ ...loop([]), thread: false });
    it.upstream.check();
    expect(final.content).toMatchObject([{ type: "text", text: "Sun." }]);
    expect(sent(it.upstream, 1)).toMatchObject(LOOPED);
  });

  test("a forced tool, and one call at a time", async () => {
    await using it = await on([reply(call("weather", { city: "Bern" }, "call_a"))]);
    const answer = await it.client.messages.create({
      ...ASKED,
      messages: HI,
      tools: [WEATHER],
      tool_choice: { type: "tool", name: "weather", disable_parallel_tool_use: true },
    });
    it.upstream.check();
    expect(answer.content).toMatchObject([used("call_a", "Bern")]);
    expect(it.upstream.request(0).body).toMatchObject({
      tool_choice: { type: "function", function: { name: "weather" } },
      parallel_tool_calls: false,
    });
  });

  test("messages.parse with a schema", async () => {
    await using it = await on([reply(say('{"name":"blue","parts":[0,0,1]}'))]);
    const Colour = z.object({ name: z.string(), parts: z.array(z.number()) });
    const answer = await it.client.messages.parse({
      ...ASKED,
      messages: [{ role: "user", content: "a colour" }],
      output_config: { format: zodOutputFormat(Colour) },
    });
    it.upstream.check();
    expect(answer.parsed_output).toEqual({ name: "blue", parts: [0, 0, 1] });
    expect(it.upstream.request(0).body["response_format"]).toMatchObject({
      type: "json_schema",
      json_schema: { schema: { type: "object", required: ["name", "parts"] } },
    });
  });

  test("images of the user and of a tool", async () => {
    await using it = await on([reply(say("Two dots."))]);
    const source = { type: "base64" as const, media_type: "image/png" as const, data: DOT };
    await it.client.messages.create({
      ...ASKED,
      tools: [WEATHER],
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "what is it?" },
            { type: "image", source },
          ],
        },
        { role: "assistant", content: [{ type: "tool_use", id: "call_a", name: "weather", input: { city: "Rom" } }] },
        {
          role: "user",
          content: [{ type: "tool_result", tool_use_id: "call_a", content: [{ type: "image", source }] }],
        },
      ],
    });
    it.upstream.check();
    const all = sent(it.upstream, 0);
    const image = { type: "image_url", image_url: { url: DOT_URL } };
    expect(all[0]?.content).toMatchObject([{ type: "text", text: "what is it?" }, image]);
    expect(all.map(({ role }) => role)).toEqual(["user", "assistant", "tool", "user"]);
    expect(all[3]?.content).toContainEqual(expect.objectContaining(image));
  });

  test("countTokens and models.list", async () => {
    await using it = await on([]);
    const short = await it.client.messages.countTokens({ model: MODEL, messages: HI });
    const content = "a longer text. ".repeat(100);
    const long = await it.client.messages.countTokens({ model: MODEL, messages: [{ role: "user", content }] });
    expect(short.input_tokens).toBeGreaterThan(0);
    expect(long.input_tokens).toBeGreaterThan(short.input_tokens + 100);
    const ids: string[] = [];
    for await (const model of it.client.models.list()) ids.push(model.id);
    expect(ids).toContain(MODEL);
  });

  test("leaving in mid-stream stops the upstream, and so does giving up a whole answer", async () => {
    await using it = await on([reply(say("Hello"), hang()), reply(hang())]);
    const stream = it.client.messages.stream({ ...ASKED, messages: HI });
    stream.on("text", () => stream.abort());
    expect(await failure(stream.finalMessage())).toBeInstanceOf(APIUserAbortError);
    const stop = new AbortController();
    const error = failure(it.client.messages.create({ ...ASKED, messages: HI }, { signal: stop.signal }));
    await until("both are asked", () => it.upstream.requests.length === 2);
    stop.abort();
    expect(await error).toBeInstanceOf(APIUserAbortError);
    await expectLeft(it.upstream);
  });
});

describe("errors in Anthropic's SDK", () => {
  test.each([
    ["a wrong key", refuse(401, "wrong key"), AuthenticationError, 401, "authentication_error", "wrong key"],
    ["a rate limit", refuse(429, "slow down"), RateLimitError, 429, "rate_limit_error", "slow down"],
    ["a prompt too long", refuse(400, OVERFLOW), BadRequestError, 400, "invalid_request_error", "prompt is too long"],
    ["a broken upstream", refuse(500, "oh"), InternalServerError, undefined, "api_error", "oh"],
  ])("%s", async (_, refusal, kind, status, type, words) => {
    await using it = await on([refusal, refusal]);
    for (const stream of [false, true]) {
      const error = await failure(it.client.messages.create({ ...ASKED, messages: HI, stream }));
      expect(error).toBeInstanceOf(kind);
      const { message, error: body, status: got } = error as APIError;
      expect(message).toContain(words);
      expect(body).toMatchObject({ type: "error", error: { type } });
      if (status !== undefined) expect(got).toBe(status);
    }
    it.upstream.check();
  });

  test("a field that is wrong is named, before anything is asked", async () => {
    await using it = await on([]);
    const messages = [{ role: "nobody", content: "x" } as never];
    const error = await failure(it.client.messages.create({ ...ASKED, messages }));
    expect(error).toBeInstanceOf(BadRequestError);
    expect((error as APIError).message).toMatch(/messages[[.]0\]?\.role/);
    expect(it.upstream.requests).toHaveLength(0);
  });

  test.each(["error-frame", "eof", "reset"] as const)("a stream that breaks is thrown: %s", async (broken) => {
    await using it = await on([{ steps: [say("Half")], broken }]);
    const error = await failure(it.client.messages.stream({ ...ASKED, messages: HI }).finalMessage());
    expect(error).toBeInstanceOf(APIError);
    it.upstream.check();
  });
});
