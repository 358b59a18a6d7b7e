/** What the rules of a JSON schema need of the check that applies them. */
import type { JsonObject } from "../dialect.ts";
import { isJsonObject } from "../json-fields.ts";
import type { WorkBudget } from "../work-budget.ts";

export interface Checker {
  readonly budget: WorkBudget;
  spend(steps: number): void;
  /** Whether a match of the pattern stands in the text. */
  isIn(pattern: string, text: string): boolean;
}

/** Which parts of a value its schema has looked at: what `unevaluatedProperties` and `unevaluatedItems` leave out. */
export class Evaluated {
  readonly parts = new Set<string | number>(); // Keys, and places of items.
  items = 0; // All of the first so many items.
  all = false;

  has(part: string | number): boolean {
    return this.all || (typeof part === "number" && part < this.items) || this.parts.has(part);
  }

  /** Steps that it takes to add all that is known elsewhere. */
  get size(): number {
    return 8 * this.parts.size;
  }

  add(other: Evaluated): void {
    for (const part of other.parts) this.parts.add(part);
    this.items = Math.max(this.items, other.items);
    this.all ||= other.all;
  }
}

/** Nothing can be proved: by a schema that cannot be read, or within the budget. Thrown from wherever it is found out. */
export const UNPROVED = new Error("not proved");

/** The number that a word of the schema gives. */
export function numberAt(schema: JsonObject, word: string): number | undefined {
  const value = schema[word];
  if (value === undefined || typeof value === "number") return value;
  throw UNPROVED;
}

/** Whether a number lies within the limits that two words of the schema give. */
export function isWithin(number: number, schema: JsonObject, least: string, most: string): boolean {
  return number >= (numberAt(schema, least) ?? -Infinity) && number <= (numberAt(schema, most) ?? Infinity);
}

export function listAt(schema: JsonObject, word: string): readonly unknown[] | undefined {
  const value = schema[word];
  if (value === undefined || Array.isArray(value)) return value;
  throw UNPROVED;
}

export function objectAt(schema: JsonObject, word: string): JsonObject | undefined {
  const value = schema[word];
  if (value === undefined || isJsonObject(value)) return value;
  throw UNPROVED;
}
