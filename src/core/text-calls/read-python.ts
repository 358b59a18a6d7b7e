/** Reads calls that are written as Python: `f(a="x", n=3, b=[True, None])`. Literals only; nothing is evaluated. */
import { Cursor, NO_CALL } from "./cursor.ts";
import { plainName } from "./read-json.ts";
import type { TextCall } from "./text-call.ts";

export interface PythonStyle {
  style: "python";
  /** Empty for a message that is nothing but calls. */
  opens: readonly string[];
  closes: readonly string[];
  /** Strings stand between quotes as they are, without escapes. */
  raw?: boolean;
  /** The calls are often written once more behind the end marker. */
  twice?: boolean;
}

const NAME = /[A-Za-z_][\w.-]{0,127}/y;
const NAME_MOST = 129;
const KEY = /[A-Za-z_]\w{0,127}[ \t]*=[ \t]*/y;
const KEY_MOST = 200;
const PRINT = /print[ \t]*\(/y;
const DEEPEST = 50;

export function readPython(cursor: Cursor, { opens, closes, raw = false, twice = false }: PythonStyle): TextCall[] {
  if (opens.length > 0) cursor.need(...opens);
  const start = cursor.at;
  cursor.skip();
  const listed = cursor.take("[") !== undefined;
  const calls: TextCall[] = [];
  for (;;) {
    cursor.skip();
    calls.push(takeCall(cursor, raw));
    const before = cursor.at;
    cursor.skip();
    const comma = cursor.take(",", ";");
    if (comma !== undefined) cursor.skip();
    if (listed && cursor.take("]") !== undefined) break;
    if (listed && comma === undefined) cursor.missing();
    if (listed) continue;
    const next = cursor.atEnd ? undefined : /[A-Za-z_]/.exec(cursor.text[cursor.at] ?? "");
    // Without a list there is one call in a line.
    if (next && cursor.text.slice(before, cursor.at).includes("\n")) continue;
    cursor.at = before;
    break;
  }
  const again = cursor.text.slice(start, cursor.at);
  cursor.close(closes);
  if (twice && cursor.take(again) !== undefined) cursor.close(closes);
  return calls;
}

/** A call at this place, whatever stands around it; and what the reading cost. */
export function pythonCallAt(text: string, at: number): { call: TextCall | undefined; cost: number } {
  const cursor = new Cursor(text, at, true, NOTHING);
  try {
    return { call: takeCall(cursor, false), cost: cursor.reach - at };
  } catch (error) {
    if (error !== NO_CALL) throw error;
    return { call: undefined, cost: cursor.reach - at };
  }
}

const NOTHING = /(?!)/y;

function takeCall(cursor: Cursor, raw: boolean): TextCall {
  const printed = cursor.match(PRINT, NAME_MOST) !== undefined;
  const [name] = cursor.match(NAME, NAME_MOST) ?? cursor.missing();
  cursor.skip();
  cursor.need("(");
  const members: string[] = [];
  const keys = new Set<string>();
  for (;;) {
    cursor.skip();
    if (cursor.take(")") !== undefined) break;
    const [key] = cursor.match(KEY, KEY_MOST) ?? cursor.missing();
    const word = key.slice(0, key.indexOf("=")).trim();
    if (keys.has(word)) cursor.fail();
    keys.add(word);
    members.push(`${JSON.stringify(word)}:${takeValue(cursor, raw, 0)}`);
    endMember(cursor, ")");
  }
  if (printed) {
    cursor.skip();
    cursor.need(")");
  }
  // Llama's own tools are called by a method of that name.
  return { name: plainName(name).replace(/\.call$/, ""), arguments: `{${members.join(",")}}` };
}

/** A comma, or what closes the list; that is left where it is. */
function endMember(cursor: Cursor, close: string): void {
  cursor.skip();
  if (cursor.text[cursor.at] === close) return;
  cursor.need(",");
}

/** The value as JSON. */
function takeValue(cursor: Cursor, raw: boolean, depth: number): string {
  if (depth > DEEPEST) cursor.fail();
  cursor.skip();
  if (cursor.atEnd) cursor.short();
  const char = cursor.text[cursor.at] ?? "";
  if (char === '"' || char === "'") return JSON.stringify(takeString(cursor, char, raw));
  if (char === "[" || char === "(") return takeList(cursor, raw, char === "[" ? "]" : ")", depth);
  if (char === "{") return takeDict(cursor, raw, depth);
  return takeScalar(cursor);
}

function takeList(cursor: Cursor, raw: boolean, close: string, depth: number): string {
  cursor.at++;
  const elements: string[] = [];
  for (;;) {
    cursor.skip();
    if (cursor.take(close) !== undefined) return `[${elements.join(",")}]`;
    elements.push(takeValue(cursor, raw, depth + 1));
    endMember(cursor, close);
  }
}

function takeDict(cursor: Cursor, raw: boolean, depth: number): string {
  cursor.at++;
  const members: string[] = [];
  const keys = new Set<string>();
  for (;;) {
    cursor.skip();
    if (cursor.take("}") !== undefined) return `{${members.join(",")}}`;
    if (cursor.atEnd) cursor.short();
    const quote = cursor.text[cursor.at] ?? "";
    if (quote !== '"' && quote !== "'") cursor.fail();
    const key = takeString(cursor, quote, raw);
    if (keys.has(key)) cursor.fail();
    keys.add(key);
    cursor.skip();
    cursor.need(":");
    members.push(`${JSON.stringify(key)}:${takeValue(cursor, raw, depth + 1)}`);
    endMember(cursor, "}");
  }
}

const SCALAR = /[-+]?[\w.]{1,400}/y;
const SCALAR_MOST = 402;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;
const WORDS: ReadonlyMap<string, string> = new Map([
  ["True", "true"],
  ["true", "true"],
  ["False", "false"],
  ["false", "false"],
  ["None", "null"],
  ["null", "null"],
]);

function takeScalar(cursor: Cursor): string {
  const [text] = cursor.match(SCALAR, SCALAR_MOST) ?? cursor.missing();
  const json = WORDS.get(text) ?? (NUMBER.test(text) ? text : undefined);
  return json ?? cursor.fail();
}

/** What may follow the quote that ends a string. */
const BEHIND = /\s*[,)\]}:]/y;
const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  "\n": "",
  "\\": "\\",
  "'": "'",
  '"': '"',
};

function takeString(cursor: Cursor, quote: string, raw: boolean): string {
  const { text } = cursor;
  let said = "";
  let from = cursor.at + 1;
  for (let i = from; ; i++) {
    if (i >= text.length) cursor.short();
    const char = text[i];
    if (char === "\\" && !raw) {
      if (i + 1 >= text.length) cursor.short();
      said += text.slice(from, i) + escapeAt(cursor, i);
      i += escapeLength(text, i) - 1;
      from = i + 1;
    } else if (char === quote) {
      if (raw && !endsString(cursor, i + 1)) continue;
      cursor.at = i + 1;
      if (cursor.at > cursor.reach) cursor.reach = cursor.at;
      return said + text.slice(from, i);
    }
  }
}

/** Where nothing is escaped, a quote ends the string only before a sign that may stand behind it. */
function endsString(cursor: Cursor, at: number): boolean {
  BEHIND.lastIndex = at;
  if (BEHIND.test(cursor.text)) return true;
  if (!cursor.ended && cursor.text.slice(at).trim() === "") cursor.short();
  return false;
}

const escapeLength = (text: string, at: number): number => (text[at + 1] === "u" ? 6 : text[at + 1] === "x" ? 4 : 2);

function escapeAt(cursor: Cursor, at: number): string {
  const { text } = cursor;
  const length = escapeLength(text, at);
  if (at + length > text.length) cursor.short();
  const sign = text[at + 1] ?? "";
  if (length === 2) return ESCAPES[sign] ?? text.slice(at, at + 2);
  const digits = text.slice(at + 2, at + length);
  return /^[\da-fA-F]+$/.test(digits) ? String.fromCharCode(Number.parseInt(digits, 16)) : cursor.fail();
}
