/** What we send is what Anthropic's SDK says it may get. Held by the compiler; the values are those that are sent. */
import { expect, test } from "bun:test";
import type Anthropic from "@anthropic-ai/sdk";
import { errorObject } from "../../../../src/wires/messages/client/errors.ts";
import { countAnswer } from "../../../../src/wires/messages/client/count.ts";
import { ShimError } from "../../../../src/core/errors.ts";
import { messagesClient } from "../../../../src/wires/messages/client/client.ts";
import { PLAIN, reply, testSurroundings } from "../../../support/around.ts";
import { readEvents } from "../../../support/message-events.ts";
import { HI } from "./lifting.ts";

/** The fields of each event's head, by the SDK's names: a name that it does not know does not compile. */
type Keys<T> = { [Key in keyof T]?: true };
const MESSAGE = {
  id: true,
  type: true,
  role: true,
  model: true,
  content: true,
  stop_reason: true,
  stop_sequence: true,
  usage: true,
} satisfies Keys<Anthropic.Message>;
const USAGE = {
  input_tokens: true,
  output_tokens: true,
  cache_read_input_tokens: true,
  cache_creation_input_tokens: true,
  output_tokens_details: true,
} satisfies Keys<Anthropic.Usage> & Keys<Anthropic.MessageDeltaUsage>;
const BLOCKS = {
  text: { type: true, text: true } satisfies Keys<Anthropic.TextBlock>,
  thinking: { type: true, thinking: true, signature: true } satisfies Keys<Anthropic.ThinkingBlock>,
  tool_use: { type: true, id: true, name: true, input: true } satisfies Keys<Anthropic.ToolUseBlock>,
};
const EVENTS = {
  message_start: { type: true, message: true } satisfies Keys<Anthropic.RawMessageStartEvent>,
  content_block_start: {
    type: true,
    index: true,
    content_block: true,
  } satisfies Keys<Anthropic.RawContentBlockStartEvent>,
  content_block_delta: { type: true, index: true, delta: true } satisfies Keys<Anthropic.RawContentBlockDeltaEvent>,
  content_block_stop: { type: true, index: true } satisfies Keys<Anthropic.RawContentBlockStopEvent>,
  message_delta: { type: true, delta: true, usage: true } satisfies Keys<Anthropic.RawMessageDeltaEvent>,
  message_stop: { type: true } satisfies Keys<Anthropic.RawMessageStopEvent>,
} satisfies Record<Anthropic.RawMessageStreamEvent["type"], object>;

type Json = Record<string, unknown>;
const keys = (value: unknown): string[] => Object.keys(value as object).toSorted();

function encoder(stream: boolean) {
  const tools = [{ name: "f", input_schema: { type: "object" } }];
  const body = { model: "m", messages: HI, tools, thinking: { type: "adaptive" }, stream };
  const exchange = messagesClient.lift(body, PLAIN, testSurroundings());
  const usage = { input_tokens: 3, cached_tokens: 1, cache_write_tokens: 1, output_tokens: 1, reasoning_tokens: 1 };
  for (const event of [
    { type: "start" } as const,
    ...reply.reasoning("hm"),
    ...reply.text("a"),
    ...reply.call("c", "f", "{}"),
    { type: "end", reason: "tool_calls", usage } as const,
  ])
    exchange.encoder.write(event);
  return exchange.encoder;
}

test("events have the SDK's fields and no others", () => {
  const events = readEvents(encoder(true).take());
  expect(new Set(events.map(({ type }) => type))).toEqual(new Set(Object.keys(EVENTS)));
  for (const event of events) {
    expect(keys(event)).toEqual(keys(EVENTS[event.type as keyof typeof EVENTS]));
    if (event.type === "message_start") expect(keys(event["message"])).toEqual(keys(MESSAGE));
    if (event.type === "message_delta") expect(keys(event["usage"])).toEqual(keys(USAGE));
  }
});

test("so has the body", () => {
  const body = encoder(false).body() as { content: Json[]; usage: Json };
  expect(keys(body)).toEqual(keys(MESSAGE));
  expect(keys(body.usage)).toEqual(keys(USAGE));
  expect(body.content.map((block) => String(block["type"]))).toEqual(["thinking", "text", "tool_use"]);
  for (const block of body.content) expect(keys(block)).toEqual(keys(BLOCKS[block["type"] as keyof typeof BLOCKS]));
});

test("errors and counts", () => {
  const error: Keys<Anthropic.ErrorObject> = { type: true, message: true };
  expect(keys(errorObject(new ShimError("internal", "x")))).toEqual(keys(error));
  const count: Anthropic.MessageTokensCount = { input_tokens: 5 };
  expect(countAnswer(5)).toEqual(count);
});
