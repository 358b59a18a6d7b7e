/** Searches that are slow, huge, cancelled or left, and what is kept of them. */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { call, reply, say } from "../support/chat-upstream.ts";
import { hostedSetting, outputOf, typesOf } from "../support/hosted-setting.ts";
import { describeWith } from "../support/needs.ts";
import { aWhile, until } from "../support/patience.ts";
import { ResponsesSocket, textOf } from "../support/responses-socket.ts";
import type { Json } from "../support/response-rules.ts";
import { SearchServer } from "../support/search-service.ts";
import { expectPrefixes, messages, toolTexts } from "../support/setting.ts";

const TOOLS = [{ type: "web_search" }];
const search = (query: string) => call("web_search", { query });
const PAGES = [{ url: "https://a.example/one", title: "One", text: "planted-in-a-page" }];

const ask = async (url: string, method: string, path: string): Promise<Json> =>
  (await (await fetch(url + path, { method })).json()) as Json;

describeWith("shim")("a search", () => {
  test("whose answer trickles in is given up in time", async () => {
    await using own = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      idleTimeout: 0,
      fetch: () =>
        new Response(
          new ReadableStream({
            async pull(controller) {
              await Bun.sleep(20);
              controller.enqueue(new TextEncoder().encode(" "));
            },
          }),
        ),
    });
    const config = `[web_search]\nservice = "searxng"\nurl = "http://127.0.0.1:${own.port}"\ntimeout_ms = 300\n`;
    await using on = await hostedSetting([reply(search("x")), reply(say("So."))], config);
    // Its answer never ends: without a limit of time this would wait for ever.
    const response = await on.create({ input: "x?", tools: TOOLS });
    expect(outputOf(response)[0]).toMatchObject({ status: "failed" });
    on.upstream.check();
  });

  test("that comes too soon after another is made again", async () => {
    const times: number[] = [];
    await using own = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch(request) {
        const now = performance.now();
        const soon = times.some((time) => now - time < 1000);
        if (soon) return new Response("no", { status: 429 });
        times.push(now);
        const query = new URL(request.url).searchParams.get("q") ?? "";
        return Response.json({ results: [{ url: `https://${query}.example/`, title: query, content: "x" }] });
      },
    });
    const config = `[web_search]\nservice = "searxng"\nurl = "http://127.0.0.1:${own.port}"\n`;
    await using on = await hostedSetting([reply(search("a"), search("b")), reply(say("So."))], config);
    const response = await on.create({ input: "x?", tools: TOOLS });
    expect(outputOf(response).map(({ status }) => status)).toEqual(["completed", "completed", "completed"]);
    expect(times).toHaveLength(2);
  });

  test("that is refused as too many for long fails with that word", async () => {
    await using own = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () => new Response("no", { status: 429, headers: { "retry-after": "600" } }),
    });
    const config = `[web_search]\nservice = "searxng"\nurl = "http://127.0.0.1:${own.port}"\n`;
    await using on = await hostedSetting([reply(search("a")), reply(say("So."))], config);
    const response = await on.create({ input: "x?", tools: TOOLS });
    // Whoever waited would say that there was no answer in time.
    expect(outputOf(response)[0]?.["error"]).toContain("answers 429");
  });

  test("that finds 50,000 pages tells the first", async () => {
    const results = Array.from({ length: 50_000 }, (_, n) => ({ url: `https://a.example/${n}`, title: `t${n}` }));
    await using service = new SearchServer("searxng", JSON.stringify({ results }));
    await using on = await hostedSetting([reply(search("x")), reply(say("So."))], service.config());
    const response = await on.create({ input: "x?", tools: TOOLS });
    const told = outputOf(response)[0]?.["results"] as Json[];
    expect(told.map(({ url }) => url)).toEqual(results.slice(0, 8).map(({ url }) => url));
  });

  test("of a cancelled response in the background ends", async () => {
    await using service = new SearchServer("searxng", "hang");
    await using on = await hostedSetting([reply(search("x"))], service.config());
    const { id } = await on.create({ input: "x?", tools: TOOLS, store: true, background: true });
    await until("it is asked", () => service.requests.length === 1);
    expect(await ask(on.url, "POST", `/responses/${String(id)}/cancel`)).toMatchObject({ status: "cancelled" });
    await until("the search has ended", () => service.requests[0]?.aborted);
    expect(on.upstream.requests).toHaveLength(1);
  });

  test.each([
    ["messages", { max_tokens: 100, tools: [{ type: "web_search_20250305", name: "web_search" }] }],
    ["chat/completions", { web_search_options: {} }],
  ] satisfies [string, Json][])(
    "of a client of %s that goes away ends, and nobody is asked again",
    async (path, more) => {
      await using service = new SearchServer("searxng", "hang");
      await using on = await hostedSetting([reply(search("x"))], service.config());
      const abort = new AbortController();
      const messages = [{ role: "user", content: "x?" }];
      const body = JSON.stringify({ model: "scripted", stream: true, messages, ...more });
      const { signal } = abort;
      const left = fetch(`${on.url}/${path}`, { method: "POST", body, signal }).then((answer) => answer.text());
      await until("it is asked", () => service.requests.length === 1);
      abort.abort();
      expect(left).rejects.toThrow();
      await until("the search has ended", () => service.requests[0]?.aborted);
      await aWhile(10);
      expect(on.upstream.requests).toHaveLength(1);
    },
  );

  test("of a connection that is closed ends", async () => {
    await using service = new SearchServer("searxng", "hang");
    await using on = await hostedSetting([reply(search("x"))], service.config());
    const socket = new WebSocket(`${on.url.replace("http", "ws")}/responses`);
    await new Promise((resolve) => socket.addEventListener("open", resolve));
    const created = { type: "response.create", model: "scripted", input: "x?", tools: TOOLS, store: false };
    socket.send(JSON.stringify(created));
    await until("it is asked", () => service.requests.length === 1);
    socket.close();
    await until("the search has ended", () => service.requests[0]?.aborted);
    expect(on.upstream.requests).toHaveLength(1);
  });

  test.each([true, false])("is read again when a connection goes on from it (sealed: %p)", async (sealed) => {
    await using service = new SearchServer("searxng", PAGES);
    await using on = await hostedSetting([reply(search("x")), reply(say("So.")), reply(say("Yes."))], service.config());
    await using socket = await ResponsesSocket.open(on.url);
    const asked = { tools: TOOLS, ...(sealed && { include: ["reasoning.encrypted_content"] }) };
    const first = await socket.ask({ input: "x?", ...asked });
    const second = await socket.ask({ input: "sure?", previous_response_id: first.response["id"], ...asked });
    expect(textOf(second)).toBe("Yes.");
    on.upstream.check();
    expectPrefixes(on.upstream);
    expect(toolTexts(messages(on.upstream, 2))[0]).toContain(PAGES[0]?.text);
  });

  test("is kept with its response, and nothing of it is left on the disk once that is deleted", async () => {
    await using service = new SearchServer("searxng", PAGES);
    await using on = await hostedSetting(
      [reply(search("planted-query")), reply(say("planted-answer")), reply(say("planted-again"))],
      service.config(),
    );
    const first = await on.create({ input: "planted-question", tools: TOOLS, store: true });
    const path = `/responses/${String(first["id"])}`;
    expect(outputOf(await ask(on.url, "GET", path))).toEqual(outputOf(first));
    const next = await on.create({ input: "sure?", store: true, tools: TOOLS, previous_response_id: first["id"] });
    const items = await ask(on.url, "GET", `/responses/${String(next["id"])}/input_items`);
    expect((items["data"] as Json[]).map(({ type }) => type)).toEqual(["message"]);
    expect(typesOf(next)).toEqual(["message"]);
    const folder = join(on.shim.dir, ".local/state/juscode-shim");
    const kept = (): string[] => {
      const all = readdirSync(folder).map((name) => readFileSync(join(folder, name), "latin1"));
      return [...new Set(all.join("\n").match(/planted-[a-z-]+/g))].toSorted();
    };
    expect(kept()).toEqual([
      "planted-again",
      "planted-answer",
      "planted-in-a-page",
      "planted-query",
      "planted-question",
    ]);
    for (const { id } of [first, next])
      expect(await ask(on.url, "DELETE", `/responses/${String(id)}`)).toMatchObject({ deleted: true });
    expect(kept()).toEqual([]);
  });
});
