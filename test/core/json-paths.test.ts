/** Fields by their path: found and cut in the text, every other byte stays. */
import { describe, expect, test } from "bun:test";
import { JsonEdit } from "../../src/core/json-edit.ts";
import { cutPath, findPath } from "../../src/core/json-paths.ts";

const found = (text: string, path: string): string[] =>
  findPath(text, path).map(({ start, end }) => text.slice(start, end));

function cut(text: string, path: string): string {
  const edit = new JsonEdit(text);
  cutPath(edit, path, true);
  return edit.result();
}

test("what is left is kept, if only as an empty object or list, unless it is asked to go", () => {
  for (const [text, path, rest] of [
    ['{"r":{"effort":"low"}}', "r.effort", '{"r":{}}'],
    ['{"i":[{"type":"x"}]}', "i[type=x]", '{"i":[]}'],
  ] as const) {
    const edit = new JsonEdit(text);
    cutPath(edit, path);
    expect(edit.result()).toBe(rest);
  }
});

describe("finding", () => {
  test.each([
    ['{"a": {"b" :1}}', "a.b", ["1"]],
    ['{"a":{"b":1},"a":{"b":2}}', "a.b", ["1", "2"]],
    ['{"a":[{"b":1},{"c":2},{"b":3}]}', "a[].b", ["1", "3"]],
    ['{"a":[{"type":"x","n":1},{"type":"y"},"x",null,{"type":5}]}', "a[type=x].n", ["1"]],
    ['{"a":"b"}', "a.b", []],
    ['{"a":[1]}', "a.b", []],
    ['{"a":{"b":1}}', "a[].b", []],
    ["[]", "a", []],
    ['{"\\u0061":1}', "a", ["1"]],
  ])("in %s: %s", (text, path, values) => {
    expect(found(text, path)).toEqual(values);
  });
});

describe("cutting", () => {
  test.each([
    ['{ "a":1, "b" : 2 }', "a", '{ "b" : 2 }'],
    ['{ "a":1, "b" : 2 }', "b", '{ "a":1 }'],
    ['{"a":1,"a":2}', "a", "{}"],
    ['{"r":{"effort":"low","x":1e999}}', "r.effort", '{"r":{"x":1e999}}'],
    ['{"t":[{"s":true,"n":1},{"n":2},{"s":false}]}', "t[].s", '{"t":[{"n":1},{"n":2},{}]}'],
    ['{"i":[{"type":"x"}, {"type":"y"},{"type":"x"}]}', "i[type=x]", '{"i":[{"type":"y"}]}'],
    // A message goes with its last block.
    [
      '{"m":[{"r":"u","c":[{"type":"t"}]},{"c":[{"type":"x"},{"type":"x"}]},{"c":"words"}]}',
      "m[].c[type=x]",
      '{"m":[{"r":"u","c":[{"type":"t"}]},{"c":"words"}]}',
    ],
    // An object goes with its last field, but not an element of a list.
    ['{"r":{"effort":"low"},"n":1}', "r.effort", '{"n":1}'],
    ['{"r":{"e":{"f":1}}}', "r.e.f", "{}"],
    ['{"t":[{"s":true}]}', "t[].s", '{"t":[{}]}'],
    ['{"a":1}', "b", '{"a":1}'],
    ['{"a":"{\\"b\\":1}"}', "a.b", '{"a":"{\\"b\\":1}"}'],
  ])("out of %s: %s", (text, path, rest) => {
    expect(cut(text, path)).toBe(rest);
  });
});

test.each([
  ["a", '"prompt"'],
  ["a", '"b"'],
  ["a", '"a"'],
  ["prompt", '"b"'],
  ["prompt", '"a"'],
  ["b", '"prompt"'],
  ["a", "}"],
])("a place behind or before a cut of %s is moved along: %s", (path, mark) => {
  const text = '{"a":1,"prompt":"here","b":2}';
  const edit = new JsonEdit(text);
  cutPath(edit, path);
  const rest = edit.result();
  const place = edit.moved(text.indexOf(mark));
  expect(rest.slice(0, place)).toBe(
    text
      .slice(0, text.indexOf(mark))
      .replace('"a":1,', path === "a" ? "" : '"a":1,')
      .replace('"prompt":"here",', path === "prompt" ? "" : '"prompt":"here",'),
  );
});
