/** A tool's JSON Schema in the words that an upstream keeps; the description states what it would drop silently. */
import type { Dialect } from "./dialect.ts";
import { isJsonObject } from "./json-fields.ts";
import { textOf } from "./parse.ts";

type Schema = Record<string, unknown>;

export function subsetSchema(schema: Schema, kind: Dialect["tool_schema"]): Schema {
  if (kind === "mfjs") return mfjsRoot(schema);
  return withType(kind === "plain" ? plain(schema) : schema);
}

/** Arguments are an object, whether the client says so or not; OpenAI and others refuse a schema that does not. */
function withType(schema: Schema): Schema {
  if (schema["type"] !== undefined) return schema;
  return { type: "object", ...(schema["properties"] === undefined && { properties: {} }), ...schema };
}

const MAX_RECURSION = 2; // Levels of a recursive schema that are written out.
/** References within references, and the size of all that is written out: a few that name each other fill any memory. */
const MAX_TRAIL = 12;
const MAX_NODES = 600;
/** Words and names that are copied from one place to another: many references may lead to one large schema. */
const MAX_COPIED = 100_000;
const MAX_DEPTH = 200; // Deeper schemas are cut: no model reads them, and the stack ends.

/** Facts without a word in the plain form, which the description states. */
const DESCRIBED = [
  "default",
  "format",
  "pattern",
  "minimum",
  "maximum",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
];

/** `type`, `description`, `enum`, `properties`, `required`, `items` and `anyOf` only, references written out. */
function plain(root: Schema): Schema {
  let nodes = 0;
  let copied = 0;
  const mayCopy = (value: unknown): boolean => {
    if (copied > MAX_COPIED) return false;
    copied += 1 + (typeof value === "object" && value !== null ? Object.keys(value).length : 0);
    return true;
  };

  /** Follows references within the schema; words beside a reference count. */
  const resolved = (schema: Schema, trail: readonly string[]): { schema?: Schema; trail: readonly string[] } => {
    const ref = schema["$ref"];
    if (typeof ref !== "string") return { schema, trail };
    const again = trail.filter((each) => each === ref).length >= MAX_RECURSION || trail.length >= MAX_TRAIL;
    const target = again ? undefined : ref === "#" ? root : pointed(root, ref);
    if (!target || !mayCopy(target)) return { trail };
    const { $ref: _, ...beside } = schema;
    return resolved({ ...target, ...beside }, [...trail, ref]);
  };

  /** What all parts of `allOf` say together. */
  const merged = (schema: Schema, trail: readonly string[]): Schema => {
    const { allOf, ...own } = schema;
    const all = [own];
    for (const part of listOf(allOf).filter(isJsonObject)) {
      const { schema: one = {} } = resolved(part, trail);
      if (mayCopy(one) && mayCopy(one["properties"]) && mayCopy(one["required"])) all.push(one);
    }
    const properties: Schema = {};
    for (const part of all) Object.assign(properties, part["properties"]);
    const required = new Set(all.flatMap((part) => listOf(part["required"])));
    const whole: Schema = {};
    for (const part of all.toReversed()) Object.assign(whole, part);
    return {
      ...whole,
      ...(Object.keys(properties).length > 0 && { properties }),
      ...(required.size > 0 && { required: [...required] }),
    };
  };

  const written = (given: unknown, trail: readonly string[], depth: number): Schema => {
    if (!isJsonObject(given)) return {};
    if (++nodes > MAX_NODES || depth > MAX_DEPTH) return { type: "object" };
    const { schema, trail: here } = resolved(given, trail);
    if (!schema) return { type: "object" };
    const whole = Array.isArray(schema["allOf"]) ? merged(schema, here) : schema;
    const one = (inner: unknown): Schema => written(inner, here, depth + 1);
    const choices = whole["anyOf"] ?? whole["oneOf"];
    const words = described(whole);
    const items = whole["items"] ?? (Array.isArray(whole["prefixItems"]) ? { anyOf: whole["prefixItems"] } : undefined);
    return {
      ...(whole["type"] !== undefined && { type: whole["type"] }),
      ...(words !== "" && { description: words }),
      ...(Array.isArray(whole["enum"]) ? { enum: whole["enum"] } : "const" in whole && { enum: [whole["const"]] }),
      ...(isJsonObject(whole["properties"]) && { properties: mapped(whole["properties"], one) }),
      ...(Array.isArray(whole["required"]) && { required: whole["required"] }),
      ...(items !== undefined && { items: Array.isArray(items) ? one({ anyOf: items }) : one(items) }),
      ...(Array.isArray(choices) && { anyOf: choices.map(one) }),
    };
  };
  return written(root, [], 0);
}

function pointed(root: Schema, ref: string): Schema | undefined {
  if (!ref.startsWith("#/")) return undefined;
  let at: unknown = root;
  for (const step of ref.slice(2).split("/")) {
    const key = decoded(step).replaceAll("~1", "/").replaceAll("~0", "~");
    at = isJsonObject(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  }
  return isJsonObject(at) ? at : undefined;
}

function decoded(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}

function described(schema: Schema): string {
  const words = textOf(schema["description"]);
  const facts = DESCRIBED.filter((key) => schema[key] !== undefined).map(
    (key) => `${key}: ${JSON.stringify(schema[key])}`,
  );
  return facts.length === 0 ? words : `${words}${words && " "}(${facts.join(", ")})`;
}

/** Moonshot's JSON Schema: an object at the root, no `$schema`, tuples as `prefixItems`, no `type` beside `anyOf`. */
function mfjsRoot(schema: Schema): Schema {
  const { $schema: _, ...rest } = schema;
  const root = mfjs(rest);
  return root["type"] === "object" ? root : { ...root, type: "object" };
}

function mfjs(given: unknown): Schema {
  if (!isJsonObject(given)) return {};
  const schema: Schema = {};
  for (const [key, value] of Object.entries(given)) schema[key] = mfjsValue(key, value);
  if (Array.isArray(schema["items"])) {
    schema["prefixItems"] = schema["items"];
    delete schema["items"];
  }
  const { anyOf, type } = schema;
  if (!Array.isArray(anyOf) || type === undefined) return schema;
  delete schema["type"];
  schema["anyOf"] = anyOf.filter(isJsonObject).map((branch) => ("type" in branch ? branch : { type, ...branch }));
  return schema;
}

const OF_SCHEMAS = new Set(["properties", "$defs", "definitions", "patternProperties"]);
const LISTS = new Set(["anyOf", "oneOf", "allOf", "prefixItems"]);

function mfjsValue(key: string, value: unknown): unknown {
  if (OF_SCHEMAS.has(key) && isJsonObject(value)) return mapped(value, mfjs);
  if ((LISTS.has(key) || key === "items") && Array.isArray(value)) return value.map(mfjs);
  return ["items", "additionalProperties", "not"].includes(key) && isJsonObject(value) ? mfjs(value) : value;
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function mapped(properties: Schema, change: (schema: unknown) => Schema): Schema {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, change(schema)]));
}
