/** What the rules of a JSON schema need of the check that applies them. */
import type { JsonObject } from "../dialect.ts";
import { isJsonObject } from "../json-fields.ts";
import type { WorkBudget } from "../work-budget.ts";
import type { Resource } from "./references.ts";

export interface Checker {
  readonly budget: WorkBudget;
  /** Whether the value fits a schema that stands in this resource. `seen` learns which parts of it were looked at. */
  check(value: unknown, schema: unknown, from: Resource, seen: Evaluated | undefined): boolean;
  spend(steps: number): void;
  /** Whether a match of the pattern stands in the text. */
  isIn(pattern: string, text: string): boolean;
}

/** One schema that is applied to one value. */
export interface Applied<Value> {
  value: Value;
  schema: JsonObject;
  from: Resource;
  /** Absent where no schema around it depends on which parts were looked at. */
  mine: Evaluated | undefined;
}

/** Which parts of a value its schema has looked at: what `unevaluatedProperties` and `unevaluatedItems` leave out. */
export class Evaluated {
  readonly keys = new Set<string>();
  readonly places = new Set<number>();
  /** All of the first so many items. */
  items = 0;
  all = false;

  hasItem(place: number): boolean {
    return this.all || place < this.items || this.places.has(place);
  }

  hasKey(key: string): boolean {
    return this.all || this.keys.has(key);
  }

  /** Steps that it takes to add all that is known elsewhere. */
  get size(): number {
    return 8 * (this.keys.size + this.places.size);
  }

  add(other: Evaluated): void {
    for (const key of other.keys) this.keys.add(key);
    for (const place of other.places) this.places.add(place);
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
