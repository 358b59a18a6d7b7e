/** Edits of JSON text: what is meant changes, and nothing else. */
import { describe, expect, test } from "bun:test";
import { elementsOf, JsonEdit, membersOf, valueSpan } from "../../src/core/json-edit.ts";

describe("scanning", () => {
  test.each([
    ["{}", []],
    [" {\n} ", []],
    ['{"a":1}', [["a", "1"]]],
    [
      '{ "a" : -1.5e+10 , "b":null}',
      [
        ["a", "-1.5e+10"],
        ["b", "null"],
      ],
    ],
    [
      '{"a\\"b":"x\\\\","c":[1,{"d":"]}"}],"e":{"f":"}"}}',
      [
        ['a"b', '"x\\\\"'],
        ["c", '[1,{"d":"]}"}]'],
        ["e", '{"f":"}"}'],
      ],
    ],
    [
      '{"mod\\u0065l":true,"model":"twice"}',
      [
        ["model", "true"],
        ["model", '"twice"'],
      ],
    ],
    ['{"n":123456789012345678901234567890}', [["n", "123456789012345678901234567890"]]],
    ["[1]", []],
  ] as [string, [string, string][]][])("members of %s", (text, expected) => {
    const found = membersOf(text, 0).map(({ key, value }) => [key, text.slice(value.start, value.end)]);
    expect(found).toEqual(expected);
  });

  test.each([
    ["[]", []],
    ['[ 1 , "a,]" ,[2,[3]], {"b":[4]}]', ["1", '"a,]"', "[2,[3]]", '{"b":[4]}']],
    ["{}", []],
  ] as [string, string[]][])("elements of %s", (text, expected) => {
    expect(elementsOf(text, 0).map(({ start, end }) => text.slice(start, end))).toEqual(expected);
  });

  test("finds every member of made-up objects, whatever stands in their strings", () => {
    let seed = 7;
    const random = (n: number): number => (seed = (seed * 48_271) % 2_147_483_647) % n;
    const TEXTS = ["", "\\", '"', "}{", "][", ",", "é😀", "\u0000", '\\"', "a".repeat(99)];
    const value = (depth: number): unknown => {
      const kind = random(depth > 3 ? 3 : 5);
      if (kind === 3) return Array.from({ length: random(4) }, () => value(depth + 1));
      if (kind === 4)
        return Object.fromEntries(
          Array.from({ length: random(4) }, (_, i) => [`${TEXTS[random(10)]}${i}`, value(depth + 1)]),
        );
      return [null, TEXTS[random(10)], random(1e6) / 7][kind];
    };
    for (let i = 0; i < 500; i++) {
      const object = Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`${TEXTS[random(10)]}${i}`, value(0)]));
      const text = JSON.stringify(object, null, random(3));
      const found = membersOf(text, 0).map(({ key, value }) => [key, JSON.parse(text.slice(value.start, value.end))]);
      expect(found).toEqual(Object.entries(object));
      expect(valueSpan(`  ${text}\n`)).toEqual({ start: 2, end: 2 + text.length });
    }
  });
});

describe("editing", () => {
  test("removes any of the elements, and the text stays JSON", () => {
    const text = "[ 0, 1 ,2,\n3 ]";
    for (let mask = 0; mask < 16; mask++) {
      const edit = new JsonEdit(text);
      const cut = new Set([0, 1, 2, 3].filter((i) => mask & (1 << i)));
      edit.remove(elementsOf(text, 0), cut);
      expect(JSON.parse(edit.result())).toEqual([0, 1, 2, 3].filter((i) => !cut.has(i)));
    }
  });

  test("replaces, removes and adds at once", () => {
    const text = '{"a":1, "b" : 2,"c":3}';
    const edit = new JsonEdit(text);
    const members = membersOf(text, 0);
    edit.replace(members[0]?.value ?? { start: 0, end: 0 }, '"x"');
    edit.remove(
      members.map(({ start, value }) => ({ start, end: value.end })),
      new Set([2]),
    );
    edit.append(valueSpan(text), members, [["d", "[4]"]]);
    expect(edit.result()).toBe('{"a":"x", "b" : 2,"d":[4]}');
  });

  test("an object without members gets its first", () => {
    const edit = new JsonEdit("{ }");
    edit.append(
      valueSpan("{ }"),
      [],
      [
        ["a", "1"],
        ["b", "2"],
      ],
    );
    expect(JSON.parse(edit.result())).toEqual({ a: 1, b: 2 });
  });

  test("what lies within something that is taken out is gone with it", () => {
    const text = '{"a":{"x":1},"b":2}';
    const edit = new JsonEdit(text);
    const members = membersOf(text, 0);
    edit.replace(membersOf(text, members[0]?.value.start ?? 0)[0]?.value ?? { start: 0, end: 0 }, '"y"');
    edit.remove(
      members.map(({ start, value }) => ({ start, end: value.end })),
      new Set([0]),
    );
    expect(edit.result()).toBe('{"b":2}');
  });

  test("nothing changed is the same text", () => {
    const text = '{"model":"m"}';
    const edit = new JsonEdit(text);
    edit.replace(membersOf(text, 0)[0]?.value ?? { start: 0, end: 0 }, '"m"');
    expect(edit.result()).toBe(text);
  });
});
