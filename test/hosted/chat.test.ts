/** `web_search_options` of Chat Completions through the compiled shim: searched unseen, and cited in the answer. */
import { expect, test } from "bun:test";
import OpenAI from "openai";
import { call, reply, say, think } from "../support/chat-upstream.ts";
import { hostedSetting } from "../support/hosted-setting.ts";
import { describeWith } from "../support/needs.ts";
import type { Json } from "../support/response-rules.ts";
import { SearchServer } from "../support/search-service.ts";
import { messages, toolTexts } from "../support/setting.ts";

const PAGES = [
  { url: "https://a.example/one", title: "One", text: "The first page." },
  { url: "https://b.example/two", title: "Two", text: "The second page." },
];
const LINK = "[One](https://a.example/one)";
const search = (query: string) => call("web_search", { query });
const clientOf = (url: string) => new OpenAI({ apiKey: "unused", baseURL: url, maxRetries: 0 });
const ASKED = { model: "scripted", messages: [{ role: "user" as const, content: "how?" }] };
const F = { type: "function" as const, function: { name: "f", parameters: { type: "object", properties: {} } } };

interface Cited {
  start_index: number;
  end_index: number;
  url: string;
}

function citedIn(content: string | null | undefined, annotations: unknown): { words: string; url: string }[] {
  return ((annotations ?? []) as { url_citation: Cited }[]).map(
    ({ url_citation: { start_index, end_index, url } }) => ({
      words: [...(content ?? "")].slice(start_index, end_index).join(""),
      url,
    }),
  );
}

describeWith("shim")("web_search_options", () => {
  test("by the openai SDK, whole and streamed", async () => {
    await using service = new SearchServer("brave", PAGES);
    const script = [reply(think("Look."), say("Wait 😀."), search("how")), reply(say(`So: ${LINK}.`))];
    await using on = await hostedSetting([...script, ...script], service.config());
    const asked = {
      ...ASKED,
      web_search_options: {
        search_context_size: "low" as const,
        user_location: { type: "approximate" as const, approximate: { country: "DE", city: "Ulm" } },
      },
    };
    const whole = await clientOf(on.url).chat.completions.create(asked);
    const message = whole.choices[0]?.message;
    expect(message?.content).toBe(`Wait 😀.\n\nSo: ${LINK}.`);
    expect(message?.tool_calls).toBeUndefined();
    expect(whole.choices[0]?.finish_reason).toBe("stop");
    expect(whole.usage).toMatchObject({ prompt_tokens: 200, completion_tokens: 40 });
    expect(citedIn(message?.content, message?.annotations)).toEqual([{ words: LINK, url: "https://a.example/one" }]);
    const stream = clientOf(on.url).chat.completions.stream(asked);
    const annotations: unknown[] = [];
    for await (const { choices } of stream) {
      const delta = choices[0]?.delta as { annotations?: unknown[] } | undefined;
      annotations.push(...(delta?.annotations ?? []));
    }
    const content = await stream.finalContent();
    expect(citedIn(content, annotations)).toEqual([{ words: LINK, url: "https://a.example/one" }]);
    on.upstream.check();
    service.check();
    expect(service.requests[0]?.asked).toMatchObject({ q: "how", country: "DE", count: "4" });
    expect(toolTexts(messages(on.upstream, 1))[0]).toContain("The second page.");
    expect(JSON.stringify(on.upstream.request(0).body.tools)).toContain("The user is in Ulm, DE.");
  });

  test("beside the client's own tools: their calls go to the client", async () => {
    await using service = new SearchServer("searxng", PAGES);
    await using on = await hostedSetting([reply(search("how")), reply(call("f", {}, "mine"))], service.config());
    const whole = await clientOf(on.url).chat.completions.create({ ...ASKED, tools: [F], web_search_options: {} });
    expect(whole.choices[0]?.message.tool_calls).toMatchObject([{ id: "mine", function: { name: "f" } }]);
    expect(whole.choices[0]?.finish_reason).toBe("tool_calls");
    on.upstream.check();
  });

  test.each([
    ["a tool of its name", { tools: [{ ...F, function: { ...F.function, name: "web_search" } }] }],
    ["a choice", { tools: [F], tool_choice: "required" }],
  ] satisfies [string, Json][])("is left out and listed beside %s", async (_, more) => {
    await using service = new SearchServer("searxng", PAGES);
    await using on = await hostedSetting([reply(say("So."))], service.config());
    const body = JSON.stringify({ ...ASKED, ...more, web_search_options: {} });
    const response = await fetch(`${on.url}/chat/completions`, { method: "POST", body });
    expect(response.headers.get("x-juscode-ignored")).toContain("web_search_options");
    expect(on.upstream.request(0).body.tools).toHaveLength(1);
  });

  test("a wrong one is refused by its name", async () => {
    await using service = new SearchServer("searxng", PAGES);
    await using on = await hostedSetting([], service.config());
    const body = JSON.stringify({ ...ASKED, web_search_options: { search_context_size: "huge" } });
    const response = await fetch(`${on.url}/chat/completions`, { method: "POST", body });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("web_search_options.search_context_size");
  });

  test("a search that fails is told to the model alone", async () => {
    await using service = new SearchServer("searxng", 500);
    await using on = await hostedSetting([reply(search("how")), reply(say("I do not know."))], service.config());
    const whole = await clientOf(on.url).chat.completions.create({ ...ASKED, web_search_options: {} });
    expect(whole.choices[0]?.message.content).toBe("I do not know.");
    expect(toolTexts(messages(on.upstream, 1))[0]).toContain("answers 500");
  });
});
