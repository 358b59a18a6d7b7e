/** Keys that two readers of one text read differently: found wherever something is decided by them, and nowhere else. */
import { describe, expect, test } from "bun:test";
import { findAmbiguousKey, refuseAmbiguousKeys } from "../../src/core/ambiguous-keys.ts";
import { asShimError } from "../../src/core/errors.ts";
import { growth, MOST_GROWTH } from "../support/growth.ts";

describe("a key that stands twice", () => {
  test.each([
    ['{"a":1,"a":2}', "a"],
    ['{ "a" : 1 ,\n\t"b":2,\r "a":null}', "a"],
    ['{"previous_response_id":"resp_1","model":"m","previous_response_id":null}', "previous_response_id"],
    ['{"model":"m","mod\\u0065l":"n"}', "model"],
    ['{"mod\\u0065l":"m","\\u006dodel":"n"}', "model"],
    ['{"":1,"":2}', ""],
    ['{"__proto__":{},"__proto__":{}}', "__proto__"],
    ['{"input":[{"role":"user"},{"role":"user","content":"x","role":"system"}]}', "input[1].role"],
    [
      '{"tools":[{"type":"function","name":"a","parameters":{}},{"type":"mcp","headers":{"x":"1","x":"2"}}]}',
      "tools[1].headers.x",
    ],
    ['{"a":[[],[1,"]",{"b":{}}],[{"c":{"d":1,"e":[{}],"d":2}}]]}', "a[2][0].c.d"],
    ['{"text":"{\\"a\\":1,\\"a\\":2}","b":{"q\\\\":1,"q\\\\":2}}', "b.q\\"],
    ['[{"a":1},{"a":1,"a":1}]', "[1].a"],
    // A container named as data is none at the root, and one beside data is checked.
    ['{"input":{"a":1,"a":2}}', "input.a"],
    ['{"properties":{"a":1,"a":2}}', "properties.a"],
    ['{"x":{"properties":{"a":1,"a":2},"b":1,"b":2}}', "x.b"],
    ['{"x":{"properties":null,"y":{"b":1,"b":2}}}', "x.y.b"],
    ['{"x":{"properties":1,"properties":2}}', "x.properties"],
    // Settings of a tool that a host runs.
    ['{"tools":[{"type":"host:adviser","parameters":{"model":"a","model":"b"}}]}', "tools[0].parameters.model"],
    ['{"é😀":1,"\\u00e9\\ud83d\\ude00":2}', "é😀"],
  ])("in %s", (text, path) => {
    expect(findAmbiguousKey(text)).toEqual({ path });
  });

  test.each([
    '{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]}',
    '{"a":"a","b":"b","c":["a","a"]}',
    '"a"',
    "[1,1,1]",
    "{}",
    '{"a":"\\",\\"a\\":1","b":"\\\\"}',
    // Arguments of calls and schemas, as some models and servers write them.
    '{"messages":[{"content":[{"type":"tool_use","input":{"path":"a","path":"b","deep":{"x":1,"x":2}}}]}]}',
    '{"tools":[{"name":"t","input_schema":{"properties":{"a":{},"a":{}}}},{"function":{"parameters":{"type":"object","properties":{"a":{"type":"string","type":"number"},"a":{}}}}}]}',
    '{"text":{"format":{"schema":{"title":"x","title":"y"}}}}',
    '{"input":[{"type":"function_call","arguments":{"a":1,"a":2}}]}',
    '{"input":[{"type":"function_call","\\u0061rguments":{"a":1,"a":2}}]}',
  ])("not in %s", (text) => {
    expect(findAmbiguousKey(text)).toBeUndefined();
  });

  test("is found where JSON.parse loses one, in made-up texts of any shape", () => {
    let seed = 11;
    const random = (n: number): number => (seed = (seed * 48_271) % 2_147_483_647) % n;
    const KEYS = ["a", "b", "model", "\\u0061", "mod\\u0065l", "__proto__", "a\\\\", '\\"', "é"];
    let doubled = 0;
    const value = (depth: number): string => {
      const kind = random(depth > 4 ? 2 : 5);
      if (kind === 0) return ["null", "-1.5e+3", "true", '""', '"},{\\"a\\":"'][random(5)] ?? "";
      if (kind === 1) return `"${KEYS[random(KEYS.length)]}"`;
      const inner = Array.from({ length: random(4) }, () => value(depth + 1));
      if (kind === 2) return `[${inner.join(" ,")}]`;
      const keys = new Set<string>();
      const members = inner.map((each) => {
        const key = KEYS[random(KEYS.length)] ?? "";
        const plain = JSON.parse(`"${key}"`) as string;
        if (keys.has(plain)) doubled++;
        keys.add(plain);
        return `"${key}" :${each}`;
      });
      return `{${members.join(",")} }`;
    };
    let found = 0;
    for (let i = 0; i < 3000; i++) {
      doubled = 0;
      const text = `{"root":${value(0)}}`;
      JSON.parse(text);
      expect([text, findAmbiguousKey(text) !== undefined]).toEqual([text, doubled > 0]);
      if (doubled > 0) found++;
    }
    expect(found).toBeGreaterThan(200);
  });

  test("among many keys, the first and the last, and written in another way", () => {
    const keys = Array.from({ length: 500 }, (_, i) => `"key${i}":${i}`);
    expect(findAmbiguousKey(`{${keys.join(",")}}`)).toBeUndefined();
    for (const again of ["key0", "key15", "key16", "key499", "\\u006bey300"])
      expect(findAmbiguousKey(`{"o":{${[...keys, `"${again}":0`].join(",")}}}`)).toEqual({
        path: `o.${JSON.parse(`"${again}"`) as string}`,
      });
  });

  test("keys of the same hash are two keys", () => {
    // "Aa" and "BB" have the same in every polynomial of 31.
    expect(findAmbiguousKey('{"Aa":1,"BB":2,"AaAa":3,"BBBB":4,"AaBB":5}')).toBeUndefined();
    expect(findAmbiguousKey('{"Aa":1,"BB":2,"Aa":3}')).toEqual({ path: "Aa" });
  });
});

describe("a field that some servers take for another", () => {
  test.each([
    ['{"model":"m","Model":"n"}', "Model", "model"],
    ['{"MODEL":"n"}', "MODEL", "model"],
    ['{"Previous_Response_ID":"resp_1"}', "Previous_Response_ID", "previous_response_id"],
    ['{"previous_re\\u0053ponse_id":"resp_1"}', "previous_reSponse_id", "previous_response_id"],
    ['{"\u017ftore":true}', "\u017ftore", "store"],
    ['{"bac\u212Aground":true}', "bac\u212Aground", "background"],
  ])("is refused: %s", (text, path, meant) => {
    expect(findAmbiguousKey(text)).toEqual({ path, meant });
  });

  test.each(['{"metadata":{"Model":"x"}}', '{"topP":1}', '[{"Model":1}]', '{"input":[{"Role":"x"}]}', '{"Models_":1}'])(
    "and not where nothing is decided: %s",
    (text) => expect(findAmbiguousKey(text)).toBeUndefined(),
  );
});

describe("the refusal", () => {
  const told = (text: string): { message: string; param: string | undefined; kind: string } => {
    try {
      refuseAmbiguousKeys(text);
    } catch (thrown) {
      const { message, param, kind } = asShimError(thrown);
      return { message, param, kind };
    }
    throw new Error("it was let through");
  };

  test("names the key and what to do", () => {
    expect(told('{"store":true,"store":false}')).toEqual({
      kind: "invalid_request",
      param: "store",
      message:
        "`store` stands twice in the same object; send each key once, since servers differ in which of them they read",
    });
    expect(told('{"Store":true}').message).toBe("`Store` is read as `store` by some servers; write `store`");
  });

  test("shows no control characters, and not all of a long key or path", () => {
    const { message } = told(`{"a":{"\\u001b[31m\\n\\u009b":1,"\\u001b[31m\\n\\u009b":1}}`);
    expect(message).toContain("`a.?[31m??`");
    expect(told(`{"a":{"${"k".repeat(9000)}":1,"${"k".repeat(9000)}":1}}`).message.length).toBeLessThan(300);
    const deep = `${'{"a":'.repeat(3000)}{"b":1,"b":2}${"}".repeat(3000)}`;
    expect(told(deep).message.length).toBeLessThan(500);
  });
});

describe("its cost grows with length only", () => {
  const of = (n: number, each: (i: number) => string): string => Array.from({ length: n }, (_, i) => each(i)).join(",");
  const SHAPES: Record<string, (n: number) => string> = {
    "many keys": (n) => `{${of(n, (i) => `"k${i}":1`)}}`,
    "keys of the same hash": (n) =>
      `{${of(n, (i) => `"${i.toString(2).padStart(20, "0").replaceAll("0", "Aa").replaceAll("1", "BB")}":1`)}}`,
    "a pile of arrays": (n) => `{"a":${"[".repeat(n)}${"]".repeat(n)}}`,
    "objects in one another": (n) => `${'{"a":'.repeat(n)}1${"}".repeat(n)}`,
    "a string of backslashes": (n) => `{"a":"${"\\\\".repeat(n)}","b":"${'\\"'.repeat(n)}"}`,
    "the key at the end of a pile": (n) => `${'{"a":['.repeat(n)}{"b":1,"b":2}${"]}".repeat(n)}`,
    "one long key": (n) => `{"${"k".repeat(n)}":1,"${"k".repeat(n)}l":2}`,
  };
  test.each(Object.entries(SHAPES))("%s", (_, shape) => {
    const run = (n: number) => {
      const text = shape(n);
      return () => void findAmbiguousKey(text);
    };
    expect(growth(run, 8000)).toBeLessThan(MOST_GROWTH);
  });
});
