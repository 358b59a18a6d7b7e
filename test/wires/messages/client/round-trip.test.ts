/** A thought goes back to the model that thought it, and the same history always lowers to the same text. */
import { describe, expect, test } from "bun:test";
import { DEFAULT_DIALECT } from "../../../../src/core/dialect.ts";
import { chatUpstream } from "../../../../src/wires/chat/upstream/upstream.ts";
import { messagesClient } from "../../../../src/wires/messages/client/client.ts";
import { messagesUpstream } from "../../../../src/wires/messages/upstream/upstream.ts";
import { PLAIN, testSurroundings } from "../../../support/around.ts";

type Json = Record<string, unknown>;

const REQUEST = {
  max_tokens: 1000,
  thinking: { type: "adaptive" },
  system: [{ type: "text", text: "You are." }],
  tools: [{ name: "f", input_schema: { type: "object" } }],
};
const USER = { role: "user", content: "Go." };
const SIGN = { google: { thought_signature: "s" } };

/** One turn on a Chat upstream; returns the history as the client keeps it. */
function turn(history: Json[], deltas: Json[], model: string, more: object = {}): Json[] {
  const around = { ...testSurroundings(), answering: { model, effort: undefined } };
  const exchange = messagesClient.lift({ ...REQUEST, model, messages: history, ...more }, PLAIN, around);
  const decoder = chatUpstream.decoder(exchange.turn, (event) => exchange.encoder.write(event), around);
  for (const delta of deltas) decoder.feed(JSON.stringify({ choices: [{ delta }] }));
  decoder.feed(JSON.stringify({ choices: [{ delta: {}, finish_reason: "stop" }] }));
  decoder.feed("[DONE]");
  const { content } = exchange.encoder.body() as { content: Json[] };
  const results = content
    .filter(({ type }) => type === "tool_use")
    .map(({ id }) => ({ type: "tool_result", tool_use_id: id, content: "ok" }));
  const answer = { role: "assistant", content: content };
  return [...history, answer, ...(results.length > 0 ? [{ role: "user", content: results }] : [])];
}

function lowered(history: Json[], model: string, notes: string[] = []): Json[] {
  const around = testSurroundings(notes);
  const { turn: lifted } = messagesClient.lift({ ...REQUEST, model, messages: history }, PLAIN, around);
  return (JSON.parse(chatUpstream.lower(lifted, DEFAULT_DIALECT, around).body) as { messages: Json[] }).messages;
}

const CALL = { tool_calls: [{ index: 0, id: "c", function: { name: "f", arguments: "{}" } }] };

describe("a thought goes back", () => {
  test.each([
    ["reasoning_content", [{ reasoning_content: "hm" }, CALL], { reasoning_content: "hm", content: null }],
    ["reasoning", [{ reasoning: "h" }, { reasoning: "m" }, { content: "Yes." }], { reasoning: "hm", content: "Yes." }],
    ["<think>", [{ content: "<think>\nhm\n</think>\n\nYes." }], { content: "<think>\nhm\n</think>\n\nYes." }],
  ] as [string, Json[], Json][])("as %s", (_, deltas, expected) => {
    for (const display of ["summarized", "omitted"]) {
      const history = turn([USER], deltas, "one", { thinking: { type: "adaptive", display } });
      expect(lowered(history, "one")[2]).toMatchObject({ role: "assistant", ...expected });
    }
  });

  test("not to another model, and that is noted", () => {
    const notes: string[] = [];
    const history = turn([USER], [{ reasoning: "hm" }, { content: "Yes." }], "one");
    expect(lowered(history, "two", notes)[2]).toEqual({ role: "assistant", content: "Yes." });
    expect(notes).toEqual(["foreign_reasoning: one"]);
  });

  test("a thought signature hangs on its call again, also for a client that shows no thoughts", () => {
    const signed = { tool_calls: [{ ...CALL.tool_calls[0], extra_content: SIGN }] };
    const history = turn([USER], [signed], "one", { thinking: undefined });
    const calls = lowered(history, "one")[2]?.["tool_calls"] as Json[];
    expect(calls[0]?.["extra_content"]).toEqual(SIGN);
  });

  test("signed blocks of a Messages upstream go back as they were", () => {
    const around = { ...testSurroundings(), answering: { model: "one", effort: undefined } };
    const exchange = messagesClient.lift({ ...REQUEST, model: "one", messages: [USER] }, PLAIN, around);
    const decoder = messagesUpstream.decoder(exchange.turn, (event) => exchange.encoder.write(event), around);
    const thought = { type: "thinking", thinking: "hm", signature: "EqQB" };
    const body = { type: "message", content: [thought, { type: "text", text: "Yes." }], stop_reason: "end_turn" };
    decoder.feed(JSON.stringify(body));
    decoder.end();
    const { content } = exchange.encoder.body() as { content: Json[] };
    expect(content[0]).toMatchObject({ type: "thinking", thinking: "hm" });
    const messages = [USER, { role: "assistant", content }, USER];
    const { turn: lifted } = messagesClient.lift({ ...REQUEST, model: "one", messages }, PLAIN, around);
    const sent = JSON.parse(messagesUpstream.lower(lifted, DEFAULT_DIALECT, around).body) as { messages: Json[] };
    expect(sent.messages[1]).toMatchObject({ content: [thought, { type: "text", text: "Yes." }] });
  });
});

test("a longer history lowers to a text that begins with the shorter one's", () => {
  let history: Json[] = [USER, { role: "system", content: [{ type: "text", text: "# Env" }] }];
  let before = "";
  for (let n = 0; n < 4; n++) {
    const text = JSON.stringify(lowered(history, "one")).replace(/["\]}]+$/, "");
    expect(text.slice(0, before.length)).toBe(before);
    before = text;
    history = turn(history, [{ reasoning: `hm ${n}` }, CALL], "one");
    // What was an array in the newest turn is a string in later ones (Claude Code 2.1.330).
    history = history.map((message) => (message["role"] === "system" ? { role: "system", content: "# Env" } : message));
  }
});
