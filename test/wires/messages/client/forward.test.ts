/** What is changed in a request that is handed on, and what is seen of its reply. */
import { describe, expect, test } from "bun:test";
import { DEFAULT_DIALECT } from "../../../../src/core/dialect.ts";
import { sealReasoning } from "../../../../src/core/reasoning-tag.ts";
import { messagesClient } from "../../../../src/wires/messages/client/client.ts";
import { editRequest } from "../../../../src/wires/messages/client/forward.ts";
import type { ForwardWire, Observed } from "../../../../src/wires/wire.ts";
import { readFixtures } from "../upstream/fixtures.ts";

const forward = messagesClient.forward as ForwardWire;
const NOTHING = { model: "up", drop: [], extra_body: {} };
const edit = (text: string, more: object = {}) => editRequest(text, { ...NOTHING, ...more });
const OURS = JSON.stringify({ type: "thinking", thinking: "Hm.", signature: sealReasoning("Hm.", { field: "think" }) });
const THEIRS = `{"type": "thinking", "thinking": "Hm.", "signature": "EqQB"}`;

describe("a request that is handed on", () => {
  test("keeps every byte but the model's name", () => {
    const text = `{ "messages": [{"role":"user","content":"\\u00e9 \\"model\\":"}], "n": 12345678901234567890, "model": "claude" }`;
    expect(edit(text)).toEqual({ body: text.replace('"claude"', '"up"'), ignored: [] });
  });

  test("loses thoughts that only we can read, and what then says nothing", () => {
    const user = `{"role":"user","content":"a"}`;
    const text = `{"model":"claude","messages":[${user},{"role":"assistant","content":[${OURS}, ${THEIRS},{"type":"text","text":"b"}]},${user},{"role":"assistant","content":[${OURS}]},${user}]}`;
    const { body, ignored } = edit(text);
    expect(body).toBe(
      `{"model":"up","messages":[${user},{"role":"assistant","content":[${THEIRS},{"type":"text","text":"b"}]},${user},${user}]}`,
    );
    expect(ignored.map(({ field }) => field)).toEqual(["messages[1].content[0]", "messages[3].content[0]"]);
  });

  test("keeps a text that only quotes our tag", () => {
    const text = `{"model":"up","messages":[{"role":"user","content":[{"type":"text","text":"juscode1: thinking"}]}]}`;
    expect(edit(text)).toEqual({ body: text, ignored: [] });
  });

  test("gets the user's last word", () => {
    const text = `{"model":"up","thinking":{"type":"adaptive","display":"omitted"},"top_k":5}`;
    const { body, ignored } = edit(text, { drop: ["thinking.display"], extra_body: { top_k: 9, x: true } });
    expect(JSON.parse(body)).toEqual({ model: "up", thinking: { type: "adaptive" }, top_k: 9, x: true });
    expect(ignored.map(({ field }) => field)).toEqual(["thinking.display"]);
  });

  test("is steadied where that is wanted", () => {
    const line = `{"type":"text","text":"x-anthropic-billing-header: a=1;"}`;
    const other = `{"type":"text","text":"About \\"x-anthropic-billing-header: a\\""}`;
    const text = `{"model":"up","system":[${line},${other}]}`;
    expect(edit(text).body).toBe(text);
    expect(edit(text, { steady: true }).body).toBe(`{"model":"up","system":[${other}]}`);
    expect(edit(`{"model":"up","system":"x"}`, { steady: true }).body).toBe(`{"model":"up","system":"x"}`);
  });

  test("is translated where the host takes no system message within the history", () => {
    const late = { messages: [{ role: "user" }, { role: "system" }] };
    expect(forward.needsTranslation(late, DEFAULT_DIALECT)).toBe(true);
    expect(forward.needsTranslation(late, { ...DEFAULT_DIALECT, late_system_role: "system" })).toBe(false);
    for (const plain of [{ messages: [{ role: "user" }] }, {}, null, { messages: [null] }])
      expect(forward.needsTranslation(plain, DEFAULT_DIALECT)).toBe(false);
  });
});

describe("a reply that is handed on", () => {
  const seen = (text: string, step = text.length): Observed => {
    const observer = forward.observer(text.startsWith("event"));
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length; at += step) observer.feed(bytes.subarray(at, at + step));
    return observer.end();
  };
  const frame = (event: { type: string }): string => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
  const start = frame({
    type: "message_start",
    message: { usage: { input_tokens: 5, cache_read_input_tokens: 7, output_tokens: 1 } },
  } as { type: string });
  const delta = (stop_reason: string): string =>
    frame({ type: "message_delta", delta: { stop_reason }, usage: { output_tokens: 9 } } as { type: string });
  const USAGE = { input_tokens: 12, cached_tokens: 7, cache_write_tokens: 0, output_tokens: 9, reasoning_tokens: 0 };

  test.each([1, 3, 10_000])("as a stream, in pieces of %d bytes", (step) => {
    const text = start + frame({ type: "ping" }) + delta("end_turn") + frame({ type: "message_stop" });
    expect(seen(text, step)).toEqual({ outcome: "completed", usage: USAGE, effort: null });
  });

  test("that was cut by length, failed, or broke off", () => {
    expect(seen(start + delta("max_tokens") + frame({ type: "message_stop" })).outcome).toBe("incomplete");
    const error = { type: "error", error: { type: "overloaded_error", message: "busy" } };
    const failed = seen(start + frame(error));
    expect(failed.outcome).toBe("failed");
    expect(failed.error?.message).toContain("busy");
    expect(failed.error).toMatchObject({ kind: "overloaded", upstream: { kind: "overloaded" } });
    expect(
      seen(`event: error\ndata: {"error":{"message":"prompt is too long: 9 tokens > 8 maximum"}}\n\n`).error,
    ).toMatchObject({ kind: "context_overflow" });
    expect(seen(start + delta("end_turn")).outcome).toBeUndefined();
  });

  test("in one piece", () => {
    const usage = { input_tokens: 5, cache_read_input_tokens: 7, output_tokens: 9 };
    const body = { type: "message", content: [], stop_reason: "tool_use", usage };
    expect(seen(JSON.stringify(body), 4)).toEqual({ outcome: "completed", usage: USAGE, effort: null });
    expect(seen(JSON.stringify({ ...body, stop_reason: "max_tokens" })).outcome).toBe("incomplete");
    expect(seen("<html>").outcome).toBeUndefined();
  });

  test("every recorded stream tells what its decoder would", () => {
    const told = readFixtures()
      .filter(({ kind, name }) => kind === "sse" && /^(?:text|thinking)/.test(name))
      .map(({ bytes }) => seen(`event\n\n${new TextDecoder().decode(bytes)}`));
    expect(told.length).toBeGreaterThan(2);
    for (const { outcome } of told) expect(outcome).toBeDefined();
  });
});
