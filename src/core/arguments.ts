/**
 * Checks the arguments of a finished tool call against its tool's schema and repairs what small models get wrong:
 * JSON that is nearly JSON, and numbers or booleans written as strings. A repaired text is used only when it
 * fits the schema; otherwise the model's own text goes to the client, whose tool reports what is wrong to the model.
 */
import { jsonrepair } from "jsonrepair";
import { isJsonObject, parsedJson } from "./json-fields.ts";
import { closingQuote, wellFormedJson, withParts } from "./json-string.ts";
import { SchemaCheck, type SchemaFit } from "./schema/check.ts";
import { WorkBudget } from "./work-budget.ts";

type Json = Record<string, unknown>;

/** `unproved`: whether they fit could not be found out, by such a schema or within the budget. */
export type ArgumentsOutcome = "valid" | "coerced" | "repaired" | "invalid" | "unproved";

interface ArgumentsCheck {
  text: string;
  outcome: ArgumentsOutcome;
}

/** Steps for all calls of one reply, and for each character of their arguments. Real tools need a tenth of it. */
const STEPS_A_REPLY = 200_000;
const STEPS_A_CHARACTER = 16;

/** What may be spent on the calls of one reply. */
export const replyBudget = (): WorkBudget => new WorkBudget(STEPS_A_REPLY);

/** Only for calls that the upstream finished: a call that was cut must never be completed. */
export function assureArguments(
  given: string,
  schema: Json | undefined,
  budget: WorkBudget = replyBudget(),
): ArgumentsCheck {
  budget.grant(given.length * STEPS_A_CHARACTER);
  // Half a character: strict readers of JSON refuse the text as a whole.
  const text = wellFormedJson(given);
  const assured = assure(text, schema, budget);
  if (text === given) return assured;
  const { outcome } = assured;
  const is_usable = outcome !== "invalid" && outcome !== "unproved";
  return is_usable ? { ...assured, outcome: "repaired" } : { text: given, outcome };
}

function assure(text: string, schema: Json | undefined, budget: WorkBudget): ArgumentsCheck {
  if (text.trim() === "") return { text: "{}", outcome: "valid" };
  const value = parseObject(text);
  if (value) {
    const fit = fitOf(value, schema, budget);
    if (fit === "fits") return { text, outcome: "valid" };
    if (fit === "unproved") return { text, outcome: "unproved" };
    return coerced(value, text, schema, budget, "coerced") ?? { text, outcome: "invalid" };
  }
  const repaired = withoutPlaceholder(text) ?? repair(text);
  const args = parseObject(repaired);
  if (!args) return { text, outcome: "invalid" };
  if (fitOf(args, schema, budget) === "fits") return { text: repaired, outcome: "repaired" };
  return coerced(args, repaired, schema, budget, "repaired") ?? { text, outcome: "invalid" };
}

/** The arguments alone where an upstream put an empty object before them; undefined for anything else. */
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
  budget: WorkBudget,
  outcome: ArgumentsOutcome,
): ArgumentsCheck | undefined {
  if (losesDigits(text) || hasKeyTwice(text, value)) return undefined;
  const changed = coerce(value, schema);
  return fitOf(changed, schema, budget) === "fits" ? { text: JSON.stringify(changed), outcome } : undefined;
}

const MANY_DIGITS = 16; // Of so many digits a number in a JSON text would be another one when it is written anew.
const QUOTE = 34;
const DOT = 46;
const ZERO = 48;
const NINE = 57;

/** Whether a number in this JSON text has so many digits that it would be another number when written anew. */
export function losesDigits(json: string): boolean {
  let digits = 0;
  let unclosed = false; // What follows a string without its end stands in none.
  for (let i = 0; i < json.length; i++) {
    const code = json.charCodeAt(i);
    if ((code >= ZERO && code <= NINE) || (code === DOT && digits > 0)) {
      if (++digits === MANY_DIGITS) return true;
      continue;
    }
    digits = 0;
    if (code !== QUOTE || unclosed) continue;
    const end = closingQuote(json, i);
    if (end === -1) unclosed = true;
    else i = end;
  }
  return false;
}

/** Whether a key of this JSON text stands twice in its object: one of the values would be lost when it is written anew. */
function hasKeyTwice(json: string, value: unknown): boolean {
  let written = 0;
  const count = (text: string, is_key: boolean): string => {
    if (is_key) written++;
    return text;
  };
  withParts(json, (text) => text, count);
  return written > countKeys(value);
}

function countKeys(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const inner = Object.values(value).reduce((sum: number, each) => sum + countKeys(each), 0);
  return Array.isArray(value) ? inner : inner + Object.keys(value).length;
}

/** Without a schema everything fits. */
export function fitOf(value: Json, schema: Json | undefined, budget: WorkBudget): SchemaFit {
  return schema ? new SchemaCheck(schema, budget).fit(value) : "fits";
}

export function parseObject(text: string): Json | undefined {
  const value = parsedJson(text);
  return isJsonObject(value) ? value : undefined;
}

/** Longer texts are not repaired: that would take seconds, in which nothing else is served. */
const MAX_REPAIR = 64 * 1024;
/** What has more of these outside of its texts is not repaired either: each makes the repair look at the whole again. */
const MAX_DEPTH = 100;
const MAX_SIGNS = 40;

/** JSON of what is nearly JSON; empty when anything but its punctuation would change, or when it was cut. */
function repair(text: string): string {
  if (text.length > MAX_REPAIR || !isRepairable(text)) return "";
  try {
    // `\d` and the like are meant as they stand; what repairs would drop the backslash.
    const escapes = /\\(["\\/bfnrt]|u[\da-fA-F]{4})?/g;
    const repaired = jsonrepair(text.replaceAll(escapes, (whole, known?: string) => (known ? whole : "\\\\")));
    return wordsOf(repaired) === wordsOf(text) ? wellFormedJson(repaired.trim()) : "";
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

/** A string without its end may be half of what was meant: it is never completed. Brackets are bounded for speed. */
function isRepairable(text: string): boolean {
  let quote = "";
  let depth = 0;
  let signs = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i] ?? "";
    if (char === "\\") i++;
    else if (quote !== "") quote = char === quote ? "" : quote;
    else if (char === '"' || char === "'") quote = char;
    else if (char === "{" || char === "[" || char === "(") depth++;
    else if (char === "}" || char === "]" || char === ")") depth--;
    else if (char === "`" || char === "+") signs++;
    if (depth > MAX_DEPTH || signs > MAX_SIGNS) return false;
  }
  return quote === "";
}

/** Strings that stand where the schema wants another type become that type, if they can be read as it. */
export function coerce(value: Json, schema: Json | undefined): Json {
  const properties = schema?.["properties"];
  const coerceMember = ([key, given]: [string, unknown]): [string, unknown] => {
    const property = isJsonObject(properties) && Object.hasOwn(properties, key) ? properties[key] : undefined;
    return [key, typeof given === "string" && isJsonObject(property) ? coerceString(given, property["type"]) : given];
  };
  return Object.fromEntries(Object.entries(value).map(coerceMember));
}

const TYPES = 7; // JSON Schema has no more.

function coerceString(text: string, type: unknown): unknown {
  const types: unknown[] = Array.isArray(type) ? type : [type];
  if (type === undefined || types.length > TYPES || types.includes("string") || losesDigits(text)) return text;
  const value = parseAny(text);
  if (value === Infinity || value === -Infinity) return text;
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
