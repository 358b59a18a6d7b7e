/** What a model thought goes back to it, and to no other, in the form in which it came; nothing is remembered here. */
import { describe, expect, test } from "bun:test";
import { DEFAULT_DIALECT } from "../../src/core/dialect.ts";
import { chatUpstream } from "../../src/wires/chat/upstream/upstream.ts";
import { responsesClient } from "../../src/wires/responses/client/client.ts";
import { CODEX, testSurroundings } from "../support/around.ts";

type Json = Record<string, unknown>;

const REQUEST = { tools: [{ type: "function", name: "f" }], include: ["reasoning.encrypted_content"] };
const USER = { role: "user", content: "Go." };

/** One turn on a Chat upstream; returns the history as the client keeps it. */
function turn(history: Json[], deltas: Json[], model: string): Json[] {
  const around = { ...testSurroundings(), answering: { model, effort: undefined } };
  const exchange = responsesClient.lift({ ...REQUEST, model, input: history }, CODEX, around);
  const decoder = chatUpstream.decoder(exchange.turn, (event) => exchange.encoder.write(event), around);
  for (const delta of deltas) decoder.feed(JSON.stringify({ choices: [{ delta }] }));
  decoder.feed(JSON.stringify({ choices: [{ delta: {}, finish_reason: "stop" }] }));
  decoder.feed("[DONE]");
  const output = (exchange.encoder.body() as { output: Json[] }).output;
  const results = output
    .filter(({ type }) => type === "function_call")
    .map(({ call_id }) => ({ type: "function_call_output", call_id, output: "ok" }));
  return [...history, ...output, ...results];
}

function upstreamMessages(history: Json[], model: string, notes: string[] = []): Json[] {
  const around = testSurroundings(notes);
  const { turn: lifted } = responsesClient.lift({ ...REQUEST, model, input: history }, CODEX, around);
  return (JSON.parse(chatUpstream.lower(lifted, DEFAULT_DIALECT, around).body) as { messages: Json[] }).messages;
}

const CALL = { tool_calls: [{ index: 0, id: "c", function: { name: "f", arguments: "{}" } }] };
const FORMS: [string, Json[], Json][] = [
  [
    "reasoning_content",
    [{ reasoning_content: "hm" }, { content: "Yes." }],
    { reasoning_content: "hm", content: "Yes." },
  ],
  ["reasoning", [{ reasoning: "h" }, { reasoning: "m" }, CALL], { reasoning: "hm", content: null }],
  ["<think>", [{ content: "<think>\nhm\n</think>\n\nYes." }], { content: "<think>\nhm\n</think>\n\nYes." }],
  [
    "thinking parts",
    [{ content: [{ type: "thinking", thinking: [{ type: "text", text: "hm" }] }] }, { content: "Yes." }],
    {
      content: [
        { type: "thinking", thinking: [{ type: "text", text: "hm" }], closed: true },
        { type: "text", text: "Yes." },
      ],
    },
  ],
  [
    "reasoning_details",
    [
      { reasoning_details: [{ type: "reasoning.text", text: "h", index: 0 }] },
      { reasoning_details: [{ type: "reasoning.text", text: "m", index: 0, signature: "s" }] },
      { reasoning_details: [{ type: "reasoning.encrypted", data: "x", index: 1 }] },
      { content: "Yes." },
    ],
    {
      content: "Yes.",
      reasoning_details: [
        { type: "reasoning.text", text: "hm", index: 0, signature: "s" },
        { type: "reasoning.encrypted", data: "x", index: 1 },
      ],
    },
  ],
];

describe("a thought goes back", () => {
  test.each(FORMS)("as %s", (_, deltas, expected) => {
    const messages = upstreamMessages(turn([USER], deltas, "one"), "one");
    expect(messages[1]).toMatchObject({ role: "assistant", ...expected });
  });

  test("a thought signature hangs on its own call again", () => {
    const extra_content = { google: { thought_signature: "s" } };
    const signed = { tool_calls: [{ index: 0, id: "a", function: { name: "f", arguments: "{}" }, extra_content }] };
    const messages = upstreamMessages(
      turn([USER], [signed, { tool_calls: [{ ...CALL.tool_calls[0], index: 1 }] }], "one"),
      "one",
    );
    const calls = messages[1]?.["tool_calls"] as Json[] | undefined;
    expect(calls?.map((call) => call["extra_content"])).toEqual([extra_content, undefined]);
  });

  test("not to another model, and that is noted", () => {
    const notes: string[] = [];
    const messages = upstreamMessages(turn([USER], FORMS[0]?.[1] ?? [], "one"), "two", notes);
    expect(messages[1]).toEqual({ role: "assistant", content: "Yes." });
    expect(notes).toEqual(["foreign_reasoning: one"]);
  });

  test("what somebody changed, or another server sealed, stays away", () => {
    const history = turn([USER], FORMS[0]?.[1] ?? [], "one").map((item) =>
      item["type"] === "reasoning" ? { ...item, encrypted_content: `${String(item["encrypted_content"])}x` } : item,
    );
    expect(upstreamMessages(history, "one")[1]).toEqual({ role: "assistant", content: "Yes." });
  });
});
