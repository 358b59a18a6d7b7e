/**
 * Checks the arguments of a finished tool call against its tool's schema and repairs what models get wrong. Each
 * property is repaired by itself (see argument-repair), and all else stays byte for byte. Text that is no JSON object is
 * replaced only when what it is repaired to fits the schema; otherwise the model's own text goes to the client, whose
 * tool reports what is wrong to the model.
 */
import { ArgumentStream, repairMembers } from "./argument-repair/argument-stream.ts";
import { repairNearlyJson } from "./argument-repair/nearly-json.ts";
import { hasRepeatedKey } from "./argument-repair/repeated-keys.ts";
import { meantArguments, onceOfRepeated, wholeBehindPart } from "./argument-repair/whole-arguments.ts";
import { isJsonObject, parsedJson } from "./json-fields.ts";
import { closingQuote, wellFormedJson } from "./json-string.ts";
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
/** Strings around the whole arguments that are taken off. */
const MAX_STRINGS = 2;

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
  return isUsable(assured) ? { ...assured, outcome: "repaired" } : { text: given, outcome: assured.outcome };
}

/** In what fits, nothing is repaired but whole floats, and values that a later key of the same name hides. */
const MAYBE_FLOAT = /[[:,\s]-?\d+(?:\.\d|[eE][+-]?\d)/;

/** `depth` counts the strings that were taken off around the text. */
function assure(text: string, schema: Json | undefined, budget: WorkBudget, depth = 0): ArgumentsCheck {
  if (text.trim() === "") return { text: "{}", outcome: "valid" };
  const given = parseObject(text);
  const fit = given && fitOf(given, schema, budget);
  if (fit === "fits" && !MAYBE_FLOAT.test(text) && !hasRepeatedKey(text, given)) return { text, outcome: "valid" };
  const stream = new ArgumentStream(schema, budget);
  stream.feed(text);
  const members = stream.repaired;
  const value = members === text ? given : parseObject(members ?? "");
  if (members !== undefined && value) {
    const now = members === text && fit ? fit : fitOf(value, schema, budget);
    if (now !== "fits") return { text: members, outcome: now === "breaks" ? "invalid" : "unproved" };
    return { text: members, outcome: members === text ? "valid" : "coerced" };
  }
  const meant = depth < MAX_STRINGS ? meantArguments(text) : undefined;
  if (meant !== undefined) {
    const within = assure(meant, schema, budget, depth + 1);
    if (!parseObject(within.text)) return { text, outcome: "invalid" };
    return isUsable(within) ? { ...within, outcome: "repaired" } : within;
  }
  // What stands before the first bracket may have gone out already (see ArgumentStream).
  const blanks = /^[ \t\r\n]*(?=\{)/.exec(text)?.[0] ?? "";
  const once = onceOfRepeated(text, budget) ?? (stream.is_broken ? wholeBehindPart(text) : undefined);
  const whole = withoutPlaceholder(text) ?? once ?? repairNearlyJson(text);
  const repaired = repairMembers(blanks + whole.trimStart(), schema, budget);
  const args = repaired === undefined ? undefined : parseObject(repaired);
  if (repaired !== undefined && args && fitOf(args, schema, budget) === "fits")
    return { text: repaired, outcome: "repaired" };
  return { text, outcome: "invalid" };
}

function isUsable({ outcome }: ArgumentsCheck): boolean {
  return outcome !== "invalid" && outcome !== "unproved";
}

/** The arguments alone where an upstream put an empty object before them; undefined for anything else. */
export function withoutPlaceholder(text: string): string | undefined {
  const rest = /^\s*\{\s*\}\s*(?=\{)/.exec(text);
  if (!rest) return undefined;
  const args = text.slice(rest[0].length);
  return parseObject(args) ? args : undefined;
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

/** Without a schema everything fits. */
export function fitOf(value: Json, schema: Json | undefined, budget: WorkBudget): SchemaFit {
  return schema ? new SchemaCheck(schema, budget).fit(value) : "fits";
}

export function parseObject(text: string): Json | undefined {
  const value = parsedJson(text);
  return isJsonObject(value) ? value : undefined;
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
