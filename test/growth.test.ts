/** No place where data of clients or hosts is read takes the square of it; `bun scripts/fuzz.ts --target growth` prints what each takes. */
import { describe, expect, test } from "bun:test";
import { PLACES } from "../scripts/fuzz/growth/index.ts";
import { measured, type Place } from "../scripts/fuzz/growth/measure.ts";

/** On a busy machine; a place that took the square would take hours. */
const LIMIT_MS = 60_000;

describe("what is read takes time in proportion to it", () => {
  test.each(PLACES.map((place) => [place.name, place] as const))(
    "%s",
    (_, place) => expect(measured(place).problem).toBeUndefined(),
    LIMIT_MS,
  );
});

test("each place is named once", () => {
  expect(new Set(PLACES.map(({ name }) => name)).size).toBe(PLACES.length);
});

const pairs = (count: number): number => {
  let sum = 0;
  for (let i = 0; i < count; i++) for (let j = 0; j < count; j++) sum ^= i * j;
  return sum;
};

test("work that grows with the square of its input is found, and no other", () => {
  const place = (work: (size: number) => unknown): Place => ({ name: "x", size: 2000, prepare: (n) => () => work(n) });
  expect(measured(place(pairs)).problem).toMatch(/^16000 take \d+ ms, [\d.]+ times what 2000 take$/);
  expect(measured(place((n) => Array.from({ length: n / 100 }, () => pairs(200)))).problem).toBeUndefined();
  expect(measured(place(() => {})).problem).toBeUndefined();
});
