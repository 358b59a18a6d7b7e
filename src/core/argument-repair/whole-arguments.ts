/** Arguments that are something else as a whole: a word for nothing, JSON in a string, the same object twice. */
import { canonicalJson } from "../canonical-json.ts";
import { valueSpan } from "../json-edit.ts";
import type { WorkBudget } from "../work-budget.ts";

const NOTHING = /^(?:null|none|""|''|\[\s*\])$/i;

/** Text of an object that is meant by what is none; undefined where that is not certain. */
export function meantArguments(text: string): string | undefined {
  const written = text.trim();
  if (NOTHING.test(written)) return "{}";
  if (!written.startsWith('"') || !written.endsWith('"')) return undefined;
  const inner = parsed(written);
  if (typeof inner !== "string") return undefined;
  const within = inner.trim();
  if (within === "" || NOTHING.test(within)) return "{}";
  return within.startsWith("{") || within.startsWith('"') ? within : undefined;
}

/** The first of objects that follow one another and are equal; also where the first is only an opening bracket. */
export function onceOfRepeated(text: string, budget: WorkBudget): string | undefined {
  const begun = /^\s*\{\s*(?=\{)/.exec(text);
  const rest = begun ? text.slice(begun[0].length) : text;
  if (!rest.trimStart().startsWith("{")) return undefined;
  let first: string | undefined;
  for (let at = 0; at < rest.length;) {
    const { start, end } = valueSpan(rest, at);
    if (start >= rest.length) break;
    const each = rest.slice(start, end);
    if (!each.startsWith("{") || parsed(each) === undefined) return undefined;
    if (first !== undefined && !isEqualJson(first, each, budget)) return undefined;
    first ??= each;
    at = end;
  }
  return first;
}

/**
 * The whole object where a part of it stands before it: an upstream streamed the part, and said all again at the end. Only
 * for what cannot be read as JSON: otherwise the part may be what holds the object.
 */
export function wholeBehindPart(text: string): string | undefined {
  const written = text.trim();
  if (!written.startsWith("{")) return undefined;
  const equal = equalPrefixes(written);
  let tried = 0;
  for (let at = written.indexOf("{", 1); at !== -1 && at * 2 <= written.length; at = written.indexOf("{", at + 1)) {
    if ((equal[at] ?? 0) < at) continue;
    const whole = written.slice(at);
    if (parsed(whole) !== undefined) return whole;
    if (++tried === MOST_PARTS) return undefined;
  }
  return undefined;
}

/** Each is parsed. */
const MOST_PARTS = 4;

/** For each place, how many characters from there on are those that the text begins with (the Z algorithm). */
function equalPrefixes(text: string): Int32Array {
  const equal = new Int32Array(text.length);
  let from = 0;
  let to = 0;
  for (let i = 1; i < text.length; i++) {
    let length = i < to ? Math.min(to - i, equal[i - from] ?? 0) : 0;
    while (i + length < text.length && text.charCodeAt(length) === text.charCodeAt(i + length)) length++;
    equal[i] = length;
    if (i + length > to) {
      from = i;
      to = i + length;
    }
  }
  return equal;
}

/** Whether two texts of JSON say the same. Numbers of many digits are compared as they are written. */
export function isEqualJson(one: string, other: string, budget: WorkBudget): boolean {
  if (one.trim() === other.trim()) return true;
  if (LONG_NUMBER.test(one) || LONG_NUMBER.test(other)) return false;
  const values = [parsed(one), parsed(other)] as const;
  if (values[0] === undefined || values[1] === undefined) return false;
  const form = canonicalJson(values[0], budget);
  return form !== undefined && form === canonicalJson(values[1], budget);
}

const LONG_NUMBER = /\d[\d.]{15}/;

/**
 * What is still to be sent of whole arguments that an upstream repeats in its last chunk, when those before it have
 * brought `came`: nothing where both are equal, the rest where the repetition begins with what came. White space counts
 * within strings only. Undefined where it is no repetition. A chunk that goes on looks the same by chance where a member
 * holds the beginning of the whole: only for chunks that end a call.
 */
export function restOfRepetition(came: string, again: string, budget: WorkBudget): string | undefined {
  if (!came.trimStart().startsWith("{") || !again.trimStart().startsWith("{")) return undefined;
  if (parsed(again) === undefined) return undefined;
  if (isEqualJson(came, again, budget)) return "";
  const at = placeBehind(came, again);
  return at === undefined ? undefined : again.slice(at);
}

/** How far `again` reaches when it has said all that `came` says. */
function placeBehind(came: string, again: string): number | undefined {
  let j = 0;
  let is_quoted = false;
  for (let i = 0; i < came.length; i++) {
    const char = came.charAt(i);
    if (!is_quoted) {
      if (isBlank(char)) continue;
      while (isBlank(again.charAt(j))) j++;
    }
    if (again.charAt(j) !== char) return undefined;
    j++;
    if (char === '"') is_quoted = !is_quoted;
    else if (char === "\\" && is_quoted && i + 1 < came.length) {
      i++;
      if (again.charAt(j) !== came.charAt(i)) return undefined;
      j++;
    }
  }
  return j;
}

function isBlank(char: string): boolean {
  return char === " " || char === "\n" || char === "\r" || char === "\t";
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
