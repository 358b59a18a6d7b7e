/** The validator itself: one good stream, and for each rule a change that breaks it. */
import { expect, test } from "bun:test";
import { MESSAGE_RULES, tell, validateMessageBody, validateMessageStream, type MessageRule } from "./message-events.ts";

const USAGE = { input_tokens: 1, output_tokens: 2, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 };
const head = { id: "msg_1", type: "message", role: "assistant", model: "m" };
const start = { ...head, content: [], stop_reason: null, stop_sequence: null, usage: USAGE };

const GOOD: object[] = [
  { type: "message_start", message: start },
  { type: "ping" },
  { type: "content_block_start", index: 0, content_block: { type: "thinking", thinking: "", signature: "" } },
  { type: "content_block_delta", index: 0, delta: { type: "thinking_delta", thinking: "Hm." } },
  { type: "content_block_delta", index: 0, delta: { type: "signature_delta", signature: "s" } },
  { type: "content_block_stop", index: 0 },
  { type: "content_block_start", index: 1, content_block: { type: "text", text: "" } },
  { type: "content_block_delta", index: 1, delta: { type: "text_delta", text: "Yes." } },
  { type: "content_block_stop", index: 1 },
  { type: "content_block_start", index: 2, content_block: { type: "tool_use", id: "a", name: "f", input: {} } },
  { type: "content_block_delta", index: 2, delta: { type: "input_json_delta", partial_json: '{"x":1}' } },
  { type: "content_block_stop", index: 2 },
  { type: "message_delta", delta: { stop_reason: "tool_use", stop_sequence: null }, usage: USAGE },
  { type: "message_stop" },
];

const frame = (event: object): string =>
  `event: ${(event as { type: string }).type}\ndata: ${JSON.stringify(event)}\n\n`;
const stream = (events: readonly object[]): string => events.map(frame).join("");
const swapped = (at: number, event: object): string => stream(GOOD.toSpliced(at, 1, event));
const TEXT = { type: "content_block_delta", index: 1, delta: { type: "text_delta", text: "Yes." } };

const BROKEN: Record<MessageRule, string> = {
  framing: `${stream(GOOD)}data: [DONE]\n\n`,
  json: `${stream(GOOD)}event: x\ndata: x\n\n`,
  "event-name": stream(GOOD).replace("event: ping", "event: pong"),
  "known-event": swapped(1, { type: "pong" }),
  opening: stream(GOOD.slice(1)),
  "message-shape": swapped(0, { type: "message_start", message: { ...start, content: [{}] } }),
  usage: swapped(0, { type: "message_start", message: { ...start, usage: { ...USAGE, input_tokens: -1 } } }),
  "block-place": swapped(7, { ...TEXT, index: 0 }),
  "block-start": swapped(6, { type: "content_block_start", index: 1, content_block: { type: "text", text: "Y" } }),
  "block-shape": stream(GOOD.toSpliced(7, 1)),
  "delta-kind": swapped(7, { ...TEXT, delta: { type: "thinking_delta", thinking: "x" } }),
  signature: stream(GOOD.toSpliced(4, 1)),
  "call-json": swapped(10, {
    type: "content_block_delta",
    index: 2,
    delta: { type: "input_json_delta", partial_json: "{" },
  }),
  "stop-reason": swapped(12, {
    type: "message_delta",
    delta: { stop_reason: "end_turn", stop_sequence: null },
    usage: USAGE,
  }),
  closing: stream(GOOD.slice(0, -1)),
  error: stream([...GOOD.slice(0, 2), { type: "error", error: { type: "odd", message: "x" } }]),
  "well-formed": swapped(7, { ...TEXT, delta: { type: "text_delta", text: "\ud83d" } }),
};

test("a good stream has no problems", () => {
  expect(tell(validateMessageStream(stream(GOOD)))).toBe("");
  const error = { type: "error", error: { type: "api_error", message: "x" } };
  for (const at of [1, 4, 9]) expect(tell(validateMessageStream(stream([...GOOD.slice(0, at), error])))).toBe("");
});

test.each(Object.keys(MESSAGE_RULES) as MessageRule[])("%s", (rule) => {
  expect(validateMessageStream(BROKEN[rule]).map((problem) => problem.rule)).toContain(rule);
});

test("bodies", () => {
  const call = { type: "tool_use", id: "a", name: "f", input: { x: 1 } };
  const body = { ...head, content: [call], stop_reason: "tool_use", stop_sequence: null, usage: USAGE };
  expect(tell(validateMessageBody(body))).toBe("");
  expect(validateMessageBody({ ...body, content: [call, call] }).map(({ rule }) => rule)).toEqual(["call-json"]);
  expect(validateMessageBody({ ...body, stop_reason: "end_turn" }).map(({ rule }) => rule)).toEqual(["stop-reason"]);
  expect(validateMessageBody({ ...body, content: [{ ...call, input: "{}" }] }).map(({ rule }) => rule)).toEqual([
    "call-json",
  ]);
});
