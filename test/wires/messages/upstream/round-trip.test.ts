/** What a model thought and called comes back to it as it said it, by way of a Responses client. */
import { expect, test } from "bun:test";
import type { ReplyEvent } from "../../../../src/core/reply.ts";
import type { Item } from "../../../../src/core/turn.ts";
import { sealReasoning, unsealReasoning } from "../../../../src/core/reasoning-tag.ts";
import { call, result, user } from "../../chat/upstream/items.ts";
import { decodeBody } from "./fixtures.ts";
import { lowered } from "./items.ts";

const CONTENT = [
  { type: "thinking", thinking: 'first \\ "look"\n', signature: "Eq/+==" },
  { type: "redacted_thinking", data: "Em==" },
  { type: "text", text: "I look." },
  { type: "tool_use", id: "toolu_01", name: "exec_command", input: { cmd: "ls" } },
  { type: "thinking", thinking: "", signature: "only" },
  { type: "tool_use", id: "toolu_02", name: "exec_command", input: { cmd: "pwd" } },
];

test("blocks, in their order", () => {
  const reply = { type: "message", role: "assistant", content: CONTENT, stop_reason: "tool_use" };
  const said = itemsOf(decodeBody(JSON.stringify(reply)).events);
  const { body } = lowered({ items: [user("go"), ...said, result("toolu_01", "a"), result("toolu_02", "b")] });
  expect(body).toContain(`{"role":"assistant","content":${JSON.stringify(CONTENT)}}`);
});

function itemsOf(events: readonly ReplyEvent[]): Item[] {
  const items: Item[] = [];
  let text = "";
  let head: Extract<ReplyEvent, { type: "item_start" }>["item"] | undefined;
  for (const event of events) {
    if (event.type === "item_start") [head, text] = [event.item, ""];
    else if (event.type === "item_delta") text += event.delta;
    if (event.type !== "item_end" || !head) continue;
    if (head.kind === "tool_call") items.push({ ...call(head.call_id, text), name: head.name });
    else if (head.kind === "reasoning") {
      const sealed = sealReasoning(text, { field: head.field, ...(event.details && { details: event.details }) });
      const item = unsealReasoning(sealed);
      if (item) items.push(item);
    } else items.push({ type: "message", role: "assistant", parts: [{ type: "text", text }] });
  }
  return items;
}
