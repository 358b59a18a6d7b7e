/**
 * Upstreams that give an id twice: whoever goes on from it never gets another thread's history, and the reply that
 * could not be stored under it says so.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StorePlace } from "../../src/config/file/config-file.ts";
import type { ProviderInput } from "../../src/config/resolve.ts";
import { Access } from "../../src/server/access/access.ts";
import { LOOPBACK_ONLY } from "../../src/server/access/browser-guard.ts";
import { sha256 } from "../../src/server/access/client-keys.ts";
import { AccessGuard } from "../../src/server/access/guard.ts";
import { State } from "../../src/server/state/state.ts";
import { openStore } from "../../src/server/store/open.ts";
import type { Store } from "../../src/server/store/store.ts";
import { ChatUpstream, reply, say, wait } from "../support/chat-upstream.ts";
import { describeWith } from "../support/needs.ts";
import { PostgresServer } from "../support/postgres.ts";
import type { Json } from "../support/response-rules.ts";
import { ResponsesSocket, type Turn } from "../support/responses-socket.ts";
import { foundAt, serving, until, type Serving } from "./serving.ts";

setDefaultTimeout(60_000);

interface Kept extends AsyncDisposable {
  on: Serving;
  url: string;
  store: Store;
}

async function keeping(
  place: StorePlace,
  upstreams: Record<string, { url: string } & Partial<ProviderInput>>,
  door?: AccessGuard,
): Promise<Kept> {
  const store = await openStore({ enabled: true, place, max_age_days: 30, max_mb: 100, warn: () => {} });
  if (!store) throw new Error("no store");
  const state = new State(store, "replica");
  const found = Object.entries(upstreams).map(([id, { url, ...more }]) => foundAt(url, [`${id}-model`], id, more));
  const on = await serving(async () => found, { state, ...(door && { door }) });
  return {
    on,
    url: on.url,
    store,
    async [Symbol.asyncDispose]() {
      await on[Symbol.asyncDispose]();
      // The next one gives the same ids.
      await store.prune(4_000_000_000, 0);
      await state.close();
    },
  };
}

interface Reply {
  id: string;
  items?: Json[];
  /** Between its first event and its last. */
  until?: Promise<void>;
  /** As the host says. */
  store?: boolean;
}

const message = (id: string, text: string): Json => ({
  id,
  type: "message",
  role: "assistant",
  status: "completed",
  content: [{ type: "output_text", text, annotations: [] }],
});

interface Host extends AsyncDisposable {
  url: string;
  asked: { path: string; body: string }[];
}

/** A host of the Responses wire that gives these ids. */
function host(reply: (n: number) => Reply): Host {
  const asked: Host["asked"] = [];
  let answers = 0;
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    development: false,
    async fetch(request) {
      const path = new URL(request.url).pathname;
      const body = await request.text();
      asked.push({ path, body });
      if (path !== "/v1/responses") return Response.json({ id: path, object: "response", by: "the host" });
      const n = ++answers;
      const { id, items = [message(`msg_host_${n}`, `answer ${n}`)], until: waits, store = true } = reply(n);
      const response = { id, object: "response", status: "completed", store, output: items };
      if (!body.includes('"stream":true')) {
        await waits;
        return Response.json(response);
      }
      const begun = { ...response, status: "in_progress", output: [] };
      const frame = (type: string, told: object): string =>
        `event: ${type}\ndata: ${JSON.stringify({ type, response: told })}\n\n`;
      return new Response(
        new ReadableStream({
          async start(controller) {
            const send = (text: string): void => controller.enqueue(new TextEncoder().encode(text));
            send(frame("response.created", begun));
            await waits;
            // Cut where it hurts.
            const end = frame("response.completed", response);
            send(end.slice(0, 40));
            await Bun.sleep(5);
            send(end.slice(40));
            controller.close();
          },
        }),
        { headers: { "content-type": "text/event-stream" } },
      );
    },
  });
  return { url: `http://127.0.0.1:${server.port}/v1`, asked, [Symbol.asyncDispose]: () => server.stop(true) };
}

interface Told {
  status: number;
  text: string;
  /** The `response` as it was told last. */
  response: Json & { id: string };
  headers: Headers;
}

async function ask(url: string, path: string, body?: object, key?: string): Promise<Told> {
  const answer = await fetch(url + path, {
    method: body ? "POST" : "GET",
    headers: { "content-type": "application/json", ...(key !== undefined && { authorization: `Bearer ${key}` }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const last = text.startsWith("{") ? text : (/^data: (\{"type":"response.completed".*)$/m.exec(text)?.[1] ?? "{}");
  const json = JSON.parse(last) as Json;
  const response = (json["response"] ?? json) as Told["response"];
  return { status: answer.status, text, response, headers: answer.headers };
}

const PLAIN = { wires: ["responses" as const] };
const NATIVE = { wires: ["responses" as const], dialect: { keeps_responses: true } };

const SAME = "resp_given_twice";
const KEY_ONE = `jsk_${"1".repeat(43)}`;
const KEY_TWO = `jsk_${"2".repeat(43)}`;
const entry = (key: string) => ({
  name: key.slice(0, 8),
  sha256: sha256(key).toString("hex"),
  use: "models" as const,
  created_at: "2026-01-01T00:00:00Z",
});
const twoKeys = (): AccessGuard =>
  new AccessGuard(new Access([entry(KEY_ONE), entry(KEY_TWO)], true, () => performance.now()), LOOPBACK_ONLY);

function collisions(placeOf: () => StorePlace): void {
  /** Not stored, and told in every way; its id leads nowhere. */
  async function unstored(it: Kept, told: Told, stream: boolean, model: string): Promise<void> {
    const { response, headers, text } = told;
    expect(response["store"]).toBe(false);
    expect(response.id).not.toBe(SAME);
    expect(text).not.toContain(`"id":"${SAME}"`);
    expect(headers.get("x-juscode-warning")).toContain("not stored");
    if (stream) expect(text).toContain(": not stored");
    expect(it.on.lines.join("\n")).toContain("not_stored");
    expect((await ask(it.url, `/responses/${response.id}`, undefined, KEY_ONE)).status).toBe(404);
    const on = { model, input: "and?", previous_response_id: response.id };
    expect((await ask(it.url, "/responses", on, KEY_ONE)).status).toBe(400);
  }

  describe.each([false, true])("stream: %p", (stream) => {
    test("what is kept here: the first keeps the id, and its thread", async () => {
      await using plain = host((n) => ({ id: n <= 2 ? SAME : `resp_${n}` }));
      await using it = await keeping(placeOf(), { plain: { url: plain.url, ...PLAIN } }, twoKeys());
      const first = await ask(it.url, "/responses", { model: "plain-model", input: "the first", stream }, KEY_ONE);
      expect([first.response.id, first.headers.get("x-juscode-warning")]).toEqual([SAME, null]);
      const second = await ask(it.url, "/responses", { model: "plain-model", input: "the second", stream }, KEY_ONE);
      await unstored(it, second, stream, "plain-model");
      expect(second.text).toContain("answer 2");
      const next = { model: "plain-model", input: "and?", previous_response_id: SAME, stream };
      await ask(it.url, "/responses", next, KEY_ONE);
      expect(plain.asked.at(-1)?.body).toContain("the first");
      expect(plain.asked.at(-1)?.body).toContain("answer 1");
      expect(plain.asked.at(-1)?.body).not.toMatch(/the second|answer 2/);
      expect((await ask(it.url, `/responses/${SAME}`, undefined, KEY_ONE)).text).toContain("answer 1");
    });

    test("while the first still runs it stays as it is, and ends as itself", async () => {
      const goes_on = Promise.withResolvers<void>();
      await using plain = host((n) => ({ id: SAME, ...(n === 1 && { until: goes_on.promise }) }));
      await using it = await keeping(placeOf(), { plain: { url: plain.url, ...PLAIN } }, twoKeys());
      const running = ask(it.url, "/responses", { model: "plain-model", input: "the first", stream: true }, KEY_ONE);
      await until("it is stored", async () => {
        return (await ask(it.url, `/responses/${SAME}`, undefined, KEY_ONE)).status === 200;
      });
      const second = await ask(it.url, "/responses", { model: "plain-model", input: "the second", stream }, KEY_ONE);
      await unstored(it, second, stream, "plain-model");
      expect((await ask(it.url, `/responses/${SAME}`, undefined, KEY_ONE)).response["status"]).toBe("in_progress");
      goes_on.resolve();
      const first = await running;
      expect([first.response.id, first.response["store"]]).toEqual([SAME, true]);
      const kept = await ask(it.url, `/responses/${SAME}`, undefined, KEY_ONE);
      expect([kept.response["status"], kept.text.includes("answer 1")]).toEqual(["completed", true]);
    });

    test("two keys have the same id, and each its own thread", async () => {
      await using plain = host((n) => ({ id: n <= 2 ? SAME : `resp_other_${n}_${Math.random()}` }));
      await using it = await keeping(placeOf(), { plain: { url: plain.url, ...PLAIN } }, twoKeys());
      for (const [key, input] of [
        [KEY_ONE, "the first"],
        [KEY_TWO, "the second"],
      ] as const) {
        const { response } = await ask(it.url, "/responses", { model: "plain-model", input, stream }, key);
        expect([response.id, response["store"]]).toEqual([SAME, true]);
      }
      for (const [key, own, other] of [
        [KEY_ONE, "the first", "the second"],
        [KEY_TWO, "the second", "the first"],
      ] as const) {
        await ask(it.url, "/responses", { model: "plain-model", input: "?", previous_response_id: SAME, stream }, key);
        expect(plain.asked.at(-1)?.body).toContain(own);
        expect(plain.asked.at(-1)?.body).not.toContain(other);
        await it.store.remove(sha256(key).toString("hex"), SAME);
      }
    });

    test("of two hosts that keep responses themselves the first keeps the id", async () => {
      await using one = host(() => ({ id: SAME }));
      await using two = host(() => ({ id: SAME }));
      const upstreams = { one: { url: one.url, ...NATIVE }, two: { url: two.url, ...NATIVE } };
      await using it = await keeping(placeOf(), upstreams, twoKeys());
      const first = await ask(it.url, "/responses", { model: "one-model", input: "the first", stream }, KEY_ONE);
      expect([first.response.id, first.response["store"]]).toEqual([SAME, true]);
      const second = await ask(it.url, "/responses", { model: "two-model", input: "the second", stream }, KEY_ONE);
      await unstored(it, second, stream, "two-model");
      await ask(it.url, `/responses/${SAME}`, undefined, KEY_ONE);
      expect([one.asked.at(-1)?.path, two.asked.length]).toEqual([`/v1/responses/${SAME}`, 1]);
    });

    test("of one that keeps them itself: another request is refused the id, the same one gets it again", async () => {
      await using native = host(() => ({ id: SAME }));
      await using it = await keeping(placeOf(), { native: { url: native.url, ...NATIVE } }, twoKeys());
      const body = { model: "native-model", input: "the first", stream };
      for (let i = 0; i < 2; i++) {
        const { response, text } = await ask(it.url, "/responses", body, KEY_ONE);
        expect([response.id, response["store"], text.includes("not stored")]).toEqual([SAME, true, false]);
      }
      const second = await ask(it.url, "/responses", { ...body, input: "the second" }, KEY_ONE);
      await unstored(it, second, stream, "native-model");
    });

    test("what is kept here and what a host keeps itself do not take each other's id", async () => {
      await using plain = host(() => ({ id: SAME }));
      await using native = host(() => ({ id: SAME }));
      const upstreams = { plain: { url: plain.url, ...PLAIN }, native: { url: native.url, ...NATIVE } };
      await using it = await keeping(placeOf(), upstreams, twoKeys());
      for (const [first, second] of [
        ["plain", "native"],
        ["native", "plain"],
      ] as const) {
        await ask(it.url, "/responses", { model: `${first}-model`, input: "the first", stream }, KEY_ONE);
        const told = await ask(it.url, "/responses", { model: `${second}-model`, input: "two", stream }, KEY_ONE);
        await unstored(it, told, stream, `${second}-model`);
        await it.store.remove(sha256(KEY_ONE).toString("hex"), SAME);
      }
    });

    test("an id of one that is gone, given to another thread: what went on from it is not continued", async () => {
      const first = `resp_reused_${String(stream)}`;
      await using plain = host((n) => ({ id: n === 2 ? `resp_next_${String(stream)}` : first }));
      await using it = await keeping(placeOf(), { plain: { url: plain.url, ...PLAIN } }, twoKeys());
      const body = { model: "plain-model", stream };
      await ask(it.url, "/responses", { ...body, input: "the first" }, KEY_ONE);
      const second = { ...body, input: "next", previous_response_id: first };
      const { response } = await ask(it.url, "/responses", second, KEY_ONE);
      await it.store.remove(sha256(KEY_ONE).toString("hex"), first);
      const other = await ask(it.url, "/responses", { ...body, input: "another thread" }, KEY_ONE);
      expect(other.response["store"]).toBe(true);
      const asked = plain.asked.length;
      const third = await ask(
        it.url,
        "/responses",
        { ...body, input: "?", previous_response_id: response.id },
        KEY_ONE,
      );
      expect([third.status, plain.asked.length]).toEqual([400, asked]);
    });

    test("an item whose id is already in the conversation: the reply is not stored, and nothing is lost", async () => {
      await using plain = host((n) => ({
        id: `resp_conv_${String(stream)}_${n}`,
        items: [message("msg_always_the_same", `answer ${n}`)],
      }));
      await using it = await keeping(placeOf(), { plain: { url: plain.url, ...PLAIN } }, twoKeys());
      const { response: conversation } = await ask(it.url, "/conversations", {}, KEY_ONE);
      const body = { model: "plain-model", conversation: conversation.id, stream };
      const first = await ask(it.url, "/responses", { ...body, input: "the first" }, KEY_ONE);
      expect(first.response["store"]).toBe(true);
      const second = await ask(it.url, "/responses", { ...body, input: "the second" }, KEY_ONE);
      expect(second.response["store"]).toBe(false);
      if (!stream) expect(second.headers.get("x-juscode-warning")).toContain("not stored");
      expect(it.on.lines.join("\n")).toContain("not_stored");
      expect((await ask(it.url, `/responses/resp_conv_${String(stream)}_2`, undefined, KEY_ONE)).status).toBe(404);
      const items = await ask(it.url, `/conversations/${conversation.id}/items?order=asc`, undefined, KEY_ONE);
      expect(items.text).toContain("answer 1");
      expect(items.text).not.toMatch(/answer 2|the second/);
    });

    test.each(["msg_KNOWN_i0", "msg_0123456789abcdef0123456789abcdef00"])(
      "an item whose id is made as those of another response (%s): the reply is not stored",
      async (item_id) => {
        const own = `resp_item_${String(stream)}_${item_id.length}`;
        const items = [message(item_id, "planted")];
        await using plain = host((n) => (n === 1 ? { id: "resp_KNOWN" } : { id: own, items }));
        await using it = await keeping(placeOf(), { plain: { url: plain.url, ...PLAIN } }, twoKeys());
        await ask(it.url, "/responses", { model: "plain-model", input: "the first", stream }, KEY_ONE);
        const second = await ask(it.url, "/responses", { model: "plain-model", input: "two", stream }, KEY_ONE);
        expect(second.response["store"]).toBe(false);
        expect((await ask(it.url, `/responses/${own}`, undefined, KEY_ONE)).status).toBe(404);
        const reference = { model: "plain-model", input: [{ type: "item_reference", id: "msg_KNOWN_i0" }], stream };
        await ask(it.url, "/responses", reference, KEY_ONE);
        expect(plain.asked.at(-1)?.body).toContain("the first");
        expect(plain.asked.at(-1)?.body).not.toContain("planted");
      },
    );
  });

  test("another key's background response of the same id is neither fed, followed nor stopped", async () => {
    await using chat = new ChatUpstream([reply(say("own words"), wait(1500), say("the end"))], {
      models: ["chat-model"],
    });
    let id = "";
    const goes_on = Promise.withResolvers<void>();
    await using plain = host(() => ({ id, until: goes_on.promise }));
    const upstreams = { chat: { url: chat.url, wires: ["chat" as const] }, plain: { url: plain.url, ...PLAIN } };
    await using it = await keeping(placeOf(), upstreams, twoKeys());
    const background = { model: "chat-model", input: "hi", background: true, stream: true };
    const running = fetch(`${it.url}/responses`, {
      method: "POST",
      headers: { authorization: `Bearer ${KEY_ONE}` },
      body: JSON.stringify(background),
    });
    const utf8 = new TextDecoder();
    const reader = (await running).body?.getReader();
    let text = "";
    while (reader && !text.includes("own")) text += utf8.decode((await reader.read()).value);
    id = /"id":"(resp_[^"]+)"/.exec(text)?.[1] ?? "";
    const theirs = ask(it.url, "/responses", { model: "plain-model", input: "two", stream: true }, KEY_TWO);
    await until("it runs too", async () => {
      return (await ask(it.url, `/responses/${id}`, undefined, KEY_TWO)).status === 200;
    });
    await Bun.sleep(300); // Batches of events have been written.
    expect((await it.store.eventsAfter(sha256(KEY_TWO).toString("hex"), id, -1, 100)).length).toBe(0);
    const headers = { authorization: `Bearer ${KEY_TWO}` };
    const deleted = await fetch(`${it.url}/responses/${id}`, { method: "DELETE", headers });
    expect(deleted.status).toBe(200);
    goes_on.resolve();
    await theirs;
    for (let read = await reader?.read(); read?.value; read = await reader?.read()) text += utf8.decode(read.value);
    expect(text).toContain('"type":"response.completed"');
    expect((await ask(it.url, `/responses/${id}`, undefined, KEY_ONE)).response["status"]).toBe("completed");
  });

  describe("on a connection", () => {
    const said = ({ messages }: Turn): string => JSON.stringify(messages);
    const lastId = ({ response }: Turn): string => String(response["id"]);

    test("what nobody keeps is remembered by ids of its own, and each thread goes on as itself", async () => {
      await using plain = host(() => ({ id: SAME, store: false }));
      await using it = await keeping(placeOf(), { plain: { url: plain.url, ...PLAIN } });
      await using socket = await ResponsesSocket.open(it.url);
      const body = { model: "plain-model", store: false };
      const ids: string[] = [];
      for (const input of ["the first", "the second"]) ids.push(lastId(await socket.ask({ ...body, input })));
      expect(new Set([...ids, SAME]).size).toBe(3);
      for (const [i, own, other] of [
        [0, "the first", "the second"],
        [1, "the second", "the first"],
      ] as const) {
        await socket.ask({ ...body, input: "and?", previous_response_id: ids[i] });
        expect(plain.asked.at(-1)?.body).toContain(own);
        expect(plain.asked.at(-1)?.body).not.toContain(other);
      }
      const asked = plain.asked.length;
      expect(said(await socket.ask({ ...body, input: "?", previous_response_id: SAME }))).toContain(
        "previous_response_not_found",
      );
      expect(plain.asked).toHaveLength(asked);
    });

    test("what is stored goes on from the store, what collides from nowhere", async () => {
      await using plain = host((n) => ({ id: n <= 2 ? SAME : `resp_ws_${n}_${Math.random()}` }));
      await using it = await keeping(placeOf(), { plain: { url: plain.url, ...PLAIN } });
      await using socket = await ResponsesSocket.open(it.url);
      const body = { model: "plain-model", store: true };
      expect(lastId(await socket.ask({ ...body, input: "the first" }))).toBe(SAME);
      const second = await socket.ask({ ...body, input: "the second" });
      expect(said(second)).toContain('"store":false');
      expect(lastId(second)).not.toBe(SAME);
      await socket.ask({ ...body, input: "and?", previous_response_id: SAME });
      expect(plain.asked.at(-1)?.body).toContain("the first");
      expect(plain.asked.at(-1)?.body).not.toContain("the second");
      // Its own thread, from the connection's memory.
      await socket.ask({ ...body, input: "and?", previous_response_id: lastId(second) });
      expect(plain.asked.at(-1)?.body).toContain("the second");
      expect(plain.asked.at(-1)?.body).not.toContain("the first");
    });
  });
}

describe("SQLite", () => {
  const folder = mkdtempSync(join(tmpdir(), "juscode-collisions-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  collisions(() => ({ kind: "sqlite", file: join(folder, "responses.sqlite") }));
});

describeWith("postgres")("PostgreSQL", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(() => server[Symbol.asyncDispose]());
  collisions(() => ({ kind: "postgres", url: server.url() }));
});
