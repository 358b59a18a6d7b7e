/** The kinds of values that a JSON schema allows, as bits: a string can only be repaired where no string is wanted. */
import type { JsonObject } from "../dialect.ts";

export const NULL = 1;
export const BOOLEAN = 2;
export const INTEGER = 4;
export const FRACTION = 8;
export const STRING = 16;
export const ARRAY = 32;
export const OBJECT = 64;
export const ANY_KIND = 127;

const KIND_OF_TYPE = new Map([
  ["null", NULL],
  ["boolean", BOOLEAN],
  ["integer", INTEGER],
  ["number", INTEGER | FRACTION],
  ["string", STRING],
  ["array", ARRAY],
  ["object", OBJECT],
]);

export function kindOf(value: unknown): number {
  if (value === null) return NULL;
  if (Array.isArray(value)) return ARRAY;
  if (typeof value === "number") return Number.isInteger(value) ? INTEGER : FRACTION;
  return KIND_OF_TYPE.get(typeof value) ?? ANY_KIND;
}

/** By the schema's own words for kinds; what cannot be read allows every kind. */
export function kindsOf(schema: JsonObject, spend: (steps: number) => void): number {
  const { type, nullable } = schema;
  const named = schema["enum"];
  let kinds = ANY_KIND;
  if (Array.isArray(type)) spend(type.length);
  if (type !== undefined) kinds = joined(Array.isArray(type) ? type : [type], (each) => typeKind(each));
  if (Array.isArray(named)) {
    spend(named.length);
    kinds &= joined(named, kindOf);
  }
  if (schema["const"] !== undefined) kinds &= kindOf(schema["const"]);
  // OpenAPI 3.0 has this word for what may be null.
  return nullable === true ? kinds | NULL : kinds;
}

function typeKind(type: unknown): number {
  return (typeof type === "string" ? KIND_OF_TYPE.get(type) : undefined) ?? ANY_KIND;
}

function joined(list: readonly unknown[], kind: (each: unknown) => number): number {
  let kinds = 0;
  for (const each of list) kinds |= kind(each);
  return kinds;
}
