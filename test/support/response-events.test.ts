import { describe, expect, test } from "bun:test";
import { readEvents, tell, validateResponseBody, validateResponseStream, type StreamEvent } from "./response-events.ts";
import { at, brokenStream, ITEMS, responseWith, rightStream, searchStream, USAGE } from "./response-samples.ts";
import type { BodyRule, Json, StreamRule } from "./response-rules.ts";

const frame = (event: StreamEvent): string => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
const sseOf = (events: readonly StreamEvent[]): string => `: hello\n\n${events.map(frame).join("")}data: [DONE]\n\n`;

/** Renumbers, for mutations that add or take events but mean to break another rule. */
const counted = (events: readonly (StreamEvent | undefined)[]): string =>
  sseOf(events.filter((event) => event !== undefined).map((event, i) => ({ ...event, sequence_number: i })));

/** The right stream with fields of one event replaced; a path may lead inwards. */
function changed(n: number, path: string, value: unknown, events = rightStream()): string {
  const keys = path.split(".");
  let target = events.at(n) as unknown as Json;
  for (const key of keys.slice(0, -1)) target = target[key] as Json;
  const last = keys.at(-1) as string;
  if (value === undefined) delete target[last];
  else target[last] = value;
  return sseOf(events);
}

const without = (...drop: number[]): string => counted(rightStream().filter((_, i) => !drop.includes(i)));
const swapped = (a: number, b: number): string => {
  const events = rightStream();
  [events[a], events[b]] = [events[b] as StreamEvent, events[a] as StreamEvent];
  return counted(events);
};

const BROKEN_STREAMS: Record<StreamRule, Record<string, string>> = {
  framing: {
    "no blank line at the end": sseOf(rightStream()).slice(0, -1),
    "an id line": sseOf(rightStream()).replace("event: response.created", "id: 1\nevent: response.created"),
    "no event line": sseOf(rightStream()).replace("event: response.created\n", ""),
  },
  json: {
    "cut data": sseOf(rightStream()).replace('data: {"type":"keepalive"', 'data: {"type":"keepalive'),
    "no type": sseOf(rightStream()).replace('data: {"type":"keepalive"', 'data: {"kind":"keepalive"'),
  },
  "event-name": { "another name": sseOf(rightStream()).replace("event: keepalive", "event: ping") },
  done: {
    missing: sseOf(rightStream()).replace("data: [DONE]\n\n", ""),
    twice: `${sseOf(rightStream())}data: [DONE]\n\n`,
    "something after it": sseOf(rightStream()) + frame({ type: "keepalive", sequence_number: 25 }),
  },
  sequence: {
    "a gap": changed(-1, "sequence_number", 30),
    "a repeat": changed(3, "sequence_number", 2),
    "none at all": changed(8, "sequence_number", undefined),
  },
  "known-event": {
    "an extension": changed(8, "type", "shim:note"),
    "a family without ending": changed(11, "type", "response.output_text.more"),
  },
  opening: {
    "no created": without(0),
    "no in_progress": without(1),
    "in the wrong order": swapped(0, 1),
    "created twice": counted([rightStream()[0], ...rightStream()]),
    "in_progress late": counted([...rightStream().slice(0, 10), rightStream()[1], ...rightStream().slice(10)]),
  },
  terminal: {
    missing: without(24),
    twice: counted([...rightStream(), rightStream()[24]]),
    "something after it": counted([...rightStream(), rightStream()[8]]),
    "another status": changed(-1, "response.status", "incomplete"),
  },
  "error-event": {
    "only flat": changed(12, "error", undefined, brokenStream("failed")),
    "only nested": changed(12, "message", undefined, brokenStream("failed")),
    "two messages": changed(12, "error.message", "other", brokenStream("failed")),
    "failed without it": counted(brokenStream("failed").filter((event) => event.type !== "error")),
    "completed after it": counted([...rightStream().slice(0, 8), brokenStream("failed")[12], rightStream()[24]]),
    "a delta after it": counted([
      ...brokenStream("failed").slice(0, 13),
      rightStream()[11],
      brokenStream("failed")[13],
    ]),
  },
  snapshot: {
    "usage too early": changed(0, "response.usage", USAGE),
    "output too early": changed(1, "response.output", [ITEMS.reasoning]),
    "another id": changed(-1, "response.id", "resp_2"),
    "another echo": changed(-1, "response.temperature", 0.5),
  },
  "item-added": {
    "an index left out": changed(9, "output_index", 2),
    "not in progress": changed(9, "item.status", "completed"),
    "not empty": changed(16, "item.arguments", "{"),
  },
  "item-place": {
    "another id": changed(11, "item_id", "msg_9"),
    "another index": changed(11, "output_index", 0),
    "after its end": swapped(7, 6),
    "done of another": changed(15, "item.id", "msg_9"),
    "no item open": counted([...rightStream().slice(0, 8), rightStream()[4], ...rightStream().slice(8)]),
  },
  "item-overlap": { "two open": without(15) },
  "item-done": {
    "call_id changes": changed(19, "item.call_id", "c9"),
    "name changes": changed(19, "item.name", "g"),
    "namespace is lost": changed(19, "item.namespace", undefined),
    "still in progress": changed(15, "item.status", "in_progress"),
  },
  "part-order": {
    "no part": without(10),
    "a citation of no text": counted([...searchStream().slice(0, 7), searchStream()[10], ...searchStream().slice(7)]),
    "a citation's index left out": changed(10, "annotation_index", 1, searchStream()),
    "index left out": changed(10, "content_index", 1),
    "not empty": changed(10, "part.text", "x"),
    "unknown part": changed(10, "part.type", "audio"),
    "delta of another family": changed(11, "type", "response.refusal.delta"),
    "delta with another index": changed(11, "content_index", 1),
    "two open": counted([...rightStream().slice(0, 11), rightStream()[10], ...rightStream().slice(11)]),
    "closed untold": without(13),
    "not closed": without(14),
    "told twice": counted([...rightStream().slice(0, 14), rightStream()[13], ...rightStream().slice(14)]),
  },
  "delta-sum": {
    "a lost delta": without(12),
    "a lost citation": counted(searchStream().filter((_, i) => i !== 10)),
    "no delta": changed(11, "delta", undefined),
    "another done": changed(13, "text", "Hallo"),
    "another part": changed(14, "part.text", "Hallo"),
    "another item": changed(15, "item.content", [
      { type: "output_text", text: "Hallo", annotations: [], logprobs: [] },
    ]),
    "another reasoning": changed(7, "item.content", []),
    "call without deltas": without(17),
    "another call": changed(19, "item.arguments", '{"a":2}'),
    "another input": changed(23, "item.input", "other"),
    "an unfinished text": changed(-1, "response.output.1.content.0.text", "Other", brokenStream("incomplete")),
  },
  "call-done": {
    "no arguments.done": without(18),
    "no input.done": without(22),
    "told twice": counted([...rightStream().slice(0, 19), rightStream()[18], ...rightStream().slice(19)]),
    "without its name": changed(18, "name", undefined),
    "of another kind": changed(21, "type", "response.function_call_arguments.delta"),
  },
  "hosted-order": {
    "no searching": counted(searchStream().filter((_, i) => i !== 4)),
    "completed too early": changed(4, "type", "response.web_search_call.completed", searchStream()),
    "another item's event": changed(5, "type", "response.mcp_call.completed", searchStream()),
    "failed though completed": changed(6, "item.status", "failed", searchStream()),
  },
  "call-incomplete": { "a cut call": changed(19, "item.status", "incomplete") },
  "final-output": {
    "an item is missing": changed(-1, "response.output", [ITEMS.reasoning, ITEMS.message, ITEMS.call]),
    "an item differs": changed(-1, "response.output.3.input", "other"),
    "an item never done": without(23),
    "an open item that claims to be complete": changed(
      -1,
      "response.output.1.status",
      "completed",
      brokenStream("failed"),
    ),
    "an open item is missing": changed(-1, "response.output", [ITEMS.reasoning], brokenStream("failed")),
  },
};

const bodyWith = (path: string, value: unknown): Json => {
  const body = rightStream().at(-1)?.["response"] as Json;
  const keys = path.split(".");
  let target = body;
  for (const key of keys.slice(0, -1)) target = target[key] as Json;
  const last = keys.at(-1) as string;
  if (value === undefined) delete target[last];
  else target[last] = value;
  return body;
};

const BROKEN_BODIES: Record<BodyRule, Record<string, unknown>> = {
  "response-field": {
    ...Object.fromEntries(
      Object.keys(responseWith({})).map((field) => [`without ${field}`, bodyWith(field, undefined)]),
    ),
    "temperature null": bodyWith("temperature", null),
    "an id of another kind": bodyWith("id", "1"),
    "a tool without strict": bodyWith("tools", [{ type: "function", name: "f", description: null, parameters: null }]),
    "no object": [],
  },
  "response-outcome": {
    "no time": bodyWith("completed_at", null),
    "an error": bodyWith("error", { code: "c", message: "m" }),
    incomplete_details: bodyWith("incomplete_details", { reason: "content_filter" }),
    "an unknown reason": {
      ...bodyWith("completed_at", null),
      status: "incomplete",
      incomplete_details: { reason: "tired" },
    },
    "failed without error": { ...bodyWith("completed_at", null), status: "failed" },
    unfinished: responseWith({}),
  },
  usage: {
    "wrong sum": bodyWith("usage.total_tokens", 16),
    "more cached than read": bodyWith("usage.input_tokens_details.cached_tokens", 11),
    "more thought than written": bodyWith("usage.output_tokens_details.reasoning_tokens", 6),
    "no details": bodyWith("usage.output_tokens_details", {}),
    negative: bodyWith("usage.input_tokens", -10),
    "not whole": bodyWith("usage.output_tokens", 5.5),
  },
  "item-shape": {
    "no call_id": bodyWith("output.2.call_id", undefined),
    "arguments as object": bodyWith("output.2.arguments", {}),
    "no annotations": bodyWith("output.1.content", [{ type: "output_text", text: "Hello", logprobs: [] }]),
    "unknown part": bodyWith("output.1.content", [{ type: "text", text: "Hello" }]),
    "no summary": bodyWith("output.0.summary", undefined),
    "unknown type": bodyWith("output.0.type", "thought"),
    "no status": bodyWith("output.0.status", undefined),
    "a number as item": bodyWith("output.0", 1),
  },
  "item-status": {
    "in progress": bodyWith("output.3.status", "in_progress"),
    "incomplete in a completed response": bodyWith("output.3.status", "incomplete"),
    "incomplete before the last": {
      ...bodyWith("output.1.status", "incomplete"),
      status: "incomplete",
      completed_at: null,
      incomplete_details: { reason: "max_output_tokens" },
    },
  },
  "item-id": {
    "used twice": bodyWith("output.3.id", "fc_3"),
    "call id used twice": bodyWith("output.3.call_id", "c1"),
    "wrong prefix": bodyWith("output.1.id", "rs_2"),
    "no id": bodyWith("output.1.id", undefined),
  },
  "well-formed": { "half a character": bodyWith("output.3.input", "\ud83d") },
};

describe("the validator of Responses answers", () => {
  test.each([
    ["a complete stream", rightStream()],
    ["a search", searchStream()],
    ["a failed stream", brokenStream("failed")],
    ["an incomplete stream", brokenStream("incomplete")],
  ])("accepts %s", (_, events) => {
    expect(tell(validateResponseStream(sseOf(events)))).toBe("");
    expect(tell(validateResponseBody(events.at(-1)?.["response"]))).toBe("");
  });

  test("accepts a call that was shown while it came, and was cut", () => {
    const events = brokenStream("incomplete").slice(0, 8);
    const call = ITEMS.call;
    events.push(
      {
        type: "response.output_item.added",
        output_index: 1,
        item: { ...call, status: "in_progress", arguments: "" },
        sequence_number: 8,
      },
      { type: "response.function_call_arguments.delta", ...at("fc_3", 1), delta: '{"a', sequence_number: 9 },
      {
        type: "response.incomplete",
        response: responseWith({
          status: "incomplete",
          incomplete_details: { reason: "max_output_tokens" },
          output: [ITEMS.reasoning, { ...call, status: "incomplete", arguments: '{"a' }],
        }),
        sequence_number: 10,
      },
    );
    expect(tell(validateResponseStream(sseOf(events)))).toBe("");
  });

  for (const [rule, cases] of Object.entries(BROKEN_STREAMS))
    test.each(Object.entries(cases))(`finds a broken "${rule}": %s`, (_, sse) => {
      expect(validateResponseStream(sse).map((problem) => problem.rule)).toContain(rule as StreamRule);
    });

  for (const [rule, cases] of Object.entries(BROKEN_BODIES))
    test.each(Object.entries(cases))(`finds a broken "${rule}": %s`, (_, body) => {
      expect(validateResponseBody(body).map((problem) => problem.rule)).toContain(rule as BodyRule);
    });

  test("the reader gives the events of a stream", () => {
    expect(readEvents(sseOf(rightStream()))).toEqual(rightStream());
  });
});
