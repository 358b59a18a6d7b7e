import { expect, test } from "bun:test";
import { replyBudget } from "../../../src/core/arguments.ts";
import { isEqualJson, restOfRepetition } from "../../../src/core/argument-repair/whole-arguments.ts";

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
