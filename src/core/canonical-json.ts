/** JSON values in one form: the same for values that say the same, whatever the order of their keys. */
import type { JsonObject } from "./dialect.ts";
import { isJsonObject } from "./json-fields.ts";
import { escaped } from "./json-string.ts";
import type { WorkBudget } from "./work-budget.ts";

const MAX_DEPTH = 200; // Values are not read deeper.
/** Characters of a text that are compared or written in one step. */
export const CHARACTERS_A_STEP = 64;
const A_VALUE = 8; // Steps that a value, a key takes: it is written, put in its place, and joined to the others.

/** Undefined for what is nested too deep, or takes more than the budget has. */
export function canonicalJson(value: unknown, budget: WorkBudget): string | undefined {
  const pieces: string[] = [];
  return write(value, pieces, budget, MAX_DEPTH) ? pieces.join("") : undefined;
}

function write(value: unknown, pieces: string[], budget: WorkBudget, depth: number): boolean {
  if (typeof value === "string") {
    pieces.push('"', escaped(value), '"');
    return budget.spend(A_VALUE + value.length / CHARACTERS_A_STEP);
  }
  if (Array.isArray(value)) {
    if (depth === 0) return false;
    pieces.push("[");
    for (const each of value) {
      if (!write(each, pieces, budget, depth - 1)) return false;
      pieces.push(",");
    }
    pieces.push("]");
    return budget.spend(A_VALUE);
  }
  if (isJsonObject(value)) return depth > 0 && writeObject(value, pieces, budget, depth);
  // JSON has one zero; what is too large for a number is not the same as null.
  pieces.push(value === 0 ? "0" : String(value));
  return budget.spend(A_VALUE);
}

function writeObject(object: JsonObject, pieces: string[], budget: WorkBudget, depth: number): boolean {
  const keys = Object.keys(object);
  if (keys.length > 1) keys.sort();
  if (!budget.spend(A_VALUE * (1 + keys.length))) return false;
  pieces.push("{");
  for (const key of keys) {
    pieces.push('"', escaped(key), '":');
    if (!budget.spend(key.length / CHARACTERS_A_STEP) || !write(object[key], pieces, budget, depth - 1)) return false;
    pieces.push(",");
  }
  pieces.push("}");
  return true;
}
