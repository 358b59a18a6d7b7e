/** The order of a reply's parts, whatever they are: what streams, what waits, what is let out at the end. */
import { describe, expect, test } from "bun:test";
import { ItemOrder } from "../../src/core/item-order.ts";

interface Part {
  name: string;
  call?: boolean;
  /** A call that cannot be opened yet. */
  nameless?: boolean;
  done?: boolean;
}

function ordered(): { order: ItemOrder<Part>; said: string[] } {
  const said: string[] = [];
  const order = new ItemOrder<Part>({
    holds: ({ call = false }) => call,
    finished: ({ done = false }) => done,
    begin: ({ name, nameless = false }) => {
      if (!nameless) said.push(`+${name}`);
      return !nameless;
    },
    finish: ({ name }) => void said.push(`-${name}`),
    release: ({ name, call = false }, whole, begun) => {
      if (call && !begun && !whole) return false;
      said.push(`${begun ? "" : "+"}!${name}`);
      return call;
    },
  });
  return { order, said };
}

describe("parts", () => {
  test("follow one another; the first unfinished one streams", () => {
    const { order, said } = ordered();
    const [a, b, c]: Part[] = [{ name: "a" }, { name: "b" }, { name: "c" }] as [Part, Part, Part];
    expect(order.flows).toBe(true);
    for (const part of [a, b, c]) order.add(part);
    expect(said).toEqual(["+a"]);
    expect([a, b, c].map((part) => order.streams(part))).toEqual([true, false, false]);
    expect([a, b, c].map((part) => order.waits(part))).toEqual([false, true, true]);
    // One behind it that ends first waits all the same.
    b.done = true;
    order.advance();
    expect(said).toEqual(["+a"]);
    a.done = true;
    order.advance();
    expect(said).toEqual(["+a", "-a", "+b", "-b", "+c"]);
    expect(order.flows).toBe(false);
    expect(order.release(true)).toBe(false);
    expect(said.at(-1)).toBe("!c");
    expect(order.flows).toBe(true);
  });

  test("wait behind a tool call until the end, finished or not", () => {
    const { order, said } = ordered();
    order.add({ name: "call", call: true, done: true });
    order.add({ name: "text", done: true });
    expect(said).toEqual(["+call"]);
    expect(order.release(true)).toBe(true);
    expect(said).toEqual(["+call", "!call", "+!text"]);
  });

  test("a call without a name waits for it, and what is behind it too", () => {
    const { order, said } = ordered();
    const call: Part = { name: "call", call: true, nameless: true };
    order.add(call);
    order.add({ name: "text", done: true });
    expect(said).toEqual([]);
    expect(order.streams(call)).toBe(false);
    call.nameless = false;
    order.advance();
    expect(said).toEqual(["+call"]);
  });

  test("of a reply that was cut no further call is let out", () => {
    const { order, said } = ordered();
    order.add({ name: "one", call: true });
    order.add({ name: "two", call: true });
    expect(order.release(false)).toBe(true);
    expect(said).toEqual(["+one", "!one"]);
  });
});

test("any order of adding and finishing: each part once, in its place, opened before it is finished", () => {
  let seed = 1;
  const dice = (n: number): number => (seed = (seed * 48_271) % 2_147_483_647) % n;
  for (let round = 0; round < 500; round++) {
    const { order, said } = ordered();
    const parts: Part[] = [];
    for (let step = 0; step < 20; step++) {
      if (dice(2) === 0) {
        const part: Part = { name: String(parts.length), ...(dice(5) === 0 && { call: true }) };
        parts.push(part);
        order.add(part);
      } else {
        const open = parts.filter(({ done = false }) => !done);
        const part = open[dice(Math.max(open.length, 1))];
        if (part) part.done = true;
        order.advance();
      }
    }
    order.release(true);
    expect(said.filter((word) => word.startsWith("+")).map((word) => word.replaceAll(/[+!]/g, ""))).toEqual(
      parts.map(({ name }) => name),
    );
    expect(said).toHaveLength(new Set(said).size);
  }
});
