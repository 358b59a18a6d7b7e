/** Places of src/core/argument-repair: arguments that come in small pieces, and values that are repaired. */
import { assureArguments, replyBudget } from "../../../src/core/arguments.ts";
import { ArgumentStream } from "../../../src/core/argument-repair/argument-stream.ts";
import { wholeBehindPart } from "../../../src/core/argument-repair/whole-arguments.ts";
import { FreeformStream } from "../../../src/core/freeform.ts";
import type { Place } from "./measure.ts";

type Schema = Record<string, unknown>;

/** Characters of a delta. */
const DELTA = 4;
/** Branches and parts of a schema: more than what a text of this size pays for. */
const MANY = 3000;

const times = <T>(count: number, each: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => each(n));

function inDeltas(text: string, stream: { feed(delta: string): string; end(whole: string): unknown }): void {
  for (let at = 0; at < text.length; at += DELTA) stream.feed(text.slice(at, at + DELTA));
  stream.end(text);
}

const STREAMED: Schema = {
  type: "object",
  properties: { text: { type: "string" }, list: { type: "array", items: { type: "integer" } } },
};

/** What stands in the string, or in the whole, and is repeated. */
const PARTS: readonly (readonly [name: string, head: string, part: string])[] = [
  ["plain text", '{"text":"', "const abc = defghi(jkl);"],
  ["escapes", '{"text":"', String.raw`a\n\"b\"\t\u00e9`],
  ["what may be residue", '{"text":"', "<|x|>"],
  ["tags that do not end", '{"text":"', "</｜"],
  ["half characters", '{"text":"', "\ud83d"],
  ["numbers in strings", '{"list":[', '"1",'],
  ["an array in a string", '{"list":"[', "1,"],
  ["values that are left out", "{", '"text":null,"list":null,'],
  ["keys", "{", '"a":1.0,'],
  ["brackets", '{"text":', "["],
  ["a number without end", '{"text":', "1"],
  ["white space", '{"text":', " "],
];

const value = (name: string, list: Schema, item: unknown, size = 3000): Place => ({
  name: `repairs: ${name}`,
  size,
  prepare(n) {
    const text = JSON.stringify({ a: times(n, () => item) });
    const schema = { type: "object", properties: { a: { type: "array", ...list } } };
    return () => assureArguments(text, schema);
  },
});

const object = (n: number): Schema => ({
  type: "object",
  properties: { [`k${n}`]: { type: "integer" } },
  required: [`k${n}`],
});
const array = (n: number): Schema => ({ type: "array", items: { enum: [n] } });

export const REPAIR_PLACES: readonly Place[] = [
  ...PARTS.map(([name, head, part]): Place => ({
    name: `argument stream: ${name}`,
    size: 50_000,
    prepare(n) {
      const text = head + part.repeat(n / part.length);
      return () => inDeltas(text, new ArgumentStream(STREAMED, replyBudget()));
    },
  })),
  {
    name: "freeform stream: a patch",
    size: 100_000,
    prepare(n) {
      const text = `{"input":"${String.raw`+a\tb \u00e9\n`.repeat(n / 15)}`;
      return () => inDeltas(text, new FreeformStream());
    },
  },
  value("items of many branches", { items: { anyOf: times(MANY, object) } }, { k1: "1" }),
  value("items of many schemas", { items: { allOf: times(MANY, object) } }, { k1: "1" }),
  value("scalars for many arrays", { items: { anyOf: times(MANY, array) } }, "1"),
  value("arrays of many schemas", { items: { allOf: times(MANY, array) } }, ["1"]),
  value("arrays in strings", { items: { type: "array" } }, "['a', 1, {}]"),
  {
    name: "arguments: parts of the whole before it",
    size: 50_000,
    prepare(n) {
      const part = '{"a":'.repeat(n / 5);
      return () => wholeBehindPart(part + part);
    },
  },
];
