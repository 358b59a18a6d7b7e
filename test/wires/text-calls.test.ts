/** Calls that stand in the text of a reply, of every family: from every upstream wire they reach every client wire. */
import { describe, expect, test } from "bun:test";
import { FAMILIES } from "../../src/core/text-calls/families.ts";
import type { WireName } from "../../src/core/provider.ts";
import { CLIENT_WIRES, UPSTREAM_WIRES } from "../../src/wires/index.ts";
import { PLAIN, testSurroundings } from "../support/around.ts";
import { readChatStream } from "../support/chat-events.ts";
import { FIXTURE_REQUESTS } from "../support/fixture-requests.ts";
import { assembled, tell as tellMessages, validateMessageStream } from "../support/message-events.ts";
import { readEvents, tell, validateResponseStream } from "../support/response-events.ts";
import { type Call, SAMPLES } from "../core/text-calls/family-samples.ts";

type Json = Record<string, unknown>;

const WIRES: readonly WireName[] = ["chat", "messages", "responses"];
const LS: Call = ["exec_command", { cmd: "ls -la" }];
const GOAL: Call = ["get_goal", {}];

/** A reply that says this text, cut into pieces, as each wire streams it. */
const STREAMS: Record<WireName, (pieces: readonly string[]) => Json[]> = {
  chat: (pieces) => [
    ...pieces.map((content) => ({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })),
    { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] },
  ],
  messages: (pieces) => [
    {
      type: "message_start",
      message: { role: "assistant", content: [], usage: { input_tokens: 1, output_tokens: 1 } },
    },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    ...pieces.map((text) => ({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } })),
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 9 } },
    { type: "message_stop" },
  ],
  responses: (pieces) => [
    { type: "response.created", response: { id: "r", status: "in_progress", output: [] } },
    {
      type: "response.output_item.added",
      output_index: 0,
      item: { type: "message", id: "m", role: "assistant", content: [] },
    },
    ...pieces.map((delta) => ({
      type: "response.output_text.delta",
      item_id: "m",
      output_index: 0,
      content_index: 0,
      delta,
    })),
    {
      type: "response.output_item.done",
      output_index: 0,
      item: { type: "message", id: "m", role: "assistant", content: [{ type: "output_text", text: pieces.join("") }] },
    },
    { type: "response.completed", response: { id: "r", status: "completed", output: [] } },
  ],
};

/** What a client is told: its text and its calls, from a stream that keeps the grammar of its wire. */
const READERS: Record<WireName, (sse: string) => { text: string; calls: unknown[] }> = {
  chat: (sse) => {
    const { problems, message } = readChatStream(sse, { usage: true });
    expect(problems).toEqual([]);
    const { content, tool_calls: calls = [] } = message as { content?: string; tool_calls?: { function: Json }[] };
    return {
      text: content ?? "",
      calls: calls.map(({ function: { name, arguments: args } }) => [name, JSON.parse(String(args))]),
    };
  },
  messages: (sse) => {
    expect(tellMessages(validateMessageStream(sse))).toBe("");
    const { content } = assembled(sse) as { content: Json[] };
    return {
      text: content.map(({ text }) => text ?? "").join(""),
      calls: content.filter(({ type }) => type === "tool_use").map(({ name, input }) => [name, input]),
    };
  },
  responses: (sse) => {
    expect(tell(validateResponseStream(sse))).toBe("");
    const output = ((readEvents(sse).at(-1)?.["response"] as Json | undefined)?.["output"] ?? []) as Json[];
    return {
      text: output.flatMap(({ content }) => ((content ?? []) as Json[]).map(({ text }) => text ?? "")).join(""),
      calls: output
        .filter(({ type }) => type === "function_call")
        .map(({ name, arguments: args }) => [name, JSON.parse(String(args))]),
    };
  },
};

function told(client: WireName, upstream: WireName, pieces: readonly string[], prompt = "Go on."): object {
  const around = testSurroundings();
  const request = { ...FIXTURE_REQUESTS[client], ...saying(client, prompt), stream: true };
  const { turn, encoder } = CLIENT_WIRES[client].lift(request, PLAIN, around);
  encoder.open();
  const decoder = UPSTREAM_WIRES[upstream].decoder(turn, (event) => encoder.write(event), around);
  for (const frame of STREAMS[upstream](pieces)) decoder.feed(JSON.stringify(frame));
  if (upstream === "chat") decoder.feed("[DONE]");
  decoder.end();
  return READERS[client](encoder.take());
}

const saying = (client: WireName, prompt: string): Json =>
  client === "responses" ? { input: prompt } : { messages: [{ role: "user", content: prompt }] };

const cut = (text: string, size: number): string[] => text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];

describe.each(WIRES.flatMap((upstream) => WIRES.map((client) => [upstream, client] as const)))(
  "from %s to %s",
  (upstream, client) => {
    test.each(FAMILIES.map(({ id, whole = false }) => [id, whole] as const))("%s", (id, whole) => {
      const write = SAMPLES[id] ?? (() => "");
      const one = write([LS]);
      for (const size of [1, 7, one.length])
        expect(told(client, upstream, cut(one, size))).toEqual({ text: "", calls: [LS] });
      if (!["harmony-stripped", "gemma-4-stripped", "named-stripped"].includes(id))
        expect(told(client, upstream, cut(write([LS, GOAL]), 5))).toEqual({ text: "", calls: [LS, GOAL] });
      if (!whole) expect(told(client, upstream, cut(`I look.\n${one}`, 3))).toEqual({ text: "I look.\n", calls: [LS] });
      const quoted = `It holds:\n${one}`;
      expect(told(client, upstream, cut(quoted, 4), `See:\n${one}`)).toEqual({ text: quoted, calls: [] });
    });
  },
);
