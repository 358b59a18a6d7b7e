/** Where a JSON value ends that stands in a text which may still grow: found in one pass, without building the value. */
import { closingQuote } from "../json-string.ts";
import type { Cursor } from "./cursor.ts";

/** Numbers, true, false and null, no longer than anybody writes them. */
const SCALAR = /-?[\w.+-]{1,400}/y;
const LONGEST_SCALAR = 402;
const DEEPEST = 500;

/** Passes the value that begins here and returns its text, which is JSON. Fails as soon as it can be none. */
export function takeJson(cursor: Cursor): string {
  const start = cursor.at;
  /** What closes the brackets that are open, innermost last. */
  const open: string[] = [];
  do {
    cursor.skip();
    if (cursor.atEnd) cursor.short();
  } while (takesOpening(cursor, open) || !closesAll(cursor, open));
  const text = cursor.text.slice(start, cursor.at);
  return isJson(text) ? text : cursor.fail();
}

/** Whether a bracket was opened within which a value follows; otherwise a value was passed, or a bracket is to be closed. */
function takesOpening(cursor: Cursor, open: string[]): boolean {
  const char = cursor.text[cursor.at];
  if (char === '"') takeString(cursor);
  else if (char === "{" || char === "[") {
    if (open.length === DEEPEST) cursor.fail();
    const close = char === "{" ? "}" : "]";
    open.push(close);
    cursor.at++;
    cursor.skip();
    if (cursor.text[cursor.at] === close) return false;
    if (char === "{") takeKey(cursor);
    return true;
  } else if (!cursor.match(SCALAR, LONGEST_SCALAR)) cursor.fail();
  return false;
}

/** Whether the outermost bracket is closed; otherwise the next value follows. */
function closesAll(cursor: Cursor, open: string[]): boolean {
  while (open.length > 0) {
    cursor.skip();
    if (cursor.atEnd) cursor.short();
    const char = cursor.text[cursor.at++];
    if (char === open.at(-1)) open.pop();
    else {
      if (char !== ",") cursor.fail();
      cursor.skip();
      if (open.at(-1) === "}") takeKey(cursor);
      return false;
    }
  }
  return true;
}

function takeKey(cursor: Cursor): void {
  if (cursor.atEnd) cursor.short();
  if (cursor.text[cursor.at] !== '"') cursor.fail();
  takeString(cursor);
  cursor.skip();
  cursor.need(":");
}

function takeString(cursor: Cursor): void {
  const end = closingQuote(cursor.text, cursor.at);
  if (end === -1) cursor.short();
  cursor.at = end + 1;
  if (end >= cursor.reach) cursor.reach = end + 1;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
