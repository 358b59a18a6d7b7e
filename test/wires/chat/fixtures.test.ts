/** Every recorded reply decodes to its golden events, wherever the network cuts it. `UPDATE_GOLDEN=1` rewrites them. */
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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

describe("the grammar of reply events", () => {
  for (const fixture of fixtures) {
    test(fixture.name, () => {
      const { events } = fixture.kind === "sse" ? decodeStream([fixture.bytes]) : decodeBody(fixture.bytes.toString());
      expect(events.map((event) => LETTER[event.type]).join("")).toMatch(/^s(?:\[d*\])*(?:e|(?:\[d*)?x)$/);
    });
  }
});

const LETTER = { start: "s", item_start: "[", item_delta: "d", item_end: "]", end: "e", error: "x" } as const;
