/** JSON strings, written and read without a call of the runtime where their text needs no escaping: most deltas. */

/** What is longer is looked through faster by the runtime itself. */
const SHORT = 64;
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
  const mended = wellFormedJson(json);
  return mended === json ? value : (JSON.parse(mended) as Value);
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
