/** Reads calls whose arguments are keys and values in tags of their own: `NAME<arg_key>KEY</arg_key><arg_value>VALUE</arg_value>`. */
import type { Cursor, ValueTags } from "./cursor.ts";
import { takeJson } from "./json-value.ts";
import { plainName } from "./read-json.ts";
import type { TextCall } from "./text-call.ts";

/** All tags as sources of expressions. */
export interface PairStyle {
  style: "pairs";
  /** Around all calls, where the family has such. */
  sections?: readonly [open: string, close: string];
  call: readonly [open: string, close: string];
  /** Between the name and the first key, where it may stand. */
  separator?: string;
  /** Before a key, between it and its value, and behind the value. */
  pair: readonly [key: string, value: string, end: string];
}

const LONGEST_TAG = 200;
const NAME = /[\w.:/-]{1,128}/y;
const NAME_MOST = 129;

interface Tags {
  section: RegExp | undefined;
  unsection: RegExp | undefined;
  open: RegExp;
  close: RegExp;
  separator: RegExp | undefined;
  key: RegExp;
  value: RegExp;
  end: RegExp;
  /** The end of a key, and of a value. */
  after_key: RegExp;
  after_value: ValueTags;
}

const compiled = new WeakMap<PairStyle, Tags>();

function tagsOf(style: PairStyle): Tags {
  let tags = compiled.get(style);
  if (!tags) compiled.set(style, (tags = compile(style)));
  return tags;
}

function compile({ sections, call: [open, close], separator, pair: [key, value, end] }: PairStyle): Tags {
  const sticky = (source: string): RegExp => new RegExp(source, "y");
  return {
    section: sections && sticky(sections[0]),
    unsection: sections && sticky(sections[1]),
    open: sticky(open),
    close: sticky(close),
    separator: separator === undefined ? undefined : sticky(separator),
    key: sticky(key),
    value: sticky(value),
    end: sticky(end),
    after_key: new RegExp(`${value}|${key}|${close}|${open}|\n`, "g"),
    after_value: {
      own: new RegExp(end, "g"),
      opening: new RegExp(`${key}|${open}`, "g"),
      ender: new RegExp(close, "g"),
    },
  };
}

export function readPairs(cursor: Cursor, style: PairStyle): TextCall[] {
  const tags = tagsOf(style);
  const calls: TextCall[] = [];
  const inside = tags.section !== undefined && cursor.match(tags.section, LONGEST_TAG) !== undefined;
  for (;;) {
    const before = cursor.at;
    if (calls.length > 0 || inside) cursor.skip();
    if (cursor.atEnd && !cursor.ended) cursor.short();
    if (!cursor.atEnd && (calls.length === 0 || inside) && cursor.match(tags.open, LONGEST_TAG)) {
      calls.push(takeCall(cursor, tags, inside));
      continue;
    }
    if (calls.length === 0) cursor.missing();
    if (inside && tags.unsection && !cursor.atEnd && cursor.match(tags.unsection, LONGEST_TAG)) return calls;
    cursor.at = before;
    if (inside) cursor.close([]);
    return calls;
  }
}

function takeCall(cursor: Cursor, tags: Tags, inside: boolean): TextCall {
  cursor.skip();
  const [name] = cursor.match(NAME, NAME_MOST) ?? cursor.missing();
  cursor.skip();
  if (tags.separator && !cursor.atEnd && cursor.match(tags.separator, LONGEST_TAG)) cursor.skip();
  if (cursor.text[cursor.at] === "{") {
    const args = takeJson(cursor);
    endCall(cursor, tags, inside);
    return { name: plainName(name), arguments: args };
  }
  const pairs: [string, unknown][] = [];
  for (;;) {
    cursor.skip();
    if (cursor.atEnd || !cursor.match(tags.key, LONGEST_TAG)) break;
    const { before: key } = cursor.until(tags.after_key);
    if (!cursor.match(tags.value, LONGEST_TAG)) cursor.fail();
    const value = cursor.value(tags.after_value);
    // Where the value's own end is missing, the next key or the end of the call ends it.
    cursor.match(tags.end, LONGEST_TAG);
    pairs.push([key.trim(), value]);
  }
  // A name alone says nothing without the end of its call.
  endCall(cursor, tags, inside || pairs.length > 0);
  return { name: plainName(name), arguments: cursor.record(pairs) };
}

/** The end may be missing behind a value, where the message or the block ends. */
function endCall(cursor: Cursor, tags: Tags, optional: boolean): void {
  cursor.skip();
  if (!cursor.atEnd && cursor.match(tags.close, LONGEST_TAG)) return;
  if (!optional) cursor.missing();
  const closed = tags.unsection !== undefined && cursor.sees(tags.unsection, LONGEST_TAG);
  if (!closed && !cursor.sees(tags.open, LONGEST_TAG) && !cursor.mayEnd()) cursor.fail();
}
