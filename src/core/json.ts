/** Reads JSON that a client or an upstream wrote, field by field: a value of another type counts as one that is missing. */
import type { JsonObject } from "./dialect.ts";
import { isJsonObject } from "./json-fields.ts";

/** An object of somebody else's: each of these fields may be missing, null, or of any type. */
export type Loose<Field extends string> = { readonly [field in Field]?: unknown };

/** Fields of a checked body: clients leave them out, or send null. */
export type Nullish<Fields> = { readonly [field in keyof Fields]?: Fields[field] | null | undefined };

const EMPTY: JsonObject = {};

export function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : EMPTY;
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The objects in a list. */
export function objectsIn(list: unknown): JsonObject[] {
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}

/** A number of tokens or a place in a list. */
export function countOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? Math.trunc(value) : undefined;
}
