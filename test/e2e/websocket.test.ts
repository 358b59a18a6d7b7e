/**
 * The Responses API over WebSocket, through the compiled executable: the cases of the Open Responses compliance
 * runner, and what else a connection has to hold.
 */
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AS_CODEX, ask } from "../support/ask.ts";
import {
  after,
  call,
  ChatUpstream,
  hang,
  refuse,
  reply,
  say,
  think,
  wait,
  type Script,
} from "../support/chat-upstream.ts";
import { describeWith } from "../support/needs.ts";
import { until } from "../support/patience.ts";
import { validateResponseStream } from "../support/response-events.ts";
import type { Json } from "../support/response-rules.ts";
import { ResponsesSocket, textOf, type Turn } from "../support/responses-socket.ts";
import { Shim } from "../support/shim.ts";

const describe = describeWith("shim");

interface Setting extends AsyncDisposable {
  upstream: ChatUpstream;
  shim: Shim;
  open(headers?: Record<string, string>): Promise<ResponsesSocket>;
}

async function setUp(script: Script, ...args: string[]): Promise<Setting> {
  const upstream = new ChatUpstream(script);
  const shim = await Shim.start({ args: ["--upstream", upstream.url, ...args] });
  return {
    upstream,
    shim,
    open: (headers) => ResponsesSocket.open(shim.url, headers),
    async [Symbol.asyncDispose]() {
      await shim[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

/** As the same events would stand in a stream, for the checks that are written for those. */
function asStream({ messages }: Turn): string {
  return `${messages.map((message) => `event: ${message["type"]}\ndata: ${JSON.stringify(message)}\n\n`).join("")}data: [DONE]\n\n`;
}

function completed(turn: Turn, text: string): void {
  expect(turn.last["type"]).toBe("response.completed");
  expect(turn.response["status"]).toBe("completed");
  expect(textOf(turn)).toBe(text);
  expect(validateResponseStream(asStream(turn))).toEqual([]);
}

const said = (on: Setting, n: number): unknown[] =>
  on.upstream.request(n).body.messages.map(({ role, content }) => [role, content]);
const id = (turn: Turn): string => String(turn.response["id"]);
const F = { type: "function", name: "look", parameters: { type: "object", properties: {} } };

describe("Open Responses' cases", () => {
  test("a response", async () => {
    await using on = await setUp([reply(say("Hello"), say(" there."))]);
    await using socket = await on.open();
    completed(await socket.ask({ input: "hi" }), "Hello there.");
    on.upstream.check();
  });

  test("responses one after another on one connection know nothing of each other", async () => {
    await using on = await setUp([reply(say("first")), reply(say("second"))]);
    await using socket = await on.open();
    completed(await socket.ask({ input: "one" }), "first");
    completed(await socket.ask({ input: "two" }), "second");
    expect(said(on, 1)).toEqual([["user", "two"]]);
  });

  test("a continuation sends only what is new, and its upstream sees all", async () => {
    await using on = await setUp([
      reply(call("look", { at: "x" }, "call_1")),
      reply(say("I see.")),
      reply(say("Ember.")),
    ]);
    await using socket = await on.open();
    const first = await socket.ask({ input: "Look.", tools: [F] });
    const result = { type: "function_call_output", call_id: "call_1", output: "a cat" };
    const second = await socket.ask({ input: [result], tools: [F], previous_response_id: id(first) });
    completed(second, "I see.");
    expect(second.response["previous_response_id"]).toBe(id(first));
    completed(await socket.ask({ input: "And?", tools: [F], previous_response_id: id(second) }), "Ember.");
    on.upstream.check();
    const messages = on.upstream.request(2).body.messages;
    expect(messages.map(({ role }) => role)).toEqual(["user", "assistant", "tool", "assistant", "user"]);
    expect(messages[1]?.tool_calls).toEqual([
      { id: "call_1", type: "function", function: { name: "look", arguments: '{"at":"x"}' } },
    ]);
    // What went before stands first, byte for byte.
    const [before, after] = [1, 2].map((n) => JSON.stringify(on.upstream.request(n).body.messages));
    expect(after).toStartWith(before?.slice(0, -1) ?? "?");
  });

  test("after a reconnect a response that nobody stored is gone, and a new chain begins", async () => {
    await using on = await setUp([reply(say("OK")), reply(say("recovered"))]);
    const before = await on.open();
    const first = await before.ask({ input: "Remember: copper." });
    await before.close();
    await using socket = await on.open();
    const lost = await socket.ask({ input: "Go on.", previous_response_id: id(first) });
    expect(lost.last).toMatchObject({ type: "error", status: 400, error: { code: "previous_response_not_found" } });
    completed(await socket.ask({ input: "Start anew." }), "recovered");
  });

  test("an unknown previous response", async () => {
    await using on = await setUp([]);
    await using socket = await on.open();
    const turn = await socket.ask({ input: "?", previous_response_id: "resp_missing" });
    expect(turn.last).toMatchObject({
      type: "error",
      status: 400,
      error: { code: "previous_response_not_found", param: "previous_response_id", type: "invalid_request_error" },
    });
    expect(on.upstream.requests).toHaveLength(0);
  });

  const FAILURES: [string, Script, Json][] = [
    ["a result without its call", [], { input: [{ type: "function_call_output", call_id: "call_x", output: "?" }] }],
    ["a refusal of the upstream", [refuse(400, "Not this.")], { input: "go on" }],
    ["a stream that breaks", [{ ...reply(say("I th")), broken: "eof" }], { input: "go on" }],
  ];
  test.each(FAILURES)("a continuation that fails by %s cannot be tried again", async (_, script, body) => {
    await using on = await setUp([reply(say("OK")), ...script]);
    await using socket = await on.open();
    const first = await socket.ask({ input: "Remember: ember." });
    const failed = await socket.ask({ ...body, previous_response_id: id(first) });
    expect(["error", "response.failed"]).toContain(String(failed.last["type"]));
    const again = await socket.ask({ input: "Again.", previous_response_id: id(first) });
    expect(again.code).toBe("previous_response_not_found");
    on.upstream.check();
  });

  test("what was compacted begins a new chain", async () => {
    await using on = await setUp([reply(say("The word is slate.")), reply(say("compacted"))]);
    const body = { model: "scripted", input: [{ type: "message", role: "user", content: "The word is slate." }] };
    const compact = await fetch(`${on.shim.url}/responses/compact`, { method: "POST", body: JSON.stringify(body) });
    const { output } = (await compact.json()) as { output: Json[] };
    expect(output.at(-1)?.["type"]).toBe("compaction");
    await using socket = await on.open();
    const go = { type: "message", role: "user", content: "Go on." };
    completed(await socket.ask({ input: [...output, go], tools: [] }), "compacted");
    expect(JSON.stringify(said(on, 1))).toContain("The word is slate.");
  });
});

describe("a connection", () => {
  test("warms up without the upstream, and goes on from there", async () => {
    await using on = await setUp([reply(say("Hi."))]);
    await using socket = await on.open();
    const system = { type: "message", role: "developer", content: "Be brief." };
    const warm = await socket.ask({ input: [system], tools: [F], generate: false });
    expect(warm.response).toMatchObject({ status: "completed", output: [], usage: { total_tokens: 0 } });
    expect(validateResponseStream(asStream(warm))).toEqual([]);
    expect(on.upstream.requests).toHaveLength(0);
    completed(await socket.ask({ input: "hello", tools: [F], previous_response_id: id(warm) }), "Hi.");
    expect(said(on, 0)).toEqual([
      ["system", "Be brief."],
      ["user", "hello"],
    ]);
  });

  test("warms up with nothing but instructions", async () => {
    await using on = await setUp([]);
    await using socket = await on.open();
    const warm = await socket.ask({ instructions: "Be brief.", generate: false });
    expect(warm.response["status"]).toBe("completed");
  });

  test("what comes while a response runs is answered after it, each with the name of its lane", async () => {
    await using on = await setUp([reply(say("slow"), wait(100), say(" one")), reply(say("quick"))]);
    await using socket = await on.open();
    const create = { type: "response.create", model: "scripted", store: false };
    socket.send({ ...create, input: "1", stream_id: "a" });
    socket.send({ ...create, input: "2", stream_id: "b" });
    const [first, second] = [await socket.turn(), await socket.turn()];
    expect([textOf(first), textOf(second)]).toEqual(["slow one", "quick"]);
    for (const message of first.messages) expect(message["stream_id"]).toBe("a");
    for (const message of second.messages) expect(message["stream_id"]).toBe("b");
  });

  test("a chain goes on from any of its newest responses, and two branches do not mix", async () => {
    await using on = await setUp(["root", "left", "right", "left again"].map((text) => reply(say(text))));
    await using socket = await on.open();
    const root = await socket.ask({ input: "1" });
    const left = await socket.ask({ input: "2", previous_response_id: id(root) });
    await socket.ask({ input: "3", previous_response_id: id(root) });
    await socket.ask({ input: "4", previous_response_id: id(left) });
    expect(said(on, 3).map((each) => (each as string[])[1])).toEqual(["1", "root", "2", "left", "4"]);
  });

  test("fields that mean nothing here are put up with, and background is refused", async () => {
    await using on = await setUp([reply(say("Hi."))]);
    await using socket = await on.open();
    completed(await socket.ask({ input: "a", stream: false, background: false, stream_options: {} }), "Hi.");
    const refused = await socket.ask({ input: "a", background: true });
    expect(refused.last).toMatchObject({ type: "error", status: 400, param: "background" });
  });

  test("errors are told in a message, and the connection lives on", async () => {
    await using on = await setUp([refuse(429, "Too many.", {}, { "retry-after": "7" }), reply(say("Hi."))]);
    await using socket = await on.open();
    const busy = await socket.ask({ input: "a" });
    expect(busy.last).toMatchObject({
      type: "error",
      status: 429,
      error: { code: "rate_limit_exceeded" },
      headers: { "retry-after": "7" },
    });
    const wrong = await socket.ask({ input: "a", temperature: "hot" });
    expect(wrong.last).toMatchObject({ type: "error", status: 400, param: "temperature" });
    completed(await socket.ask({ input: "a" }), "Hi.");
  });

  test("who answered, and what was ignored, stands in the first event; Codex has an event of its own", async () => {
    await using on = await setUp([reply(say("Hi.")), reply(say("Hi.")), reply(say("Hi."))]);
    await using socket = await on.open();
    const turn = await socket.ask({ input: "a", max_tool_calls: 5 });
    expect(turn.messages[0]).toMatchObject({
      type: "response.created",
      headers: { "x-juscode-model": "scripted", "x-juscode-ignored": "max_tool_calls: 5" },
    });
    await using codex = await on.open(AS_CODEX);
    const [metadata] = (await codex.ask({ input: "a" })).messages;
    expect(metadata).toMatchObject({ type: "response.metadata" });
    const headers = metadata?.["headers"] as Record<string, string>;
    expect(headers["x-codex-turn-state"]).toBe("upstream");
    expect(headers["openai-model"]).toBeUndefined();
    // It sends it back with the turn's next request, in the body.
    const client_metadata = { "x-codex-turn-state": headers["x-codex-turn-state"] };
    completed(await codex.ask({ input: "b", client_metadata }).then(withoutMetadata), "Hi.");
  });

  test("Codex interrupts a response, and goes on from what of it was whole", async () => {
    await using on = await setUp([reply(think("A cat."), say("I thi"), hang()), reply(say("Yes."))]);
    await using socket = await on.open();
    socket.send({ type: "response.create", model: "scripted", store: false, input: "1" });
    const created = (await socket.next("response.created"))["response"] as Json;
    await socket.next("response.output_text.delta");
    socket.send({ type: "response.interrupt", response_id: created["id"], mode: "discard_partial_items" });
    const turn = await socket.turn();
    expect(turn.messages.map(({ type }) => type).slice(-3)).toEqual([
      "response.interrupt.accepted",
      "response.output_item.interrupted",
      "response.incomplete",
    ]);
    expect(turn.response).toMatchObject({ status: "incomplete", incomplete_details: { reason: "interrupted" } });
    expect(turn.response["output"]).toMatchObject([{ type: "reasoning" }]);
    completed(await socket.ask({ input: "Go on.", previous_response_id: id(turn) }), "Yes.");
    expect(said(on, 1)).toEqual([["user", "1\n\nGo on."]]);
    expect(on.upstream.request(0).aborted_ms).toBeDefined();
    on.upstream.check();
  });
});

const withoutMetadata = (turn: Turn): Turn => ({
  ...turn,
  messages: turn.messages.filter(({ type }) => type !== "response.metadata"),
});

describe("the end of a connection", () => {
  test("a client that goes takes its upstream's request with it", async () => {
    const times = 10;
    await using on = await setUp(Array.from({ length: times }, () => reply(say("I think"), hang())));
    const took: { asking: number; leaving: number }[] = [];
    for (let n = 0; n < times; n++) {
      const socket = await on.open();
      const asked_at = performance.now();
      socket.send({ type: "response.create", model: "scripted", input: "a" });
      await socket.next("response.output_text.delta");
      const left_at = performance.now();
      socket.leave();
      const request = on.upstream.request(n);
      await until("the upstream is left", () => request.aborted_ms !== undefined);
      const { at_ms, aborted_ms = Number.NaN } = request;
      took.push({ asking: at_ms - asked_at, leaving: at_ms + aborted_ms - left_at });
    }
    // The news goes the way that a request goes, and takes about as long; a heartbeat would take thousands of times.
    const least = (of: "asking" | "leaving"): number => Math.min(...took.map((each) => each[of]));
    expect(least("leaving")).toBeLessThan(10 * least("asking"));
    await until("it is logged", async () => (await on.shim.output()).includes("aborted by the client"));
  });

  test("at SIGTERM what runs may end, what waits is refused, and the connection is closed as going away", async () => {
    const ending = Promise.withResolvers<void>();
    await using on = await setUp([reply(say("On my "), after(ending.promise), say("way."))]);
    const [socket, idle] = [await on.open(), await on.open()];
    socket.send({ type: "response.create", model: "scripted", store: false, input: "1" });
    socket.send({ type: "response.create", model: "scripted", store: false, input: "2" });
    await socket.next("response.output_text.delta");
    const stopped = on.shim.stop();
    expect(await idle.end()).toMatchObject({ code: 1001 });
    const refused = await socket.turn();
    expect(refused.last).toMatchObject({ type: "error", status: 503 });
    ending.resolve();
    expect(textOf(await socket.turn())).toBe("On my way.");
    expect(await socket.end()).toMatchObject({ code: 1001 });
    expect(await stopped).toBe(0);
  });
});

describe("either way", () => {
  test("a stored response goes on after a reconnect, and one that is not stored goes on from it", async () => {
    await using on = await setUp(["one", "two", "three"].map((text) => reply(say(text))));
    const before = await on.open();
    const stored = await before.ask({ input: "1", store: true });
    expect(stored.response["store"]).toBe(true);
    await before.close();
    await using socket = await on.open();
    const second = await socket.ask({ input: "2", previous_response_id: id(stored) });
    const third = await socket.ask({ input: "3", previous_response_id: id(second) });
    expect(textOf(third)).toBe("three");
    expect(said(on, 2).map((each) => (each as string[])[1])).toEqual(["1", "one", "2", "two", "3"]);
    const { response } = await ask(on.shim.url, { input: "4", previous_response_id: id(second) });
    expect(response["error"]).toMatchObject({ code: "previous_response_not_found" });
    expect((await fetch(`${on.shim.url}/responses/${id(stored)}`)).status).toBe(200);
    expect((await fetch(`${on.shim.url}/responses/${id(third)}`)).status).toBe(404);
  });

  test("HTTP and WebSocket answer alike", async () => {
    const answer = reply(say("The same."));
    await using on = await setUp([answer, answer]);
    await using socket = await on.open();
    const turn = await socket.ask({ input: "a" });
    const { events } = await ask(on.shim.url, { input: "a", stream: true, store: false });
    const types = (all: readonly Json[]): unknown[] => all.map(({ type }) => type);
    expect(types(turn.messages)).toEqual(types(events));
    expect(Object.keys(turn.response)).toEqual(Object.keys(events.at(-1)?.["response"] as Json));
    expect(JSON.stringify(on.upstream.request(0).body)).toBe(JSON.stringify(on.upstream.request(1).body));
  });
});

describe("an upstream that speaks Responses itself", () => {
  test("its events come as it sends them, and a chain that it knows nothing of goes on", async () => {
    await using on = await setUp([reply(call("look", {}, "call_1")), reply(think("Hm."), say("A cat."))]);
    const dir = mkdtempSync(join(tmpdir(), "juscode-forwarded-"));
    const file = join(dir, "config.toml");
    writeFileSync(file, `[model_providers.near]\nbase_url = "${on.shim.url}"\nwire_api = "responses"\n`);
    await using front = await Shim.start({ args: ["--config", file] });
    await using socket = await ResponsesSocket.open(front.url);
    const first = await socket.ask({ input: "Look.", tools: [F] });
    const result = { type: "function_call_output", call_id: "call_1", output: "a cat" };
    const second = await socket.ask({ input: [result], tools: [F], previous_response_id: id(first) });
    expect(second.last["type"]).toBe("response.completed");
    expect(second.response["previous_response_id"]).toBe(id(first));
    expect(validateResponseStream(asStream(second))).toEqual([]);
    expect(on.upstream.request(1).body.messages.map(({ role }) => role)).toEqual(["user", "assistant", "tool"]);
    const { counters } = (await (await fetch(`http://127.0.0.1:${front.port}/health`)).json()) as { counters: Json };
    expect(counters["forwarded"]).toBe(2);
    on.upstream.check();
    rmSync(dir, { recursive: true });
  });
});
