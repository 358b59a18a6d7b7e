/** The input of a freeform tool goes out as it comes, and together it is what the whole text gives. */
import { describe, expect, test } from "bun:test";
import { FreeformStream, unwrapFreeform } from "../../../src/core/freeform.ts";
import { Dice } from "../../../scripts/simulate/dice.ts";

function streamed(deltas: readonly string[]): { pieces: string[]; rest: string; agrees: boolean } {
  const stream = new FreeformStream();
  const pieces = deltas.map((delta) => stream.feed(delta));
  return { pieces, ...stream.end(unwrapFreeform(stream.text).toWellFormed()) };
}

describe("what goes out at once", () => {
  test.each<[string, string[], string[], string]>([
    ["the text of the string", ['{"in', 'put": "*** Be', "gin\\", "n+a", '"}'], ["", "*** Be", "gin", "\n+a", ""], ""],
    ["escapes", ['{"input":"a\\u00', "e9\\ud83d", '\\ude00b"}'], ["a", "é", "😀b"], ""],
    ["half a character", ['{"input":"a\ud83d', '\ude00"}'], ["a", "😀"], ""],
    ["half a character that stays one", ['{"input":"a\\ud83d', 'b"}'], ["a", "\ufffdb"], ""],
    ["a text without JSON", ["\n*** Beg", "in Patch\n"], ["\n*** Beg", "in Patch\n"], ""],
    ["blanks with the first word", ['{"input":" \\n', 'a"}'], ["", " \na"], ""],
    ["nothing of a fence", ['{"input":"\\n```js', '\\nx()\\n```"}'], ["", ""], "\n```js\nx()\n```"],
    ["nothing of a fence without JSON", ["```js", "\nx()\n```"], ["", ""], "```js\nx()\n```"],
    ["nothing of JSON within", ['{"input":"{\\"code\\":', '1}"}'], ["", ""], '{"code":1}'],
    ["nothing of another key", ['{"code":"a', 'b"}'], ["", ""], "ab"],
    ["nothing of a JSON string", ['"a', 'b"'], ["", ""], "ab"],
    ["no more behind a raw line end", ['{"input":"a', "\nb", 'c"}'], ["a", "", ""], "\nbc"],
    ["no more behind an unknown escape", ['{"input":"a\\', "d", 'c"}'], ["a", "", ""], "\\dc"],
    ["an empty object", ["{}"], [""], "{}"],
    ["words of a program", ["if (a) { b() }"], ["if (a) { b() }"], ""],
    ["a block of a program", ["{ b() ", "}"], ["", ""], "{ b() }"],
  ])("%s", (_, deltas, pieces, rest) => expect(streamed(deltas)).toEqual({ pieces, rest, agrees: true }));

  test("a later key of the same name: nothing that went out is taken back", () =>
    expect(streamed(['{"input":"a","input":', '"b"}'])).toEqual({ pieces: ["a", ""], rest: "", agrees: false }));
});

test("any input, cut anywhere", () => {
  const parts = ["*** Begin Patch\n", "+a\n", "\\", '"', "\t", "é🚀", "\u2028", "{", "`", " ", "\ud83d", "</x>"];
  for (let seed = 1; seed <= 2000; seed++) {
    const dice = new Dice(seed);
    const input = Array.from({ length: dice.below(8) }, () => dice.of(parts)).join("");
    const json = JSON.stringify({ input });
    const escaped = dice.chance(0.3) ? json.replaceAll(/[^\x20-\x7e]/g, escapeOf) : json;
    const text = dice.of([escaped, escaped, escaped.slice(0, dice.below(escaped.length)), input, ` ${escaped}\n`]);
    const deltas: string[] = [];
    for (let at = 0; at < text.length;) {
      const end = at + 1 + dice.below(4);
      deltas.push(text.slice(at, end));
      at = end;
    }
    const { pieces, rest, agrees } = streamed(deltas);
    const out = pieces.join("") + rest;
    if (agrees) expect([out, text]).toEqual([unwrapFreeform(text).toWellFormed(), text]);
    if (text.trim() === escaped) expect([out, agrees]).toEqual([input.toWellFormed(), true]);
    for (const piece of pieces) expect(piece.isWellFormed()).toBe(true);
  }
}, 60_000);

function escapeOf(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
