/** Every recorded reply decodes to its golden events, wherever the network cuts it. `UPDATE_GOLDEN=1` rewrites them. */
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ReplyEvent } from "../../../../src/core/reply.ts";
import { decodeBody, decodeStream, FIXTURES, readFixtures, tellEvents, type Fixture } from "./fixtures.ts";

const fixtures = readFixtures();

function decode({ kind, bytes }: Fixture): string {
  return tellEvents(kind === "sse" ? decodeStream([bytes]) : decodeBody(new TextDecoder().decode(bytes)));
}

describe("Chat replies", () => {
  for (const fixture of fixtures) {
    test(fixture.name, () => {
      const golden = join(FIXTURES, `${fixture.name}.events`);
      const told = decode(fixture);
      if (process.env["UPDATE_GOLDEN"]) writeFileSync(golden, told);
      expect(existsSync(golden)).toBe(true);
      expect(told).toBe(readFileSync(golden, "utf8"));
    });
  }
});

describe("Chat replies, cut", () => {
  for (const fixture of fixtures.filter(({ kind }) => kind === "sse")) {
    test(`${fixture.name} at every byte`, () => {
      const { bytes } = fixture;
      const whole = decode(fixture);
      for (let at = 1; at < bytes.length; at++)
        expect(tellEvents(decodeStream([bytes.subarray(0, at), bytes.subarray(at)]))).toBe(whole);
      expect(tellEvents(decodeStream(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))))).toBe(whole);
    });
  }
});

/** The grammar of reply events (see core/reply.ts); it allows one terminal event, at the end. */
const GRAMMAR = /^s(?:\[d*\])*(?:e|(?:\[d*)?x)$/;
const LETTER = { start: "s", item_start: "[", item_delta: "d", item_end: "]", end: "e", error: "x" } as const;
const spell = (events: readonly ReplyEvent[]): string => events.map((event) => LETTER[event.type]).join("");

describe("the grammar of reply events", () => {
  for (const fixture of fixtures) {
    test(fixture.name, () => {
      const { events } = fixture.kind === "sse" ? decodeStream([fixture.bytes]) : decodeBody(fixture.bytes.toString());
      expect(spell(events)).toMatch(GRAMMAR);
    });
  }
});

describe("Chat replies, broken off", () => {
  for (const fixture of fixtures) {
    test(`${fixture.name} at every byte`, () => {
      const { bytes, kind } = fixture;
      const decodeHead = (to: number): ReplyEvent[] => {
        const head = bytes.subarray(0, to);
        return (kind === "sse" ? decodeStream([head]) : decodeBody(new TextDecoder().decode(head))).events;
      };
      const whole = completeCalls(decodeHead(bytes.length)).map((call) => JSON.stringify(call));
      // Only from here on may a reply be a success; whatever breaks off earlier is a failure.
      const proper = properEnd(fixture);
      for (let to = 0; to < bytes.length; to++) {
        const events = decodeHead(to);
        expect(spell(events)).toMatch(GRAMMAR);
        if (to < proper) expect([to, events.at(-1)?.type]).toEqual([to, "error"]);
        for (const call of completeCalls(events)) expect(whole).toContain(JSON.stringify(call));
      }
    });
  }
});

/** The calls that a client may run: complete, in a reply that ended well. */
function completeCalls(events: readonly ReplyEvent[]): string[][] {
  const last = events.at(-1);
  const calls: string[][] = [];
  let open: string[] | undefined;
  for (const event of events) {
    if (event.type === "item_start")
      open = event.item.kind === "tool_call" ? [event.item.call_id, event.item.name, ""] : undefined;
    else if (event.type === "item_delta" && open) open[2] += event.delta;
    else if (event.type === "item_end" && open && event.complete) calls.push(open);
  }
  // A call announced as complete in a reply that fails later would have been run all the same.
  if (last?.type !== "end") expect(calls).toEqual([]);
  return calls;
}

/** The byte from which on the reply may count as whole: the end of the JSON that tells why it ended, or `[DONE]`. */
function properEnd({ bytes, kind }: Fixture): number {
  const text = Buffer.from(bytes).toString("latin1");
  if (kind === "json") return text.trimEnd().length;
  const finish = /"finish_reason":"[^"]+"/.exec(text);
  const done = text.indexOf("[DONE]");
  const line = finish ? text.indexOf("\n", finish.index) : -1;
  // The JSON is whole with its last brace, before the line's end.
  const told = finish ? text.lastIndexOf("}", line === -1 ? text.length : line) + 1 : Number.POSITIVE_INFINITY;
  return Math.min(told, done === -1 ? Number.POSITIVE_INFINITY : done + "[DONE]".length);
}
