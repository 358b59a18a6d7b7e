/** JSON and YAML files of users, edited in their text. */
import { describe, expect, test } from "bun:test";
import { setJson, SettingsError } from "../../src/agents/json-settings.ts";
import { setYaml } from "../../src/agents/yaml-settings.ts";

describe("a JSON key is set", () => {
  test.each<[string, string, string[], unknown, string]>([
    ["where it is", '{ "a": 1, "b": 2 } // c', ["a"], 3, '{ "a": 3, "b": 2 } // c'],
    ["behind the last", '{\r\n\t"a": [1, 2] // c\r\n}', ["b"], 3, '{\r\n\t"a": [1, 2],\r\n\t"b": 3 // c\r\n}'],
    ["before a trailing comma", '{\n  "a": 1,\n}', ["b"], 3, '{\n  "a": 1,\n  "b": 3,\n}'],
    ["on the same line", '{"a": 1}', ["b"], 3, '{"a": 1, "b": 3}'],
    ["in an empty object", '{\n  "a": {}\n}', ["a", "b"], 3, '{\n  "a": {\n    "b": 3\n  }\n}'],
    ["beside a comment alone", "{\n  // c\n}", ["b"], 3, '{\n  // c\n  "b": 3\n}'],
    ["in objects that are not there", '{\n  "z": 1\n}', ["a", "b"], 3, '{\n  "z": 1,\n  "a": {\n    "b": 3\n  }\n}'],
    ["in place of something else", '{ "a": null }', ["a", "b"], 3, '{ "a": {\n    "b": 3\n  } }'],
    ["behind a byte order mark", '\uFEFF{"a": 1}', ["a"], 3, '\uFEFF{"a": 3}'],
  ])("%s", (_, before, path, value, after) => {
    expect(setJson(before, [{ path, value }])).toBe(after);
  });

  test("in a file that is not there, or empty", () => {
    expect(setJson(undefined, [{ path: ["a"], value: 1 }])).toBe('{\n  "a": 1\n}\n');
    expect(setJson("  \n", [{ path: ["a"], value: 1 }])).toBe('{\n  "a": 1\n}\n');
  });

  test("nowhere else: what is no JSON object is told with its place", () => {
    expect(() => setJson('{\n  "a": 1\n  "b": 2\n}', [])).toThrow("line 3, column 3");
    expect(() => setJson("[]", [])).toThrow(SettingsError);
  });
});

describe("a YAML key is set", () => {
  test.each([
    ["where it is", "a: x # c\r\nb: 1\r\n", 'a: "y" # c\r\nb: 1\r\n'],
    ["where it is quoted", "'a': 'x'\n", "'a': \"y\"\n"],
    ["at the end", "b: 1", 'b: 1\na: "y"\n'],
    ["where it has no value", "a:\nb: 1\n", 'a: "y"\nb: 1\n'],
    ["not where it is deeper", "b:\n  a: x\n", 'b:\n  a: x\na: "y"\n'],
    ["not in a comment", "# a: x\n", '# a: x\na: "y"\n'],
  ])("%s", (_, before, after) => {
    expect(setYaml(before, { a: "y" })).toBe(after);
  });

  test("nowhere else", () => {
    expect(() => setYaml("a: [1", { a: "y" })).toThrow(SettingsError);
    expect(() => setYaml("- 1\n", { a: "y" })).toThrow("not a YAML mapping");
  });
});
