/** Schemas in the words that an upstream keeps. */
import { describe, expect, test } from "bun:test";
import { subsetSchema } from "../../src/core/schema-subset.ts";

type Schema = Record<string, unknown>;

describe("plain: only the words that Ollama and Gemini keep", () => {
  test.each<[string, Schema, Schema]>([
    [
      "nothing is lost of what is plain",
      { type: "object", properties: { a: { type: "string", enum: ["x"] } }, required: ["a"] },
      { type: "object", properties: { a: { type: "string", enum: ["x"] } }, required: ["a"] },
    ],
    ["const is an enum of one", { const: 5 }, { enum: [5] }],
    [
      "oneOf is anyOf",
      { oneOf: [{ type: "string" }, { type: "null" }] },
      { anyOf: [{ type: "string" }, { type: "null" }] },
    ],
    [
      "limits are told",
      { type: "integer", minimum: 1, default: 3, description: "How many." },
      { type: "integer", description: "How many. (default: 3, minimum: 1)" },
    ],
    [
      "limits are told without a description",
      { type: "string", pattern: "^a" },
      { type: "string", description: '(pattern: "^a")' },
    ],
    [
      "references are written out",
      {
        $defs: { P: { type: "object", properties: { x: { type: "number" } } } },
        properties: { p: { $ref: "#/$defs/P", description: "A point." } },
      },
      { properties: { p: { type: "object", description: "A point.", properties: { x: { type: "number" } } } } },
    ],
    [
      "allOf is one",
      {
        allOf: [
          { type: "object", properties: { a: { type: "string" } }, required: ["a"] },
          { properties: { b: { type: "number" } }, required: ["b"] },
        ],
      },
      { type: "object", properties: { a: { type: "string" }, b: { type: "number" } }, required: ["a", "b"] },
    ],
    [
      "a tuple is a list of any of its kinds",
      { type: "array", items: [{ type: "string" }, { type: "number" }] },
      { type: "array", items: { anyOf: [{ type: "string" }, { type: "number" }] } },
    ],
    [
      "a property named like a keyword stays a property",
      { type: "object", properties: { default: { type: "string" }, $ref: { type: "string" } } },
      { type: "object", properties: { default: { type: "string" }, $ref: { type: "string" } } },
    ],
    [
      "a reference to nowhere is an object",
      { properties: { a: { $ref: "#/$defs/none" } } },
      { properties: { a: { type: "object" } } },
    ],
    ["true allows all", { properties: { a: true } }, { properties: { a: {} } }],
  ])("%s", (_, given, expected) => {
    const { $defs, ...inner } = given;
    const whole = subsetSchema(
      { type: "object", ...($defs !== undefined && { $defs }), properties: { it: inner } },
      "plain",
    );
    expect(whole).toEqual({ type: "object", properties: { it: expected } });
  });

  test("a schema that goes on inside itself ends", () => {
    const tree = {
      $defs: { T: { type: "object", properties: { kids: { type: "array", items: { $ref: "#/$defs/T" } } } } },
      $ref: "#/$defs/T",
    };
    const text = JSON.stringify(subsetSchema(tree, "plain"));
    expect(text).not.toContain("$ref");
    expect(text.match(/"kids"/g)?.length).toBe(2);
    expect(subsetSchema({ type: "object", properties: { me: { $ref: "#" } } }, "plain")).toMatchObject({
      type: "object",
    });
  });
});

test("schemas that name each other all over, or go down for ever, stay small", () => {
  const names = ["A", "B", "C", "D", "E", "F"];
  const properties = Object.fromEntries(names.map((name) => [name, { $ref: `#/$defs/${name}` }]));
  const $defs = Object.fromEntries(names.map((name) => [name, { type: "object", properties }]));
  expect(JSON.stringify(subsetSchema({ $defs, $ref: "#/$defs/A" }, "plain")).length).toBeLessThan(200_000);
  let deep: Schema = { type: "string" };
  for (let i = 0; i < 20_000; i++) deep = { type: "array", items: deep };
  expect(JSON.stringify(subsetSchema({ properties: { deep } }, "plain")).length).toBeLessThan(20_000);
  expect(subsetSchema({ properties: { a: { $ref: "#/$defs/100%" } } }, "plain")).toMatchObject({
    properties: { a: { type: "object" } },
  });
});

describe("Moonshot's own", () => {
  test.each<[string, Schema, Schema]>([
    ["the root is an object", { $schema: "x", properties: {} }, { type: "object", properties: {} }],
    [
      "a tuple is prefixItems",
      { type: "object", properties: { t: { type: "array", items: [{ type: "string" }] } } },
      { type: "object", properties: { t: { type: "array", prefixItems: [{ type: "string" }] } } },
    ],
    [
      "a type beside anyOf moves into the branches",
      { type: "object", properties: { a: { type: "string", anyOf: [{ minLength: 1 }, { type: "null" }] } } },
      { type: "object", properties: { a: { anyOf: [{ type: "string", minLength: 1 }, { type: "null" }] } } },
    ],
    [
      "what is within definitions too",
      { type: "object", $defs: { A: { items: [{}] } } },
      { type: "object", $defs: { A: { prefixItems: [{}] } } },
    ],
  ])("%s", (_, given, expected) => {
    expect(subsetSchema(given, "mfjs")).toEqual(expected);
  });
});

test("full is the client's own, untouched but for a type that is missing", () => {
  const schema = { type: "object", $ref: "#" };
  expect(subsetSchema(schema, "full")).toBe(schema);
  expect(subsetSchema({}, "full")).toEqual({ type: "object", properties: {} });
  expect(subsetSchema({ properties: { a: {} } }, "plain")).toEqual({ type: "object", properties: { a: {} } });
});
