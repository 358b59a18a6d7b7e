/** OpenAI's Agents SDK over Responses and over Chat, against the compiled shim. */
import { Agent, OpenAIProvider, Runner, tool, type AgentInputItem } from "@openai/agents";
import { expect, test } from "bun:test";
import OpenAI, { AuthenticationError, BadRequestError, RateLimitError } from "openai";
import * as z from "zod";
import { call, hang, refuse, reply, say, think, type Script } from "../support/chat-upstream.ts";
import { describeWith } from "../support/needs.ts";
import { DOT_URL, expectLeft, failure, MODEL, OVERFLOW, sent, setUp } from "./through-shim.ts";

const describe = describeWith("shim");

const called = (id: string, name: string, args: object) => ({
  id,
  type: "function",
  function: { name, arguments: JSON.stringify(args) },
});

describe.each([
  ["Responses", true],
  ["Chat", false],
])("@openai/agents by %s", (_, useResponses) => {
  const on = (script: Script) =>
    setUp(script, (baseURL) => {
      const openAIClient = new OpenAI({ apiKey: "unused", baseURL, maxRetries: 0 });
      const modelProvider = new OpenAIProvider({ openAIClient: openAIClient as never, useResponses });
      // Traces would go to OpenAI.
      return new Runner({ modelProvider, tracingDisabled: true });
    });
  const plain = () => new Agent({ name: "Helper", instructions: "Be brief.", model: MODEL });

  test("a text", async () => {
    await using it = await on([reply(say("Hello you"))]);
    const result = await it.client.run(plain(), "hi");
    it.upstream.check();
    expect(result.finalOutput).toBe("Hello you");
    expect(result.rawResponses[0]?.usage.totalTokens).toBe(120);
    expect(sent(it.upstream, 0)).toMatchObject([
      { role: "system", content: "Be brief." },
      { role: "user", content: "hi" },
    ]);
  });

  test("a stream", async () => {
    await using it = await on([reply(think("Hm."), say("Hello you"))]);
    const result = await it.client.run(plain(), "hi", { stream: true });
    const deltas: string[] = [];
    for await (const event of result)
      if (event.type === "raw_model_stream_event" && event.data.type === "output_text_delta")
        deltas.push(event.data.delta);
    await result.completed;
    it.upstream.check();
    expect(deltas.join("")).toBe("Hello you");
    expect(deltas.length).toBeGreaterThan(1);
    expect(result.finalOutput).toBe("Hello you");
  });

  test.each([false, true])("a call, then two at once, then the answer (stream: %p)", async (stream) => {
    await using it = await on([
      reply(call("weather", { city: "Bern" }, "call_a")),
      reply(call("weather", { city: "Rom" }, "call_b"), call("weather", { city: "Oslo" }, "call_c")),
      reply(say("All fine.")),
    ]);
    const cities: string[] = [];
    const weather = tool({
      name: "weather",
      description: "The weather of a city.",
      parameters: z.object({ city: z.string() }),
      execute: ({ city }) => {
        cities.push(city);
        return `fine in ${city}`;
      },
    });
    const agent = new Agent({ name: "Helper", model: MODEL, tools: [weather] });
    const result = stream
      ? await it.client.run(agent, "Weathers?", { stream: true })
      : await it.client.run(agent, "Weathers?");
    if ("completed" in result) await result.completed;
    it.upstream.check();
    expect(result.finalOutput).toBe("All fine.");
    expect(cities.toSorted()).toEqual(["Bern", "Oslo", "Rom"]);
    expect(sent(it.upstream, 2)).toMatchObject([
      { role: "user", content: "Weathers?" },
      { role: "assistant", tool_calls: [called("call_a", "weather", { city: "Bern" })] },
      { role: "tool", tool_call_id: "call_a", content: "fine in Bern" },
      {
        role: "assistant",
        tool_calls: [called("call_b", "weather", { city: "Rom" }), called("call_c", "weather", { city: "Oslo" })],
      },
      { role: "tool", tool_call_id: "call_b", content: "fine in Rom" },
      { role: "tool", tool_call_id: "call_c", content: "fine in Oslo" },
    ]);
  });

  test("a handover to another agent", async () => {
    await using it = await on([reply(call("transfer_to_Poet", {}, "call_a")), reply(say("A verse."))]);
    const poet = new Agent({ name: "Poet", instructions: "You write verse.", model: MODEL });
    const triage = Agent.create({ name: "Triage", instructions: "Hand over.", model: MODEL, handoffs: [poet] });
    const result = await it.client.run(triage, "verse!");
    it.upstream.check();
    expect(result.finalOutput).toBe("A verse.");
    expect(result.lastAgent?.name).toBe("Poet");
    expect(it.upstream.request(0).body.tools?.map((one) => one.function.name)).toEqual(["transfer_to_Poet"]);
    const [system, ...after] = sent(it.upstream, 1);
    expect(system).toEqual({ role: "system", content: "You write verse." });
    expect(after.map(({ role }) => role)).toEqual(["user", "assistant", "tool"]);
  });

  test("an output by a schema", async () => {
    await using it = await on([reply(say('{"name":"blue","parts":[0,0,1]}'))]);
    const outputType = z.object({ name: z.string(), parts: z.array(z.number()) });
    const result = await it.client.run(new Agent({ name: "Painter", model: MODEL, outputType }), "a colour");
    it.upstream.check();
    expect(result.finalOutput).toEqual({ name: "blue", parts: [0, 0, 1] });
    expect(it.upstream.request(0).body["response_format"]).toMatchObject({
      type: "json_schema",
      json_schema: { strict: true, schema: { type: "object", required: ["name", "parts"] } },
    });
  });

  test("an image", async () => {
    await using it = await on([reply(say("A dot."))]);
    const image: AgentInputItem = {
      role: "user",
      content: [
        { type: "input_text", text: "what is it?" },
        { type: "input_image", image: DOT_URL },
      ],
    };
    await it.client.run(plain(), [image]);
    it.upstream.check();
    expect(sent(it.upstream, 0)[1]?.content).toMatchObject([
      { type: "text", text: "what is it?" },
      { type: "image_url", image_url: { url: DOT_URL } },
    ]);
  });

  // By Chat the library writes `role` into the text parts of an answer, which few hosts know.
  test("what was said before goes in again, as a text", async () => {
    await using it = await on([reply(say("A dot.")), reply(say("Red."))]);
    const first = await it.client.run(plain(), "what is it?");
    const second = await it.client.run(plain(), [...first.history, { role: "user", content: "its colour?" }]);
    it.upstream.check();
    expect(second.finalOutput).toBe("Red.");
    expect(sent(it.upstream, 1).slice(1)).toMatchObject([
      { role: "user", content: "what is it?" },
      { role: "assistant", content: "A dot." },
      { role: "user", content: "its colour?" },
    ]);
  });

  test("leaving in mid-stream stops the upstream", async () => {
    await using it = await on([reply(say("Hello"), hang())]);
    const stop = new AbortController();
    const result = await it.client.run(plain(), "hi", { stream: true, signal: stop.signal });
    let text = "";
    for await (const event of result) {
      if (event.type !== "raw_model_stream_event" || event.data.type !== "output_text_delta") continue;
      text += event.data.delta;
      stop.abort();
    }
    expect(text).not.toBe("");
    expect(result.cancelled).toBe(true);
    await expectLeft(it.upstream);
  });

  test.each([
    ["a wrong key", refuse(401, "wrong key"), AuthenticationError, /wrong key/],
    ["a rate limit", refuse(429, "slow down"), RateLimitError, /slow down/],
    ["a prompt that is too long", refuse(400, OVERFLOW), BadRequestError, /9000 tokens/],
  ])("%s", async (_, refusal, kind, words) => {
    await using it = await on([refusal, refusal]);
    const error = await failure(it.client.run(plain(), "hi"));
    const streamed = await it.client.run(plain(), "hi", { stream: true });
    const later = await failure(streamed.completed);
    it.upstream.check();
    for (const thrown of [error, later]) {
      expect(thrown).toBeInstanceOf(kind);
      expect((thrown as Error).message).toMatch(words);
    }
  });

  test.each(["error-frame", "eof"] as const)("a stream that breaks is no success: %s", async (broken) => {
    await using it = await on([{ steps: [call("weather", { city: "Bern" })], broken }]);
    let ran = 0;
    const weather = tool({
      name: "weather",
      description: "The weather of a city.",
      parameters: z.object({ city: z.string() }),
      execute: () => {
        ran++;
        return "fine";
      },
    });
    const agent = new Agent({ name: "Helper", model: MODEL, tools: [weather] });
    const result = await it.client.run(agent, "Weather?", { stream: true });
    expect(await failure(result.completed)).toBeInstanceOf(Error);
    it.upstream.check();
    expect(ran).toBe(0);
  });
});
