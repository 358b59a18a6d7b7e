import { describe, expect, test } from "bun:test";
import { assureArguments, type ArgumentsOutcome } from "../../src/core/arguments.ts";

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
  ["repaired and coerced", "{'cmd': 'ls', 'tty': 'true'}", '{"cmd":"ls","tty":true}', "repaired"],
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
    '{"cmd":"x","depth":9007199254740993,"tty":"true"}',
    "invalid",
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
