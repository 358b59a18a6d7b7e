/** OpenAI's Agents SDK with a memory on the server, against the compiled shim. */
import { Agent, OpenAIConversationsSession, OpenAIProvider, Runner, tool } from "@openai/agents";
import { expect, test } from "bun:test";
import OpenAI from "openai";
import * as z from "zod";
import { call, reply, say, think, type ChatMessage, type Script } from "../support/chat-upstream.ts";
import { describeWith } from "../support/needs.ts";
import { MODEL, sent, setUp } from "./through-shim.ts";

const describe = describeWith("shim");

const on = (script: Script) =>
  setUp(script, (baseURL) => {
    const openAIClient = new OpenAI({ apiKey: "unused", baseURL, maxRetries: 0 });
    const modelProvider = new OpenAIProvider({ openAIClient: openAIClient as never, useResponses: true });
    // Traces would go to OpenAI.
    return { openAIClient, runner: new Runner({ modelProvider, tracingDisabled: true }) };
  });

const weather = tool({
  name: "weather",
  description: "The weather of a city.",
  parameters: z.object({ city: z.string() }),
  execute: ({ city }) => `fine in ${city}`,
});
const agent = () => new Agent({ name: "Helper", instructions: "Be brief.", model: MODEL, tools: [weather] });

const SCRIPT: Script = [
  reply(think("Hm."), call("weather", { city: "Bern" }, "call_a")),
  reply(say("Fine.")),
  reply(say("Bern.")),
];

const roles: ChatMessage["role"][] = ["system", "user", "assistant", "tool", "assistant", "user"];

describe("@openai/agents with a memory on the server", () => {
  test("OpenAIConversationsSession", async () => {
    await using it = await on(SCRIPT);
    const session = new OpenAIConversationsSession({ client: it.client.openAIClient as never });
    expect((await it.client.runner.run(agent(), "Weather?", { session })).finalOutput).toBe("Fine.");
    const second = await it.client.runner.run(agent(), "Where?", { session });
    it.upstream.check();
    expect(second.finalOutput).toBe("Bern.");
    expect(sent(it.upstream, 2).map(({ role }) => role)).toEqual(roles);
    expect(sent(it.upstream, 2).slice(0, 4)).toEqual(sent(it.upstream, 1));
    const items = await session.getItems();
    expect(items.map((item) => item.type)).toEqual([
      "message",
      "reasoning",
      "function_call",
      "function_call_result",
      "message",
      "message",
      "message",
    ]);
    expect(await session.popItem()).toMatchObject({ type: "message", role: "assistant" });
    expect(await session.getItems()).toHaveLength(6);
    await session.clearSession();
  });

  test.each([false, true])("previousResponseId (stream: %p)", async (stream) => {
    await using it = await on(SCRIPT);
    const ask = async (text: string, previousResponseId?: string) => {
      const more = previousResponseId === undefined ? {} : { previousResponseId };
      if (!stream) return it.client.runner.run(agent(), text, more);
      const running = await it.client.runner.run(agent(), text, { ...more, stream: true });
      await running.completed;
      return running;
    };
    const first = await ask("Weather?");
    const second = await ask("Where?", first.lastResponseId);
    it.upstream.check();
    expect(second.finalOutput).toBe("Bern.");
    expect(sent(it.upstream, 2).map(({ role }) => role)).toEqual(roles);
    expect(sent(it.upstream, 2).slice(0, 4)).toEqual(sent(it.upstream, 1));
  });

  test("conversationId", async () => {
    await using it = await on(SCRIPT);
    const { id: conversationId } = await it.client.openAIClient.conversations.create();
    await it.client.runner.run(agent(), "Weather?", { conversationId });
    const second = await it.client.runner.run(agent(), "Where?", { conversationId });
    it.upstream.check();
    expect(second.finalOutput).toBe("Bern.");
    expect(sent(it.upstream, 2).map(({ role }) => role)).toEqual(roles);
    expect(sent(it.upstream, 2).slice(0, 4)).toEqual(sent(it.upstream, 1));
  });
});
