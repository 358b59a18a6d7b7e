/**
 * Reads calls of the form invoke and parameter: `<invoke name="NAME"><parameter name="KEY">VALUE</parameter></invoke>`
 * and its relatives. Values are not escaped. One tag may be missing, but a value must be closed by some tag, since an
 * unfinished one may be half of what was meant.
 */
import { losesDigits } from "../arguments.ts";
import type { Cursor, ValueTags } from "./cursor.ts";
import { takeJson } from "./json-value.ts";
import { plainName } from "./read-json.ts";
import type { TextCall } from "./text-call.ts";

export interface InvokeStyle {
  style: "invokes";
  /** What stands before the word in each tag, as the source of an expression. */
  mark: string;
  /** Words of the tag around all calls. */
  wraps: readonly string[];
  call: string;
  parameter: string;
  /** Other markers around each call; sticky. */
  before?: RegExp;
  after?: RegExp;
}

/** A longer tag is none. */
const LONGEST_TAG = 400;
const PREFIX_BLANKS = "[ \\t]?";

interface Tags {
  wrap: RegExp;
  unwrap: RegExp;
  call: RegExp;
  uncall: RegExp;
  parameter: RegExp;
  unparameter: RegExp;
  value: ValueTags;
}

const compiled = new WeakMap<InvokeStyle, Tags>();

function tagsOf(style: InvokeStyle): Tags {
  let tags = compiled.get(style);
  if (!tags) compiled.set(style, (tags = compile(style)));
  return tags;
}

/** `="NAME"`, ` name="NAME"`, ` name='NAME'` or ` name=NAME`, and other attributes behind it. */
const NAMED = String.raw`(?:\s{1,8}(?:id|index)="[^"<>\n]{0,64}")?(?:\s{1,8}name)?\s{0,8}=\s{0,8}(?:"([^"<>\n]{1,128})"|'([^'<>\n]{1,128})'|([^\s"'<>/]{1,128}))([^<>]{0,200}?)`;

function compile({ mark, wraps, call, parameter }: InvokeStyle): Tags {
  const words = wraps.length > 0 ? wraps.join("|") : "(?!)";
  const tag = (inside: string): RegExp => new RegExp(`<${inside}>`, "y");
  return {
    wrap: tag(`${mark}${PREFIX_BLANKS}(?:${words})\\s{0,8}`),
    unwrap: tag(`/${mark}${PREFIX_BLANKS}(?:${words})\\s{0,8}`),
    call: tag(`${mark}${PREFIX_BLANKS}${call}${NAMED}(/?)`),
    uncall: tag(`/${mark}${PREFIX_BLANKS}${call}\\s{0,8}`),
    parameter: tag(`${mark}${PREFIX_BLANKS}${parameter}${NAMED}`),
    unparameter: tag(`/${mark}${PREFIX_BLANKS}${parameter}\\s{0,8}`),
    value: {
      own: new RegExp(`</${mark}${PREFIX_BLANKS}${parameter}\\s{0,8}>`, "g"),
      opening: new RegExp(`<${mark}${PREFIX_BLANKS}(?:${parameter}|${call})(?=[\\s=])`, "g"),
      ender: new RegExp(`</${mark}${PREFIX_BLANKS}(?:${call}|${words})\\s{0,8}>`, "g"),
    },
  };
}

export function readInvokes(cursor: Cursor, style: InvokeStyle): TextCall[] {
  const tags = tagsOf(style);
  const wrapped = style.wraps.length > 0 && cursor.match(tags.wrap, LONGEST_TAG) !== undefined;
  const calls: TextCall[] = [];
  for (;;) {
    const before = cursor.at;
    cursor.skip();
    if (style.before && !cursor.atEnd) cursor.match(style.before, LONGEST_TAG);
    const head = takeTag(cursor, tags.call);
    if (head) {
      calls.push(takeInvoke(cursor, tags, head, wrapped));
      if (style.after && !cursor.atEnd) cursor.match(style.after, LONGEST_TAG);
      continue;
    }
    if (calls.length === 0) cursor.missing();
    const unwrapped = style.wraps.length > 0 && takeTag(cursor, tags.unwrap);
    if (unwrapped) return calls;
    cursor.at = before;
    cursor.close([], !wrapped);
    return calls;
  }
}

/** A tag, where one begins here. */
function takeTag(cursor: Cursor, tag: RegExp): RegExpExecArray | undefined {
  if (cursor.atEnd) {
    if (!cursor.ended) cursor.short();
    return undefined;
  }
  return cursor.text[cursor.at] === "<" ? cursor.match(tag, LONGEST_TAG) : undefined;
}

function takeInvoke(cursor: Cursor, tags: Tags, head: RegExpExecArray, wrapped: boolean): TextCall {
  const name = plainName(nameOf(head));
  if (head[5] === "/") return { name, arguments: {} };
  cursor.skip();
  // Constrained decoding may put the arguments as one object.
  if (cursor.text[cursor.at] === "{") {
    const args = takeJson(cursor);
    endInvoke(cursor, tags, wrapped);
    return { name, arguments: args };
  }
  const pairs: [string, unknown][] = [];
  for (;;) {
    cursor.skip();
    const parameter = takeTag(cursor, tags.parameter);
    if (!parameter) break;
    pairs.push([nameOf(parameter), takeValue(cursor, tags, parameter[4] ?? "")]);
  }
  endInvoke(cursor, tags, wrapped);
  return { name, arguments: cursor.record(pairs) };
}

/** Its own closing tag, or that of the block around it. */
function endInvoke(cursor: Cursor, tags: Tags, wrapped: boolean): void {
  cursor.skip();
  if (takeTag(cursor, tags.uncall)) return;
  const before = cursor.at;
  if (!wrapped || !takeTag(cursor, tags.unwrap)) cursor.missing();
  cursor.at = before;
}

function takeValue(cursor: Cursor, tags: Tags, attributes: string): unknown {
  const written = cursor.value(tags.value);
  takeTag(cursor, tags.unparameter);
  return valueOf(written, attributes);
}

const nameOf = (tag: RegExpExecArray): string => (tag[1] ?? tag[2] ?? tag[3] ?? "").trim();

/** Said to be JSON, of no certain type, or a text. */
const IS_JSON = /\bstring\s*=\s*["']?false|\btype\s*=\s*["']?json/;
const CDATA = /^\s*<!\[CDATA\[([^]*)\]\]>\s*$/;

function valueOf(written: string, attributes: string): unknown {
  const text = CDATA.exec(written)?.[1] ?? withoutBreaks(written);
  return IS_JSON.test(attributes) ? parsed(text) : text;
}

/** What is said to be JSON; the text itself where it is not, or would lose digits. */
export function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return losesDigits(text) || (typeof value === "number" && !Number.isFinite(value)) ? text : value;
  } catch {
    return text;
  }
}

/** The line breaks beside the tags belong to the markup. */
function withoutBreaks(text: string): string {
  const from = text.startsWith("\r\n") ? 2 : text.startsWith("\n") ? 1 : 0;
  return text.slice(from, text.endsWith("\n") && text.length > from ? (text.endsWith("\r\n") ? -2 : -1) : undefined);
}
