import { heapStats } from "bun:jsc";
import { expect, test } from "bun:test";
import { GrowingText } from "../../src/core/growing-text.ts";

/** As pieces come: each is cut out of a longer text. */
function pieceOf(i: number): string {
  const frame = Buffer.from(`data: {"delta":" word ${i}"}${"x".repeat(1000)}`).toString();
  return frame.slice(frame.indexOf(" word"), frame.indexOf('"}'));
}

test("says what was added, at any time", () => {
  const text = new GrowingText();
  let all = "";
  expect(text.value).toBe("");
  for (let i = 0; i < 100; i++) {
    const piece = i % 7 === 0 ? "" : pieceOf(i);
    text.add(piece);
    all += piece;
    expect(text.value).toBe(all);
  }
});

test("holds the pieces alone, not what they were cut out of", () => {
  const held: GrowingText[] = [];
  Bun.gc(true);
  const before = heapStats();
  for (let stream = 0; stream < 20; stream++) {
    const text = new GrowingText();
    for (let i = 0; i < 1600; i++) text.add(pieceOf(i));
    held.push(text);
  }
  Bun.gc(true);
  const after = heapStats();
  const bytes = after.heapSize - before.heapSize;
  // Some 10 characters each. Unjoined they would hold a kilobyte each: 32 MB.
  expect(bytes).toBeLessThan(2_000_000);
  expect(held.every(({ value }) => value.length > 10_000)).toBe(true);
});
