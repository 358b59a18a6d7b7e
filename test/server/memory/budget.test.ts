/** The ceiling for all requests and replies: who gets memory, who waits for it, and who is told to come back. */
import { describe, expect, test } from "bun:test";
import { MemoryBudget } from "../../../src/server/memory/budget.ts";
import { ReplyMeter } from "../../../src/server/memory/reply-meter.ts";

const WAIT_MS = 40;
const impossible = expect.objectContaining({ kind: "payload_too_large", retry_after_ms: undefined });
const overloaded = expect.objectContaining({ kind: "overloaded", retry_after_ms: 2000 });

describe("a memory budget", () => {
  test("gives no more than its ceiling, and takes back what has ended", () => {
    const budget = new MemoryBudget(100);
    const [one, two] = [budget.hold(), budget.hold()];
    one.grow(60);
    expect(() => two.grow(41)).toThrow(overloaded);
    two.grow(40);
    expect(budget.held).toBe(100);
    one.end();
    expect(budget.held).toBe(40);
    two.grow(60);
    one.grow(1); // It has ended: nothing is taken for it any more.
    expect(budget.state()).toEqual({ held_mb: 0, max_mb: 0, refused: 1 });
    two.end();
    two.end();
    expect(budget.held).toBe(0);
  });

  test("lets who waits come in by turns, as soon as there is room", async () => {
    const budget = new MemoryBudget(100, 10_000);
    const [one, two, three] = [budget.hold(), budget.hold(), budget.hold()];
    one.grow(90);
    const came: string[] = [];
    const waits = [
      two.growInTime(50).then(() => came.push("two")),
      three.growInTime(10).then(() => came.push("three")),
    ];
    await Bun.sleep(1);
    expect(came).toEqual([]); // The small one would fit, and stands behind the large one.
    one.shrinkTo(20);
    await Promise.all(waits);
    expect(came).toEqual(["two", "three"]);
    expect(budget.held).toBe(80);
  });

  test("refuses who has waited too long, and lets those behind in", async () => {
    const budget = new MemoryBudget(100, WAIT_MS);
    const [one, two, three] = [budget.hold(), budget.hold(), budget.hold()];
    one.grow(90);
    const large = two.growInTime(50).catch((error: unknown) => error);
    const small = three.growInTime(10);
    expect(await large).toEqual(overloaded);
    await small;
    expect(budget.held).toBe(100);
    // What never fits is not waited for, and to come back would not help.
    const began = performance.now();
    expect(
      await budget
        .hold()
        .growInTime(101)
        .catch((error: unknown) => error),
    ).toEqual(impossible);
    expect(performance.now() - began).toBeLessThan(WAIT_MS);
  });

  test("gives back what comes for a hold that has ended meanwhile", async () => {
    const budget = new MemoryBudget(100, 10_000);
    const [one, two] = [budget.hold(), budget.hold()];
    one.grow(100);
    const waits = two.growInTime(50);
    two.end();
    one.end();
    await waits;
    expect(budget.held).toBe(0);
  });

  test("keeps half of it from bodies that are being read", () => {
    const budget = new MemoryBudget(100);
    const [one, two] = [budget.hold(), budget.hold()];
    one.growReading(30);
    expect(() => two.growReading(21)).toThrow(overloaded);
    expect(() => two.expect(21)).toThrow(overloaded);
    one.hasRead();
    two.growReading(21);
    expect([budget.held, budget.reading]).toEqual([51, 21]);
    two.end();
    expect([budget.held, budget.reading]).toEqual([30, 0]);
  });
});

describe("a reply's meter", () => {
  const MB = 1024 * 1024;

  test("takes memory in steps, and ends a reply that is too long", () => {
    const budget = new MemoryBudget(100 * MB);
    const meter = new ReplyMeter(2 * MB, budget.hold());
    meter.add(1);
    expect(budget.held).toBe(256 * 1024);
    for (let i = 0; i < 2047; i++) meter.add(1024);
    expect(budget.held).toBe(2 * MB);
    expect(() => meter.add(1024)).toThrow("longer than 2 MB (max_answer_mb)");
    expect(() => meter.add(1)).toThrow("longer than 2 MB");
  });

  test("ends it where there is no more memory", () => {
    const budget = new MemoryBudget(MB);
    const meter = new ReplyMeter(Infinity, budget.hold());
    expect(() => {
      for (let i = 0; i < 2000; i++) meter.add(1024);
    }).toThrow(impossible);
    expect(budget.held).toBe(MB);
  });
});
