/** What goes out while arguments come is, together, what the repair of the whole text gives, whatever the cuts. */
import { describe, expect, test } from "bun:test";
import { assureArguments, replyBudget } from "../../../src/core/arguments.ts";
import { ArgumentStream } from "../../../src/core/argument-repair/argument-stream.ts";
import { wellFormedJson } from "../../../src/core/json-string.ts";
import { Dice } from "../../../scripts/simulate/dice.ts";
import { anyArguments, anySchema } from "./any-arguments.ts";

type Json = Record<string, unknown>;

interface Streamed {
  all: string;
  /** What went out of each delta. */
  pieces: string[];
  rest: string;
  agrees: boolean;
  stream: ArgumentStream;
}

function streamed(deltas: readonly string[], schema: Json | undefined): Streamed {
  const stream = new ArgumentStream(schema, replyBudget());
  const pieces = deltas.map((delta) => stream.feed(delta));
  const whole = assureArguments(stream.text, schema).text;
  return { pieces, ...stream.end(whole), stream };
}

function cut(text: string, dice: Dice): string[] {
  const pieces: string[] = [];
  const most = dice.of([1, 2, 5, 40]);
  for (let at = 0; at < text.length;) {
    const end = at + 1 + dice.below(most);
    pieces.push(text.slice(at, end));
    at = end;
  }
  return pieces;
}

const SCHEMA: Json = {
  type: "object",
  properties: {
    path: { type: "string" },
    count: { type: "integer" },
    tty: { type: "boolean" },
    list: { type: "array", items: { type: "string" } },
    edits: {
      type: "array",
      items: { type: "object", properties: { old: { type: "string" }, line: { type: "integer" } } },
    },
    either: {
      anyOf: [
        { type: "object", properties: { n: { type: "integer" } } },
        { type: "object", properties: { n: { type: "boolean" } } },
      ],
    },
  },
  required: ["path"],
};

describe("what goes out at once", () => {
  const sent = (deltas: readonly string[]): string[] => streamed(deltas, SCHEMA).pieces;
  test.each<[string, string[], string[]]>([
    ["a text, as it comes", ['{"path":"a', "bc", "d", '"', "}"], ['{"path":"a', "bc", "d", "", '"']],
    ["a key with its value", ['{"pa', 'th"', ": ", '"a'], ["{", "", "", '"path": "a']],
    [
      "an escape when it is whole",
      ['{"path":"a\\', "n", "\\u00", "e9", "\\ud83d", "\\ude0", "0b"],
      ['{"path":"a', "\\n", "", "\\u00e9", "", "", "\\ud83d\\ude00b"],
    ],
    ["a character when it is whole", ['{"path":"\ud83d', "\ude00"], ['{"path":"', "\ud83d\ude00"]],
    ["a closing quote when it is one", ['{"path":"a"', " ", ","], ['{"path":"a', "", '"']],
    ["a number when it is over", ['{"count":1', "2.", "0", "}"], ["{", "", "", '"count":12']],
    ["a value that is repaired", ['{"tty":"tr', 'ue"', ',"path":"'], ["{", '"tty":true', ',"path":"']],
    [
      "nothing of what is left out",
      ['{"path":"a", "tty"', ": nul", 'l , "count":', "1 "],
      ['{"path":"a"', "", "", ' , "count":1'],
    ],
    [
      "texts in items",
      ['{"edits":[{"old":"a', 'b"},{"line":"1"', "}]"],
      ['{"edits":[{"old":"a', 'b"},{"line":1', "}]"],
    ],
    ["an array in a string, when it is over", ['{"list":"[\\"a', '\\"]"', ","], ["{", '"list":["a"]', ""]],
    [
      "an object with two branches, when it is over",
      ['{"either":{"n":', '"1"', "}", ","],
      ["{", "", '"either":{"n":1}', ""],
    ],
  ])("%s", (_, deltas, pieces) => expect(sent(deltas)).toEqual(pieces));

  test.each<[string, string[], string[], string]>([
    [
      "a tag that ends the last string",
      ['{"path":"ls</｜DSML｜para', 'meter>\\n"', "}"],
      ['{"path":"ls', "", ""],
      '</｜DSML｜parameter>\\n"}',
    ],
    ["a tag within a string", ['{"path":"a <', "|b|", "> c"], ['{"path":"a ', "", "<|b|> c"], ""],
    [
      "a tag in another string than the last",
      ['{"path":"a<|b|>"', ',"count":1}'],
      ['{"path":"a', '<|b|>","count":1'],
      "}",
    ],
    ["other tags", ['{"path":"</div', '><br"', "}"], ['{"path":"</div', "><br", '"'], "}"],
  ])("%s", (_, deltas, pieces, rest) => {
    const result = streamed(deltas, SCHEMA);
    expect(result.pieces).toEqual(pieces);
    if (rest !== "") expect(result.rest).toBe(rest);
  });
});

describe("the end", () => {
  test.each<[string, string[], string, string, boolean]>([
    ["the last bracket and what stands around it", ['{"path":"a" ', "} \n"], '{"path":"a"', " } \n", true],
    ["nothing yet", ["{}"], "{", "}", true],
    ["a bracket that is missing", ['{"path":"a"'], '{"path":"a', '"}', true],
    ["a raw line end", ['{"path":"a', "\nb", '"}'], '{"path":"a', '\\nb"}', true],
    ["quotes within a text", ['{"path": "say "yes" x"}'], '{"path": "say ', '\\"yes\\" x"}', true],
    ["JSON in a string", ['"{\\"path\\":', '\\"a\\"}"'], "", '{"path":"a"}', true],
    ["null", ["null"], "", "{}", true],
    ["twice the same", ['{"path":"a"}', '{"path":"a"}'], '{"path":"a"', "}", true],
    ["a bracket too many", ['{"path":"a"}', "}"], '{"path":"a"', "}", true],
    ["a string that is cut", ['{"path":"a', "b"], '{"path":"ab', "", true],
    ["a string that is cut behind a repair", ['{"count":"1","path":"a', "b"], '{"count":1,"path":"ab', "", false],
    ["half a character", ['{"path":"a\\ud83d', ' b"}'], '{"path":"a', '\\ufffd b"}', true],
    ["words", ["list ", "files"], "", "list files", true],
  ])("%s", (_, deltas, sent, rest, agrees) => {
    const result = streamed(deltas, SCHEMA);
    expect(result.pieces.join("")).toBe(sent);
    expect({ rest: result.rest, agrees: result.agrees }).toEqual({ rest, agrees });
  });

  test("nothing more goes out behind what cannot be read", () => {
    const stream = new ArgumentStream(SCHEMA, replyBudget());
    expect([stream.feed('{"path":"a", x'), stream.is_broken, stream.feed('"b":1}')]).toEqual(['{"path":"a"', true, ""]);
  });
});

test("any arguments, cut anywhere", () => {
  let repaired = 0;
  for (let seed = 1; seed <= 3000; seed++) {
    const dice = new Dice(seed);
    const schema = anySchema(dice);
    const text = anyArguments(dice);
    const whole = assureArguments(text, schema).text;
    const { pieces, rest, all, agrees, stream } = streamed(cut(text, dice), schema);
    const about = [seed, text, schema] as const;
    const out = pieces.join("") + rest;
    if (whole !== text) repaired++;
    // What JSON allows can be read; what it does not, not.
    const is_json = isObject(text) && wellFormedJson(text) === text;
    expect([stream.repaired !== undefined, ...about]).toEqual([is_json, ...about]);
    if (is_json) expect([rest.trim().replace(/^<.*(?=\}$)/s, ""), agrees, ...about]).toEqual(["}", true, ...about]);
    expect([all, ...about]).toEqual([out, ...about]);
    if (agrees) expect([out, ...about]).toEqual([whole, ...about]);
    for (const piece of pieces) expect(/[\ud800-\udbff]$/.test(piece)).toBe(false);
  }
  expect(repaired).toBeGreaterThan(300);
}, 60_000);

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
