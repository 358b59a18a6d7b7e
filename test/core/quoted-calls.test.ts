import { describe, expect, test } from "bun:test";
import { callKey, jsonCallsIn, levelsOf } from "../../src/core/quoted-calls.ts";
import { WorkBudget } from "../../src/core/work-budget.ts";

const budget = (): WorkBudget => new WorkBudget(1_000_000);
const namesIn = (text: string): string[] => (jsonCallsIn(text, budget()) ?? []).map(({ name }) => name);
const keyOf = (json: string): string | undefined =>
  callKey({ name: "f", arguments: JSON.parse(json) as Record<string, unknown> }, budget());

describe("calls are the same by what they say", () => {
  test.each([
    ["the order of keys", '{"a":1,"b":{"c":2,"d":3}}', '{"b":{"d":3,"c":2},"a":1}'],
    ["blanks", '{"a":[1,2]}', '{ "a" : [ 1 ,\n2 ] }'],
    ["escapes", '{"a":"é/\\n"}', '{"\\u0061":"\\u00e9\\/\\u000a"}'],
    ["the form of numbers", '{"a":100,"b":-0,"c":0.5}', '{"a":1e2,"b":0,"c":5E-1}'],
  ])("whatever %s", (_, one, other) => expect(keyOf(one)).toBe(keyOf(other)));

  test.each([
    ["a list", '{"a":[1,2]}', '{"a":[2,1]}'],
    ["a text that says a number", '{"a":1}', '{"a":"1"}'],
    ["null and what is too large", '{"a":null}', '{"a":1e999}'],
    ["what is nested otherwise", '{"a":["b","c"]}', '{"a":["b",["c"]]}'],
    ["a key that looks like two", '{"a\\",\\"b":1}', '{"a":1,"b":1}'],
    ["nothing and an empty list", "{}", '{"a":[]}'],
  ])("not by %s", (_, one, other) => expect(keyOf(one)).not.toBe(keyOf(other)));

  test("what is nested too deep, or takes too much, has no key", () => {
    expect(keyOf(`{"a":${"[".repeat(1000)}${"]".repeat(1000)}}`)).toBeUndefined();
    expect(callKey({ name: "f", arguments: { a: "x".repeat(10_000) } }, new WorkBudget(50))).toBeUndefined();
  });
});

describe("calls in a text", () => {
  test.each<[string, string, string[]]>([
    ["alone", '{"name":"f","arguments":{}}', ["f"]],
    ["within a function", '{"type":"function","function":{"name":"f","arguments":"{\\"a\\":1}"}}', ["f", "f"]],
    ["by other words", '{"tool":"f","args":{}} {"function":"g","parameters":{}}', ["f", "g"]],
    ["in a block and a list", 'if (x) { y([{ "a": {"name":"f","arguments":{"b":"}{"}} }]) }', ["f"]],
    ["with an escape in a key", '{"n\\u0061me":"f","arguments":{}}', ["f"]],
    ["without arguments", '{"name":"f"}', []],
    ["with arguments that are none", '{"name":"f","arguments":[1]}', []],
    ["that are broken", '{"name":"f","arguments":{}', []],
    ["in words with quotes", `It's "f" {"name":"f","arguments":{}} and {"x "y`, ["f"]],
  ])("%s", (_, text, names) => expect(namesIn(text)).toEqual(names));

  test("strings within strings are levels of their own", () => {
    const call = '{"name":"f","arguments":{"a":"b\\nc"}}';
    const twice = JSON.stringify({ out: JSON.stringify([`1\t${call}`]) });
    expect(levelsOf(twice).flatMap(namesIn)).toContain("f");
    expect(levelsOf("plain")).toEqual(["plain"]);
  });
});
