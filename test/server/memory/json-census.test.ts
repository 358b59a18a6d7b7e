/** How many values a JSON text holds, and that one of too many is refused before it is parsed. */
import { describe, expect, test } from "bun:test";
import {
  bytesOfCounted,
  bytesOfValues,
  counted,
  MOST_VALUES,
  ValueCounter,
} from "../../../src/server/memory/json-census.ts";
import { CLIENTS } from "../../support/ways/clients.ts";
import { ChatUpstream, reply, say } from "../../support/chat-upstream.ts";
import { serving } from "../serving.ts";

/** Lists, objects, and commas between their elements: one for each value but the last of each. */
const TEXTS: [text: string, values: number][] = [
  ["1", 1],
  ["[1,2,3]", 4],
  ['{"a":1,"b":[2,3]}', 5],
  ['"a,b{c[d"', 1],
  [String.raw`"a\",b\\",1`, 2],
  [String.raw`["\\","\\\"",{"[":"{"}]`, 5],
  ['["unfinished, {', 2],
  ["", 1],
];

test.each(TEXTS)("%s", (text, values) => {
  expect(counted(text, 1e9)).toBe(values);
  const counter = new ValueCounter();
  // However it is cut.
  for (const byte of Buffer.from(text)) counter.push(Uint8Array.of(byte));
  expect(counter.values + 1).toBe(values);
});

test("counting stops at the first that is too many", () => {
  expect(counted("[".repeat(1e6), 10)).toBe(11);
});

test("what stands in strings counts in a guess, and not where it is counted", () => {
  const text = JSON.stringify({ content: "f(a, [b, {c}]), ".repeat(20_000) });
  expect(bytesOfValues(text)).toBeGreaterThan(bytesOfCounted(text) * 100);
  expect(bytesOfCounted(text)).toBeLessThan(1000);
});

test("a long text of few values costs next to nothing, one of many is refused", () => {
  expect(bytesOfValues(JSON.stringify(["x".repeat(1e6)]))).toBeLessThan(100_000);
  expect(() => bytesOfValues(`[${"{},".repeat(MOST_VALUES)}{}]`)).toThrow("JSON values");
});

describe("a request of nothing but brackets", () => {
  const fill = (unit: string): string =>
    Array(MOST_VALUES + 1)
      .fill(unit)
      .join(",");
  // A schema makes some 300 bytes of what is wrong with each: 20 MB took 2 to 4 GB, and all others waited for 12 s.
  const BODIES: [name: string, wire: keyof typeof CLIENTS, body: string][] = [
    ["objects in place of items", "responses", `{"model":"m","input":[${fill("{}")}]}`],
    ["numbers in place of items", "responses", `{"model":"m","input":[${fill("1")}]}`],
    ["lists in a field nobody knows", "chat", `{"model":"m","messages":[],"x":[${fill("[]")}]}`],
    ["objects in place of messages", "messages", `{"model":"m","max_tokens":1,"messages":[${fill("{}")}]}`],
  ];
  test.each(BODIES)("%s on %s is too large, and is not parsed", async (_, wire, body) => {
    await using upstream = new ChatUpstream([reply(say("Hi."))]);
    await using on = await serving(upstream.url);
    const { parse } = JSON;
    let parsed = 0;
    JSON.parse = (text: string, ...more: []) => {
      parsed = Math.max(parsed, text.length);
      return parse(text, ...more) as unknown;
    };
    try {
      const answer = await fetch(on.url + CLIENTS[wire].path, { method: "POST", body });
      expect(answer.status).toBe(413);
      expect(await answer.text()).toContain("JSON values");
      expect(parsed).toBeLessThan(body.length);
    } finally {
      JSON.parse = parse;
    }
  });
});
