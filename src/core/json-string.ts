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

/** Whether what stands there within a JSON string means itself: no escape, no end of the string. */
export function isLiteral(json: string, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const code = json.charCodeAt(i);
    if (code < FIRST_PRINTABLE || code === QUOTE || code === BACKSLASH) return false;
  }
  return true;
}
