/** A long reply takes time that grows with its length only. */
import { expect, test } from "bun:test";
import { decodeEvents } from "./fixtures.ts";

test("a long reply takes time that grows with its length only", () => {
  const delta = {
    type: "response.function_call_arguments.delta",
    item_id: "fc",
    output_index: 0,
    delta: "x".repeat(20),
  };
  const item = { type: "function_call", id: "fc", call_id: "c", name: "f" };
  const added = { type: "response.output_item.added", output_index: 0, item };
  const start = performance.now();
  const { events } = decodeEvents(added, ...Array.from({ length: 100_000 }, () => delta));
  expect(events.length).toBeGreaterThan(100_000);
  expect(performance.now() - start).toBeLessThan(3000);
  const many = Array.from({ length: 3999 }, (_, at) => ({
    type: "response.output_item.done",
    item: { ...item, id: `fc${at}`, call_id: `c${at}`, arguments: "{}" },
  }));
  const again = performance.now();
  const { events: calls } = decodeEvents(...many, {
    type: "response.completed",
    response: { output: many.map(({ item: each }) => each) },
  });
  expect(calls.filter(({ type }) => type === "item_end")).toHaveLength(3999);
  expect(performance.now() - again).toBeLessThan(5000);
  expect(decodeEvents(...many, ...many).events.at(-1)).toMatchObject({
    type: "error",
    error: { kind: "upstream_protocol" },
  });
});

test("an item of so many parts is none", () => {
  const summary = Array.from({ length: 20_000 }, () => ({ type: "summary_text", text: "hm" }));
  const start = performance.now();
  const { events } = decodeEvents({
    object: "response",
    status: "completed",
    output: [{ type: "reasoning", summary }],
  });
  expect(events.at(-1)).toMatchObject({
    type: "error",
    error: { message: expect.stringContaining("parts of one item") },
  });
  expect(performance.now() - start).toBeLessThan(3000);
});
