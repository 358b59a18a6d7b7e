/** What would steer a terminal, or nobody could see, is made harmless; all else stays. */
import { expect, test } from "bun:test";
import { isPrintable, printable, printableJson, printableLines, printableText } from "../../src/core/printable.ts";
import { shellWord } from "../../src/core/shell-word.ts";

const UNSAFE = [
  ...Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)),
  ...Array.from({ length: 33 }, (_, i) => String.fromCharCode(0x7f + i)),
  ..."\u00ad\u061c\u180e\u200b\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff\ufff9\ufffb",
  "\u{e0001}",
  "\u{e0041}",
  "\ud800",
  "\udc00",
];
const SAFE = "plain Ünïcödé 漢字 عربى עברית 👩‍👩‍👧 क्‍ष ~!\"'\\<>[]{}|`…→\u00a0";

test.each(UNSAFE)("%j", (character) => {
  expect(printable(`a${character}b`)).toBe("a?b");
  expect(isPrintable(`a${character}b`)).toBe(false);
  expect(printableLines([`a${character}b`, "c"])).toBe("a?b\nc");
  expect(printableText(`a${character}b`)).toBe(character === "\n" || character === "\t" ? `a${character}b` : "a?b");
  const value = { [character]: [`a${character}b`] };
  const json = printableJson(value, 1);
  expect(JSON.parse(json)).toEqual(value);
  expect(json.replaceAll("\n", "")).toMatch(/^[ -~]*$/);
});

test("all else stays", () => {
  for (const change of [printable, printableText]) expect(change(SAFE)).toBe(SAFE);
  expect(isPrintable(SAFE)).toBe(true);
  expect(printableJson({ SAFE }, 2)).toBe(JSON.stringify({ SAFE }, null, 2));
  expect(printableText("a\r\nb\n\tc")).toBe("a\nb\n\tc");
});

test("a word of a shell is one word", () => {
  expect(shellWord("a/b-c.d:1@x")).toBe("a/b-c.d:1@x");
  for (const word of ["a b", "a;b", "$(x)", "`x`", "it's", 'a"b', "", "*", "~"]) {
    const told = shellWord(word);
    expect(Bun.spawnSync(["sh", "-c", `printf %s ${told}`]).stdout.toString()).toBe(word);
  }
  expect(shellWord("a\nb")).toBe("'a?b'");
});
