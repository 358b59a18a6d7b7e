/** Stored responses beyond one client and one translated upstream: who may see what, and hosts that keep some themselves. */
import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Access } from "../../src/server/access/access.ts";
import { AccessGuard } from "../../src/server/access/guard.ts";
import { sha256 } from "../../src/server/access/client-keys.ts";
import { LOOPBACK_ONLY } from "../../src/server/access/browser-guard.ts";
import { StoreError } from "../../src/server/store/store-error.ts";
import { openStore } from "../../src/server/store/open.ts";
import type { Store } from "../../src/server/store/store.ts";
import { State } from "../../src/server/state/state.ts";
import type { ConfiguredRoute } from "../../src/config/file/config-file.ts";
import type { ProviderInput } from "../../src/config/resolve.ts";
import { ChatUpstream, hang, reply, say, type Script } from "../support/chat-upstream.ts";
import type { Json } from "../support/response-rules.ts";
import { foundAt, serving, until, type Serving } from "./serving.ts";

interface Kept extends AsyncDisposable {
  on: Serving;
  store: Store;
}

interface Changes {
  door?: AccessGuard;
  routes?: readonly ConfiguredRoute[];
  change?: (store: Store) => Store;
}

/** `change` puts another store in the place of the one that works. */
async function keeping(
  upstreams: Record<string, { url: string } & Partial<ProviderInput>>,
  { door, routes = [], change = (store) => store }: Changes = {},
): Promise<Kept> {
  const folder = mkdtempSync(join(tmpdir(), "juscode-state-"));
  const place = { kind: "sqlite" as const, file: join(folder, "responses.sqlite") };
  const store = await openStore({ enabled: true, place, max_age_days: 30, max_mb: 100, warn: () => {} });
  if (!store) throw new Error("no store");
  const state = new State(change(store), "replica");
  const found = Object.entries(upstreams).map(([id, { url, ...more }]) => foundAt(url, [`${id}-model`], id, more));
  const on = await serving(async () => found, { state, routes, ...(door && { door }) });
  return {
    on,
    store,
    async [Symbol.asyncDispose]() {
      await on[Symbol.asyncDispose]();
      await state.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function ask(url: string, path: string, body?: object, key?: string, method = body ? "POST" : "GET") {
  const answer = await fetch(url + path, {
    method,
    headers: { "content-type": "application/json", ...(key !== undefined && { authorization: `Bearer ${key}` }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const json = text.startsWith("{") ? (JSON.parse(text) as Json) : {};
  return { status: answer.status, text, json, id: String(json["id"]), headers: answer.headers };
}

const chat = (script: Script) => new ChatUpstream(script, { models: ["chat-model"] });

describe("each key's own", () => {
  const keys = ["one", "two"].map((name) => `jsk_${name.repeat(14)}`);
  const [ONE = "", TWO = ""] = keys;
  const entry = (key: string, name: string) => ({
    name,
    sha256: sha256(key).toString("hex"),
    use: "models" as const,
    created_at: "2026-01-01T00:00:00Z",
  });
  const doorFor = (...all: ReturnType<typeof entry>[]) =>
    new AccessGuard(new Access(all, true, () => performance.now()), LOOPBACK_ONLY);

  test("nothing of another is found, by no way, in the words of what never was", async () => {
    await using host = chat([reply(say("Hello")), reply(say("Mine"))]);
    await using it = await keeping(
      { chat: { url: host.url, wires: ["chat"] } },
      { door: doorFor(entry(ONE, "one"), entry(TWO, "two")) },
    );
    const { url } = it.on;
    const { id } = await ask(url, "/responses", { model: "chat-model", input: "secret" }, ONE);
    const made = await ask(url, "/conversations", { items: [{ role: "user", content: "secret" }] }, ONE);
    const item = ((await ask(url, `/conversations/${made.id}/items`, undefined, ONE)).json["data"] as Json[])[0]?.[
      "id"
    ];
    const full = await ask(url, `/responses/${id}`, undefined, ONE);
    const said = ((full.json["output"] as Json[])[0] ?? {})["id"];
    const ways: [path: string, body?: object | undefined, method?: string][] = [
      [`/responses/${id}`],
      [`/responses/${id}?stream=true`],
      [`/responses/${id}/input_items`],
      [`/responses/${id}/cancel`, {}],
      [`/responses/${id}`, undefined, "DELETE"],
      [`/conversations/${made.id}`],
      [`/conversations/${made.id}`, { metadata: { a: "b" } }],
      [`/conversations/${made.id}/items`],
      [`/conversations/${made.id}/items`, { items: [{ role: "user", content: "planted" }] }],
      [`/conversations/${made.id}/items/${String(item)}`],
      [`/conversations/${made.id}/items/${String(item)}`, undefined, "DELETE"],
      [`/conversations/${made.id}`, undefined, "DELETE"],
      ["/responses", { model: "chat-model", input: "?", previous_response_id: id }],
      ["/responses", { model: "chat-model", input: "?", conversation: made.id }],
      ["/responses", { model: "chat-model", input: [{ type: "item_reference", id: said }] }],
      ["/responses/compact", { model: "chat-model", previous_response_id: id }],
      ["/responses/input_tokens", { model: "chat-model", input: "?", previous_response_id: id }],
    ];
    for (const [path, body, method] of ways) {
      const theirs = await ask(url, path, body, TWO, method);
      const swap = (text: string) => text.replaceAll(id, "resp_none").replaceAll(made.id, "conv_none");
      const nobody = await ask(
        url,
        swap(path),
        body && (JSON.parse(swap(JSON.stringify(body))) as object),
        TWO,
        method,
      );
      expect([path, theirs.status >= 400]).toEqual([path, true]);
      expect(theirs.text).not.toContain("secret");
      expect([theirs.status, swap(theirs.text)]).toEqual([nobody.status, swap(nobody.text)]);
    }
    // All of it is still there.
    expect((await ask(url, `/responses/${id}`, undefined, ONE)).text).toBe(full.text);
    // Its owner changes it, without naming its items.
    const changed = await ask(url, `/conversations/${made.id}`, { metadata: { a: "b" } }, ONE);
    expect([changed.status, changed.json["metadata"]]).toEqual([200, { a: "b" }]);
    const left = await ask(url, `/conversations/${made.id}/items`, undefined, ONE);
    expect(left.json["data"]).toMatchObject([{ content: [{ text: "secret" }] }]);
    expect(host.requests).toHaveLength(1);
  });

  test("a later key of the same name has none of it", async () => {
    await using host = chat([reply(say("Hello"))]);
    const door = doorFor(entry(ONE, "one"));
    await using it = await keeping({ chat: { url: host.url, wires: ["chat"] } }, { door });
    const { id } = await ask(it.on.url, "/responses", { model: "chat-model", input: "secret" }, ONE);
    door.access.replace([entry(TWO, "one")]);
    expect((await ask(it.on.url, `/responses/${id}`, undefined, TWO)).status).toBe(404);
  });
});

interface Asked {
  method: string;
  path: string;
  body: string;
}

/** A host of the Responses wire that gives ids of its own. */
function native(answer?: (asked: Asked, n: number) => Response): AsyncDisposable & { url: string; asked: Asked[] } {
  const asked: Asked[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    development: false,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      const one = { method: request.method, path: pathname + search, body: await request.text() };
      asked.push(one);
      return answer?.(one, asked.length) ?? Response.json(minted(asked.length));
    },
  });
  return { url: `http://127.0.0.1:${server.port}/v1`, asked, [Symbol.asyncDispose]: () => server.stop(true) };
}

const minted = (n: number, more: object = {}) => ({
  id: `resp_native_${n}`,
  object: "response",
  status: "completed",
  store: false,
  output: [
    { id: `rs_${n}`, type: "reasoning", summary: [], encrypted_content: "sealed" },
    {
      id: `msg_${n}`,
      type: "message",
      role: "assistant",
      status: "completed",
      content: [{ type: "output_text", text: `answer ${n}`, annotations: [] }],
    },
  ],
  big: 1,
  ...more,
});

function streamed(n: number): string {
  const created = { type: "response.created", response: { ...minted(n), status: "in_progress", output: [] } };
  const delta = { type: "response.output_text.delta", delta: `answer ${n}` };
  const done = { type: "response.completed", response: minted(n) };
  return [created, delta, done].map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");
}

const KEEPS = { wires: ["responses" as const], dialect: { keeps_responses: true } };

const route = (name: string, ...models: string[]) => ({
  name,
  candidates: models.map((model) => ({ name: model, model })),
  prefer: "ordered" as const,
  local_only: false,
});

describe("on a route", () => {
  test.each([true, false])("what another candidate has answered is stored once (stream: %p)", async (stream) => {
    await using first = chat([{ status: 500, body: "down" }]);
    await using second = chat([reply(say("Hello")), reply(say("Fine"))]);
    const upstreams = {
      first: { url: first.url, wires: ["chat" as const] },
      chat: { url: second.url, wires: ["chat" as const] },
    };
    await using it = await keeping(upstreams, { routes: [route("auto", "first-model", "chat-model")] });
    const { text, id: told } = await ask(it.on.url, "/responses", { model: "auto", input: "hi", stream });
    const id = stream ? (/"id":"(resp_[0-9a-f]+)"/.exec(text)?.[1] ?? "") : told;
    expect(await it.store.usage()).toMatchObject({ responses: 1 });
    expect((await ask(it.on.url, `/responses/${id}`)).json).toMatchObject({ status: "completed", store: true });
    const next = await ask(it.on.url, "/responses", { model: "auto", input: "and?", previous_response_id: id });
    expect(next.json).toMatchObject({ output: [{ content: [{ text: "Fine" }] }] });
  });

  test("a thread stays with the host that keeps it", async () => {
    await using host = native();
    await using other = chat([]);
    const upstreams = { chat: { url: other.url, wires: ["chat" as const] }, native: { url: host.url, ...KEEPS } };
    await using it = await keeping(upstreams, { routes: [route("auto", "chat-model", "native-model")] });
    const { id } = await ask(it.on.url, "/responses", { model: "native-model", input: "hi" });
    const next = await ask(it.on.url, "/responses", { model: "auto", input: "and?", previous_response_id: id });
    expect(next).toMatchObject({ status: 200, id: "resp_native_2" });
    expect(other.requests).toHaveLength(0);
  });
});

describe("a host that keeps responses itself", () => {
  test("is asked for what it has made, byte for byte", async () => {
    await using host = native();
    await using it = await keeping({ native: { url: host.url, ...KEEPS } });
    const { url } = it.on;
    const first = await ask(url, "/responses", { model: "native-model", input: "hi" });
    expect(first.id).toBe("resp_native_1");
    const next = { model: "native-model", input: "and?", previous_response_id: first.id, store: true };
    const second = await ask(url, "/responses", next);
    expect(host.asked[1]?.body).toBe(JSON.stringify(next));
    for (const [method, more] of [
      ["GET", "?include=x"],
      ["GET", "/input_items?limit=2&after=a"],
      ["POST", "/cancel"],
      ["DELETE", ""],
    ] as const) {
      const reply = await ask(url, `/responses/${second.id}${more}`, undefined, undefined, method);
      expect(reply.status).toBe(200);
      expect(host.asked.at(-1)).toEqual({ method, path: `/v1/responses/${second.id}${more}`, body: "" });
      expect(reply.headers.get("x-juscode-provider")).toBe("native");
    }
    expect((await ask(url, `/responses/${second.id}`)).status).toBe(404);
    expect(host.asked).toHaveLength(6);
  });

  test.each([true, false])("nothing is written for `store: false` (stream: %p)", async (stream) => {
    await using host = native((_, n) =>
      stream
        ? new Response(streamed(n), { headers: { "content-type": "text/event-stream" } })
        : Response.json(minted(n)),
    );
    await using it = await keeping({
      native: { url: host.url, ...KEEPS },
      plain: { url: host.url, wires: ["responses"] },
    });
    for (const model of ["native-model", "plain-model"])
      await ask(it.on.url, "/responses", { model, input: "hi", store: false, stream });
    expect(await it.store.usage()).toMatchObject({ responses: 0, conversations: 0 });
  });

  test("a thread of it is not continued elsewhere, and says so", async () => {
    await using host = native();
    await using other = chat([]);
    await using it = await keeping({
      native: { url: host.url, ...KEEPS },
      chat: { url: other.url, wires: ["chat"] },
    });
    const { id } = await ask(it.on.url, "/responses", { model: "native-model", input: "hi" });
    const error = await ask(it.on.url, "/responses", { model: "chat-model", input: "and?", previous_response_id: id });
    expect(error.status).toBe(400);
    expect(error.text).toContain("is kept by `native`");
    expect(other.requests).toHaveLength(0);
  });

  test("a thread that is kept here goes to it with its history, and is not kept there too", async () => {
    await using host = native();
    await using other = chat([reply(say("Hello"))]);
    await using it = await keeping({
      native: { url: host.url, ...KEEPS },
      chat: { url: other.url, wires: ["chat"] },
    });
    const { id } = await ask(it.on.url, "/responses", { model: "chat-model", input: "hi" });
    const second = await ask(it.on.url, "/responses", {
      model: "native-model",
      input: "and?",
      previous_response_id: id,
    });
    const body = JSON.parse(host.asked[0]?.body ?? "") as Json;
    expect(body).toMatchObject({
      store: false,
      input: [
        { type: "message", role: "user", content: "hi" },
        { type: "message", role: "assistant" },
        { type: "message", role: "user", content: "and?" },
      ],
    });
    expect("previous_response_id" in body).toBe(false);
    const kept = await ask(it.on.url, `/responses/${second.id}`);
    expect(kept.json).toMatchObject({
      store: true,
      previous_response_id: id,
      output: [{}, { content: [{ text: "answer 1" }] }],
    });
    expect(host.asked).toHaveLength(1);
  });

  test("ids that are not known here are handed on where there is one user alone, and never among several", async () => {
    await using host = native();
    const asked = { model: "native-model", input: "hi", previous_response_id: "resp_older" };
    await using it = await keeping({ native: { url: host.url, ...KEEPS } });
    expect((await ask(it.on.url, "/responses", asked)).status).toBe(200);
    expect(host.asked[0]?.body).toBe(JSON.stringify(asked));
    const key = `jsk_${"k".repeat(43)}`;
    const entry = { name: "k", sha256: sha256(key).toString("hex"), use: "models" as const, created_at: "" };
    const door = new AccessGuard(new Access([entry], true, () => performance.now()), LOOPBACK_ONLY);
    await using several = await keeping({ native: { url: host.url, ...KEEPS } }, { door });
    expect(await ask(several.on.url, "/responses", asked, key)).toMatchObject({ status: 400 });
    expect(host.asked).toHaveLength(1);
  });
});

describe("a host of the same wire that keeps nothing", () => {
  test.each([true, false])("gets the history in the bytes that it knows (stream: %p)", async (stream) => {
    const awkward = '{"role":"user","content":"\\u00e9 \\/ 😀","n":123456789012345678901234567890}';
    await using host = native((_, n) =>
      stream
        ? new Response(streamed(n), { headers: { "content-type": "text/event-stream" } })
        : Response.json(minted(n)),
    );
    await using it = await keeping({ plain: { url: host.url, wires: ["responses"] } });
    const post = async (body: string) =>
      (
        await fetch(`${it.on.url}/responses`, { method: "POST", body, headers: { "content-type": "application/json" } })
      ).text();
    const reply = await post(`{"model":"plain-model","stream":${stream},"input":[${awkward}],"zzz":1.0}`);
    expect(reply).toBe(stream ? streamed(1) : JSON.stringify(minted(1)));
    expect(host.asked[0]?.body).toBe(`{"model":"plain-model","stream":${stream},"input":[${awkward}],"zzz":1.0}`);
    await post(
      `{"model":"plain-model","stream":${stream},"previous_response_id":"resp_native_1","input":"and?","store":true,"zzz":1.0}`,
    );
    const output = JSON.stringify(minted(1).output).slice(1, -1);
    const question = '{"type":"message","role":"user","content":"and?"}';
    expect(host.asked[1]?.body).toBe(
      `{"model":"plain-model","stream":${stream},"input":[${awkward},${output},${question}],"store":false,"zzz":1.0}`,
    );
    await post(`{"model":"plain-model","stream":${stream},"previous_response_id":"resp_native_2","input":"so?"}`);
    expect(host.asked[2]?.body).toContain(
      `[${awkward},${output},${question},${JSON.stringify(minted(2).output).slice(1, -1)},`,
    );
    const kept = await ask(it.on.url, "/responses/resp_native_2");
    expect(kept.json).toMatchObject({ id: "resp_native_2", store: true, previous_response_id: "resp_native_1" });
    const input = await ask(it.on.url, "/responses/resp_native_1/input_items");
    expect(input.json["data"]).toMatchObject([{ id: "msg_native_1_i0", role: "user" }]);
  });

  test("runs in the background here", async () => {
    await using host = native(
      (_, n) => new Response(streamed(n), { headers: { "content-type": "text/event-stream" } }),
    );
    await using it = await keeping({ plain: { url: host.url, wires: ["responses"] } });
    const { id, json } = await ask(it.on.url, "/responses", { model: "plain-model", input: "hi", background: true });
    expect(json).toMatchObject({ status: "queued", background: true });
    let found = await ask(it.on.url, `/responses/${id}`);
    await until("it ends", async () => {
      found = await ask(it.on.url, `/responses/${id}`);
      return !["queued", "in_progress"].includes(String(found.json["status"]));
    });
    expect(found.json).toMatchObject({ status: "completed" });
    expect(found.text).toContain("answer 1");
  });
});

describe("a store that fails", () => {
  const down = (store: Store): Store => ({
    ...store,
    begin: () => Promise.reject(new StoreError("unavailable", "the store is down")),
    end: () => Promise.reject(new StoreError("unavailable", "the store is down")),
  });
  const slow = (store: Store): Store => ({
    ...store,
    begin: () => new Promise(() => {}),
    end: () => new Promise(() => {}),
  });

  const took_ms: number[] = [];

  test.each([
    ["is down", down],
    ["hangs", slow],
  ])("that %s: the answer comes all the same, and does not pass for stored", async (_, change) => {
    await using host = chat([reply(say("Hello")), reply(say("Hello"))]);
    await using it = await keeping({ chat: { url: host.url, wires: ["chat"] } }, { change });
    const at = performance.now();
    const [plain, stream] = await Promise.all([
      ask(it.on.url, "/responses", { model: "chat-model", input: "hi" }),
      ask(it.on.url, "/responses", { model: "chat-model", input: "hi", stream: true }),
    ]);
    // Nobody waits for one that is down as for one that hangs, which has its time.
    took_ms.push(performance.now() - at);
    if (took_ms[1] !== undefined) expect(took_ms[0]).toBeLessThan(took_ms[1] / 2);
    expect(plain.json).toMatchObject({
      status: "completed",
      store: false,
      output: [{ content: [{ text: "Hello" }] }],
    });
    expect(plain.headers.get("x-juscode-warning")).toContain("not stored");
    expect(stream.text).toContain(": not stored");
    expect(stream.text).toMatch(/"type":"response.completed".*"store":false/);
    expect(it.on.lines.join("\n")).toContain("not_stored");
    const background = await ask(it.on.url, "/responses", { model: "chat-model", input: "hi", background: true });
    expect(background.status).toBe(503);
    expect(host.requests).toHaveLength(2);
  });

  test("deltas never wait for it", async () => {
    const told = Promise.withResolvers<void>();
    const steps: string[] = [];
    const change = (store: Store): Store => ({
      ...store,
      end: async (...asked) => {
        // Not before the client has seen all but the last event.
        await told.promise;
        steps.push("stored");
        return store.end(...asked);
      },
    });
    await using host = chat([reply(say("Hello"))]);
    await using it = await keeping({ chat: { url: host.url, wires: ["chat"] } }, { change });
    const answer = await fetch(`${it.on.url}/responses`, {
      method: "POST",
      body: JSON.stringify({ model: "chat-model", input: "hi", stream: true }),
    });
    const utf8 = new TextDecoder();
    for await (const bytes of answer.body ?? []) {
      const text = utf8.decode(bytes as Uint8Array);
      if (text.includes("response.completed")) steps.push("completed");
      if (text.includes("output_item.done")) told.resolve();
    }
    expect(steps).toEqual(["stored", "completed"]);
  });
});

describe("in the background", () => {
  test("no more run than may", async () => {
    await using host = chat([reply(say("Half"), hang())]);
    const folder = mkdtempSync(join(tmpdir(), "juscode-state-"));
    const place = { kind: "sqlite" as const, file: join(folder, "responses.sqlite") };
    const store = await openStore({ enabled: true, place, max_age_days: 30, max_mb: 100, warn: () => {} });
    const state = new State(store, "replica", 1);
    await using on = await serving(async () => [foundAt(host.url, ["chat-model"], "chat", { wires: ["chat"] })], {
      state,
    });
    const asked = { model: "chat-model", input: "hi", background: true };
    const { id } = await ask(on.url, "/responses", asked);
    const refused = await ask(on.url, "/responses", asked);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "5"]);
    expect((await ask(on.url, `/responses/${id}/cancel`, {})).json).toMatchObject({ status: "cancelled" });
    await state.kept?.background.drain(1000);
    expect((await ask(on.url, "/responses", asked)).text).toContain("shutting down");
    await state.close();
    rmSync(folder, { recursive: true, force: true });
  });
});

describe("switched off", () => {
  test("what needs it is refused by its name, and the rest works", async () => {
    await using host = chat([reply(say("Hello"))]);
    await using on = await serving(async () => [foundAt(host.url, ["chat-model"], "chat", { wires: ["chat"] })], {
      state: new State(undefined, "replica"),
    });
    const asked = { model: "chat-model", input: "hi" };
    const plain = await ask(on.url, "/responses", { ...asked, store: true });
    expect(plain.json).toMatchObject({ status: "completed", store: false });
    expect(plain.headers.get("x-juscode-ignored")).toContain("store");
    for (const more of [{ previous_response_id: "resp_a" }, { conversation: "conv_a" }, { background: true }]) {
      const refused = await ask(on.url, "/responses", { ...asked, ...more });
      expect(refused.status).toBe(400);
      expect(refused.text).toContain("[store] in the config");
      expect(refused.json["error"]).toMatchObject({ param: Object.keys(more)[0] });
    }
    for (const path of ["/responses/resp_a", "/conversations/conv_a"])
      expect((await ask(on.url, path)).text).toContain("[store] in the config");
  });
});
