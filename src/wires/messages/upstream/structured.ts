/** Whether Anthropic's structured output takes a JSON Schema as it is: it refuses most words that only narrow a value. */
import type { JsonObject } from "../../../core/dialect.ts";
import { isJsonObject } from "../../../core/json-fields.ts";
import { listOf, objectOf } from "../../../core/json.ts";

const WORDS = new Set(
  (
    "$schema $defs $ref type title description default enum const anyOf properties required additionalProperties " +
    "items format minItems"
  ).split(" "),
);
const FORMATS = "date-time time date duration email hostname uri ipv4 ipv6 uuid".split(" ");

export function isStructured(schema: unknown): boolean {
  return isJsonObject(schema) && isObjectSchema(schema) && fits(schema, true);
}

/** References within definitions may go round in a circle, which is refused; so none is let through there. */
function fits(schema: unknown, mayRefer: boolean): boolean {
  if (!isJsonObject(schema) || !Object.keys(schema).every((word) => WORDS.has(word))) return false;
  const { $ref, $defs, properties, items, anyOf, format, minItems } = schema;
  if ($ref !== undefined && (!mayRefer || typeof $ref !== "string" || !$ref.startsWith("#/$defs/"))) return false;
  if (isObjectSchema(schema) && schema.additionalProperties !== false) return false;
  if (format !== undefined && !FORMATS.some((known) => known === format)) return false;
  if (minItems !== undefined && minItems !== 0 && minItems !== 1) return false;
  if (![schema.enum ?? [], schema.const ?? null].flat().every((each) => !isJsonObject(each))) return false;
  const inner = [...Object.values(objectOf(properties)), ...(items === undefined ? [] : [items]), ...listOf(anyOf)];
  return (
    inner.every((each) => fits(each, mayRefer)) && Object.values(objectOf($defs)).every((each) => fits(each, false))
  );
}

function isObjectSchema(schema: JsonObject): boolean {
  const { type } = schema;
  return type === "object" || (Array.isArray(type) && type.includes("object")) || "properties" in schema;
}
