import { describe, expect, test } from "bun:test";
import { closingQuote, withParts } from "../../src/core/json-string.ts";
import { parseFrame, textOfInput } from "../../src/core/exact-json.ts";
import { assureArguments } from "../../src/core/arguments.ts";
import { placeholderJson } from "../../src/server/telemetry/placeholders.ts";

/** After so many escapes regular expressions give up, and find no string at all. */
const LINE = "a line of letters, and what belongs to it";
const ESCAPES = `${LINE}\\n\\"`.repeat(60_000);
const HIDDEN = `${LINE.replaceAll(/[a-z]/g, "x")}\\n\\"`.repeat(60_000);

describe("the strings of a JSON text", () => {
  test.each([
    ['{"a":"b"}', "{<a:>:<b>}"],
    ['{"a\\"" : 1, "b":["\\\\","c"]}', '{<a\\":> : 1, <b:>:[<\\\\>,<c>]}'],
    ['[1,"no end', "[1,<no end>"],
    ['["half an escape\\', "[<half an escape\\>"],
    ['["\\\\\\"', '[<\\\\\\">'],
    ["12", "12"],
    ["", ""],
    ['""', "<>"],
  ])("%s", (json, expected) => {
    const marked = withParts(
      json,
      (text) => text,
      (text, is_key) => `<${text.replace(/^"/, "").replace(/(?<=^(?:[^\\]|\\.)*)"$/, "")}${is_key ? ":" : ""}>`,
    );
    expect(marked).toBe(expected);
  });

  test("what is between them, as often as there is any", () => {
    const between: string[] = [];
    withParts(
      '{"a":1,"b":2}',
      (text) => (between.push(text), text),
      (text) => text,
    );
    expect(between).toEqual(["{", ":1,", ":2}"]);
  });

  test("one of very many escapes", () => {
    const json = `"${ESCAPES}"`;
    expect(closingQuote(json, 0)).toBe(json.length - 1);
    expect(placeholderJson(`{"a":${json},"b":29}`) === `{"a":"${HIDDEN}","b":11}`).toBe(true);
    const number = "12345678901234567890";
    const input = (parseFrame(`{"input":{"a":${json},"b":${number}}}`) as { input: object }).input;
    expect(textOfInput(input) === `{"a":${json},"b":${number}}`).toBe(true);
    const twice = assureArguments(`{"a":${json},"b":"1","b":"2"}`, { properties: { b: { type: "number" } } });
    expect(twice.outcome).toBe("invalid");
    const once = assureArguments(`{"a":${json},"b":"2"}`, { properties: { b: { type: "number" } } });
    expect([once.outcome, once.text === `{"a":${json},"b":2}`]).toEqual(["coerced", true]);
  });
});
