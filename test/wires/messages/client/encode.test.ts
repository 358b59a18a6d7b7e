/** What the client gets of a reply, beyond the grammar that the transcripts hold. */
import { describe, expect, test } from "bun:test";
import { unsealReasoning } from "../../../../src/core/reasoning-tag.ts";
import type { ReplyEvent, Usage } from "../../../../src/core/reply.ts";
import { ShimError } from "../../../../src/core/errors.ts";
import { messagesClient } from "../../../../src/wires/messages/client/client.ts";
import { messagesUpstream } from "../../../../src/wires/messages/upstream/upstream.ts";
import { PLAIN, reply, testSurroundings } from "../../../support/around.ts";
import { assembled, readEvents, tell, validateMessageStream } from "../../../support/message-events.ts";
import { HI } from "./lifting.ts";

type Json = Record<string, unknown>;

const F = { name: "f", input_schema: { type: "object", properties: { n: { type: "integer" } }, required: ["n"] } };
const end = (reason: "stop" | "tool_calls" | "length" | "content_filter", usage: Usage | null = null): ReplyEvent => ({
  type: "end",
  reason,
  usage,
});

function encode(more: object, events: ReplyEvent[], notes: string[] = [], model?: string) {
  const around = { ...testSurroundings(notes), answering: { model, effort: undefined } };
  const body = { model: "claude-x", messages: HI, tools: [F], stream: true, ...more };
  const { encoder } = messagesClient.lift(body, PLAIN, around);
  for (const event of [{ type: "start" } as const, ...events]) encoder.write(event);
  const sse = encoder.take();
  expect(tell(validateMessageStream(sse))).toBe("");
  return { sse, message: assembled(sse), encoder };
}

const content = (more: object, events: ReplyEvent[], notes: string[] = []): Json[] =>
  encode(more, [...events, end("stop")], notes).message["content"] as Json[];

describe("calls", () => {
  test("carry the name that the client knows, and checked arguments", () => {
    const name = "mcp__".padEnd(80, "x");
    const body = { tools: [F, { ...F, name }], messages: HI };
    const flat = messagesClient.lift({ model: "m", ...body }, PLAIN, testSurroundings()).turn.tools[1]?.name as string;
    const notes: string[] = [];
    expect(content(body, [...reply.call("a", flat, '{"n": 1}'), ...reply.call("b", "f", '{"n": "2"}')], notes)).toEqual(
      [
        { type: "tool_use", id: "a", name, input: { n: 1 } },
        { type: "tool_use", id: "b", name: "f", input: { n: 2 } },
      ],
    );
    expect(notes).toEqual(["arguments_coerced: f"]);
  });

  test("whose arguments are no JSON hand the model's words on", () => {
    const notes: string[] = [];
    expect(content({}, reply.call("a", "f", '{"n": "cut'), notes)).toEqual([
      { type: "tool_use", id: "a", name: "f", input: { unparsed_arguments: '{"n": "cut' } },
    ]);
    expect(notes).toEqual(["arguments_invalid: f"]);
  });

  test("of tools that nobody declared are noted", () => {
    const notes: string[] = [];
    expect(content({}, reply.call("a", "g", ""), notes)).toMatchObject([{ name: "g", input: {} }]);
    expect(notes).toEqual(["undeclared_tool: g"]);
  });

  test("that were cut are never announced", () => {
    const cut: ReplyEvent[] = [
      ...reply.call("a", "f", '{"n":1}'),
      { type: "item_start", item: { kind: "tool_call", call_id: "b", name: "f" } },
      { type: "item_delta", delta: '{"n":' },
    ];
    const { sse, message } = encode({}, [...cut, { type: "item_end", complete: false }, end("length")]);
    expect(message).toMatchObject({ stop_reason: "max_tokens", content: [{ id: "a" }] });
    expect(sse).not.toContain('"b"');
    const failed = encode({}, [...cut, { type: "error", error: new ShimError("upstream_protocol", "broke") }]);
    expect(failed.sse).not.toContain('"b"');
    expect(failed.encoder.error?.kind).toBe("upstream_protocol");
  });
});

describe("thoughts", () => {
  const thought = (details?: Json[]): ReplyEvent[] => [
    { type: "item_start", item: { kind: "reasoning", field: details ? "extra_content" : "reasoning" } },
    ...(details ? [] : [{ type: "item_delta", delta: "Hm." } as const]),
    { type: "item_end", complete: true, ...(details && { details }) },
  ];

  test("are shown with a signature that holds them and who thought them", () => {
    const { message } = encode({ thinking: { type: "adaptive" } }, [...thought(), end("stop")], [], "up");
    const [block] = message["content"] as Json[];
    expect(block).toMatchObject({ type: "thinking", thinking: "Hm." });
    expect(unsealReasoning(String(block?.["signature"]))).toEqual({
      type: "reasoning",
      text: "Hm.",
      origin: { field: "reasoning", model: "up" },
    });
  });

  test("are sealed alone where the client wants no words", () => {
    const [block] = content({ thinking: { type: "adaptive", display: "omitted" } }, thought());
    expect(block).toMatchObject({ type: "thinking", thinking: "" });
    expect(unsealReasoning(String(block?.["signature"]))?.text).toBe("Hm.");
  });

  test("stay away from a client that did not ask, but for what a call needs to come back", () => {
    expect(content({}, [...thought(), ...reply.text("Yes.")])).toEqual([{ type: "text", text: "Yes." }]);
    const details = [{ call_id: "a", extra_content: { google: { thought_signature: "s" } } }];
    const [block] = content({}, [...thought(details), ...reply.call("a", "f", '{"n":1}')]);
    expect(unsealReasoning(String(block?.["signature"]))?.origin?.details).toEqual(details);
  });
});

describe("the end", () => {
  const reason = (events: ReplyEvent[], last: Parameters<typeof end>[0]): unknown =>
    encode({}, [...events, end(last)]).message["stop_reason"];

  test("says why", () => {
    expect(reason(reply.text("a"), "stop")).toBe("end_turn");
    expect(reason(reply.call("a", "f", '{"n":1}'), "stop")).toBe("tool_use");
    expect(reason(reply.text("a"), "tool_calls")).toBe("end_turn");
    expect(reason(reply.text("a"), "length")).toBe("max_tokens");
    expect(reason(reply.text("a"), "content_filter")).toBe("refusal");
    expect(reason(reply.refusal("no"), "stop")).toBe("refusal");
  });

  test("tells at which of the client's texts it stopped, where the upstream does", () => {
    const stopped = { ...end("stop"), stop_sequence: "END" } as ReplyEvent;
    const told = { stop_reason: "stop_sequence", stop_sequence: "END" };
    expect(encode({}, [...reply.text("a"), stopped]).message).toMatchObject(told);
    const around = testSurroundings();
    const exchange = messagesClient.lift({ model: "m", messages: HI }, PLAIN, around);
    const decoder = messagesUpstream.decoder(exchange.turn, (event) => exchange.encoder.write(event), around);
    decoder.feed(JSON.stringify({ type: "message", content: [{ type: "text", text: "a" }], ...told }));
    decoder.end();
    expect(exchange.encoder.body()).toMatchObject(told);
  });

  test("counts what was read from a cache, or written to it, apart", () => {
    const usage = {
      input_tokens: 100,
      cached_tokens: 60,
      cache_write_tokens: 30,
      output_tokens: 20,
      reasoning_tokens: 5,
    };
    expect(encode({}, [...reply.text("a"), end("stop", usage)]).message["usage"]).toEqual({
      input_tokens: 10,
      cache_creation_input_tokens: 30,
      cache_read_input_tokens: 60,
      output_tokens: 20,
      output_tokens_details: { thinking_tokens: 5 },
    });
  });
});

describe("signs of life", () => {
  test("are pings, between the start and the end only", () => {
    const { encoder } = messagesClient.lift({ model: "m", messages: HI, stream: true }, PLAIN, testSurroundings());
    encoder.heartbeat();
    expect(encoder.take()).toBe("");
    encoder.open();
    encoder.heartbeat({ processed: 1, total: 2 });
    expect(readEvents(encoder.take()).map(({ type }) => type)).toEqual(["message_start", "ping"]);
    encoder.write(end("stop"));
    encoder.take();
    encoder.heartbeat();
    expect(encoder.take()).toBe("");
  });
});
