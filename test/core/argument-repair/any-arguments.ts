/** Schemas of tools and arguments of models, by chance. */
import type { Dice } from "../../../scripts/simulate/dice.ts";

type Json = Record<string, unknown>;

const KEYS = ["a", "b", "c"];
const SINGLE: readonly Json[] = [
  { type: "string" },
  { type: "integer" },
  { type: "number" },
  { type: "boolean" },
  { type: ["string", "null"] },
  { type: ["integer", "null"] },
  { enum: ["a", "b"] },
  { enum: [1, null] },
  {},
  { $ref: "#/$defs/x" },
  { $ref: "#" },
];

export function anySchema(dice: Dice): Json {
  return { ...objectSchema(dice, 3), $defs: { x: schemaOf(dice, 1) } };
}

function objectSchema(dice: Dice, depth: number): Json {
  const keys = KEYS.filter(() => dice.chance(0.7));
  return {
    type: "object",
    properties: Object.fromEntries(keys.map((key) => [key, schemaOf(dice, depth - 1)])),
    ...(dice.chance(0.5) && { required: ["a"] }),
    ...(dice.chance(0.3) && { additionalProperties: false }),
  };
}

function schemaOf(dice: Dice, depth: number): Json {
  if (depth <= 0 || dice.chance(0.4)) return dice.of(SINGLE);
  const within = depth - 1;
  switch (dice.below(7)) {
    case 0:
      return { anyOf: [schemaOf(dice, within), schemaOf(dice, within)] };
    case 1:
      return { oneOf: [objectSchema(dice, within), objectSchema(dice, within)] };
    case 2:
      return { allOf: [objectSchema(dice, within), { required: ["b"] }] };
    case 3:
      return { type: "object", additionalProperties: schemaOf(dice, within) };
    case 4:
    case 5:
      return { type: "array", items: schemaOf(dice, within) };
    default:
      return objectSchema(dice, within);
  }
}

const BLANKS = ["", "", "", " ", "\n ", "\t"];
const NUMBERS = [
  "1",
  "0",
  "-1.0",
  "1e3",
  "2.5",
  "-0.0",
  "1e-400",
  "1.00000000000000000001",
  "9007199254740993",
  "12e-1",
];
const TEXTS = [
  "a",
  "x\ny",
  "é🚀",
  "\u2028",
  "\\d",
  '"q"',
  "5",
  "1.0",
  "true",
  "None",
  "null",
  "",
  " 7 ",
  "<|im_end|>",
  "</div>",
];
const WITHIN = ["[1,2]", '["a"]', "{}", '{"a":"1"}', "['x']", "[1,", "1e999"];
const WRITTEN = ['"\\ud83d\\ude00"', '"\\u00e9"', '"a\\/b"', '"\\ud83d"', '"\\d"', '"a\nb"', '"🚀"'];

export function anyArguments(dice: Dice): string {
  const text = dice.of(BLANKS) + objectOf(dice, 3) + dice.of(BLANKS);
  return dice.chance(0.6) ? text : damaged(text, dice);
}

function objectOf(dice: Dice, depth: number): string {
  const key = (): string => dice.of(['"a"', '"b"', '"c"', '"__proto__"', '"d"', '"\\u0061"']);
  return `{${listOf(dice, () => `${key()}${dice.of(BLANKS)}:${dice.of(BLANKS)}${valueOf(dice, depth - 1)}`)}}`;
}

function listOf(dice: Dice, each: () => string): string {
  return Array.from({ length: dice.below(5) }, () => dice.of(BLANKS) + each() + dice.of(BLANKS)).join(",");
}

function valueOf(dice: Dice, depth: number): string {
  switch (dice.below(depth <= 0 ? 5 : 10)) {
    case 0:
      return dice.of(NUMBERS);
    case 1:
      return dice.of(["true", "false", "null", "null", "[]", "{ }"]);
    case 2:
      return JSON.stringify(dice.of(TEXTS));
    case 3:
      return JSON.stringify(dice.of(WITHIN));
    case 4:
      return dice.of(WRITTEN);
    case 5:
      return JSON.stringify(valueOf(dice, depth - 1));
    case 6:
      return `[${listOf(dice, () => valueOf(dice, depth - 1))}]`;
    case 7:
      return JSON.stringify(objectOf(dice, depth));
    default:
      return objectOf(dice, depth);
  }
}

function damaged(text: string, dice: Dice): string {
  const at = dice.below(text.length + 1);
  switch (dice.below(7)) {
    case 0:
      return text.slice(0, at);
    case 1:
    case 2:
      return text.slice(0, at) + dice.of(["}", "]", ",", '"', "\\", "x", "{", " ", ":", "1"]) + text.slice(at);
    case 3:
      return text.slice(0, at) + text.slice(at + 1);
    case 4:
      return text + text;
    case 5:
      return JSON.stringify(text);
    default:
      return `{${text}`;
  }
}
