/** Anthropic's server tool for the web, through the compiled shim: by its SDK, and by the real Claude Code. */
import Anthropic from "@anthropic-ai/sdk";
import { expect, test } from "bun:test";
import { flatToolName } from "../../src/core/tool-names.ts";
import { editRequest } from "../../src/wires/messages/client/forward.ts";
import { call, reply, say, think } from "../support/chat-upstream.ts";
import { Claude, told } from "../support/claude.ts";
import { hostedSetting } from "../support/hosted-setting.ts";
import { tell, validateMessageStream } from "../support/message-events.ts";
import { describeWith } from "../support/needs.ts";
import { SearchServer } from "../support/search-service.ts";
import { expectPrefixes, messages, toolTexts } from "../support/setting.ts";

const PAGES = [
  { url: "https://a.example/one", title: "One", text: "The first page." },
  { url: "https://b.example/two", title: "Two", text: "The second page." },
];
const ANSWER = "It is so: [One](https://a.example/one).";
const search = (query: string) => call("web_search", { query });
const TOOL = { type: "web_search_20250305", name: "web_search" } as const;
const ASKED = { model: "scripted", max_tokens: 1000 };
const clientOf = (url: string) => new Anthropic({ apiKey: "unused", baseURL: url.replace("/v1", ""), maxRetries: 0 });

describeWith("shim")("web_search of the Messages API", () => {
  test("by Anthropic's SDK, streamed; read again on the next turn", async () => {
    await using service = new SearchServer("tavily", PAGES);
    await using on = await hostedSetting(
      [reply(think("Look."), say("Wait."), search("how")), reply(say(ANSWER)), reply(say("So."))],
      service.config(),
    );
    const client = clientOf(on.url);
    const asked: Anthropic.MessageParam = { role: "user", content: "how?" };
    const thinking = { type: "enabled" as const, budget_tokens: 1024 };
    const first = await client.messages
      .stream({ ...ASKED, max_tokens: 4000, thinking, tools: [TOOL], messages: [asked] })
      .finalMessage();
    expect(first.content.map(({ type }) => type)).toEqual([
      "thinking",
      "text",
      "server_tool_use",
      "web_search_tool_result",
      "text",
    ]);
    expect(first.content[2]).toMatchObject({ name: "web_search", input: { query: "how" } });
    expect(first.content[3]).toMatchObject({ content: PAGES.map(({ url, title }) => ({ url, title })) });
    const cited = {
      type: "web_search_result_location" as const,
      url: "https://a.example/one",
      title: "One",
      cited_text: "The first page.",
    };
    expect(first.content[4]).toMatchObject({ text: ANSWER, citations: [cited] });
    expect(first.stop_reason).toBe("end_turn");
    expect(first.usage).toMatchObject({ output_tokens: 40, server_tool_use: { web_search_requests: 1 } });
    const history: Anthropic.MessageParam[] = [asked, { role: "assistant", content: first.content as never }];
    const second = await client.messages.create({
      ...ASKED,
      max_tokens: 4000,
      thinking,
      tools: [TOOL],
      messages: [...history, { role: "user", content: "sure?" }],
    });
    expect(second.content).toMatchObject([{ type: "text", text: "So." }]);
    on.upstream.check();
    service.check();
    expectPrefixes(on.upstream);
    expect(toolTexts(messages(on.upstream, 2))[0]).toContain("The second page.");
  });

  test("its bounds: domains, uses; a client's own tool beside it", async () => {
    await using service = new SearchServer("searxng", PAGES);
    await using on = await hostedSetting(
      [reply(search("1")), reply(search("2")), reply(call("f", {}))],
      service.config(),
    );
    const f = { name: "f", input_schema: { type: "object" as const, properties: {} } };
    const tool = { ...TOOL, max_uses: 1, blocked_domains: ["b.example"] };
    const response = await fetch(`${on.url}/messages`, {
      method: "POST",
      headers: { "anthropic-version": "2023-06-01" },
      body: JSON.stringify({ ...ASKED, stream: true, tools: [tool, f], messages: [{ role: "user", content: "how?" }] }),
    });
    const sse = await response.text();
    expect(tell(validateMessageStream(sse))).toBe("");
    expect(sse).toContain("max_uses_exceeded");
    expect(sse).not.toContain("b.example");
    expect(sse).toContain('"stop_reason":"tool_use"');
    expect(service.requests).toHaveLength(1);
    on.upstream.check();
  });

  test.each(["web_search_20250305", "web_search_20260209", "web_search_20260318"])("%s, whole", async (type) => {
    await using service = new SearchServer("searxng", PAGES);
    await using on = await hostedSetting([reply(search("how")), reply(say(ANSWER))], service.config());
    const { content, usage } = await clientOf(on.url).messages.create({
      ...ASKED,
      tools: [{ ...TOOL, type, allowed_domains: ["https://b.example/two/"] } as never],
      messages: [{ role: "user", content: "how?" }],
    });
    expect(content.map((block) => block.type)).toEqual(["server_tool_use", "web_search_tool_result", "text"]);
    expect(content[1]).toMatchObject({ content: [{ url: "https://b.example/two" }] });
    // Nothing is cited that was not among the results.
    expect(content[2]).toEqual({ type: "text", text: ANSWER } as never);
    expect(usage.server_tool_use).toMatchObject({ web_search_requests: 1 });
    expect(service.requests[0]?.query).toBe("how (site:b.example/two)");
  });

  test("a failed one, and one without a query, are errors in Anthropic's words", async () => {
    await using service = new SearchServer("searxng", 500);
    await using on = await hostedSetting(
      [reply(search("how"), call("web_search", {})), reply(say("So."))],
      service.config(),
    );
    const { content, usage } = await clientOf(on.url).messages.create({
      ...ASKED,
      tools: [TOOL],
      messages: [{ role: "user", content: "how?" }],
    });
    const codes = content.map((block) =>
      block.type === "web_search_tool_result" && "error_code" in block.content ? block.content.error_code : block.type,
    );
    expect(codes).toEqual(["server_tool_use", "unavailable", "server_tool_use", "invalid_tool_input", "text"]);
    expect(usage.server_tool_use ?? null).toBeNull();
  });

  test.each([true, false])(
    "a client's tool of the same name gets its own calls (declared first: %p)",
    async (first) => {
      await using service = new SearchServer("searxng", PAGES);
      const own = { name: "web_search", input_schema: { type: "object" as const, properties: {} } };
      const called = first ? "web_search" : flatToolName(undefined, "web_search", 1);
      await using on = await hostedSetting([reply(call(called, { query: "x" }, "mine"))], service.config());
      const { content } = await clientOf(on.url).messages.create({
        ...ASKED,
        tools: first ? [own, TOOL] : [TOOL, own],
        messages: [{ role: "user", content: "how?" }],
      });
      const names = on.upstream.request(0).body.tools?.map((each) => each.function.name);
      expect(content).toMatchObject([{ type: "tool_use", id: "mine", name: "web_search" }]);
      expect(names).toEqual(first ? ["web_search"] : ["web_search", called]);
      expect(service.requests).toEqual([]);
      if (first) await on.logged("tools[1] web_search_20250305");
    },
  );

  test("without a service it is left out and listed", async () => {
    await using on = await hostedSetting([reply(say("So."))], "");
    await clientOf(on.url).messages.create({ ...ASKED, tools: [TOOL], messages: [{ role: "user", content: "how?" }] });
    expect(on.upstream.request(0).body.tools).toBeUndefined();
    await on.logged("tools[0] web_search_20250305");
  });

  test("what was found becomes words for an upstream that is handed the request", () => {
    const id = `srvtoolu_${"0".repeat(32)}`;
    const ours = { type: "web_search_result_location", encrypted_index: "juscode1s:", url: "u", title: "t" };
    const theirs = { ...ours, encrypted_index: "E" };
    const content = [
      { type: "server_tool_use", id, name: "web_search", input: { query: "q" } },
      {
        type: "web_search_tool_result",
        tool_use_id: id,
        content: [{ type: "web_search_result", url: "u", title: "t", encrypted_content: "juscode1s:First." }],
      },
      { type: "text", text: "So.", citations: [ours, theirs] },
      { type: "text", text: "So.", citations: [ours] },
    ];
    const text = JSON.stringify({ model: "m", messages: [{ role: "assistant", content }] });
    const { body } = editRequest(text, { model: "m", drop: [], extra_body: {} });
    const [message] = (JSON.parse(body) as { messages: { content: { type: string; text: string }[] }[] }).messages;
    expect(message?.content.map(({ type }) => type)).toEqual(["text", "text", "text"]);
    expect(message?.content[0]?.text).toContain("First.");
    expect(message?.content.slice(1)).toEqual([
      { type: "text", text: "So.", citations: [theirs] },
      { type: "text", text: "So." },
    ] as never);
  });
});

describeWith("shim", "claude")("Claude Code", () => {
  test("searches by its own tool", async () => {
    await using service = new SearchServer("searxng", PAGES);
    await using on = await hostedSetting(
      [
        reply(call("WebSearch", { query: "how is it" })),
        reply(search("how is it")),
        reply(say(ANSWER)),
        reply(say("Done.")),
      ],
      service.config(),
    );
    using claude = new Claude({ url: on.url.replace("/v1", ""), model: "scripted", tools: ["WebSearch"] });
    const run = await claude.run("how is it?");
    if (run.result["result"] !== "Done.") throw new Error(told(run));
    on.upstream.check();
    expect(service.requests.map(({ query }) => query)).toEqual(["how is it"]);
    const texts = toolTexts(messages(on.upstream, 3)).join("\n");
    expect(texts).toContain("https://a.example/one");
    expect(texts).toContain(ANSWER);
  });
});
