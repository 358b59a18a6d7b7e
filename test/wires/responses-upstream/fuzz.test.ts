/** Frames lost, doubled, shuffled and spoiled: whatever a host sends, the reply keeps its grammar and comes to one end. */
import { expect, test } from "bun:test";
import type { ReplyEvent } from "../../../src/core/reply.ts";
import { decodeEvents, readFixtures } from "./fixtures.ts";

const GRAMMAR = /^s(?:\[d*\])*(?:e|(?:\[d*)?x)$/;
const LETTER = { start: "s", item_start: "[", item_delta: "d", item_end: "]", end: "e", error: "x" } as const;
const spell = (events: readonly ReplyEvent[]): string => events.map((event) => LETTER[event.type]).join("");

const STREAMS = readFixtures()
  .filter(({ kind }) => kind === "sse")
  .map(({ bytes }) => framesOf(Buffer.from(bytes).toString("utf8")));

function framesOf(text: string): object[] {
  return Array.from(text.matchAll(/^data: (\{.*\})$/gm), ([, json = ""]) => json).flatMap((json) => {
    try {
      return [JSON.parse(json) as object];
    } catch {
      return [];
    }
  });
}

test("any frames in any order", () => {
  for (let seed = 0; seed < 4000; seed++) {
    const below = randomOf(seed);
    const frames = (STREAMS[below(STREAMS.length)] ?? []).flatMap((frame) => {
      const luck = below(12);
      if (luck === 0) return [];
      if (luck === 1) return [frame, frame];
      return luck === 2 ? [spoiled(frame, below)] : [frame];
    });
    for (let n = below(3); n > 0 && frames.length > 1; n--) {
      const at = below(frames.length - 1);
      frames.splice(at, 2, frames[at + 1] ?? {}, frames[at] ?? {});
    }
    const { events } = decodeEvents(...frames);
    expect(spell(events), JSON.stringify(frames)).toMatch(GRAMMAR);
  }
});

const JUNK = [null, 0, -1, "", "x", [], {}, [null], { type: null }, "constructor", "__proto__", true, 1e9];

/** Something else stands in one place of the frame. */
function spoiled(frame: object, below: (n: number) => number): object {
  const copy = structuredClone(frame) as Record<string, unknown>;
  let at = copy;
  for (;;) {
    const keys = Object.keys(at);
    const key = keys[below(keys.length)];
    if (key === undefined) return copy;
    const inner = at[key];
    if (typeof inner === "object" && inner !== null && below(3) > 0) at = inner as Record<string, unknown>;
    else {
      at[key] = JUNK[below(JUNK.length)];
      return copy;
    }
  }
}

function randomOf(seed: number): (n: number) => number {
  let state = seed * 2_654_435_761 + 1;
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

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
