/** Requests that are sent again: without a field that only tunes, or because the config says so. */
import { expect, test } from "bun:test";
import type { ProviderInput } from "../../src/config/resolve.ts";
import { ask } from "../support/ask.ts";
import { ChatUpstream, refuse, reply, say, type Script } from "../support/chat-upstream.ts";
import { foundAt, serving, type Serving } from "./serving.ts";

const on = (upstream: ChatUpstream, more: Partial<ProviderInput> = {}): Promise<Serving> =>
  serving(async () => [foundAt(upstream.url, [], "host", more)]);

const REFUSALS: [string, string, object, (body: Record<string, unknown>) => unknown][] = [
  ["effort", "unknown reasoning_effort: high", { reasoning: { effort: "high" } }, (body) => body["reasoning_effort"]],
  [
    "parallel_tool_calls",
    "Unrecognized request argument: parallel_tool_calls",
    { parallel_tool_calls: true },
    (body) => body["parallel_tool_calls"],
  ],
  ["stream_options", "extra fields not permitted: stream_options", {}, (body) => body["stream_options"]],
];
const TOOLS = [{ type: "function", name: "f", parameters: { type: "object", properties: {} } }];

test.each(REFUSALS)(
  "a host that refuses %s gets the same without it, and never again",
  async (field, words, asked, sent) => {
    await using upstream = new ChatUpstream([refuse(400, words), reply(say("Yes.")), reply(say("Again."))]);
    await using shim = await on(upstream);
    const first = await ask(shim.url, { input: "hi", tools: TOOLS, ...asked });
    expect(first.status).toBe(200);
    expect(sent(upstream.request(0).body)).toBeDefined();
    expect(sent(upstream.request(1).body)).toBeUndefined();
    expect(first.headers.get("x-juscode-ignored")).toContain(field);
    expect(shim.lines[0]).toContain("setting_dropped");
    const second = await ask(shim.url, { input: "hi", tools: TOOLS, ...asked });
    expect(second.status).toBe(200);
    expect(sent(upstream.request(2).body)).toBeUndefined();
    expect(upstream.requests).toHaveLength(3);
    expect(second.headers.get("x-juscode-ignored")).toContain(field);
    const health = (await (await fetch(`${shim.origin}/health`)).json()) as {
      learned: { field: string; times: number }[];
    };
    expect(health.learned).toHaveLength(1);
    expect(health.learned[0]?.field).toContain(field);
  },
);

test.each([
  ["tools", "tools are not supported"],
  ["tool_choice", "tool_choice: unknown value"],
  ["format", "response_format is not supported"],
  ["limit", "max_tokens is too large"],
  ["another field's refusal", "messages[0] is wrong"],
])("what is not a matter of tuning stays an error: %s", async (_, words) => {
  await using upstream = new ChatUpstream([refuse(400, words)]);
  await using shim = await on(upstream);
  const answer = await ask(shim.url, { input: "hi", reasoning: { effort: "low" }, tools: TOOLS });
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(upstream.requests).toHaveLength(1);
});

test("a host that refuses on and on is not asked for ever", async () => {
  const words = "reasoning_effort and parallel_tool_calls and stream_options are wrong";
  await using upstream = new ChatUpstream(Array.from({ length: 9 }, () => refuse(400, words)) as Script);
  await using shim = await on(upstream);
  const answer = await ask(shim.url, {
    input: "hi",
    reasoning: { effort: "low" },
    tools: TOOLS,
    parallel_tool_calls: true,
  });
  expect(answer.status).toBe(400);
  expect(upstream.requests.length).toBeLessThanOrEqual(4);
});

test("a busy host is asked again as often as the config says", async () => {
  await using upstream = new ChatUpstream([refuse(503, "busy"), refuse(429, "slow down"), reply(say("Here."))]);
  await using shim = await on(upstream, { request_max_retries: 2 });
  expect((await ask(shim.url, { input: "hi" })).status).toBe(200);
  const health = (await (await fetch(`${shim.origin}/health`)).json()) as { counters: { retries: number } };
  expect(health.counters.retries).toBe(2);
});

test("and not at all without a word in the config", async () => {
  await using upstream = new ChatUpstream([refuse(503, "busy"), reply(say("Here."))]);
  await using shim = await on(upstream);
  expect((await ask(shim.url, { input: "hi" })).status).toBe(503);
  expect(upstream.requests).toHaveLength(1);
});

test("a stream that broke before its first item begins again, and the client sees one whole answer", async () => {
  await using upstream = new ChatUpstream([{ steps: [], broken: "reset" }, reply(say("Whole."))]);
  await using shim = await on(upstream, { stream_max_retries: 1 });
  const answer = await ask(shim.url, { input: "hi", stream: true });
  expect(answer.response["status"]).toBe("completed");
  expect(answer.events.filter(({ type }) => type === "response.created")).toHaveLength(1);
  expect(upstream.requests).toHaveLength(2);
});

test("one that broke after its first item does not", async () => {
  await using upstream = new ChatUpstream([{ steps: [say("Half")], broken: "reset" }, reply(say("Whole."))]);
  await using shim = await on(upstream, { stream_max_retries: 1 });
  const answer = await ask(shim.url, { input: "hi", stream: true });
  expect(answer.response["status"]).toBe("failed");
  expect(upstream.requests).toHaveLength(1);
});

test("a pause of our own is no silence of the upstream", async () => {
  const busy = refuse(503, "busy", {}, { "retry-after": "3" });
  await using upstream = new ChatUpstream([busy, reply(say("Here."))]);
  await using shim = await on(upstream, { request_max_retries: 1, stream_idle_timeout_ms: 2000 });
  expect((await ask(shim.url, { input: "hi" })).status).toBe(200);
});

test("an error that repeats the request names no field by that", async () => {
  const echoed = `messages[0] is wrong, input: {"reasoning_effort":"low","parallel_tool_calls":true,"stream_options":{}}`;
  await using upstream = new ChatUpstream([refuse(400, echoed)]);
  await using shim = await on(upstream);
  const asked = { input: "hi", reasoning: { effort: "low" }, tools: TOOLS, parallel_tool_calls: true };
  expect((await ask(shim.url, asked)).status).toBe(400);
  expect(upstream.requests).toHaveLength(1);
});

test("a cure that did not help is not remembered", async () => {
  const words = "stream_options are not the only thing that is wrong";
  await using upstream = new ChatUpstream([refuse(400, words), refuse(400, words), reply(say("Here."))]);
  await using shim = await on(upstream);
  expect((await ask(shim.url, { input: "hi" })).status).toBe(400);
  const later = await ask(shim.url, { input: "hi" });
  expect(later.status).toBe(200);
  expect(upstream.request(2).body["stream_options"]).toBeDefined();
  expect(later.headers.get("x-juscode-ignored")).toBeNull();
});

test("a field that was not sent is not what was refused", async () => {
  await using upstream = new ChatUpstream([refuse(400, "strict mode is not for this model")]);
  await using shim = await on(upstream);
  expect((await ask(shim.url, { input: "hi", tools: TOOLS })).status).toBe(400);
  expect(upstream.requests).toHaveLength(1);
});
