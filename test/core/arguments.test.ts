import { describe, expect, test } from "bun:test";
import { assureArguments, replyBudget, type ArgumentsOutcome } from "../../src/core/arguments.ts";

const SCHEMA = {
  type: "object",
  properties: {
    cmd: { type: "string" },
    yield_time_ms: { type: "number" },
    tty: { type: "boolean" },
    args: { type: "array", items: { type: "string" } },
    depth: { type: ["integer", "null"] },
  },
  required: ["cmd"],
  additionalProperties: false,
};

const CASES: [string, string, string, ArgumentsOutcome][] = [
  ["right as they are, spacing kept", '{ "cmd":  "ls" }', '{ "cmd":  "ls" }', "valid"],
  ["empty is the empty object", "", "{}", "valid"],
  ["a number in a string", '{"cmd":"ls","yield_time_ms":"1000"}', '{"cmd":"ls","yield_time_ms":1000}', "coerced"],
  ["a boolean in a string", '{"cmd":"ls","tty":"True"}', '{"cmd":"ls","tty":true}', "coerced"],
  ["a list in a string", '{"cmd":"ls","args":"[\\"a\\"]"}', '{"cmd":"ls","args":["a"]}', "coerced"],
  ["None", '{"cmd":"ls","depth":"None"}', '{"cmd":"ls","depth":null}', "coerced"],
  ["a string that says a number stays where a string is asked for", '{"cmd":"1000"}', '{"cmd":"1000"}', "valid"],
  [
    "a string that says no number",
    '{"cmd":"ls","yield_time_ms":"soon"}',
    '{"cmd":"ls","yield_time_ms":"soon"}',
    "invalid",
  ],
  ["characters as pairs of escapes", '{"cmd":"\\uD83D\\ude00"}', '{"cmd":"\\uD83D\\ude00"}', "valid"],
  ["half a character", '{"cmd":"a\\ud83d \\\\ud83d"}', '{"cmd":"a\\ufffd \\\\ud83d"}', "repaired"],
  ["half a character in what does not fit", '{"x":"\\ud83d"}', '{"x":"\\ud83d"}', "invalid"],
  [
    "a value that a later one would replace",
    '{"cmd":"ls","yield_time_ms":"","yield_time_ms":"2"}',
    '{"cmd":"ls","yield_time_ms":"","yield_time_ms":"2"}',
    "invalid",
  ],
  [
    "a number that is too large for one",
    '{"cmd":"ls","yield_time_ms":"1e999"}',
    '{"cmd":"ls","yield_time_ms":"1e999"}',
    "invalid",
  ],
  ["single quotes", "{'cmd': 'ls'}", '{"cmd": "ls"}', "repaired"],
  ["an empty object before them", '{}{"cmd":"ls"}', '{"cmd":"ls"}', "repaired"],
  ["an empty object before two", '{}{"cmd":"ls"}{"cmd":"rm"}', '{}{"cmd":"ls"}{"cmd":"rm"}', "invalid"],
  ["a trailing comma", '{"cmd":"ls",}', '{"cmd":"ls"}', "repaired"],
  ["a raw line end in a string", '{"cmd":"a\nb"}', '{"cmd":"a\\nb"}', "repaired"],
  ["a code fence", '```json\n{"cmd":"ls"}\n```', '{"cmd":"ls"}', "repaired"],
  ["repaired and coerced", "{'cmd': 'ls', 'tty': 'true'}", '{"cmd": "ls", "tty": true}', "repaired"],
  ["repaired, but it does not fit", "{'command': 'ls'}", "{'command': 'ls'}", "invalid"],
  ["a string that was cut", '{"cmd":"rm -rf /home/me/pro', '{"cmd":"rm -rf /home/me/pro', "invalid"],
  ["a bracket that is missing", '{"cmd":"ls"', '{"cmd":"ls"}', "repaired"],
  ["a backslash that JSON does not know", '{"cmd":"rg \\d+ src"}', '{"cmd":"rg \\\\d+ src"}', "repaired"],
  [
    "what a repair would take for a comment",
    '{"cmd": "node -e "console.log(1)" // x"}',
    '{"cmd": "node -e "console.log(1)" // x"}',
    "invalid",
  ],
  [
    "a number of many digits stays what it is",
    '{"cmd":"x","depth":9007199254740993,"tty":"true"}',
    '{"cmd":"x","depth":9007199254740993,"tty":true}',
    "coerced",
  ],
  [
    "and so does one in a string",
    '{"cmd":"x","depth":"9007199254740993"}',
    '{"cmd":"x","depth":"9007199254740993"}',
    "invalid",
  ],
  [
    "digits of a text are no number",
    '{"cmd":"cat \\"9007199254740993\\"","tty":"true"}',
    '{"cmd":"cat \\"9007199254740993\\"","tty":true}',
    "coerced",
  ],
  ["words", "please list the files", "please list the files", "invalid"],
  ["a missing key", '{"tty":true}', '{"tty":true}', "invalid"],
  ["a list", '["ls"]', '["ls"]', "invalid"],
];

describe("assureArguments", () => {
  for (const [name, from, text, outcome] of CASES) {
    test(name, () => expect(assureArguments(from, SCHEMA)).toEqual({ text, outcome }));
  }
  test("without a schema any object fits, and a broken one is mended", () => {
    expect(assureArguments('{"a":1}', undefined).outcome).toBe("valid");
    expect(assureArguments("{a:1}", undefined)).toEqual({ text: '{"a":1}', outcome: "repaired" });
  });
});

describe("schemas that ask for too much", () => {
  const doubling = (count: number): Record<string, unknown> => {
    const ref = (n: number): object => ({ $ref: `#/$defs/d${n}` });
    const defs = Array.from({ length: count }, (_, n) => [`d${n}`, { allOf: [ref(n + 1), ref(n + 1)] }]);
    return { ...ref(0), $defs: Object.fromEntries([...defs, [`d${count}`, true]]) };
  };
  const property = (schema: object): Record<string, unknown> => ({ type: "object", properties: { a: schema } });

  test.each<[string, Record<string, unknown>, string]>([
    ["references that double", doubling(30), '{"a":1}'],
    ["a pattern that looks ahead", property({ pattern: "(?=.*b)" }), JSON.stringify({ a: "a".repeat(60_000) })],
    ["a reference that leads elsewhere", property({ $ref: "https://x.example/y" }), '{ "a":1}'],
    ["half a character with it", doubling(30), '{"a":"\\ud83d"}'],
  ])("%s: the arguments go out as they are", (_, schema, text) =>
    expect(assureArguments(text, schema)).toEqual({ text, outcome: "unproved" }),
  );

  test.each<[string, object, unknown, ArgumentsOutcome]>([
    ["blanks before the end", { pattern: "\\s+$" }, `${" ".repeat(60_000)}x`, "invalid"],
    ["a repeat within a repeat", { pattern: "(a+)+$" }, `${"a".repeat(20_000)}x`, "invalid"],
    ["items that are unlike", { uniqueItems: true }, Array.from({ length: 20_000 }, (_, n) => ({ n })), "valid"],
    ["items of which two are alike", { uniqueItems: true }, [...Array(2000).keys(), 7], "invalid"],
  ])("%s: found out in time that grows with the arguments", (_, schema, a, outcome) =>
    expect(assureArguments(JSON.stringify({ a }), property(schema)).outcome).toBe(outcome),
  );

  test("all calls of a reply share one budget, to which each adds for its length", () => {
    const budget = replyBudget();
    const outcomes = Array.from({ length: 100 }, () => assureArguments('{"a":1}', doubling(8), budget).outcome);
    expect(outcomes[0]).toBe("valid");
    expect(outcomes.at(-1)).toBe("unproved");
    expect(assureArguments('{"a":1}', property({ type: "number" }), budget).outcome).toBe("valid");
  });
});
