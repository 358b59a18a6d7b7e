/** Places of keys in TOML texts: in the text of each case, ‸ stands before the key that the path leads to. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { locateKeys, type KeyPath } from "../../src/core/toml-positions.ts";
import { tomlName } from "../../src/core/toml-scan.ts";

const CASES: [what: string, text: string, path: KeyPath][] = [
  ["a key at the top", "a = 1\n  ‸b = 2", ["b"]],
  ["a key of a table", "[t]\n‸a = 1\n[u]\na = 2", ["t", "a"]],
  ["a table", "[‸t]\na = 1", ["t"]],
  ["a table within", "[t.‸u]\na = 1", ["t", "u"]],
  ["the table around", "[‸t.u]\n[t]", ["t"]],
  ["a key that is missing: its table", "[‸t]\na = 1", ["t", "b"]],
  ["nothing at all: the beginning", "‸x = 1", ["t", "b"]],
  ["a dotted key", "[t]\na.‸b = 1", ["t", "a", "b"]],
  ["a dotted key with blanks", "a . ‸b = 1", ["a", "b"]],
  ["a quoted key", '[models]\n‸"a.b/c" = 1', ["models", "a.b/c"]],
  ["a literal key", "[t.‸'a \"b\"']\n", ["t", 'a "b"']],
  ["escapes in a key", '‸"\\u00e9\\t\\"" = 1', ['é\t"']],
  ["an array of tables", "[[t]]\na = 1\n[[t]]\n‸a = 2", ["t", 1, "a"]],
  ["a table within an array of tables", "[[t]]\n[[t]]\n[t.‸u]\na = 1", ["t", 1, "u"]],
  ["an array of tables within one", "[[t]]\n[[t.u]]\n[[t.u]]\n‸a = 1", ["t", 0, "u", 1, "a"]],
  ["an inline table", "t = { a = 1, ‸b = 2 }", ["t", "b"]],
  ["an inline table within", "t = { a = { x = 1 }, b = { ‸x = 2 } }", ["t", "b", "x"]],
  ["an inline table of many lines", "t = {\n  a = 1, # , b = 3\n  ‸b = 2,\n}", ["t", "b"]],
  ["an entry of a list", "t = [1, ‸2]", ["t", 1]],
  ["an entry of a list of lists", "t = [[1, 2], [3, ‸4]]", ["t", 1, 1]],
  ["a key within a list", 't = [\n  "b",\n  # { b = 1 }\n  { a = 1, ‸b = 2 },\n]', ["t", 1, "b"]],
  ["a comment with a key", "# b = 1\n‸b = 2 # b = 3", ["b"]],
  ["a text with a key", 'a = "x\\"\\nb = 1"\n‸b = 2', ["b"]],
  ["a text with brackets", 'a = ["]", \'}\', "#"]\n‸b = 2', ["b"]],
  ["a long text with keys", 'a = """\nb = 1\n[b]\n\\""" x """\n‸b = 2', ["b"]],
  ["a long literal with keys", "a = '''\nb = 1\n\\'''\n‸b = 2", ["b"]],
  ["a long text that ends in quotes", 'a = """x"""""\n‸b = 2', ["b"]],
  ["a long text with a backslash at its end", 'a = """x\\\\"""\n‸b = 2', ["b"]],
  ["carriage returns", "a = 1\r\n[t]\r\n‸b = 2\r\n", ["t", "b"]],
  ["a byte order mark", "\uFEFF‸b = 2", ["b"]],
  ["dates and numbers", "a = 2026-11-24T10:00:00Z\nc = -1_000.5e3\n‸b = 2", ["b"]],
];

describe("a key's place", () => {
  test.each(CASES)("%s", (_, marked, path) => {
    const before = marked.slice(0, marked.indexOf("‸"));
    const text = marked.replace("‸", "");
    expect(() => parse(text)).not.toThrow();
    const line = before.split("\n").length;
    expect(locateKeys(text).key(path)).toEqual({ line, column: before.length - before.lastIndexOf("\n") });
  });

  test("is found for each key of a whole config, where that key is written", () => {
    const text = readFileSync(join(import.meta.dirname, "../../src/config/file/example.toml"), "utf8");
    const lines = text.split("\n");
    const positions = locateKeys(text);
    let seen = 0;
    const visit = (value: unknown, path: KeyPath): void => {
      if (typeof value !== "object" || value === null) return;
      for (const [key, inner] of Object.entries(value)) {
        const here = [...path, Array.isArray(value) ? Number(key) : key];
        const { line, column } = positions.key(here);
        const written = lines[line - 1]?.slice(column - 1) ?? "";
        if (!Array.isArray(value))
          expect(written.startsWith(key) || written.startsWith(JSON.stringify(key))).toBe(true);
        seen++;
        visit(inner, here);
      }
    };
    visit(parse(text), []);
    expect(seen).toBeGreaterThan(150);
  });

  test.each([
    "a = [",
    "a = {b",
    "[",
    "[[a",
    "a = '''",
    '"',
    "= 1",
    "a",
    "[a]]]\n]",
    "a = {,}",
    "[".repeat(100_000),
    `a = ${"[".repeat(100_000)}`,
  ])("of a broken text ends: %#", (text) => expect(locateKeys(text).key(["a"]).line).toBe(1));
});

test("a header of many names takes time in proportion", () => {
  const text = `[${"a.".repeat(40_000)}a]\nb = 1`;
  expect(locateKeys(text).key(["a", "a"])).toEqual({ line: 1, column: 4 });
}, 60_000);

test("a path is written as TOML has it", () => {
  expect(tomlName(["models", "a/b", "x", 1, "y"])).toBe('models."a/b".x[1].y');
});
