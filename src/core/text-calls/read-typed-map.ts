/** Reads calls whose arguments are a map with bare keys and strings between tokens: Gemma's `call:f{city:<|"|>Oslo<|"|>,n:3}`. */
import type { Cursor } from "./cursor.ts";
import { takeJson } from "./json-value.ts";
import { plainName } from "./read-json.ts";
import type { TextCall } from "./text-call.ts";

export interface TypedMapStyle {
  style: "typed map";
  opens: readonly string[];
  closes: readonly string[];
  /** Opens and closes a string, in which nothing is escaped. */
  quote: string;
}

const NAME = /call:[ ]?([\w.:/-]{1,128})/y;
const NAME_MOST = 140;
const KEY = /[\w.$-]{1,128}/y;
const KEY_MOST = 129;
/** A number, a word, or a text whose quotes were lost. */
const BARE = /[^,{}[\]<>"\n]{1,400}/y;
const BARE_MOST = 402;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;
const DEEPEST = 50;

export function readTypedMap(cursor: Cursor, { opens, closes, quote }: TypedMapStyle): TextCall[] {
  if (opens.length > 0) cursor.need(...opens);
  const name = cursor.match(NAME, NAME_MOST)?.[1] ?? cursor.missing();
  cursor.skip();
  if (cursor.text[cursor.at] !== "{") cursor.missing();
  const args = takeMap(cursor, new RegExp(RegExp.escape(quote), "g"), quote, 0);
  cursor.close(closes);
  return [{ name: plainName(name), arguments: args }];
}

function takeMap(cursor: Cursor, stop: RegExp, quote: string, depth: number): string {
  cursor.at++;
  const members: string[] = [];
  const keys = new Set<string>();
  for (;;) {
    cursor.skip();
    if (cursor.take("}") !== undefined) return `{${members.join(",")}}`;
    const key = takeKey(cursor, stop, quote);
    if (keys.has(key)) cursor.fail();
    keys.add(key);
    cursor.skip();
    cursor.need(":");
    members.push(`${JSON.stringify(key)}:${takeValue(cursor, stop, quote, depth + 1)}`);
    endMember(cursor, "}");
  }
}

function takeKey(cursor: Cursor, stop: RegExp, quote: string): string {
  if (cursor.take(quote) !== undefined) return takeQuoted(cursor, stop, quote);
  if (cursor.text[cursor.at] === '"') return JSON.parse(takeJson(cursor)) as string;
  return (cursor.match(KEY, KEY_MOST) ?? cursor.missing())[0];
}

/** A comma, or what closes the map or list; that is left where it is. */
function endMember(cursor: Cursor, close: string): void {
  cursor.skip();
  if (cursor.text[cursor.at] === close) return;
  cursor.need(",");
}

/** The value as JSON. */
function takeValue(cursor: Cursor, stop: RegExp, quote: string, depth: number): string {
  if (depth > DEEPEST) cursor.fail();
  cursor.skip();
  if (cursor.take(quote) !== undefined) return JSON.stringify(takeQuoted(cursor, stop, quote));
  const char = cursor.text[cursor.at];
  if (char === '"') return takeJson(cursor);
  if (char === "{") return takeMap(cursor, stop, quote, depth);
  if (char !== "[") return takeBare(cursor);
  cursor.at++;
  const elements: string[] = [];
  for (;;) {
    cursor.skip();
    if (cursor.take("]") !== undefined) return `[${elements.join(",")}]`;
    elements.push(takeValue(cursor, stop, quote, depth + 1));
    endMember(cursor, "]");
  }
}

function takeQuoted(cursor: Cursor, stop: RegExp, quote: string): string {
  const { before } = cursor.until(stop);
  cursor.at += quote.length;
  return before;
}

function takeBare(cursor: Cursor): string {
  const [written] = cursor.match(BARE, BARE_MOST) ?? cursor.missing();
  const text = written.trim();
  if (text === "true" || text === "false" || text === "null" || NUMBER.test(text)) return text;
  return JSON.stringify(text);
}
