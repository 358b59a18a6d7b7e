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

test("a text in pieces has the length and the end of the whole, after each of them", () => {
  const text = new GrowingText();
  let whole = "";
  const pieces = ["", "a", " ", "b c", "\n", "", "é", "😀", "\u00a0", ""];
  expect([text.length, text.ends_blank]).toEqual([0, false]);
  for (let i = 0; i < 200; i++) {
    const piece = pieces[(i * i + i) % pieces.length] ?? "";
    text.add(piece);
    whole += piece;
    expect([text.length, text.ends_blank]).toEqual([whole.length, /\s$/.test(whole)]);
  }
  for (let i = 0; i < 40; i++) text.add("");
  expect([text.value, text.ends_blank]).toEqual([whole, /\s$/.test(whole)]);
});
