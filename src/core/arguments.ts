/**
 * Checks the arguments of a finished call against its tool's schema and mends what small models get wrong:
 * JSON that is nearly JSON, and numbers or booleans written as strings. A mended text is taken only when it
 * fits the schema; otherwise the model's own words go to the client, whose tool tells the model what is wrong.
 */
import { Validator, type Schema } from "@cfworker/json-schema";
import { jsonrepair } from "jsonrepair";
import { wellFormedJson } from "./json-string.ts";

type Json = Record<string, unknown>;

export type ArgumentsOutcome = "valid" | "coerced" | "repaired" | "invalid";

interface ArgumentsCheck {
  text: string;
  outcome: ArgumentsOutcome;
}

/** Only for calls that the upstream finished: a call that was cut must never be completed. */
export function assureArguments(given: string, schema: Json | undefined): ArgumentsCheck {
  // Half a character: strict readers of JSON refuse the text as a whole.
  const text = wellFormedJson(given);
  const assured = assure(text, schema);
  if (text === given) return assured;
  return assured.outcome === "invalid" ? { text: given, outcome: "invalid" } : { ...assured, outcome: "repaired" };
}

function assure(text: string, schema: Json | undefined): ArgumentsCheck {
  if (text.trim() === "") return { text: "{}", outcome: "valid" };
  const value = parseObject(text);
  if (value) {
    if (fitsSchema(value, schema)) return { text, outcome: "valid" };
    return coerced(value, text, schema, "coerced") ?? { text, outcome: "invalid" };
  }
  const mended = withoutPlaceholder(text) ?? repair(text);
  const repaired = parseObject(mended);
  if (!repaired) return { text, outcome: "invalid" };
  if (fitsSchema(repaired, schema)) return { text: mended, outcome: "repaired" };
  return coerced(repaired, mended, schema, "repaired") ?? { text, outcome: "invalid" };
}

/** The arguments alone where a host put an empty object before them; undefined for anything else. */
export function withoutPlaceholder(text: string): string | undefined {
  const rest = /^\s*\{\s*\}\s*(?=\{)/.exec(text);
  if (!rest) return undefined;
  const args = text.slice(rest[0].length);
  return parseObject(args) ? args : undefined;
}

function coerced(
  value: Json,
  text: string,
  schema: Json | undefined,
  outcome: ArgumentsOutcome,
): ArgumentsCheck | undefined {
  if (losesDigits(text) || hasKeyTwice(text, value)) return undefined;
  const changed = coerce(value, schema);
  return fitsSchema(changed, schema) ? { text: JSON.stringify(changed), outcome } : undefined;
}

/** Whether a number in this JSON text has so many digits that it would be another number when written anew. */
export function losesDigits(json: string): boolean {
  const tokens = json.matchAll(/"[^"\\]*(?:\\[\s\S][^"\\]*)*"|\d[\d.]{15,}/g);
  for (const [token] of tokens) if (!token.startsWith('"')) return true;
  return false;
}

/** Whether a key of this JSON text stands twice in its object: one of the values would be lost when it is written anew. */
function hasKeyTwice(json: string, value: unknown): boolean {
  const keys = json.matchAll(/"[^"\\]*(?:\\[\s\S][^"\\]*)*"(\s*:)?/g);
  let written = 0;
  for (const [, colon] of keys) if (colon !== undefined) written++;
  return written > countKeys(value);
}

function countKeys(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const inner = Object.values(value).reduce((sum: number, each) => sum + countKeys(each), 0);
  return Array.isArray(value) ? inner : inner + Object.keys(value).length;
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

/** Longer texts are not mended: it would take seconds, in which nothing else is served. */
const MAX_REPAIR = 64 * 1024;

/** JSON of what is nearly JSON; empty when anything but its punctuation would change, or when it was cut. */
function repair(text: string): string {
  if (text.length > MAX_REPAIR || endsWithinString(text)) return "";
  try {
    // `\d` and the like are meant as they stand; what repairs would drop the backslash.
    const mended = jsonrepair(
      text.replaceAll(/\\(["\\/bfnrt]|u[\da-fA-F]{4})?/g, (whole, known?: string) => (known ? whole : "\\\\")),
    );
    return wordsOf(mended) === wordsOf(text) ? wellFormedJson(mended.trim()) : "";
  } catch {
    return "";
  }
}

/** Everything but white space and the punctuation of JSON and of what is taken for it. */
function wordsOf(text: string): string {
  return text
    .replaceAll(/```(?:json)?/g, "")
    .replaceAll(/\\[bfnrt]/g, "")
    .replaceAll(/[\s"'`{}[\],:\\]/g, "")
    .replaceAll(/True|False|None/g, (word) => (word === "None" ? "null" : word.toLowerCase()));
}

/** A string without its end may be half of what the model meant to write, so it must never be completed. */
function endsWithinString(text: string): boolean {
  let quote = "";
  for (let i = 0; i < text.length; i++) {
    const char = text[i] ?? "";
    if (char === "\\") i++;
    else if (quote === "" && (char === '"' || char === "'")) quote = char;
    else if (char === quote) quote = "";
  }
  return quote !== "";
}

/** Strings that stand where the schema asks for something else become that, if they say it. */
export function coerce(value: Json, schema: Json | undefined): Json {
  const properties = (schema?.["properties"] ?? {}) as Record<string, Json | undefined>;
  return Object.fromEntries(
    Object.entries(value).map(([key, given]) => [
      key,
      typeof given === "string" ? coerceString(given, properties[key]?.["type"]) : given,
    ]),
  );
}

function coerceString(text: string, type: unknown): unknown {
  const types = Array.isArray(type) ? (type as unknown[]) : [type];
  if (type === undefined || types.includes("string") || losesDigits(text)) return text;
  const value = parseAny(text);
  if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) return text;
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
