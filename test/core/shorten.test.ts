import { describe, expect, test } from "bun:test";
import { shortened } from "../../src/core/shorten.ts";
import type { Item } from "../../src/core/turn.ts";

const says = (role: "system" | "user" | "assistant", text: string): Item => ({
  type: "message",
  role,
  parts: [{ type: "text", text }],
});
const call = (call_id: string): Item => ({ type: "tool_call", call_id, name: "look", arguments: "{}" });
const result = (call_id: string, text = "x".repeat(100)): Item => ({
  type: "tool_result",
  call_id,
  parts: [{ type: "text", text }],
});
const thought: Item = { type: "reasoning", text: "x".repeat(50) };

/** What is left, in short. */
const left = (items: readonly Item[], excess: number): string[] | undefined =>
  shortened(items, excess)?.items.map((item) => {
    if (item.type === "message") {
      const [part] = item.parts;
      return part?.type === "text" ? part.text.slice(0, 6) : "?";
    }
    return item.type === "reasoning" ? "thought" : `${item.type} ${item.call_id}`;
  });

describe("a history that is too long", () => {
  test("begins at a later word of the user's, after what the system says", () => {
    const items = [says("system", "rules"), says("user", "one"), says("assistant", "1"), says("user", "two")];
    expect(left(items, 3)).toEqual(["rules", "two"]);
    expect(shortened(items, 3)?.dropped).toBe(2);
  });

  test("loses no more than it must within a long turn, and says that it does not begin there", () => {
    const steps = ["a", "b", "c", "d"].flatMap((id) => [thought, call(id), result(id)]);
    const items = [says("user", "task"), ...steps];
    expect(left(items, 100)).toEqual(["(What ", "thought", "tool_call b", "tool_result b", ...told("c"), ...told("d")]);
    // Once more, the mark is not doubled.
    const again = shortened(shortened(items, 100)?.items ?? [], 100);
    expect(again?.items.filter((item) => item.type === "message")).toHaveLength(1);
  });

  test("keeps parallel calls and their results together", () => {
    const items = [says("user", "task"), call("a"), call("b"), result("a"), result("b"), says("user", "on")];
    expect(left(items, 3)).toEqual(["(What ", "tool_call a", "tool_call b", "tool_result a", "tool_result b", "on"]);
    expect(left(items, 200)).toEqual(["on"]);
  });

  test("keeps the newest whatever it weighs", () => {
    expect(left([says("system", "rules"), says("user", "x".repeat(5000))], 4000)).toBeUndefined();
    expect(left([says("user", "a"), call("a"), result("a", "x".repeat(5000))], 4000)).toEqual([
      "(What ",
      "tool_call a",
      "tool_result a",
    ]);
  });

  test("never parts a call from its result, wherever it is cut", () => {
    const items: Item[] = [];
    for (let i = 0; i < 40; i++) {
      if (i % 7 === 0) items.push(says("user", `u${i}`));
      if (i % 3 === 0) items.push(thought);
      items.push(call(`c${i}`));
      if (i % 4 === 0) items.push(call(`d${i}`), result(`d${i}`));
      items.push(result(`c${i}`));
    }
    for (let excess = 1; excess < 9000; excess += 97) {
      const rest = shortened(items, excess)?.items ?? [];
      const ids = (type: string): string[] =>
        rest.flatMap((item) => (item.type === type && "call_id" in item ? [item.call_id] : [])).toSorted();
      expect(ids("tool_result")).toEqual(ids("tool_call"));
      expect(rest[0]).toMatchObject({ type: "message", role: "user" });
      expect(rest.length).toBeGreaterThan(1);
    }
  });
});

const told = (id: string): string[] => ["thought", `tool_call ${id}`, `tool_result ${id}`];
