import { expect, test } from "bun:test";
import { replyBudget } from "../../../src/core/arguments.ts";
import { isEqualJson, restOfRepetition, wholeBehindPart } from "../../../src/core/argument-repair/whole-arguments.ts";

test.each<[string, string, boolean]>([
  ['{"a":1,"b":[2]}', '{ "b": [2.0], "a": 1 }', true],
  ['{"a":"\\u0061"}', '{"a":"a"}', true],
  ['{"a":1}', '{"a":"1"}', false],
  ['{"a":[1,2]}', '{"a":[2,1]}', false],
  ['{"a":12345678901234567}', '{"a":12345678901234568}', false],
  ['{"a":12345678901234567}', ' {"a":12345678901234567}', true],
  ['{"a":', '{"a":1}', false],
])("%s and %s: equal is %s", (one, other, is) => expect(isEqualJson(one, other, replyBudget())).toBe(is));

test.each<[string, string, string | undefined]>([
  ['{"cmd": "ls -la"', '{"cmd": "ls -la"}', "}"],
  ['{"cmd":"ls', '{"cmd": "ls -la"}', ' -la"}'],
  ['{"cmd": "ls -la"}', '{"cmd":"ls -la"}', ""],
  ['{"a":1,"b":2}', '{"b":2,"a":1}', ""],
  ['{"cmd":"ls\\', '{"cmd":"ls\\n"}', 'n"}'],
  ['{"cmd":"ls\\', '{"cmd":"ls"}', undefined],
  ['{"cmd":"a b', '{"cmd":"ab"}', undefined],
  ['{"cmd":"pwd"', '{"cmd": "ls -la"}', undefined],
  ['{"cmd":', '"ls"}', undefined],
  ['{"cmd":"ls"', ',"n":1}', undefined],
  ["", '{"cmd":"ls"}', undefined],
])("%s, then %s", (came, again, rest) => expect(restOfRepetition(came, again, replyBudget())).toBe(rest));

test("a part before the whole is found in time that grows with the length", () => {
  const time = (length: number): number => {
    const part = `{"a":${'{"a":'.repeat(length)}`;
    const began = process.cpuUsage().user;
    wholeBehindPart(part + part);
    return process.cpuUsage().user - began;
  };
  const least = (length: number): number => Math.min(time(length), time(length), time(length));
  least(20_000);
  const short = least(40_000);
  expect(least(640_000)).toBeLessThan(short * 80);
});
