/** The words of JSON Schema about single values: types, limits, patterns, and values that are named. */
import type { JsonObject } from "../dialect.ts";
import { canonicalJson, CHARACTERS_A_STEP } from "../canonical-json.ts";
import { isJsonObject } from "../json-fields.ts";
import { isWithin, listAt, numberAt, UNPROVED, type Checker } from "./checker.ts";

const STEPS_A_DIVISION = 32; // Of numbers of hundreds of digits, where they have fractions.

export function isOfType(value: unknown, type: unknown, checker: Checker): boolean {
  if (typeof type === "string") return isOne(value, type);
  if (!Array.isArray(type)) throw UNPROVED;
  checker.spend(type.length);
  return type.some((each) => isOne(value, each));
}

function isOne(value: unknown, type: unknown): boolean {
  switch (type) {
    case "string":
    case "boolean":
    case "number":
      return typeof value === type;
    case "integer":
      return Number.isInteger(value);
    case "object":
      return isJsonObject(value);
    case "array":
      return Array.isArray(value);
    case "null":
      return value === null;
    default:
      throw UNPROVED;
  }
}

/** `enum` and `const`. */
export function isNamed(value: unknown, schema: JsonObject, checker: Checker): boolean {
  const list = listAt(schema, "enum");
  if (list && !isAmong(value, list, checker)) return false;
  return schema["const"] === undefined || isAmong(value, [schema["const"]], checker);
}

function isAmong(value: unknown, list: readonly unknown[], checker: Checker): boolean {
  if (typeof value !== "object" || value === null) {
    const length = typeof value === "string" ? value.length : 0;
    checker.spend(list.length * (1 + length / CHARACTERS_A_STEP));
    return list.includes(value);
  }
  const objects = list.filter((each) => typeof each === "object" && each !== null);
  checker.spend(list.length);
  if (objects.length === 0) return false;
  const form = formOf(value, checker);
  return objects.some((each) => formOf(each, checker) === form);
}

/** The same for equal values. */
export function formOf(value: unknown, checker: Checker): string {
  const form = canonicalJson(value, checker.budget);
  if (form === undefined) throw UNPROVED;
  return form;
}

export function numberFits(value: number, schema: JsonObject, checker: Checker): boolean {
  if (!isWithin(value, schema, "minimum", "maximum")) return false;
  if (value <= (numberAt(schema, "exclusiveMinimum") ?? Number.NaN)) return false;
  if (value >= (numberAt(schema, "exclusiveMaximum") ?? Number.NaN)) return false;
  const divisor = numberAt(schema, "multipleOf");
  if (divisor === undefined) return true;
  checker.spend(STEPS_A_DIVISION);
  return isMultipleOf(value, divisor);
}

/** As the numbers are written: 0.3 is a multiple of 0.1. */
function isMultipleOf(value: number, divisor: number): boolean {
  if (!Number.isFinite(value) || !Number.isFinite(divisor) || divisor <= 0) return false;
  if (Number.isInteger(value) && Number.isInteger(divisor)) return value % divisor === 0;
  const [number, by] = [decimalOf(value), decimalOf(divisor)];
  const exponent = Math.min(number.exponent, by.exponent);
  const scaled = (each: typeof by): bigint => each.digits * 10n ** BigInt(each.exponent - exponent);
  return scaled(number) % scaled(by) === 0n;
}

/** The digits, and the power of ten by which they are multiplied. */
function decimalOf(value: number): { digits: bigint; exponent: number } {
  const [digits = "", exponent = "0"] = Math.abs(value).toString().split("e");
  const [whole = "", fraction = ""] = digits.split(".");
  return { digits: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length };
}

export function stringFits(value: string, schema: JsonObject, checker: Checker): boolean {
  const least = numberAt(schema, "minLength");
  if (least !== undefined && isShorter(value, least, checker)) return false;
  const most = numberAt(schema, "maxLength");
  if (most !== undefined && !isShorter(value, most + 1, checker)) return false;
  const pattern = schema["pattern"];
  if (pattern === undefined) return true;
  if (typeof pattern !== "string") throw UNPROVED;
  return checker.isIn(pattern, value);
}

/** Whether it has fewer characters than that, as Unicode counts them. */
function isShorter(text: string, length: number, checker: Checker): boolean {
  if (text.length < length) return true;
  // Two halves at most are one character.
  if (text.length >= length * 2) return false;
  checker.spend(text.length / 8);
  let characters = 0;
  for (const _ of text) characters++;
  return characters < length;
}
