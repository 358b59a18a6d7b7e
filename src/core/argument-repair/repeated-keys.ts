/** Whether a key of a JSON text stands twice in its object. */
import { skipBlanks } from "../json-edit.ts";
import { closingQuote } from "../json-string.ts";

const COLON = 0x3a;

/** `value` is what the text says. */
export function hasRepeatedKey(json: string, value: unknown): boolean {
  let written = 0;
  for (let quote = json.indexOf('"'); quote !== -1;) {
    const end = closingQuote(json, quote);
    if (end === -1) break;
    if (json.charCodeAt(skipBlanks(json, end + 1)) === COLON) written++;
    quote = json.indexOf('"', end + 1);
  }
  return written > countKeys(value);
}

/** However deep they are nested. */
function countKeys(value: unknown): number {
  let count = 0;
  const open = [value];
  while (open.length > 0) {
    const each = open.pop();
    if (typeof each !== "object" || each === null) continue;
    const inner = Object.values(each) as unknown[];
    if (!Array.isArray(each)) count += inner.length;
    for (const one of inner) if (typeof one === "object") open.push(one);
  }
  return count;
}
