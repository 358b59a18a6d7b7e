import { describe, expect, test } from "bun:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { Dice } from "../../scripts/simulate/dice.ts";
import { SchemaCheck, type SchemaFit } from "../../src/core/schema/check.ts";
import { WorkBudget } from "../../src/core/work-budget.ts";

const fitOf = (value: unknown, schema: unknown, steps = 100_000): SchemaFit =>
  new SchemaCheck(schema, new WorkBudget(steps)).fit(value);

type Schema = Record<string, unknown>;

/**
 * Some words of all kinds, so that they meet each other in all ways; but for `contains` and `unevaluated…`, of which the
 * other check takes empty lists and parts of other schemas for something else than the draft says.
 */
function randomSchema(dice: Dice, depth: number): unknown {
  if (dice.chance(0.05)) return dice.chance(0.7);
  const schema: Schema = {};
  for (let n = 1 + dice.below(3); n > 0; n--) Object.assign(schema, dice.of(depth > 0 ? ALL : SCALAR)(dice, depth - 1));
  return schema;
}

const KEYS = ["a", "b", "ab", "c"];
const TYPES = ["string", "number", "integer", "boolean", "null", "array", "object"];
const PATTERNS = ["^a", "b$", "^[ab]+$", "\\d", "^.{0,1}$", "x"];
const keys = (dice: Dice): string[] => Array.from({ length: dice.below(3) }, () => dice.of(KEYS));
const unique = (list: string[]): string[] => [...new Set(list)];
const schemas = (dice: Dice, depth: number): unknown[] =>
  Array.from({ length: 1 + dice.below(3) }, () => randomSchema(dice, depth));
const byKey = (dice: Dice, depth: number): Schema =>
  Object.fromEntries(keys(dice).map((key) => [key, randomSchema(dice, depth)]));

const conditional = (condition: unknown, fits: unknown, breaks: unknown = true): Schema => ({
  if: condition,
  // oxlint-disable-next-line unicorn/no-thenable -- it is what a schema calls it
  then: fits,
  else: breaks,
});

type Words = (dice: Dice, depth: number) => Schema;
const SCALAR: readonly Words[] = [
  (dice) => ({ type: dice.chance(0.7) ? dice.of(TYPES) : unique([dice.of(TYPES), dice.of(TYPES)]) }),
  (dice) => ({ enum: [randomValue(dice, 1), randomValue(dice, 2)] }),
  (dice) => ({ const: randomValue(dice, 2) }),
  (dice) => ({ minimum: dice.below(4) - 1 }),
  (dice) => ({ exclusiveMaximum: dice.below(4) }),
  (dice) => ({ maximum: dice.below(4) }),
  (dice) => ({ exclusiveMinimum: dice.below(4) - 1 }),
  (dice) => ({ multipleOf: dice.of([1, 2, 0.5]) }),
  (dice) => ({ minLength: dice.below(3) }),
  (dice) => ({ maxLength: dice.below(3) }),
  (dice) => ({ pattern: dice.of(PATTERNS) }),
  (dice) => ({ required: unique(keys(dice)) }),
  (dice) => ({ minProperties: dice.below(3) }),
  (dice) => ({ maxProperties: dice.below(3) }),
  (dice) => ({ minItems: dice.below(3) }),
  (dice) => ({ maxItems: dice.below(3) }),
  () => ({ uniqueItems: true }),
  (dice) => ({ dependentRequired: { [dice.of(["a", "b"])]: unique(keys(dice)) } }),
  (dice) => ({ format: dice.of(["uri", "email", "date-time"]) }),
  () => ({ $ref: "#/$defs/a" }),
  () => ({ $ref: "#b" }),
  () => ({ $ref: "c.json" }),
];
const NESTED: readonly Words[] = [
  (dice, depth) => ({ properties: byKey(dice, depth) }),
  (dice, depth) => ({ properties: byKey(dice, depth), additionalProperties: randomSchema(dice, depth) }),
  (dice, depth) => ({ patternProperties: { [dice.of(PATTERNS)]: randomSchema(dice, depth) } }),
  (dice, depth) => ({ additionalProperties: randomSchema(dice, depth) }),
  (dice, depth) => ({ propertyNames: randomSchema(dice, depth) }),
  (dice, depth) => ({ dependentSchemas: { [dice.of(["a", "b"])]: randomSchema(dice, depth) } }),
  (dice, depth) => ({ prefixItems: schemas(dice, depth) }),
  (dice, depth) => ({ items: randomSchema(dice, depth) }),
  (dice, depth) => ({ allOf: schemas(dice, depth) }),
  (dice, depth) => ({ anyOf: schemas(dice, depth) }),
  (dice, depth) => ({ oneOf: schemas(dice, depth) }),
  (dice, depth) => ({ not: randomSchema(dice, depth) }),
  (dice, depth) => conditional(randomSchema(dice, depth), randomSchema(dice, depth), randomSchema(dice, depth)),
];
const ALL = [...SCALAR, ...NESTED, ...NESTED];
function randomValue(dice: Dice, depth: number): unknown {
  const scalars = [null, true, false, 0, 1, 2, 1.5, -1, "", "a", "ab", "b1", "😀", "2"];
  if (depth === 0 || dice.chance(0.4)) return dice.of(scalars);
  if (dice.chance(0.4)) return Array.from({ length: dice.below(4) }, () => randomValue(dice, depth - 1));
  return Object.fromEntries(keys(dice).map((key) => [key, randomValue(dice, depth - 1)]));
}

const SCHEMAS = 100;
const VALUES = 30;

describe("a schema's check", () => {
  test("tells what another one does that is not bounded", () => {
    const different: unknown[] = [];
    const told = { fits: 0, breaks: 0, unproved: 0 };
    let schemas = 0;
    for (let n = 0; n < SCHEMAS; n++) {
      const dice = new Dice(16, n);
      const schema = {
        ...(randomSchema(dice, 3) as object),
        $id: "https://x.example/root.json",
        $defs: {
          a: randomSchema(dice, 1),
          b: { $anchor: "b", ...(randomSchema(dice, 0) as object) },
          c: { $id: "c.json", ...(randomSchema(dice, 0) as object) },
        },
      };
      const ajv = new Ajv2020({ strict: false, validateFormats: false, ownProperties: true, logger: false });
      const validate = attempt(() => ajv.compile(schema));
      if (!validate) continue;
      schemas++;
      for (let k = 0; k < VALUES; k++) {
        const value = randomValue(dice, 3);
        const fit = fitOf(value, schema);
        told[fit]++;
        // What refers to itself without an end is nothing that can be proved.
        if (fit === "unproved") continue;
        const expected = attempt(() => validate(value));
        if (expected !== undefined && (fit === "fits") !== expected) different.push([fit, schema, value]);
      }
    }
    expect(different).toEqual([]);
    expect(schemas).toBeGreaterThan(SCHEMAS * 0.9);
    for (const fit of ["fits", "breaks"] as const) expect(told[fit]).toBeGreaterThan(SCHEMAS * VALUES * 0.2);
    expect(told.unproved).toBeLessThan(SCHEMAS * VALUES * 0.1);
  }, 60_000);

  test.each<[string, unknown, unknown, SchemaFit]>([
    ["a tuple of an older draft", [1, "a"], { items: [{ type: "number" }, { type: "string" }] }, "fits"],
    ["what follows it", [1, "a"], { items: [{}], additionalItems: { type: "number" } }, "breaks"],
    ["dependencies of an older draft", { a: 1 }, { dependencies: { a: ["b"] } }, "breaks"],
    [
      "definitions",
      { a: 1 },
      { properties: { a: { $ref: "#/definitions/n" } }, definitions: { n: { type: "string" } } },
      "breaks",
    ],
    [
      "a schema that goes on in itself",
      { a: { a: {} } },
      { properties: { a: { $ref: "#" } }, maxProperties: 1 },
      "fits",
    ],
    [
      "an id that a reference names",
      { a: { a: 1 } },
      { $id: "T0", type: "object", properties: { a: { $ref: "T0" } } },
      "breaks",
    ],
    ["a pointer with escapes", 1, { $ref: "#/$defs/a~1b%25", $defs: { "a/b%": { type: "string" } } }, "breaks"],
    ["tenths", 0.3, { multipleOf: 0.1 }, "fits"],
    ["names that every object has", { a: 1 }, { required: ["constructor"] }, "breaks"],
    [
      "a property of such a name",
      JSON.parse('{"__proto__":1}'),
      { properties: JSON.parse('{"__proto__":false}') },
      "breaks",
    ],
    [
      "and one that nobody has looked at",
      { constructor: 1 },
      { properties: { a: true }, unevaluatedProperties: false },
      "breaks",
    ],
    ["an empty list, in which something must be", [], { prefixItems: [true], contains: true }, "breaks"],
    ["a list in which nothing need be", [], { contains: true, minContains: 0 }, "fits"],
    ["too many of what must be there", [1, 2, "a"], { contains: { type: "number" }, maxContains: 1 }, "breaks"],
    ["enough of it", [1, 2, "a"], { contains: { type: "number" }, minContains: 2, maxContains: 2 }, "fits"],
    [
      "properties that a part of it knows",
      { a: 1, b: 1 },
      {
        allOf: [{ properties: { a: true } }],
        ...conditional({ required: ["b"] }, { properties: { b: true } }),
        unevaluatedProperties: false,
      },
      "fits",
    ],
    [
      "properties of a branch that does not fit",
      { a: 1 },
      { anyOf: [{ properties: { a: false } }, true], unevaluatedProperties: false },
      "breaks",
    ],
    [
      "properties that only a denied schema knows",
      { a: 1 },
      { not: { not: { properties: { a: true } } }, unevaluatedProperties: false },
      "breaks",
    ],
    ["items that nobody has looked at", [1, 2], { prefixItems: [true], unevaluatedItems: false }, "breaks"],
    [
      "items that a search has found",
      [1, "a"],
      { contains: { type: "string" }, unevaluatedItems: { type: "number" } },
      "fits",
    ],
    [
      "items of a branch that does not fit",
      [1, 2],
      { anyOf: [{ prefixItems: [true, false] }, true], unevaluatedItems: false },
      "breaks",
    ],
    [
      "what a part of it has looked at",
      [true, 1.5],
      { unevaluatedItems: false, anyOf: [{ unevaluatedItems: true }] },
      "fits",
    ],
    ["a format, which is a note", "x", { format: "uri" }, "fits"],
    ["a word that nobody knows", 1, { "x-order": 3, type: "number" }, "fits"],
    ["a reference that leads elsewhere", 1, { $ref: "https://y.example/z" }, "unproved"],
    ["one that leads nowhere", 1, { $ref: "#/$defs/none" }, "unproved"],
    ["one whose target depends on the way", 1, { $dynamicRef: "#x" }, "unproved"],
    ["one that goes on in a circle", 1, { $ref: "#" }, "unproved"],
    ["a type that there is not", 1, { type: "any" }, "unproved"],
    ["a word of the wrong kind", { a: 1 }, { required: "a" }, "unproved"],
    ["null where a schema belongs", { a: 1 }, { properties: { a: null } }, "unproved"],
    ["a schema that is none", 1, "x", "unproved"],
    ["a kind of schema that is not known", 1, { $schema: "https://y.example/own" }, "unproved"],
    ["two schemas of one id", 1, { $ref: "a", $defs: { x: { $id: "a" }, y: { $id: "a" } } }, "unproved"],
    ["a pattern that refers to a group", "aa", { pattern: "(a)\\1" }, "unproved"],
  ])("%s", (_, value, schema, fit) => expect(fitOf(value, schema)).toBe(fit));

  const doubling = (count: number): Schema => {
    const ref = (n: number): Schema => ({ $ref: `#/$defs/d${n}` });
    const defs = Array.from({ length: count }, (_, n) => [`d${n}`, { allOf: [ref(n + 1), ref(n + 1)] }]);
    return { ...ref(0), $defs: Object.fromEntries([...defs, [`d${count}`, true]]) };
  };
  const nested = (depth: number, json: string, end: string): unknown =>
    JSON.parse(json.repeat(depth) + "1" + end.repeat(depth));

  test.each<[string, unknown, unknown]>([
    ["references that double", {}, doubling(30)],
    ["a schema that doubles itself", {}, { anyOf: [{ allOf: [{ $ref: "#" }, { $ref: "#" }] }] }],
    ["items that are unlike", Array.from({ length: 20_000 }, (_, n) => ({ n })), { uniqueItems: true }],
    [
      "a long list of values",
      Array.from({ length: 2000 }, () => "1999"),
      { items: { enum: Array.from({ length: 2000 }, (_, n) => String(n)) } },
    ],
    ["a pattern that looks ahead from everywhere", "a".repeat(60_000), { pattern: "(?=.*b)" }],
    [
      "a list of patterns",
      Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`k${n}`, 1])),
      { patternProperties: Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`^x${n}$`, true])) },
    ],
    [
      "a list of names that must be there",
      Array.from({ length: 1000 }, () => ({ a: 1 })),
      { items: { required: Array.from({ length: 1000 }, () => "a") } },
    ],
    [
      "parts that nobody has looked at",
      Array.from({ length: 400 }, () => 1),
      { unevaluatedItems: false, allOf: Array.from({ length: 400 }, () => ({ contains: { const: 1 } })) },
    ],
    ["values in values", nested(50_000, "[", "]"), { items: { $ref: "#" } }],
    ["schemas in schemas", 1, nested(50_000, '{"not":', "}")],
    ["values that are compared", [nested(50_000, "[", "]")], { uniqueItems: true }],
  ])("%s: not proved, within the budget", (_, value, schema) => {
    expect(fitOf(value, schema)).toBe("unproved");
  });

  test("one budget serves many checks, and ends them all", () => {
    const budget = new WorkBudget(1000);
    const check = new SchemaCheck({ properties: { a: { type: "number" } } }, budget);
    let fits = 0;
    while (check.fit({ a: 1 }) === "fits") fits++;
    expect(fits).toBeGreaterThan(10);
    expect(fits).toBeLessThan(500);
    expect(check.fit({ a: "x" })).toBe("unproved");
  });

  test("a part of a schema is checked by itself, with the references of the whole", () => {
    const schema = {
      properties: { a: { $ref: "#/$defs/n" }, b: { type: "string" } },
      $defs: { n: { type: "number" } },
    };
    const check = new SchemaCheck(schema, new WorkBudget(1000));
    expect(check.fit(1, schema.properties.a)).toBe("fits");
    expect(check.fit("x", schema.properties.a)).toBe("breaks");
    expect(check.fit("x", schema.properties.b)).toBe("fits");
  });
});

/** Undefined for a schema that the other check does not take: one that refers to itself without an end, or to nothing. */
function attempt<Value>(work: () => Value): Value | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
