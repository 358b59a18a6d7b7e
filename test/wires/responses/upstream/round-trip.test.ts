/** What a model thought and called comes back to it as it said it, in its order. */
import { expect, test } from "bun:test";
import { result, user } from "../../chat/upstream/items.ts";
import { decodeBody } from "./fixtures.ts";
import { itemsOf } from "./exchange.ts";
import { input } from "./items.ts";

const OUTPUT = [
  {
    type: "reasoning",
    id: "rs_1",
    summary: [{ type: "summary_text", text: 'a \\ "b"\n' }],
    encrypted_content: "gAA+/==",
  },
  { type: "message", role: "assistant", content: [{ type: "output_text", text: "I look." }] },
  {
    type: "function_call",
    call_id: "call_1",
    name: "exec_command",
    arguments: '{"cmd": "ls",  "n": 12345678901234567890}',
  },
  { type: "reasoning", id: "rs_2", summary: [], encrypted_content: "only sealed" },
  { type: "function_call", call_id: "call_2", name: "exec_command", arguments: "{}" },
];

test("items, byte by byte", () => {
  const { events } = decodeBody(JSON.stringify({ object: "response", status: "completed", output: OUTPUT }));
  const said = itemsOf(events, "m");
  const sent = input([user("go"), ...said, result("call_1", "a"), result("call_2", "b")]);
  expect(sent.slice(1, -2)).toEqual(OUTPUT);
  expect(
    input([user("go"), ...itemsOf(events, "other"), result("call_1", "a"), result("call_2", "b")]).slice(1, -2),
  ).toEqual(OUTPUT.filter(({ type }) => type !== "reasoning"));
});
