import { describe, expect, test } from "bun:test";
import { unwrapFreeform, wrapFreeform } from "../../src/core/freeform.ts";
import { flatToolName } from "../../src/core/tool-names.ts";

describe("flatToolName", () => {
  const long = "t".repeat(105);
  const CASES: [string | undefined, string, string | RegExp][] = [
    [undefined, "exec_command", "exec_command"],
    ["mcp__tiny", "echo", "mcp__tiny__echo"],
    ["", "echo", "echo"],
    [undefined, "struct.dotted", /^struct_dotted_[0-9a-f]{8}$/],
    ["mcp__tiny", long, /^mcp__tiny__t{44}_[0-9a-f]{8}$/],
    [undefined, "日本", /^___[0-9a-f]{8}$/],
  ];
  for (const [namespace, name, expected] of CASES) {
    test(`${namespace} / ${name.slice(0, 20)}`, () => {
      const flat = flatToolName(namespace, name);
      expect(flat).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
      if (typeof expected === "string") expect(flat).toBe(expected);
      else expect(flat).toMatch(expected);
      expect(flatToolName(namespace, name)).toBe(flat);
    });
  }

  test("names that only differ in what is replaced stay apart", () => {
    expect(flatToolName(undefined, "a.b")).not.toBe(flatToolName(undefined, "a:b"));
    expect(flatToolName("a", "b", 1)).not.toBe(flatToolName("a", "b"));
  });
});

describe("freeform text", () => {
  const patch = '*** Begin Patch\n*** Add File: a "b"\\c.txt\n+é😀\n*** End Patch\n';
  const CASES: [string, string, string][] = [
    ["the declared form", wrapFreeform(patch), patch],
    ["another key", JSON.stringify({ patch }), patch],
    ["a JSON string", JSON.stringify(patch), patch],
    ["no JSON at all", patch, patch],
    ["two strings are not guessed between", '{"a":"x","b":"y"}', '{"a":"x","b":"y"}'],
    ["further keys beside input", '{"input":"x","b":"y"}', "x"],
    ["an object without strings", '{"a":1}', '{"a":1}'],
    ["JSON null", "null", "null"],
    ["empty", "", ""],
  ];
  for (const [name, args, expected] of CASES) test(name, () => expect(unwrapFreeform(args)).toBe(expected));
});
