/** A long reply takes time that grows with its length only. */
import { expect, test } from "bun:test";
import { cpu_ms, expectLinear } from "../../../support/growth.ts";
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
  const deltas = (length: number) => Array.from({ length }, () => delta);
  expectLinear(100_000, deltas, (all) => expect(decodeEvents(added, ...all).events.length).toBeGreaterThan(all.length));
  const many = Array.from({ length: 3999 }, (_, at) => ({
    type: "response.output_item.done",
    item: { ...item, id: `fc${at}`, call_id: `c${at}`, arguments: "{}" },
  }));
  const completed = { type: "response.completed", response: { output: many.map(({ item: each }) => each) } };
  const most = deltas(100_000);
  const of_deltas = cpu_ms(() => decodeEvents(added, ...most));
  const of_calls = cpu_ms(() => {
    const { events: calls } = decodeEvents(...many, completed);
    expect(calls.filter(({ type }) => type === "item_end")).toHaveLength(3999);
  });
  // Each is looked for among all before it, which is why there may be no more of them: they cost some six such streams.
  expect(of_calls / of_deltas).toBeLessThan(60);
  expect(decodeEvents(...many, ...many).events.at(-1)).toMatchObject({
    type: "error",
    error: { kind: "upstream_protocol" },
  });
});

test("an item of so many parts is none", () => {
  const parts = (length: number) => Array.from({ length }, () => ({ type: "summary_text", text: "hm" }));
  expectLinear(40_000, parts, (summary) => {
    const { events } = decodeEvents({
      object: "response",
      status: "completed",
      output: [{ type: "reasoning", summary }],
    });
    expect(events.at(-1)).toMatchObject({
      type: "error",
      error: { message: expect.stringContaining("parts of one item") },
    });
  });
});
