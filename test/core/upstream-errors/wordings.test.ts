/** Every wording and every name of every row is reached, however the rows before it grow; and none is slow. */
import { describe, expect, test } from "bun:test";
import type { Envelope } from "../../../src/core/upstream-errors/envelope.ts";
import { judgeBy } from "../../../src/core/upstream-errors/judge.ts";
import type { Row, Topic } from "../../../src/core/upstream-errors/rows/row.ts";
import { TOPICS } from "../../../src/core/upstream-errors/rows/index.ts";
import { listed, patternOf, plainWords, wording } from "../../../src/core/upstream-errors/words.ts";
import { saidIn } from "../../support/error-rows.ts";

const judge = judgeBy(TOPICS);

/** A text that says what a wording says. */
const PLACES: Record<string, string> = {
  "": " as it were ",
  prompt: "9000",
  window: "8192",
  output: "700",
  most: "4096",
  least: "16",
  given: "5000",
  path: "'some_field'",
  value: "'some_value'",
  type: "'some_type'",
  word: "'some_word'",
  role: "'some_role'",
  instead: "'other_field'",
  supported: "'low', 'high'",
};

/** With the option of this number, counted from the end where it is negative. */
const textOf = (words: string, option: number): string =>
  words
    .split(/[{}]/)
    .map((part, at) => (at % 2 === 0 ? part : part.includes("|") ? (part.split("|").at(option) ?? "") : PLACES[part]))
    .join("");

const CASES = TOPICS.flatMap((topic) =>
  topic.rows.flatMap((row) =>
    (row.words ?? []).flatMap((words) =>
      [...new Set([textOf(words, 0), textOf(words, -1)])].map((text): [string, string, Topic, Row] => [
        text,
        row.id,
        topic,
        row,
      ]),
    ),
  ),
);

test.each(CASES)("%s: %s", (text, _, { kind }, row) => {
  const said = saidIn(row.sample.body);
  const names = row.names ? { type: said.type, code: said.code } : {};
  const envelope: Envelope = { ...said, type: "", code: "", param: "", ...names, message: `Error: ${text}.` };
  const { status } = row.sample;
  const fault = judge(envelope, status);
  expect(fault.kind).toBe(kind);
  if (fault.kind === "refused") {
    const { what } = row.refusal ?? { what: "unnamed" };
    expect(fault.refusal.what).toBe(what);
  }
});

const NAMED = TOPICS.flatMap(({ kind, rows }) =>
  rows.flatMap((row) => (row.names ?? []).map((name): [string, Topic["kind"], Row] => [name, kind, row])),
);

test.each(NAMED)("the name %s is %s", (pattern, kind, row) => {
  const name = pattern.replaceAll("*", "some_");
  const message = row.words ? saidIn(row.sample.body).message : "No.";
  for (const names of [{ type: name }, { code: name.toUpperCase() }]) {
    const envelope: Envelope = { ...saidIn(""), message, type: "", code: "", ...names };
    expect(judge(envelope, undefined).kind).toBe(kind);
  }
});

describe("a wording", () => {
  test("reads what stands in its places", () => {
    const read = wording("{path}: {given} > {most}, {which|that} is {} allowed");
    expect(read("max_tokens: 32,000 > 8192, that is the maximum that is allowed")).toEqual({
      path: "max_tokens",
      given: "32,000",
      most: "8192",
    });
    expect(read("max_tokens: many > 8192, that is all")).toBeUndefined();
  });

  test.each([
    ["'foo.bar[0]'", "foo.bar[0]"],
    ['"foo"', "foo"],
    ["`foo`", "foo"],
    ["{'foo'}", "foo"],
    ["foo", "foo"],
    ["(foo)", "foo"],
  ])("reads a name however it is quoted: %s", (text, name) => {
    expect(wording("unknown field: {path}")(plainWords(`Unknown field: ${text}`))?.["path"]).toBe(name);
  });

  test.each([
    ["'low' and 'high'.", ["low", "high"]],
    ["'none', 'minimal' or 'low'", ["none", "minimal", "low"]],
    ["low, medium, high.", ["low", "medium", "high"]],
  ])("lists values: %s", (text, values) => {
    expect(listed(text)).toEqual(values);
  });

  test("with a place that nobody knows is a mistake that says so", () => {
    expect(() => wording("{prompt} of {nothing}")).toThrow('the wording "{prompt} of {nothing}" has an unknown place');
  });
});

describe("what a host repeats of the request", () => {
  test.each([
    'bad, input: [{"content":"prompt is too long: 9 tokens > 8 maximum"}]',
    "bad [type=x, input_value={'a': 'maximum context length'}]",
    "bad, 'input': 'maximum context length'",
    "messages: [{'role': 'user', 'content': 'maximum context length'}] is bad".replace("messages", "bad messages"),
    `bad ${"x".repeat(4000)} maximum context length`,
  ])("says nothing: %s", (message) => {
    expect(judge({ ...saidIn(""), message }, 400).kind).toBe("invalid_request");
  });
});

describe("a hostile text takes linear time", () => {
  const WORDINGS = TOPICS.flatMap(({ unless = [], rows }) => [
    ...unless,
    ...rows.flatMap((row) => [...(row.words ?? []), ...(row.unless ?? [])]),
  ]);
  /** Quantifiers as they stand outside of classes and escapes. */
  const quantifiers = (words: string): string[] =>
    patternOf(words)
      .source.replaceAll(/\\./g, "x")
      .replaceAll(/\[[^\]]*\]/g, "x")
      .replaceAll(/\(\?(?:<\w+>|<!|:)/g, "(")
      .match(/[*+]|\{\d+,?\d*\}\??|\?/g) ?? [];
  const MOST_GAPS = 3;

  test("since each part of a wording is bounded, and none stands within another", () => {
    const unbounded = WORDINGS.filter((words) => quantifiers(words).some((each) => !/^\{\d+,\d{1,3}\}\??$/.test(each)));
    expect(unbounded).toEqual([]);
    const nested = WORDINGS.filter((words) => /\)[*+?{]/.test(patternOf(words).source));
    expect(nested).toEqual([]);
    const gaps = WORDINGS.filter((words) => words.split("{}").length - 1 > MOST_GAPS);
    expect(gaps).toEqual([]);
  });

  test("and no more than its beginning is looked at", () => {
    expect(plainWords("exceeds the maximum ".repeat(5000)).length).toBeLessThanOrEqual(2000);
  });
});
