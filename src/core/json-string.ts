/** JSON strings, written and read without a call of the runtime where their text needs no escaping: most deltas. */
import { parsedJson } from "./json-fields.ts";

const SHORT = 64; // What is longer is looked through faster by the runtime itself.
const QUOTE = 34;
const BACKSLASH = 92;
const FIRST_PRINTABLE = 32;
const FIRST_SURROGATE = 0xd800;

/** What stands between the quotes of the JSON string for this text. */
export function escaped(text: string): string {
  if (text.length > SHORT) return JSON.stringify(text).slice(1, -1);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < FIRST_PRINTABLE || code === QUOTE || code === BACKSLASH || code >= FIRST_SURROGATE)
      return JSON.stringify(text).slice(1, -1);
  }
  return text;
}

/** Escaped backslashes and pairs that are whole are passed over. */
const HALVES = /\\(?:\\|u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|u[dD][89a-fA-F][\da-fA-F]{2})/g;
const HALF = 6;

/** Half a surrogate pair, which JSON can hold only as an escape, makes most readers refuse the whole text. */
export function wellFormedJson(json: string): string {
  if (!json.includes("\\ud") && !json.includes("\\uD")) return json;
  return json.replaceAll(HALVES, (escape) => (escape.length === HALF ? "\\ufffd" : escape));
}

/** The same for plain data. */
export function wellFormed<Value>(value: Value): Value {
  const json = JSON.stringify(value);
  const repaired = wellFormedJson(json);
  return repaired === json ? value : JSON.parse(repaired);
}

/** Whether what stands there within a JSON string means itself: no escape, no end of the string. */
export function isLiteral(json: string, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const code = json.charCodeAt(i);
    if (code < FIRST_PRINTABLE || code === QUOTE || code === BACKSLASH) return false;
  }
  return true;
}

/** Where the JSON string ends that begins at `at`; -1 where it does not. Jumps from quote to quote. */
export function closingQuote(json: string, at: number): number {
  for (let i = json.indexOf('"', at + 1); i !== -1; i = json.indexOf('"', i + 1)) {
    let slashes = 0;
    while (json.charCodeAt(i - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return i;
  }
  return -1;
}

/**
 * A JSON text, or its beginning, in which what stands between its strings is changed, and what they are. Regular
 * expressions that find strings give up, or take a hundred times as long, where one has tens of thousands of escapes.
 */
export function withParts(
  json: string,
  between: (text: string) => string,
  string: (text: string, is_key: boolean) => string,
): string {
  const colon = /\s*:/y;
  let changed = "";
  let at = 0;
  for (let quote = json.indexOf('"'); quote !== -1; quote = json.indexOf('"', at)) {
    const closing = closingQuote(json, quote);
    const end = closing === -1 ? json.length : closing + 1;
    colon.lastIndex = end;
    changed += between(json.slice(at, quote)) + string(json.slice(quote, end), colon.test(json));
    at = end;
  }
  return changed + between(json.slice(at));
}

/** What stands between the quotes of a JSON string, read; as it stands where it is none. */
export function unescaped(written: string): string {
  const value = parsedJson(`"${written}"`);
  return typeof value === "string" ? value : written;
}
