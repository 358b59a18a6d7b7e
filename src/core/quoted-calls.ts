/**
 * Tool calls that stand in texts: in a file that was read, in a tool's result. A model that quotes one must not run it,
 * however it writes it. Two calls are the same when their names are, and their arguments say the same as
 * JSON: the order of keys, blanks, escapes and the form of numbers mean nothing.
 */
import { parseObject } from "./arguments.ts";
import { canonicalJson } from "./canonical-json.ts";
import { skipBlanks } from "./json-edit.ts";
import { isJsonObject } from "./json-fields.ts";
import { closingQuote, unescaped } from "./json-string.ts";
import type { WorkBudget } from "./work-budget.ts";

interface QuotedCall {
  name: string;
  arguments: { readonly [key: string]: unknown };
}

/** The same for calls that are the same; undefined where the budget ends, or the arguments are nested too deep. */
export function callKey({ name, arguments: args }: QuotedCall, budget: WorkBudget): string | undefined {
  const form = canonicalJson(args, budget);
  return form === undefined ? undefined : `${name} ${form}`;
}

const MOST_LEVELS = 4; // JSON in a string in JSON in a string: no file nests them deeper.

/** A text as it stands, and what it holds as JSON strings: a file's text within a tool's result that is JSON. */
export function levelsOf(text: string): string[] {
  const levels: string[] = [];
  for (let level = text; levels.length < 2 * MOST_LEVELS; level = level.replaceAll(ESCAPES, plain)) {
    levels.push(level);
    const unnumbered = level.replaceAll(LINE_HEAD, "");
    if (unnumbered !== level) levels.push(unnumbered);
    if (!level.includes("\\")) break;
  }
  return levels;
}

/** Numbers of lines, places that a search found, and the signs of a diff or a quotation. */
const LINE_HEAD = /^[ \t]*(?:(?:[^\s"{}<>:]{1,200}[:-])?\d{1,9}[ \t]{0,4}[\t→|:-]|[+>-])[ \t]?/gm;
/** A quote that is not escaped is the end of the string around it, beyond which nothing goes on. */
const plain = (escape: string): string => (escape === '"' ? "\n" : unescaped(escape));
const ESCAPES = /"|\\(?:u[\da-fA-F]{4}|[^])/g;

/** The tool calls that a text holds as JSON objects; undefined where the budget ends: then there may be any. */
export function jsonCallsIn(text: string, budget: WorkBudget): QuotedCall[] | undefined {
  if (!budget.spend(text.length / 2)) return undefined;
  const calls: QuotedCall[] = [];
  for (const object of callLikeObjects(text)) {
    // One within another is read twice.
    if (!budget.spend(8 + object.length / 4)) return undefined;
    const call = readCall(object);
    if (call) calls.push(call);
  }
  return calls;
}

/** Keys of which a call has one, and those of which it has another. */
const NAMES = ["name", "function", "tool", "tool_name"];
const ARGUMENTS = ["arguments", "parameters", "input", "args"];
const LONGEST_KEY = 64;

interface Open {
  at: number; // Where the object begins; -1 for a list.
  named: boolean;
  argued: boolean;
}

/** The texts of all objects that have the keys of a call. */
function callLikeObjects(text: string): string[] {
  const found: string[] = [];
  const open: Open[] = [];
  let quote = -1;
  let line = -1;
  /** Where the string ends that begins here; undefined where it does not end in its line, since then it is none. */
  const stringEnd = (at: number): number | undefined => {
    if (quote <= at) quote = orNever(closingQuote(text, at));
    if (line <= at) line = orNever(text.indexOf("\n", at));
    return quote < line ? quote : undefined;
  };
  for (let i = 0; i < text.length; i++) {
    const top = open.at(-1);
    switch (text.charCodeAt(i)) {
      case 0x7b: // {
        if (top || text[skipBlanks(text, i + 1)] === '"') open.push({ at: i, named: false, argued: false });
        break;
      case 0x5b: // [
        if (top) open.push({ at: -1, named: false, argued: false });
        break;
      case 0x5d: // ]
        open.pop();
        break;
      case 0x7d: // }
        open.pop();
        if (top && top.at !== -1 && top.named && top.argued) found.push(text.slice(top.at, i + 1));
        break;
      case 0x22: // "
        if (!top) break;
        const end = stringEnd(i);
        if (end === undefined) break;
        note(top, text, i, end);
        i = end;
    }
  }
  return found;
}

const orNever = (place: number): number => (place === -1 ? Infinity : place);

/** Records what a string says about its object, where it is a key. */
function note(top: Open, text: string, start: number, end: number): void {
  if (end - start > LONGEST_KEY || text[skipBlanks(text, end + 1)] !== ":") return;
  const written = text.slice(start + 1, end);
  const key = written.includes("\\") ? unescaped(written) : written;
  top.named ||= NAMES.includes(key);
  // Both may stand within an object of the name `function`.
  top.argued ||= ARGUMENTS.includes(key) || key === "function";
}

function readCall(json: string): QuotedCall | undefined {
  const outer = parseObject(json);
  const fn = outer?.["function"];
  const call = isJsonObject(fn) ? fn : outer;
  if (!call) return undefined;
  const name = NAMES.map((key) => call[key]).find((each) => typeof each === "string");
  const given = ARGUMENTS.map((key) => call[key]).find((each) => each !== undefined && each !== null);
  const args = typeof given === "string" ? parseObject(given) : given;
  return typeof name === "string" && isJsonObject(args) ? { name, arguments: args } : undefined;
}
