/** Each property is repaired by itself, and what needs no repair stays byte for byte. */
import { describe, expect, test } from "bun:test";
import { assureArguments, type ArgumentsOutcome } from "../../../src/core/arguments.ts";

type Json = Record<string, unknown>;

const STEP = {
  type: "object",
  properties: { step: { type: "string" }, status: { enum: ["pending", "done"] }, minutes: { type: "integer" } },
  required: ["step"],
  additionalProperties: false,
};

const SCHEMA: Json = {
  type: "object",
  properties: {
    cmd: { type: "string" },
    wait: { type: "number" },
    count: { type: "integer" },
    tty: { type: "boolean" },
    names: { type: "array", items: { type: "string" } },
    lines: { type: "array", items: { type: "integer" } },
    pair: { type: "array", items: { type: "string" }, minItems: 2 },
    plan: { type: "array", items: STEP },
    step: STEP,
    depth: { type: ["integer", "null"] },
    mode: { enum: ["a", "b"] },
    old: { type: "string", nullable: true },
    env: { type: "object", additionalProperties: { type: "integer" } },
    free: { type: "object" },
    any: {},
  },
  required: ["cmd"],
};

/** From, to; the same text where nothing changes. */
type Case = [name: string, from: string, to: string, outcome?: ArgumentsOutcome];

function check(schema: Json, cases: readonly Case[]): void {
  for (const [name, from, text, outcome = from === text ? "valid" : "coerced"] of cases)
    test(name, () => {
      expect(assureArguments(from, schema)).toEqual({ text, outcome });
      if (outcome === "coerced") expect(assureArguments(text, schema)).toEqual({ text, outcome: "valid" });
    });
}

describe("null", () => {
  check(SCHEMA, [
    ["first", '{"tty":null,"cmd":"ls"}', '{"cmd":"ls"}'],
    ["last", '{"cmd":"ls","tty":null}', '{"cmd":"ls"}'],
    ["between, with its white space", '{ "cmd": "ls", "tty": null, "wait": 1 }', '{ "cmd": "ls", "wait": 1 }'],
    ["first, with its white space", '{\n  "tty": null,\n  "cmd": "ls"\n}', '{\n  "cmd": "ls"\n}'],
    ["last, with its white space", '{\n  "cmd": "ls",\n  "tty": null\n}', '{\n  "cmd": "ls"\n}'],
    ["all around", '{"tty":null,"wait":null,"cmd":"ls","mode":null,"names":null}', '{"cmd":"ls"}'],
    ["all of them", '{"step": { "step":null }, "cmd":"ls"}', '{"step": { "step":null }, "cmd":"ls"}', "invalid"],
    ["within", '{"cmd":"ls","step":{"minutes":null,"step":"a"}}', '{"cmd":"ls","step":{"step":"a"}}'],
    [
      "in items",
      '{"cmd":"ls","plan":[{"step":"a","minutes":null},{"step":"b"}]}',
      '{"cmd":"ls","plan":[{"step":"a"},{"step":"b"}]}',
    ],
    ["in words", '{"cmd":"ls","tty":"None","count":"null"}', '{"cmd":"ls"}'],
    ["where the schema allows it", '{"cmd":"ls","depth":null,"any":null}', '{"cmd":"ls","depth":null,"any":null}'],
    ["where an older word allows it", '{"cmd":"ls","old":null}', '{"cmd":"ls","old":null}', "invalid"],
    ["what is required", '{"cmd":null}', '{"cmd":null}', "invalid"],
    ["what is not described", '{"cmd":"ls","x":null}', '{"cmd":"ls","x":null}'],
    ["in a map", '{"cmd":"ls","env":{"A":null}}', '{"cmd":"ls","env":{"A":null}}', "invalid"],
    ["as an item", '{"cmd":"ls","names":[null]}', '{"cmd":"ls","names":[null]}', "invalid"],
    ["a text that says so", '{"cmd":"null","mode":"a"}', '{"cmd":"null","mode":"a"}'],
    ["twice", '{"cmd":"ls","tty":null,"tty":null}', '{"cmd":"ls"}'],
    ["before a value of the same name", '{"cmd":"ls","tty":null,"tty":"true"}', '{"cmd":"ls","tty":true}'],
    ["a key that came before", '{"cmd":"ls","tty":true,"tty":null}', '{"cmd":"ls","tty":true,"tty":null}', "invalid"],
  ]);

  test("nothing is left", () => {
    const schema = { type: "object", properties: { a: { type: "string" }, b: { type: "string" } } };
    expect(assureArguments('{"a":null, "b":null}', schema)).toEqual({ text: "{}", outcome: "coerced" });
    expect(assureArguments('{ "a":null }', schema)).toEqual({ text: "{ }", outcome: "coerced" });
  });
});

describe("whole floats", () => {
  const cmd = (rest: string): string => `{"cmd":"ls",${rest}}`;
  check(SCHEMA, [
    ["of an integer", cmd('"count":1000.0'), cmd('"count":1000')],
    ["of a number", cmd('"wait":1e3'), cmd('"wait":1000')],
    ["negative, with exponents", cmd('"lines":[-2.50E1, 120e-1, 0.0]'), cmd('"lines":[-25, 12, 0]')],
    ["with many zeros", cmd(`"wait":20.${"0".repeat(30)}`), cmd('"wait":20')],
    ["in items", cmd('"lines":[1.0,2.00,30E+1]'), cmd('"lines":[1,2,300]')],
    ["in a string", cmd('"wait":"1000.0"'), cmd('"wait":1000')],
    ["in a map", cmd('"env":{"A":1.0}'), cmd('"env":{"A":1}')],
    ["a fraction", cmd('"wait":1000.5'), cmd('"wait":1000.5')],
    ["a fraction of many digits", cmd('"wait":1.00000000000000000001'), cmd('"wait":1.00000000000000000001')],
    ["a fraction that is too small", cmd('"wait":1e-400'), cmd('"wait":1e-400')],
    ["more than an integer can be", cmd('"wait":1e300'), cmd('"wait":1e300')],
    ["many digits", cmd('"count":9007199254740993'), cmd('"count":9007199254740993')],
    ["where nothing is said of numbers", cmd('"any":1.0,"free":{"a":2.0}'), cmd('"any":1.0,"free":{"a":2.0}')],
    ["in a text", '{"cmd":"sleep 1.0"}', '{"cmd":"sleep 1.0"}'],
  ]);
});

describe("strings that are something else", () => {
  const cmd = (rest: string): string => `{"cmd":"ls",${rest}}`;
  check(SCHEMA, [
    ["numbers", cmd('"count":"7","wait":" 0.5 "'), cmd('"count":7,"wait":0.5')],
    ["booleans", cmd('"tty":"False"'), cmd('"tty":false')],
    ["null that is allowed", cmd('"depth":"None"'), cmd('"depth":null')],
    ["an array", cmd(String.raw`"names":"[\"a\", \"b\\n\"]"`), cmd(String.raw`"names":["a", "b\n"]`)],
    ["an array of Python", cmd(String.raw`"names":"['a', 'b']"`), cmd('"names":["a", "b"]')],
    [
      "an array of objects, repaired within",
      cmd(String.raw`"plan":"[{\"step\":\"a\",\"minutes\":\"5\",\"status\":null}]"`),
      cmd('"plan":[{"step":"a","minutes":5}]'),
    ],
    ["an object", cmd(String.raw`"step":"{\"step\": \"a\"}"`), cmd('"step":{"step": "a"}')],
    ["items", cmd('"lines":["1", 2, "3.0"]'), cmd('"lines":[1, 2, 3]')],
    ["members of members", cmd('"plan":[{"step":"1","minutes":"1"}]'), cmd('"plan":[{"step":"1","minutes":1}]')],
    ["values of a map", cmd('"env":{"A":"1","B":"2"}'), cmd('"env":{"A":1,"B":2}')],
    ["a fraction for an integer", cmd('"count":"1.5"'), cmd('"count":"1.5"'), "invalid"],
    ["words", cmd('"count":"soon"'), cmd('"count":"soon"'), "invalid"],
    ["nothing", cmd('"count":""'), cmd('"count":""'), "invalid"],
    ["too many digits", cmd('"count":"9007199254740993"'), cmd('"count":"9007199254740993"'), "invalid"],
    ["too large", cmd('"wait":"1e999"'), cmd('"wait":"1e999"'), "invalid"],
    ["a number of another form", cmd('"count":"0x10"'), cmd('"count":"0x10"'), "invalid"],
    ["an array that is cut", cmd(String.raw`"names":"[\"a\", \"b"`), cmd(String.raw`"names":"[\"a\", \"b"`), "invalid"],
    ["an object for an array", cmd('"names":"{}"'), cmd('"names":"{}"'), "invalid"],
    ["texts", '{"cmd":"[1]","mode":"a"}', '{"cmd":"[1]","mode":"a"}'],
    ["texts where anything may stand", cmd('"any":"1","free":{"a":"true"}'), cmd('"any":"1","free":{"a":"true"}')],
  ]);
});

describe("a scalar where an array is wanted", () => {
  const cmd = (rest: string): string => `{"cmd":"ls",${rest}}`;
  check(SCHEMA, [
    ["a string", cmd(String.raw`"names":"a\n\u00e9"`), cmd(String.raw`"names":["a\n\u00e9"]`)],
    ["a string that is a word", cmd('"names":"true"'), cmd('"names":["true"]')],
    ["a number", cmd('"lines":3'), cmd('"lines":[3]')],
    ["a number in a string", cmd('"lines":"3.0"'), cmd('"lines":[3]')],
    ["of another kind", cmd('"names":3'), cmd('"names":3'), "invalid"],
    ["where more are wanted", cmd('"pair":"a"'), cmd('"pair":"a"'), "invalid"],
    ["nothing", cmd('"names":""'), cmd('"names":""'), "invalid"],
    ["an object", cmd('"plan":{"step":"a"}'), cmd('"plan":{"step":"a"}'), "invalid"],
  ]);
});

describe("what cannot be repaired", () => {
  const text = '{"cmd":"ls","count":"soon","tty":"true","wait":2.0,"mode":null}';
  test("does not stop the others", () =>
    expect(assureArguments(text, SCHEMA)).toEqual({
      text: '{"cmd":"ls","count":"soon","tty":true,"wait":2}',
      outcome: "invalid",
    }));
  test("a missing key stops nothing either", () =>
    expect(assureArguments('{"tty":"true"}', SCHEMA)).toEqual({ text: '{"tty":true}', outcome: "invalid" }));
});

describe("bytes", () => {
  check(SCHEMA, [
    ["escapes", '{"cmd":"\\u0061\\/é 🚀","tty":"true"}', '{"cmd":"\\u0061\\/é 🚀","tty":true}'],
    ["order and white space", '{\t"tty" :\n"true" , "cmd":"ls"\r\n}\n', '{\t"tty" :\ntrue , "cmd":"ls"\r\n}\n'],
    ["a key in escapes", String.raw`{"\u0063md":"ls","c\u006funt":"1"}`, String.raw`{"\u0063md":"ls","c\u006funt":1}`],
    [
      "names of every object",
      '{"cmd":"ls","__proto__":{"cmd":"1"},"toString":"1"}',
      '{"cmd":"ls","__proto__":{"cmd":"1"},"toString":"1"}',
    ],
  ]);
  test("a property with the name of the prototype", () => {
    const schema = JSON.parse('{"type":"object","properties":{"__proto__":{"type":"integer"}}}') as Json;
    expect(assureArguments('{"__proto__":"1"}', schema).text).toBe('{"__proto__":1}');
  });
});

describe("the whole arguments", () => {
  const OPEN: Json = { type: "object", properties: { count: { type: "integer" } } };
  test.each(["null", " None\n", '""', "[]", "[ ]", '"null"', '"{}"', '"\\"{}\\""', "''"])(
    "%s is the empty object",
    (text) => expect(assureArguments(text, OPEN)).toEqual({ text: "{}", outcome: "repaired" }),
  );
  check(OPEN, [
    ["JSON in a string", String.raw`"{\"count\": 1}"`, '{"count": 1}', "repaired"],
    ["JSON in a string, repaired within", String.raw`"{\"count\": \"1\"}"`, '{"count": 1}', "repaired"],
    ["nearly JSON in a string", `"{'count': 1,}"`, '{"count": 1}', "repaired"],
    ["twice the same", '{"count":1}{"count":1}', '{"count":1}', "repaired"],
    [
      "twice the same, written otherwise",
      '{"count":1, "x":[]}\n{"x":[ ],"count":1}',
      '{"count":1, "x":[]}',
      "repaired",
    ],
    ["three times the same", '{"count":1}{"count":1}{"count":1}', '{"count":1}', "repaired"],
    ["a bracket before it", '{{"count":1}', '{"count":1}', "repaired"],
    ["a part of it before it", '{"count": 1{"count": 1}', '{"count": 1}', "repaired"],
    [
      "a part of it with an open string",
      '{"count":1,"x":"a b{"count":1,"x":"a b c"}',
      '{"count":1,"x":"a b c"}',
      "repaired",
    ],
    [
      "a part of another",
      '{"count":1,"x":"a b{"count":2,"x":"a b c"}',
      '{"count":1,"x":"a b{"count":2,"x":"a b c"}',
      "invalid",
    ],
    ["what may hold it", '{"x":{"x":1}', '{"x":{"x":1}}', "repaired"],
    ["two that differ", '{"count":1}{"count":2}', '{"count":1}{"count":2}', "invalid"],
    ["one and the beginning of another", '{"count":1}{"count', '{"count":1}{"count', "invalid"],
    ["words in a string", '"list files"', '"list files"', "invalid"],
    ["a list of something", '["a"]', '["a"]', "invalid"],
    ["a number", "1", "1", "invalid"],
  ]);
  test("without a schema, too", () =>
    expect(assureArguments("null", undefined)).toEqual({ text: "{}", outcome: "repaired" }));
  test("what is required is missing", () =>
    expect(assureArguments("null", SCHEMA)).toEqual({ text: "{}", outcome: "invalid" }));
});

describe("unions and references", () => {
  const of = (a: unknown, rest: Json = {}): Json => ({ type: "object", properties: { a }, ...rest });
  const x = { type: "object", properties: { kind: { const: "x" }, n: { type: "integer" } }, required: ["kind", "n"] };
  const y = { type: "object", properties: { kind: { const: "y" }, n: { type: "boolean" } }, required: ["kind", "n"] };
  test.each<[string, Json, string, string]>([
    ["one kind can be meant", of({ anyOf: [{ type: "integer" }, { type: "array" }] }), '{"a":"1"}', '{"a":1}'],
    ["a string can be meant", of({ anyOf: [{ type: "integer" }, { type: "string" }] }), '{"a":"1"}', '{"a":"1"}'],
    ["null can be meant", of({ oneOf: [{ type: "integer" }, { type: "null" }] }), '{"a":null}', '{"a":null}'],
    [
      "an object or null",
      of({ anyOf: [x, { type: "null" }] }),
      '{"a":{"kind":"x","n":"1"}}',
      '{"a":{"kind":"x","n":1}}',
    ],
    [
      "the branch that its kind names",
      of({ oneOf: [x, y] }),
      '{"a":{"kind":"y","n":"true"}}',
      '{"a":{"kind":"y","n":true}}',
    ],
    ["the other one", of({ anyOf: [x, y] }), '{"a":{ "n":"1.0", "kind":"x"}}', '{"a":{ "n":1, "kind":"x"}}'],
    ["no branch", of({ anyOf: [x, y] }), '{"a":{"kind":"x","n":"true"}}', '{"a":{"kind":"x","n":"true"}}'],
    [
      "two branches",
      of({
        anyOf: [
          { properties: { n: { type: "integer" } } },
          { properties: { n: { type: ["array", "boolean"], items: { type: "string" } } } },
        ],
      }),
      '{"a":{"n":"1"}}',
      '{"a":{"n":"1"}}',
    ],
    [
      "in a string",
      of({ anyOf: [x, y] }),
      String.raw`{"a":"{\"kind\":\"x\",\"n\":\"1\"}"}`,
      '{"a":{"kind":"x","n":1}}',
    ],
    [
      "arrays that differ",
      of({
        anyOf: [
          { type: "array", items: { type: "integer" } },
          { type: "array", items: { type: "boolean" } },
        ],
      }),
      '{"a":"1"}',
      '{"a":[1]}',
    ],
    [
      "branches that only ask for keys",
      { ...of({ type: "integer" }), anyOf: [{ required: ["a"] }, { required: ["b"] }] },
      '{"a":"1"}',
      '{"a":1}',
    ],
    [
      "a key that one branch asks for",
      { ...of({ type: "integer" }), anyOf: [{ required: ["a"] }, { required: ["b"] }] },
      '{"a":null}',
      '{"a":null}',
    ],
    ["branches of the whole", { oneOf: [x, y] }, '{"kind":"x","n":"1"} ', '{"kind":"x","n":1} '],
    ["a reference", of({ $ref: "#/$defs/n" }, { $defs: { n: { type: "integer" } } }), '{"a":"1"}', '{"a":1}'],
    [
      "a reference to the whole",
      of({ $ref: "#" }, { properties: { a: { $ref: "#" }, n: { type: "integer" } } }),
      '{"a":{"a":{"n":"1"}}}',
      '{"a":{"a":{"n":1}}}',
    ],
    ["a circle", of({ $ref: "#/properties/a" }), '{"a":"1"}', '{"a":"1"}'],
    [
      "a circle of arrays",
      of({ $ref: "#/$defs/b" }, { $defs: { b: { type: "array", items: { $ref: "#/$defs/b" } } } }),
      '{"a":"1"}',
      '{"a":"1"}',
    ],
    [
      "a circle of two",
      of({ $ref: "#/$defs/b" }, { $defs: { b: { anyOf: [{ $ref: "#/$defs/c" }] }, c: { $ref: "#/$defs/b" } } }),
      '{"a":"1"}',
      '{"a":"1"}',
    ],
    ["a reference that leads elsewhere", of({ $ref: "https://x.example/y" }), '{"a":"1"}', '{"a":"1"}'],
    [
      "all of several",
      of({ allOf: [{ type: ["integer", "string"] }, { type: ["integer", "boolean"] }] }),
      '{"a":"1"}',
      '{"a":1}',
    ],
    [
      "another kind of schema",
      { ...of({ type: "integer" }), $schema: "https://x.example/own" },
      '{"a":"1"}',
      '{"a":"1"}',
    ],
  ])("%s", (_, schema, from, to) => expect(assureArguments(from, schema).text).toBe(to));
});

describe("work", () => {
  const many = (count: number): Json => ({
    type: "object",
    properties: {
      a: {
        anyOf: Array.from({ length: count }, (_, n) => ({
          type: "object",
          properties: { [`k${n}`]: { type: "integer" } },
        })),
      },
    },
  });
  test("of many branches is bounded: the value stays", () => {
    const text = JSON.stringify({
      a: { ...Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`m${n}`, "1"])), k1: "1" },
    });
    expect(assureArguments(text, many(5000)).text).toBe(text);
  });
  test("of strings in strings is bounded", () => {
    let text = '{"a":"1"}';
    for (let i = 0; i < 12; i++) text = JSON.stringify({ a: text });
    const schema = { type: "object", properties: { a: { anyOf: [{ type: "integer" }, { $ref: "#" }] } } };
    expect(() => assureArguments(text, schema)).not.toThrow();
  });
  test("of nesting needs no stack", () => {
    const text = `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
    expect(assureArguments(text, { type: "object", properties: { a: { type: "array" } } }).text).toBe(text);
  });
});
