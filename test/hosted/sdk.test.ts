/** Hosted tools as Vercel's AI SDK and OpenAI's Agents declare them. */
import { createOpenAI } from "@ai-sdk/openai";
import { Agent, hostedMcpTool, OpenAIResponsesModel, run, setTracingDisabled, webSearchTool } from "@openai/agents";
import { generateText, streamText } from "ai";
import { expect, test } from "bun:test";
import OpenAI from "openai";
import { call, reply, say } from "../support/chat-upstream.ts";
import { hostedSetting } from "../support/hosted-setting.ts";
import { McpHttp } from "../support/mcp-http.ts";
import { describeWith } from "../support/needs.ts";
import { SearchServer } from "../support/search-service.ts";

const describe = describeWith("shim");

const PAGES = [{ url: "https://a.example/one", title: "One", text: "The first page." }];
const ANSWER = "So: [One](https://a.example/one).";
const SEARCHING = [reply(call("web_search", { query: "q" })), reply(say(ANSWER))];

describe("Vercel's AI SDK", () => {
  test("searches, whole and streamed, and gets the sources", async () => {
    await using service = new SearchServer("searxng", PAGES);
    await using on = await hostedSetting([...SEARCHING, ...SEARCHING], service.config());
    const openai = createOpenAI({ apiKey: "unused", baseURL: on.url });
    const asked = {
      model: openai.responses("scripted"),
      prompt: "how?",
      tools: { web_search: openai.tools.webSearch({ searchContextSize: "low" }) },
    };
    const whole = await generateText(asked);
    expect(whole.text).toBe(ANSWER);
    expect(whole.sources).toMatchObject([{ sourceType: "url", url: "https://a.example/one" }]);
    const stream = streamText(asked);
    expect(await stream.text).toBe(ANSWER);
    expect(await stream.sources).toMatchObject([{ url: "https://a.example/one" }]);
    on.upstream.check();
  });
});

describe("OpenAI's Agents", () => {
  const agentWith = (url: string, tools: Agent["tools"]): Agent => {
    setTracingDisabled(true);
    const client = new OpenAI({ apiKey: "unused", baseURL: url, maxRetries: 0 });
    return new Agent({ name: "a", model: new OpenAIResponsesModel(client as never, "scripted"), tools });
  };

  test("search", async () => {
    await using service = new SearchServer("searxng", PAGES);
    await using on = await hostedSetting(SEARCHING, service.config());
    const done = await run(agentWith(on.url, [webSearchTool()]), "how?");
    expect(done.finalOutput).toBe(ANSWER);
    on.upstream.check();
  });

  test("call an MCP server once its call is approved", async () => {
    await using server = new McpHttp();
    await using on = await hostedSetting(
      [reply(call("tiny__echo", { text: "hi" })), reply(say("Done."))],
      server.config("tiny"),
    );
    const tool = hostedMcpTool({ serverLabel: "tiny", serverUrl: server.url, requireApproval: "always" });
    const agent = agentWith(on.url, [tool]);
    const first = await run(agent, "do");
    expect(first.interruptions).toHaveLength(1);
    expect(server.calls).toEqual([]);
    for (const asked of first.interruptions) first.state.approve(asked);
    const second = await run(agent, first.state);
    expect(second.finalOutput).toBe("Done.");
    expect(server.calls).toEqual(["echo:hi"]);
    on.upstream.check();
  });
});
