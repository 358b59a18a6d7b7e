/** What the rules of a JSON schema need of the check that applies them. */
import type { JsonObject } from "../dialect.ts";
import type { WorkBudget } from "../work-budget.ts";
import type { Evaluated } from "./evaluated.ts";
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
  /** Absent where nobody asks which parts were looked at. */
  mine: Evaluated | undefined;
}

/** Nothing can be proved: by a schema that cannot be read, or within the budget. Thrown from wherever it is found out. */
export const UNPROVED = new Error("not proved");

/** The number that a word of the schema gives. */
export function numberAt(schema: JsonObject, word: string): number | undefined {
  const value = schema[word];
  if (value === undefined || typeof value === "number") return value;
  throw UNPROVED;
}

export function listAt(schema: JsonObject, word: string): readonly unknown[] | undefined {
  const value = schema[word];
  if (value === undefined || Array.isArray(value)) return value as unknown[] | undefined;
  throw UNPROVED;
}

export function objectAt(schema: JsonObject, word: string): JsonObject | undefined {
  const value = schema[word];
  if (value === undefined) return undefined;
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw UNPROVED;
}
