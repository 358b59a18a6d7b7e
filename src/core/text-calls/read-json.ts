/** Reads calls that are JSON between markers: one object or several, a list of them, or a name with JSON behind it. */
import { append } from "../append.ts";
import { losesDigits } from "../arguments.ts";
import { isJsonObject } from "../json-fields.ts";
import { readBareCalls } from "./bare-json.ts";
import type { Cursor } from "./cursor.ts";
import { takeJson } from "./json-value.ts";
import type { TextCall } from "./text-call.ts";

export interface JsonStyle {
  style: "json";
  /** Opening markers, which may have blanks behind them. */
  opens: readonly string[];
  /** What closes the block; empty where the family has no end marker. */
  closes: readonly string[];
  /** Each object has the tool's name as its only key. */
  keyed?: boolean;
  /** The arguments keep their bytes. */
  verbatim?: boolean;
}

/** A fence around the JSON. */
const FENCE = /```[\w-]{0,16}[ \t]{0,8}\r?\n/y;
const FENCE_MOST = 40;
/** Between several objects that are in no list. */
const BETWEEN = [",", ";"];

export function readJsonBlock(cursor: Cursor, style: JsonStyle): TextCall[] {
  const { opens, closes } = style;
  cursor.need(...opens);
  const calls: TextCall[] = [];
  for (;;) {
    cursor.skip();
    const fenced = cursor.text[cursor.at] === "`";
    if (fenced && !cursor.match(FENCE, FENCE_MOST)) cursor.fail();
    takeCalls(cursor, style, calls);
    if (fenced) {
      cursor.skip();
      cursor.need("```");
    }
    const before = cursor.at;
    cursor.skip();
    cursor.take(...BETWEEN);
    cursor.skip();
    if (cursor.text[cursor.at] === "{") continue;
    cursor.at = before;
    // Small models write one brace too many.
    if (closes.length > 0 && !cursor.atEnd) cursor.take("}");
    cursor.close(closes, closes.length === 0);
    return calls;
  }
}

function takeCalls(cursor: Cursor, { keyed, verbatim }: JsonStyle, calls: TextCall[]): void {
  if (cursor.atEnd) cursor.short();
  if (!/[[{]/.test(cursor.text[cursor.at] ?? "")) cursor.fail();
  const text = takeJson(cursor);
  if (verbatim) return append(calls, readBareCalls(text) ?? cursor.fail());
  if (losesDigits(text)) cursor.fail();
  const value: unknown = JSON.parse(text);
  const list: unknown[] = Array.isArray(value) ? value : [value];
  for (const each of list) calls.push((keyed ? keyedCall(each) : jsonCall(each)) ?? cursor.fail());
  if (list.length === 0) cursor.fail();
}

/** What may stand in a call beside its name and its arguments. */
const BESIDE = new Set(["id", "type", "index", "tool_call_id", "call_id"]);
const ARGUMENTS = ["arguments", "parameters", "args", "input"] as const;

/** A call of a name and arguments, as most models write it. */
function jsonCall(value: unknown): TextCall | undefined {
  if (!isJsonObject(value)) return undefined;
  const within = value["function"];
  if (isJsonObject(within)) return jsonCall(within);
  const name = value["name"] ?? value["tool_name"] ?? within;
  if (typeof name !== "string" || name.trim() === "") return undefined;
  const given = ARGUMENTS.filter((key) => value[key] !== undefined);
  // Keys of its own may be arguments that stand in the wrong place: what they mean is not certain.
  const known = new Set<string>(["name", "tool_name", "function", ...given, ...BESIDE]);
  if (given.length > 1 || Object.keys(value).some((key) => !known.has(key))) return undefined;
  const [key] = given;
  const args = key === undefined ? {} : (value[key] ?? {});
  if (typeof args === "string") return { name: plainName(name), arguments: args };
  return isJsonObject(args) ? { name: plainName(name), arguments: JSON.stringify(args) } : undefined;
}

function keyedCall(value: unknown): TextCall | undefined {
  const entries = isJsonObject(value) ? Object.entries(value) : [];
  const [name, args] = entries[0] ?? [];
  if (entries.length !== 1 || name === undefined || !isJsonObject(args)) return undefined;
  return { name: plainName(name), arguments: JSON.stringify(args) };
}

export interface NamedStyle {
  style: "named";
  /** Markers around all calls; a block may begin without one. */
  sections: readonly string[];
  section_ends: readonly string[];
  /** What begins each call; at least one of these or a section's marker opens the block. */
  begins: readonly string[];
  /** What stands between the name and the arguments; all that come are passed. */
  between: readonly string[];
  ends: readonly string[];
  /** Behind it stands the name, and before it an id. */
  name_mark?: string;
  /** Without anything between them the name ends at the first bracket. */
  glued?: boolean;
}

/** With the prefixes and the counters that some write around it. */
const NAME = /[\w.:/-]{1,128}/y;
const NAME_MOST = 129;
/** An id of the call. */
const ID = /[\w-]{0,64}/y;

/** `NAME` and JSON arguments behind it, with markers between and around them. */
export function readNamedJson(cursor: Cursor, style: NamedStyle): TextCall[] {
  const calls: TextCall[] = [];
  const opened = cursor.take(...style.sections) !== undefined;
  for (;;) {
    const before = cursor.at;
    cursor.skip();
    const begun = style.begins.length > 0 ? cursor.take(...style.begins) !== undefined : calls.length === 0;
    if (begun) {
      calls.push(takeNamed(cursor, style));
      continue;
    }
    cursor.at = before;
    if (calls.length === 0) cursor.missing();
    cursor.close(style.section_ends, !opened || style.section_ends.length === 0);
    return calls;
  }
}

function takeNamed(cursor: Cursor, { between, ends, glued, name_mark }: NamedStyle): TextCall {
  cursor.skip();
  // Older ones tell the kind first, as `function` and a separator.
  let [name] = cursor.match(NAME, NAME_MOST) ?? cursor.fail();
  const marked = name_mark !== undefined && cursor.take(name_mark) !== undefined;
  let parted = !marked && passBetween(cursor, between);
  if (marked) {
    [name] = cursor.match(NAME, NAME_MOST) ?? cursor.fail();
    parted = passBetween(cursor, between);
  } else if (name === "function" && parted) {
    [name] = cursor.match(NAME, NAME_MOST) ?? cursor.fail();
    parted = true;
  }
  if (!parted && !glued) cursor.fail();
  cursor.skip();
  const fenced = cursor.text[cursor.at] === "`";
  if (fenced && !cursor.match(FENCE, FENCE_MOST)) cursor.fail();
  cursor.skip();
  // A call without arguments may say nothing.
  const told = cursor.text[cursor.at] === "{";
  const args = told ? takeJson(cursor) : "{}";
  if (fenced) {
    cursor.skip();
    cursor.need("```");
  }
  const before = cursor.at;
  cursor.skip();
  const ended = ends.length > 0 && cursor.take(...ends) !== undefined;
  if (!told && !ended) cursor.missing();
  if (!ended) cursor.at = before;
  return { name: plainName(name), arguments: args };
}

function passBetween(cursor: Cursor, between: readonly string[]): boolean {
  let any = false;
  for (;;) {
    const before = cursor.at;
    cursor.skip();
    const found = cursor.take(...between);
    if (found === undefined) {
      cursor.at = before;
      return any;
    }
    any = true;
    if (found === "[CALL_ID]") cursor.match(ID, 65);
  }
}

const PREFIX = /^(?:functions|default_api|tools?)[.:/]/;
const COUNTER = /:\d+$/;

/** A tool's name without the prefix and the counter that some templates teach. */
export function plainName(name: string): string {
  return name.trim().replace(PREFIX, "").replace(COUNTER, "");
}
