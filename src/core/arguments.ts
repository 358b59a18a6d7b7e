/**
 * Checks the arguments of a finished call against its tool's schema and mends what small models get wrong:
 * JSON that is nearly JSON, and numbers or booleans written as strings. A mended text is taken only when it
 * fits the schema; otherwise the model's own words go to the client, whose tool tells the model what is wrong.
 */
import { Validator, type Schema } from "@cfworker/json-schema";
import { jsonrepair } from "jsonrepair";

type Json = Record<string, unknown>;

export type ArgumentsOutcome = "valid" | "coerced" | "repaired" | "invalid";

export interface ArgumentsCheck {
  text: string;
  outcome: ArgumentsOutcome;
}

/** Only for calls that the upstream finished: a call that was cut must never be completed. */
export function assureArguments(text: string, schema: Json | undefined): ArgumentsCheck {
  if (text.trim() === "") return { text: "{}", outcome: "valid" };
  const value = parseObject(text);
  if (value) {
    if (fitsSchema(value, schema)) return { text, outcome: "valid" };
    return taken(coerce(value, schema), schema, "coerced") ?? { text, outcome: "invalid" };
  }
  const repaired = parseObject(repair(text));
  if (!repaired) return { text, outcome: "invalid" };
  return (
    taken(repaired, schema, "repaired") ??
    taken(coerce(repaired, schema), schema, "repaired") ?? { text, outcome: "invalid" }
  );
}

function taken(value: Json, schema: Json | undefined, outcome: ArgumentsOutcome): ArgumentsCheck | undefined {
  return fitsSchema(value, schema) ? { text: JSON.stringify(value), outcome } : undefined;
}

/** A schema that cannot be read proves nothing: false. */
export function fitsSchema(value: Json, schema: Json | undefined): boolean {
  if (!schema) return true;
  try {
    return new Validator(schema as Schema, "2020-12").validate(value).valid;
  } catch {
    return false;
  }
}

export function parseObject(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

function repair(text: string): string {
  try {
    return jsonrepair(text);
  } catch {
    return "";
  }
}

/** Strings that stand where the schema asks for something else become that, if they say it. */
export function coerce(value: Json, schema: Json | undefined): Json {
  const properties = (schema?.["properties"] ?? {}) as Record<string, Json | undefined>;
  const out: Json = {};
  for (const [key, given] of Object.entries(value)) {
    out[key] = typeof given === "string" ? coerceString(given, properties[key]?.["type"]) : given;
  }
  return out;
}

function coerceString(text: string, type: unknown): unknown {
  const types = Array.isArray(type) ? (type as unknown[]) : [type];
  if (type === undefined || types.includes("string")) return text;
  const value = parseAny(text);
  const is = value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
  return types.includes(is) || (is === "number" && types.includes("integer")) ? value : text;
}

function parseAny(text: string): unknown {
  const lower = text.trim().toLowerCase();
  try {
    // Python's True, False and None are meant as what they are.
    return lower === "none" ? null : JSON.parse(lower === "true" || lower === "false" ? lower : text);
  } catch {
    return text;
  }
}
