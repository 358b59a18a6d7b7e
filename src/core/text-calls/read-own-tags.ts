/** Reads calls in which each parameter is a tag of its own name, nested for objects and lists: `<path>a.txt</path>`. */
import type { Cursor } from "./cursor.ts";
import { parsed } from "./read-invokes.ts";
import { plainName } from "./read-json.ts";
import type { TextCall } from "./text-call.ts";

export interface OwnTagStyle {
  style: "own tags";
  /** Stands before every tag; empty where it was lost, and then nothing is nested. */
  mark: string;
  wrap: string;
}

const LONGEST_TAG = 200;
const DEEPEST = 20;
const INVOKE = /<invoke\s+name\s*=\s*["']?([\w.:/-]{1,128})["']?\s*>/y;
const OPEN = /<([A-Za-z_][\w.-]{0,63})>/y;
/** The name of the children that are the elements of a list. */
const ITEM = "item";

export function readOwnTags(cursor: Cursor, { mark, wrap }: OwnTagStyle): TextCall[] {
  const wrapped = takeWord(cursor, mark, `<${wrap}>`);
  const calls: TextCall[] = [];
  for (;;) {
    const before = cursor.at;
    const head = takeTag(cursor, mark, INVOKE);
    if (head) {
      const args = takeChildren(cursor, mark, "</invoke>", 0);
      calls.push({ name: plainName(head[1] ?? ""), arguments: cursor.record(args) });
      continue;
    }
    if (calls.length === 0) cursor.missing();
    cursor.at = before;
    if (takeWord(cursor, mark, `</${wrap}>`)) return calls;
    cursor.at = before;
    cursor.close([], !wrapped);
    return calls;
  }
}

/** Passes the mark and a word behind it, or nothing. */
function takeWord(cursor: Cursor, mark: string, word: string): boolean {
  const before = cursor.at;
  cursor.skip();
  if (mark === "" || cursor.take(mark) !== undefined) {
    cursor.skip();
    if (cursor.take(word) !== undefined) return true;
  }
  cursor.at = before;
  return false;
}

function takeTag(cursor: Cursor, mark: string, tag: RegExp): RegExpExecArray | undefined {
  const before = cursor.at;
  cursor.skip();
  if (mark === "" || cursor.take(mark) !== undefined) {
    cursor.skip();
    const found = cursor.atEnd ? undefined : cursor.match(tag, LONGEST_TAG);
    if (found) return found;
  }
  cursor.at = before;
  return undefined;
}

function takeChildren(cursor: Cursor, mark: string, end: string, depth: number): [string, unknown][] {
  if (depth > DEEPEST) cursor.fail();
  const children: [string, unknown][] = [];
  for (;;) {
    const tag = takeTag(cursor, mark, OPEN);
    if (!tag) break;
    const name = tag[1] ?? "";
    children.push([name, takeValue(cursor, mark, name, depth)]);
  }
  if (!takeWord(cursor, mark, end)) cursor.missing();
  return children;
}

/** A text up to the tag's end, or children. */
function takeValue(cursor: Cursor, mark: string, name: string, depth: number): unknown {
  const end = `</${name}>`;
  const start = cursor.at;
  const { before } = cursor.until(literal(mark === "" ? end : mark));
  if (takeWord(cursor, mark, end)) return depth === 0 ? before : leaf(before);
  if (mark === "" || before.trim() !== "") cursor.fail();
  cursor.at = start;
  const children = takeChildren(cursor, mark, end, depth + 1);
  return children.every(([key]) => key === ITEM) ? children.map(([, value]) => value) : cursor.record(children);
}

/** Within lists and objects a number is one: what the schema says there is not looked at. */
function leaf(text: string): unknown {
  const value = parsed(text);
  return typeof value === "number" || typeof value === "boolean" ? value : text;
}

const literals = new Map<string, RegExp>();

/** Only few words are marks; ends of tags are as many as there are parameters, and are not kept. */
function literal(word: string): RegExp {
  const known = literals.get(word);
  if (known) return known;
  const expression = new RegExp(RegExp.escape(word), "g");
  if (!word.startsWith("</")) literals.set(word, expression);
  return expression;
}
