/** Two keys at one shim: neither sees, continues, cancels or deletes what the other has, by request or by WebSocket. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { call, ChatUpstream, reply, say, wait } from "../support/chat-upstream.ts";
import { describeWith, pathOf } from "../support/needs.ts";
import { until } from "../support/patience.ts";
import { ResponsesSocket, textOf } from "../support/responses-socket.ts";
import type { Json } from "../support/response-rules.ts";
import { SearchServer } from "../support/search-service.ts";
import { Shim } from "../support/shim.ts";

const SECRET = "planted-secret";
const PAGES = [{ url: "https://a.example/one", title: "One", text: SECRET }];
const TOOLS = [{ type: "web_search" }];

let home: string;
let keys: { one: string; two: string };
const env = (): Record<string, string> => ({ HOME: home, STATE_DIRECTORY: join(home, "state") });

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "juscode-isolation-"));
  const make = (name: string): string =>
    Bun.spawnSync([pathOf("shim"), "key", "add", name], { env: env() })
      .stdout.toString()
      .split("\n")[0] ?? "";
  keys = { one: make("one"), two: make("two") };
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

interface Answer {
  status: number;
  text: string;
  json: Json;
}

async function ask(url: string, key: string, method: string, path: string, body?: Json): Promise<Answer> {
  const answer = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    ...(body && { body: JSON.stringify({ model: "scripted", ...body }) }),
  });
  const text = await answer.text();
  return { status: answer.status, text, json: text.startsWith("{") ? (JSON.parse(text) as Json) : {} };
}

const start = (upstream: ChatUpstream, config: string): Promise<Shim> => {
  const file = join(home, "config.toml");
  writeFileSync(file, config);
  return Shim.start({ args: ["--upstream", upstream.url, "--config", file], env: env() });
};

describeWith("shim")("two keys", () => {
  test("what one has found and been told is nothing to the other, over a WebSocket either", async () => {
    await using service = new SearchServer("searxng", PAGES);
    await using upstream = new ChatUpstream([
      reply(call("web_search", { query: "q" })),
      reply(say(SECRET)),
      reply(say(`${SECRET} again`)),
      reply(say("mine goes on")),
      reply(say("so does this")),
    ]);
    await using shim = await start(upstream, service.config());
    const { url } = shim;
    const stored = (await ask(url, keys.one, "POST", "/responses", { input: SECRET, tools: TOOLS, store: true })).json;
    const found = (stored["output"] as Json[])[0]?.["id"];
    await using theirs = await ResponsesSocket.open(url, { authorization: `Bearer ${keys.one}` });
    const unstored = (await theirs.ask({ input: SECRET })).response["id"];
    await using socket = await ResponsesSocket.open(url, { authorization: `Bearer ${keys.two}` });
    for (const previous_response_id of [stored["id"], unstored]) {
      for (const store of [true, false]) {
        const { code, messages } = await socket.ask({ input: "?", previous_response_id, store });
        expect(code).toBe("previous_response_not_found");
        expect(JSON.stringify(messages)).not.toContain(SECRET);
      }
      const posted = await ask(url, keys.two, "POST", "/responses", { input: "?", previous_response_id });
      expect(posted.status).toBe(400);
    }
    const input = [{ type: "item_reference", id: found }];
    const referred = await ask(url, keys.two, "POST", "/responses", { input, store: true });
    expect([referred.status >= 400, referred.text.includes(SECRET)]).toEqual([true, false]);
    const overSocket = await socket.ask({ input, store: true });
    expect(overSocket.last["type"]).toBe("error");
    expect(upstream.requests).toHaveLength(3);
    // Its owner goes on from both.
    expect(textOf(await theirs.ask({ input: "?", previous_response_id: unstored }))).toBe("mine goes on");
    expect(
      textOf(await theirs.ask({ input: "?", previous_response_id: stored["id"], store: true, tools: TOOLS })),
    ).toBe("so does this");
    upstream.check();
  });

  test("what one runs in the background the other neither sees nor stops", async () => {
    await using service = new SearchServer("searxng", PAGES);
    await using upstream = new ChatUpstream([reply(call("web_search", { query: "q" })), reply(wait(500), say(SECRET))]);
    await using shim = await start(upstream, service.config());
    const { url } = shim;
    const body = { input: SECRET, tools: TOOLS, background: true, stream: false };
    const path = `/responses/${String((await ask(url, keys.one, "POST", "/responses", body)).json["id"])}`;
    for (const [method, way] of [
      ["GET", path],
      ["GET", `${path}?stream=true&starting_after=0`],
      ["GET", `${path}/input_items`],
      ["POST", `${path}/cancel`],
      ["DELETE", path],
    ] as const) {
      const { status, text } = await ask(url, keys.two, method, way);
      expect([way, status, text.includes(SECRET)]).toEqual([way, 404, false]);
    }
    let now = await ask(url, keys.one, "GET", path);
    await until("it is completed", async () => {
      now = await ask(url, keys.one, "GET", path);
      return now.json["status"] === "completed";
    });
    expect(now.text).toContain(SECRET);
    const health = await (await fetch(`${url.replace("/v1", "")}/health`)).text();
    expect(health).not.toContain(SECRET);
  });
});
