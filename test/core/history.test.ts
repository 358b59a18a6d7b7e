import { describe, expect, test } from "bun:test";
import { pairHistory, type Repair } from "../../src/core/history.ts";
import type { Item } from "../../src/core/turn.ts";

/** u: user, s: system, m: assistant message, t: reasoning, c<id>: call, r<id>: result. */
function items(script: string): Item[] {
  return script.split(" ").map((word, at): Item => {
    const text = `${word}@${at}`;
    const parts = [{ type: "text" as const, text }];
    if (word === "u") return { type: "message", role: "user", parts };
    if (word === "s") return { type: "message", role: "system", parts };
    if (word === "m") return { type: "message", role: "assistant", parts };
    if (word === "t") return { type: "reasoning", text };
    if (word.startsWith("c")) return { type: "tool_call", call_id: word.slice(1), name: "f", arguments: "{}" };
    return { type: "tool_result", call_id: word.slice(1), parts };
  });
}

function script(list: readonly Item[]): string {
  return list
    .map((item) => {
      if (item.type === "tool_call") return `c${item.call_id}`;
      if (item.type === "tool_result") return `r${item.call_id}`;
      if (item.type === "reasoning") return "t";
      const orphan = item.parts[0]?.type === "text" && item.parts[0].text.startsWith("<tool_output");
      return orphan ? "o" : { user: "u", system: "s", assistant: "m" }[item.role];
    })
    .join(" ");
}

const CASES: { from: string; to: string; repairs?: Repair[] }[] = [
  { from: "u m u", to: "u m u" },
  { from: "u c1 r1 m", to: "u c1 r1 m" },
  { from: "u c1 c2 r1 r2 m", to: "u c1 c2 r1 r2 m" },
  { from: "u c1 c2 r2 r1 m", to: "u c1 c2 r1 r2 m" },
  { from: "u t c1 t c2 r1 r2", to: "u t t c1 c2 r1 r2" },
  { from: "u c1 r1 c2 r2", to: "u c1 r1 c2 r2" },
  { from: "u c1 m r1", to: "u m c1 r1", repairs: ["moved_text"] },
  { from: "u c1 u r1", to: "u c1 r1 u", repairs: ["moved_result"] },
  { from: "u c1 s r1 m", to: "u c1 r1 s m", repairs: ["moved_result"] },
  { from: "u c1 u", to: "u c1 r1 u", repairs: ["missing_result"] },
  { from: "u c1 c2 r2", to: "u c1 c2 r1 r2", repairs: ["missing_result"] },
  { from: "u r9 m", to: "u o m", repairs: ["orphan_result"] },
  { from: "u r m", to: "u o m", repairs: ["orphan_result"] },
  { from: "u r1 c1", to: "u o c1 r1", repairs: ["orphan_result", "missing_result"] },
  { from: "u c0 r0 c0 r0", to: "u c0 r0 c0_2 r0_2", repairs: ["renamed_call_id"] },
  { from: "u c0 c0 r0 r0", to: "u c0 c0_2 r0 r0_2", repairs: ["renamed_call_id"] },
  { from: "u c1 r1 r1 m", to: "u c1 r1 o m", repairs: ["orphan_result"] },
  {
    from: "u c r m",
    to: "u ccall rcall o m",
    repairs: ["renamed_call_id", "missing_result", "orphan_result"],
  },
];

describe("pairHistory", () => {
  for (const { from, to, repairs } of CASES) {
    test(`${from}  →  ${to}`, () => {
      const seen: Repair[] = [];
      expect(script(pairHistory(items(from), (repair) => void seen.push(repair)))).toBe(to);
      expect(seen).toEqual(repairs ?? []);
    });
  }

  test("any history comes out in an order that every upstream takes, with nothing lost", () => {
    const random = seeded(7);
    const words = ["u", "s", "m", "t", "c1", "c2", "c3", "r1", "r2", "r3", "r", "c1"];
    for (let round = 0; round < 5_000; round++) {
      const length = 1 + Math.floor(random() * 12);
      const from = items(Array.from({ length }, () => words[Math.floor(random() * words.length)] ?? "u").join(" "));
      const to = pairHistory(from);
      checkOrder(to);
      const before = textsOf(from);
      const after = textsOf(to);
      for (const text of before) expect(after).toContain(text);
      expect(pairHistory(from)).toEqual(to);
      expect(pairHistory(to)).toEqual(to);
    }
  });
});

function checkOrder(list: readonly Item[]): void {
  const ids = new Set<string>();
  let open: string[] = [];
  let calling = false;
  for (const item of list) {
    if (item.type === "tool_call") {
      if (!calling) expect(open).toEqual([]);
      calling = true;
      expect(ids.has(item.call_id)).toBe(false);
      ids.add(item.call_id);
      open.push(item.call_id);
    } else if (item.type === "tool_result") {
      calling = false;
      expect(open[0]).toBe(item.call_id);
      open = open.slice(1);
    } else {
      calling = false;
      expect(open).toEqual([]);
    }
  }
  expect(open).toEqual([]);
}

function textsOf(list: readonly Item[]): string[] {
  return list.flatMap((item) => {
    if (item.type === "reasoning") return [item.text];
    if (item.type === "tool_call") return [];
    return item.parts.map((part) => ("text" in part ? part.text : ""));
  });
}

/** A small linear congruential generator: the same histories in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}
