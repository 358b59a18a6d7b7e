import { expect, test } from "bun:test";
import { JsonProgress } from "../../src/core/json-progress.ts";

test.each<[string, boolean]>([
  ["", false],
  ["  ", false],
  ["{}", true],
  [' {"a":"}"} \n', true],
  ["[1]", true],
  ['{"a":{}', false],
  ['{"a":"}', false],
  ["1", false],
  ['"}"', false],
  ["{}{}", false],
  ["{}x", false],
  ["x{}", false],
  ['{"a":"\\\\"}', true],
  ['{"a":"\\""}', true],
  ['{"a":"\\\\\\"}', false],
  ['{"a" 1}', false],
  ["{]", false],
])("whole JSON: %j is %p, however it is cut", (text, whole) => {
  for (let cut = 0; cut <= text.length; cut++) {
    const progress = new JsonProgress();
    progress.add(text.slice(0, cut));
    progress.isWhole(text.slice(0, cut));
    progress.add(text.slice(cut));
    expect([cut, progress.isWhole(text)]).toEqual([cut, whole]);
  }
});

test("what was whole is so no more when something follows it", () => {
  const progress = new JsonProgress();
  progress.add("{}");
  expect(progress.isWhole("{}")).toBe(true);
  progress.add(" \n");
  expect(progress.isWhole("{} \n")).toBe(true);
  progress.add("{");
  expect(progress.isWhole("{} \n{")).toBe(false);
});
