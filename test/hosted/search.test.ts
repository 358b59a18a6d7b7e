/** `web_search` through the compiled shim: each service, streamed and whole, and what may go wrong on the way. */
import { expect, test } from "bun:test";
import OpenAI from "openai";
import { OpenStream, post } from "../support/ask.ts";
import { call, reply, say, think } from "../support/chat-upstream.ts";
import { final, hostedSetting, outputOf, typesOf } from "../support/hosted-setting.ts";
import { describeWith } from "../support/needs.ts";
import { aWhile, PATIENCE_MS, until } from "../support/patience.ts";
import type { Json } from "../support/response-rules.ts";
import { SEARCH_KEY, SearchServer, type Answer, type KindName, type Page } from "../support/search-service.ts";
import { expectPrefixes, messages } from "../support/setting.ts";

const describe = describeWith("shim");

const PAGES: Page[] = [
  { url: "https://a.example/one", title: "One", text: "The first page." },
  { url: "https://b.example/two", title: "Two", text: "The second page." },
];
const TOOLS = [{ type: "web_search" }];
const LINK = "[One](https://a.example/one)";
const ANSWER = `It is so 😀: ${LINK}.`;
const search = (query: string) => call("web_search", { query });
const ASKING = [reply(search("how is it")), reply(say(ANSWER))];
const SEALED = ["reasoning.encrypted_content"];

const toolTexts = (all: ReturnType<typeof messages>): string[] =>
  all.flatMap(({ role, content }) => (role === "tool" ? [String(content)] : []));

describe("a search", () => {
  test.each(["searxng", "brave", "tavily"] satisfies KindName[])("by %s, whole", async (kind) => {
    await using service = new SearchServer(kind, PAGES);
    await using on = await hostedSetting(ASKING, service.config());
    const response = await on.create({ input: "how is it?", tools: TOOLS });
    on.upstream.check();
    service.check();
    expect(service.requests.map(({ query }) => query)).toEqual(["how is it"]);
    expect(typesOf(response)).toEqual(["web_search_call", "message"]);
    expect(outputOf(response)[0]).toMatchObject({
      status: "completed",
      action: { type: "search", query: "how is it", queries: ["how is it"] },
      results: PAGES,
    });
    const [text] = toolTexts(messages(on.upstream, 1));
    for (const page of PAGES) expect(text).toContain(`${page.title}\n${page.url}\n${page.text}`);
    expect(response["usage"]).toMatchObject({ input_tokens: 200, output_tokens: 40, total_tokens: 240 });
    const [part] = (outputOf(response)[1]?.["content"] ?? []) as Json[];
    const [cited, ...more] = (part?.["annotations"] ?? []) as Record<string, number>[];
    expect(more).toEqual([]);
    expect(cited).toMatchObject({ type: "url_citation", url: "https://a.example/one", title: "One" });
    expect([...ANSWER].slice(cited?.["start_index"], cited?.["end_index"]).join("")).toBe(LINK);
    expectPrefixes(on.upstream);
  });

  test("streamed, is told while it runs", async () => {
    await using service = new SearchServer("searxng", PAGES);
    await using on = await hostedSetting(
      [reply(think("I must look."), say("Wait."), search("how is it")), reply(say(ANSWER))],
      service.config(),
    );
    const events = await on.stream({
      input: "how is it?",
      tools: TOOLS,
      include: [...SEALED, "web_search_call.action.sources"],
    });
    const response = final(events);
    on.upstream.check();
    expect(response["status"]).toBe("completed");
    expect(typesOf(response)).toEqual(["reasoning", "message", "web_search_call", "reasoning", "message"]);
    expect(outputOf(response)[2]?.["action"]).toMatchObject({
      sources: PAGES.map(({ url }) => ({ type: "url", url })),
    });
    expect(outputOf(response)[2]).not.toHaveProperty("results");
    const types = events.map(({ type }) => type);
    expect(types.filter((type) => type === "response.created")).toHaveLength(1);
    expect(types).toContain("response.output_text.annotation.added");
    expectPrefixes(on.upstream);
  });

  test.each([true, false])("is read again on the next turn, byte for byte (sealed: %p)", async (sealed) => {
    await using service = new SearchServer("searxng", PAGES, PAGES.slice(1));
    await using on = await hostedSetting(
      [
        reply(think("Look."), search("one"), search("two")),
        reply(search("three")),
        reply(say(ANSWER)),
        reply(say("As I said.")),
      ],
      service.config(),
    );
    const input: Json[] = [{ role: "user", content: "how is it?" }];
    const asked = { tools: TOOLS, ...(sealed && { include: SEALED }) };
    const first = final(await on.stream({ input, ...asked }));
    const second = await on.create({
      input: [...input, ...outputOf(first), { role: "user", content: "sure?" }],
      ...asked,
    });
    on.upstream.check();
    expect(second["status"]).toBe("completed");
    expect(service.requests).toHaveLength(3);
    // Thoughts come back only where the client asks for them; what was found always does.
    if (sealed) expectPrefixes(on.upstream);
    else expect(toolTexts(messages(on.upstream, 3))).toEqual(toolTexts(messages(on.upstream, 2)));
    expect(toolTexts(messages(on.upstream, 3))).toHaveLength(3);
  });

  test("is read again by previous_response_id", async () => {
    await using service = new SearchServer("searxng", PAGES);
    await using on = await hostedSetting(
      [reply(think("Look."), search("x")), reply(say(ANSWER)), reply(say("So."))],
      service.config(),
    );
    const first = final(await on.stream({ input: "x?", tools: TOOLS, store: true }));
    await on.create({ input: "sure?", tools: TOOLS, store: true, previous_response_id: first["id"] });
    on.upstream.check();
    expectPrefixes(on.upstream);
    expect(toolTexts(messages(on.upstream, 2))).toHaveLength(1);
  });

  test("in the background, and over a WebSocket", async () => {
    await using service = new SearchServer("searxng", PAGES);
    await using on = await hostedSetting([...ASKING, ...ASKING], service.config());
    const queued = await on.create({ input: "x?", tools: TOOLS, store: true, background: true });
    const client = new OpenAI({ apiKey: "unused", baseURL: on.url, maxRetries: 0 });
    let now = await client.responses.retrieve(String(queued["id"]));
    await until("it has ended", async () => {
      now = await client.responses.retrieve(now.id);
      return now.status !== "queued" && now.status !== "in_progress";
    });
    expect(now.output.map(({ type }) => type)).toEqual(["web_search_call", "message"]);
    const socket = new WebSocket(`${on.url.replace("http", "ws")}/responses`);
    await new Promise((resolve) => socket.addEventListener("open", resolve));
    const ended = new Promise<Json>((resolve) =>
      socket.addEventListener("message", ({ data }) => {
        const event = JSON.parse(String(data)) as Json;
        if (event["type"] === "response.completed") resolve(event["response"] as Json);
      }),
    );
    socket.send(
      JSON.stringify({ type: "response.create", model: "scripted", input: "x?", tools: TOOLS, store: false }),
    );
    expect(typesOf(await ended)).toEqual(["web_search_call", "message"]);
    socket.close();
    on.upstream.check();
  });

  test("and a call of the client's in one reply: both are told, and the client answers", async () => {
    await using service = new SearchServer("searxng", PAGES);
    const f = { type: "function", name: "f", parameters: { type: "object", properties: {} } };
    await using on = await hostedSetting(
      [reply(call("f", {}, "mine"), search("how is it")), reply(say(ANSWER))],
      service.config(),
    );
    const input: Json[] = [{ role: "user", content: "do" }];
    const first = final(await on.stream({ input, tools: [...TOOLS, f], include: SEALED }));
    expect(typesOf(first)).toEqual(["function_call", "web_search_call", "reasoning"]);
    const result = { type: "function_call_output", call_id: "mine", output: "done" };
    const second = await on.create({
      input: [...input, ...outputOf(first), result],
      tools: [...TOOLS, f],
      include: SEALED,
    });
    on.upstream.check();
    expect(typesOf(second)).toEqual(["message"]);
    const [, assistant, ...results] = messages(on.upstream, 1);
    expect(assistant?.tool_calls?.map((each) => each.function.name)).toEqual(["f", "web_search"]);
    expect(results.map(({ content }) => String(content).slice(0, 9))).toEqual(["done", "Found for"]);
  });

  test("by the openai SDK", async () => {
    await using service = new SearchServer("brave", PAGES);
    await using on = await hostedSetting([...ASKING, ...ASKING], service.config());
    const client = new OpenAI({ apiKey: "unused", baseURL: on.url, maxRetries: 0 });
    const asked = {
      model: "scripted",
      input: "how is it?",
      tools: [{ type: "web_search_preview" as const }],
      store: false,
    };
    const answer = await client.responses.create(asked);
    expect(answer.output_text).toBe(ANSWER);
    const stream = client.responses.stream(asked);
    const types: string[] = [];
    for await (const event of stream) types.push(event.type);
    expect(types).toContain("response.web_search_call.searching");
    const last = await stream.finalResponse();
    expect(last.output_text).toBe(ANSWER);
    expect(last.output[1]).toMatchObject({ content: [{ annotations: [{ url: "https://a.example/one" }] }] });
    on.upstream.check();
    service.check();
  });
});

describe("what a search is told", () => {
  test.each([
    ["searxng", { q: "x (site:a.example)" }],
    ["brave", { q: "x (site:a.example)", country: "DE", count: "4" }],
    ["tavily", { query: "x", include_domains: ["a.example"], max_results: 4 }],
  ] satisfies [KindName, Json][])("%s: domains, place and size", async (kind, expected) => {
    await using service = new SearchServer(kind, PAGES);
    await using on = await hostedSetting([reply(search("x")), reply(say("So."))], service.config("max_results = 8"));
    const response = await on.create({
      input: "x?",
      tools: [
        {
          type: "web_search",
          filters: { allowed_domains: ["a.example"] },
          user_location: { type: "approximate", country: "DE", city: "Ulm" },
          search_context_size: "low",
        },
      ],
      include: ["web_search_call.results"],
    });
    service.check();
    expect(service.requests[0]?.asked).toMatchObject(expected);
    expect(outputOf(response)[0]?.["results"]).toEqual(PAGES.slice(0, 1));
    expect(JSON.stringify(on.upstream.request(0).body.tools)).toContain("The user is in Ulm, DE.");
  });

  test("a service of the user's own, by the same keys", async () => {
    const asked: string[] = [];
    await using own = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch(request) {
        asked.push(new URL(request.url).search);
        return Response.json({ hits: { list: [{ link: PAGES[0]?.url, name: "One", parts: ["a", "b"] }] } });
      },
    });
    const config = `[web_search]\nservice = "mine"\nurl = "http://127.0.0.1:${own.port}/find"\nquery = { text = "{query}", lang = "en" }\nresults = "hits.list"\nfields = { url = "link", title = "name", text = "parts" }\n`;
    await using on = await hostedSetting(ASKING, config);
    const response = await on.create({ input: "x?", tools: TOOLS });
    expect(asked).toEqual(["?text=how+is+it&lang=en"]);
    expect(outputOf(response)[0]?.["results"]).toEqual([{ url: PAGES[0]?.url, title: "One", text: "a … b" }]);
  });

  test("searches of one reply run together, and are told in their order", async () => {
    const both = Promise.withResolvers<void>();
    const asked: string[] = [];
    await using own = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      async fetch(request) {
        const query = new URL(request.url).searchParams.get("q") ?? "";
        asked.push(query);
        if (asked.length === 2) both.resolve();
        // One after another they would wait for ever.
        await both.promise;
        return Response.json({ results: [{ url: `https://${query}.example/`, title: query, content: "x" }] });
      },
    });
    const config = `[web_search]\nservice = "searxng"\nurl = "http://127.0.0.1:${own.port}"\n`;
    await using on = await hostedSetting([reply(search("a"), search("b")), reply(say("So."))], config);
    const response = final(await on.stream({ input: "x?", tools: TOOLS }));
    expect(asked.toSorted()).toEqual(["a", "b"]);
    expect(outputOf(response).map(({ action, status }) => [(action as Json | undefined)?.["query"], status])).toEqual([
      ["a", "completed"],
      ["b", "completed"],
      [undefined, "completed"],
    ]);
  });

  test.each([
    [{ type: "web_search", external_web_access: false }, false],
    [{ type: "web_search", external_web_access: false, indexed_web_access: true }, true],
    [{ type: "web_search_2025_08_26" }, true],
    [{ type: "web_search_preview_2025_03_11" }, true],
  ])("%p is offered: %p", async (tool, offered) => {
    await using service = new SearchServer("searxng", PAGES);
    await using on = await hostedSetting([reply(say("So."))], service.config());
    await on.create({ input: "x?", tools: [tool] });
    expect(on.upstream.request(0).body.tools?.[0]?.function.name).toBe(offered ? "web_search" : (undefined as never));
    if (!offered) await on.logged("tools[0] web_search");
  });

  test("without a service it is left out and listed", async () => {
    await using on = await hostedSetting([reply(say("So."))], "");
    await on.create({ input: "x?", tools: TOOLS });
    expect(on.upstream.request(0).body.tools).toBeUndefined();
    await on.logged("tools[0] web_search");
  });

  test("on a route, by choice", async () => {
    await using service = new SearchServer("searxng", PAGES);
    await using on = await hostedSetting(ASKING, service.config());
    const choice = { type: "web_search_preview" };
    const response = await on.create({ model: "jusCode-auto", input: "x?", tools: TOOLS, tool_choice: choice });
    expect(typesOf(response)).toEqual(["web_search_call", "message"]);
  });

  test("a route that is local only asks no service elsewhere", async () => {
    await using on = await hostedSetting(
      [reply(say("So."))],
      '[web_search]\nservice = "brave"\n[routes."jusCode-auto"]\nlocal_only = true\n',
    );
    await on.create({ model: "jusCode-auto", input: "x?", tools: TOOLS });
    expect(on.upstream.request(0).body.tools).toBeUndefined();
  });

  test("a search that has to be made is asked for once", async () => {
    await using service = new SearchServer("searxng", PAGES);
    await using on = await hostedSetting(ASKING, service.config());
    await on.create({ input: "x?", tools: TOOLS, tool_choice: { type: "web_search_preview" } });
    on.upstream.check();
    expect(on.upstream.request(0).body["tool_choice"]).toMatchObject({ function: { name: "web_search" } });
    expect(on.upstream.request(1).body["tool_choice"]).toBeUndefined();
  });
});

describe("a search that fails", () => {
  const FAILURES: [string, Answer, string, string?][] = [
    ["a server error", 500, "answers 500"],
    ["a refused key", 401, "answers 401"],
    ["no JSON", "<html>", "no JSON"],
    ["a list that is none", '{"results": 5}', "without a list"],
    ["9 MB", JSON.stringify({ results: ["x".repeat(9 * 1024 * 1024)] }), "more than 8 MB"],
    ["silence", "hang", "within 0.3 s", "timeout_ms = 300"],
  ];
  test.each(FAILURES)("by %s is told to the model, and the answer goes on", async (_, answer, words, more = "") => {
    await using service = new SearchServer("searxng", answer);
    await using on = await hostedSetting(ASKING, service.config(more));
    const response = final(await on.stream({ input: "x?", tools: TOOLS }));
    on.upstream.check();
    expect(response["status"]).toBe("completed");
    expect(outputOf(response)[0]).toMatchObject({ type: "web_search_call", status: "failed" });
    expect(toolTexts(messages(on.upstream, 1))[0]).toContain(words);
    expect(JSON.stringify(response) + (await on.shim.output())).not.toContain(SEARCH_KEY);
    await on.logged("hosted_call_failed");
    await on.logged("200 in (120 cached), 40 out");
  });

  test("5 MB of results are cut to what fits a window", async () => {
    const page = { url: "https://a.example/big", title: "t".repeat(5000), text: "word ".repeat(1_000_000) };
    await using service = new SearchServer("searxng", [page]);
    await using on = await hostedSetting(ASKING, service.config());
    await on.create({ input: "x?", tools: TOOLS });
    on.upstream.check();
    expect(toolTexts(messages(on.upstream, 1))[0]?.length).toBeLessThan(3000);
  });

  test("addresses that are no web pages are no results", async () => {
    const pages = ["javascript:alert(1)", "file:///etc/passwd", "no url", "https://a.example/\nIgnore"].map((url) => ({
      url,
      title: "t",
      text: "x",
    }));
    await using service = new SearchServer("searxng", pages);
    await using on = await hostedSetting(ASKING, service.config());
    const response = await on.create({ input: "x?", tools: TOOLS });
    expect(outputOf(response)[0]?.["results"]).toEqual([]);
  });

  test("a call without a query asks nobody", async () => {
    await using service = new SearchServer("searxng", PAGES);
    await using on = await hostedSetting([reply(call("web_search", "{")), reply(say("So."))], service.config());
    const response = await on.create({ input: "x?", tools: TOOLS });
    expect(outputOf(response)[0]).toMatchObject({ status: "failed" });
    expect(service.requests).toHaveLength(0);
  });
});

describe("a model that searches without end", () => {
  const endless = Array.from({ length: 30 }, (_, n) => reply(search(`q${n}`)));

  test("is told that no more is run, and must answer", async () => {
    await using service = new SearchServer("searxng", PAGES);
    await using on = await hostedSetting([...endless.slice(0, 3), reply(say("Enough."))], service.config());
    const response = final(await on.stream({ input: "x?", tools: TOOLS, max_tool_calls: 2 }));
    on.upstream.check();
    expect(service.requests).toHaveLength(2);
    expect(response["status"]).toBe("completed");
    expect(response["max_tool_calls"]).toBe(2);
    expect(outputOf(response).map(({ status }) => status)).toEqual(["completed", "completed", "failed", "completed"]);
    expect(on.upstream.request(3).body["tool_choice"]).toBe("none");
  });

  test("and does not answer: the response fails, and says why", async () => {
    await using service = new SearchServer("searxng", PAGES);
    await using on = await hostedSetting(endless, service.config("max_calls = 3"));
    const response = final(await on.stream({ input: "x?", tools: TOOLS }));
    expect(service.requests).toHaveLength(3);
    expect(on.upstream.requests).toHaveLength(6);
    expect(response["status"]).toBe("failed");
    expect(JSON.stringify(response["error"])).toContain("hosted tools");
  });
});

describe("a client that goes away", () => {
  test("ends the search, and nobody is asked again", async () => {
    await using service = new SearchServer("searxng", "hang");
    await using on = await hostedSetting([reply(search("x"))], service.config());
    const abort = new AbortController();
    const response = await fetch(`${on.url}/responses`, {
      method: "POST",
      body: JSON.stringify({ model: "scripted", input: "x", tools: TOOLS, stream: true, store: false }),
      signal: abort.signal,
    });
    const reader = response.body?.getReader();
    const seen = async (): Promise<string> => new TextDecoder().decode((await reader?.read())?.value);
    let text = "";
    // The search is told at once, not when it is over.
    while (!text.includes("web_search_call.searching")) text += await seen();
    await until("the service is asked", () => service.requests.length > 0);
    abort.abort();
    await until("the search has ended", () => service.requests[0]?.aborted);
    await aWhile(10);
    expect(on.upstream.requests).toHaveLength(1);
    await on.logged("aborted");
  });

  test("and an upstream that fails after a search: an error, and no second search", async () => {
    await using service = new SearchServer("searxng", PAGES);
    await using on = await hostedSetting(
      [reply(search("x")), { status: 500, body: { error: { message: "broke" } } }],
      service.config(),
    );
    const whole = await on.create({ input: "x?", tools: TOOLS });
    expect(whole).toMatchObject({ error: { message: expect.stringContaining("broke") as string } });
    expect(service.requests).toHaveLength(1);
    expect(on.upstream.requests).toHaveLength(2);
  });

  test("heartbeats go on while a search takes long", async () => {
    await using service = new SearchServer("searxng", "hang");
    await using on = await hostedSetting(
      [reply(search("x"))],
      `[server]\nheartbeat_ms = 100\n${service.config(`timeout_ms = ${10 * PATIENCE_MS}`)}`,
    );
    const stop = new AbortController();
    const body = { model: "scripted", input: "x", tools: TOOLS, stream: true, store: false };
    const stream = new OpenStream(await post(on.url, body, {}, stop.signal));
    await stream.until(": keepalive", 3);
    expect(stream.text).toContain("web_search_call.searching");
    stop.abort();
  });
});
