/** Whether Anthropic's structured output takes a JSON Schema as it is: it refuses most words that only narrow a value. */

const WORDS = new Set([
  "$schema",
  "$defs",
  "$ref",
  "type",
  "title",
  "description",
  "default",
  "enum",
  "const",
  "anyOf",
  "properties",
  "required",
  "additionalProperties",
  "items",
  "format",
  "minItems",
]);
const FORMATS = "date-time time date duration email hostname uri ipv4 ipv6 uuid".split(" ");

export function isStructured(schema: unknown): boolean {
  return isObject(schema) && isObjectSchema(schema) && fits(schema, true);
}

/** References within definitions may go round in a circle, which is refused; so none is let through there. */
function fits(schema: unknown, mayRefer: boolean): boolean {
  if (!isObject(schema) || !Object.keys(schema).every((word) => WORDS.has(word))) return false;
  const { $ref, $defs, properties, items, anyOf, format, minItems } = schema;
  if ($ref !== undefined && (!mayRefer || typeof $ref !== "string" || !$ref.startsWith("#/$defs/"))) return false;
  if (isObjectSchema(schema) && schema.additionalProperties !== false) return false;
  if (format !== undefined && !FORMATS.some((known) => known === format)) return false;
  if (minItems !== undefined && minItems !== 0 && minItems !== 1) return false;
  if (![schema.enum ?? [], schema.const ?? null].flat().every((each) => !isObject(each))) return false;
  const inner = [
    ...valuesOf(properties),
    ...(items === undefined ? [] : [items]),
    ...(Array.isArray(anyOf) ? anyOf : []),
  ];
  return inner.every((each) => fits(each, mayRefer)) && valuesOf($defs).every((each) => fits(each, false));
}

function isObjectSchema(schema: Record<string, unknown>): boolean {
  const { type } = schema;
  return type === "object" || (Array.isArray(type) && type.includes("object")) || "properties" in schema;
}

function valuesOf(table: unknown): unknown[] {
  return isObject(table) ? Object.values(table) : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
