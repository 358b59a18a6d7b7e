/** Reads calls that stand in channels: gpt-oss's harmony, and the XTML of Kimi K3. */
import { losesDigits } from "../arguments.ts";
import type { Cursor } from "./cursor.ts";
import { takeJson } from "./json-value.ts";
import { parsed } from "./read-invokes.ts";
import { plainName } from "./read-json.ts";
import type { TextCall } from "./text-call.ts";

export interface HarmonyStyle {
  style: "harmony";
}

const RECIPIENT = String.raw`\s?to=([\w.-]{1,128})`;
const CHANNEL = String.raw`(?:<\|channel\|>\s?(?:commentary|analysis|final))`;
/** The recipient may stand before the channel or behind it; a server that strips markers leaves the words. */
const HEAD = new RegExp(
  String.raw`(?:<\|start\|>assistant)?(?:${RECIPIENT})?\s?(?:${CHANNEL}|commentary|analysis)?(?:${RECIPIENT})?\s?(?:<\|constrain\|>)?\s?(?:json|code)?\s?(?:<\|message\|>)?`,
  "y",
);
const LONGEST_HEAD = 400;
const ENDS = ["<|call|>", "<|end|>", "<|return|>"];

export function readHarmony(cursor: Cursor): TextCall[] {
  // All of it may be missing, so that it must be there to be read.
  if (!cursor.ended && cursor.text.length - cursor.at < LONGEST_HEAD) cursor.short();
  const head = cursor.match(HEAD, LONGEST_HEAD);
  const name = head?.[1] ?? head?.[2];
  if (name === undefined) return cursor.missing();
  cursor.skip();
  const told = cursor.text[cursor.at] === "{";
  const args = told ? takeJson(cursor) : "{}";
  if (told) cursor.close(ENDS);
  // Without arguments the end must be there.
  else cursor.need(...ENDS);
  return [{ name: plainName(name), arguments: args }];
}

export interface XtmlStyle {
  style: "xtml";
}

/** Neighbouring tokens get lost, and then two words stand side by side. */
const TOOLS = /<\|open\|>tools(?:<\|sep\|>)?\s*/y;
const CALL = /(?:<\|open\|>)?call tool="([^"<>\n]{1,128})"[^<>\n]{0,60}<\|sep\|>/y;
const ARGUMENT = /(?:<\|open\|>)?argument key="([^"<>\n]{1,200})"(?: type="(\w{1,20})")?[^<>\n]{0,40}<\|sep\|>/y;
const WHOLE = /<\|open\|>json(?: [^<>\n]{0,60})?<\|sep\|>/y;
const VALUE_END = /(?:<\|close\|>)?argument<\|sep\|>|<\|open\|>|<\|close\|>(?:call|tools)/g;
const ARGUMENT_END = /(?:<\|close\|>)?argument<\|sep\|>/y;
const WHOLE_END = /<\|close\|>json<\|sep\|>/y;
const CALL_END = /<\|close\|>call(?:<\|sep\|>)?/y;
const TOOLS_END = /<\|close\|>tools(?:(?:message)?<\|sep\|>|$)/y;
const LONGEST_TAG = 400;

export function readXtml(cursor: Cursor): TextCall[] {
  const wrapped = cursor.match(TOOLS, LONGEST_TAG) !== undefined;
  const calls: TextCall[] = [];
  for (;;) {
    const before = cursor.at;
    cursor.skip();
    const head = take(cursor, CALL);
    if (head) {
      calls.push(takeCall(cursor, unescaped(head[1] ?? "")));
      continue;
    }
    if (calls.length === 0) cursor.missing();
    if (take(cursor, TOOLS_END)) return calls;
    cursor.at = before;
    cursor.close([], !wrapped);
    return calls;
  }
}

function take(cursor: Cursor, tag: RegExp): RegExpExecArray | undefined {
  if (cursor.atEnd) {
    if (!cursor.ended) cursor.short();
    return undefined;
  }
  return cursor.match(tag, LONGEST_TAG);
}

function takeCall(cursor: Cursor, name: string): TextCall {
  cursor.skip();
  if (take(cursor, WHOLE)) {
    cursor.skip();
    const args = takeJson(cursor);
    cursor.skip();
    take(cursor, WHOLE_END);
    endCall(cursor);
    return { name: plainName(name), arguments: args };
  }
  const pairs: [string, unknown][] = [];
  for (;;) {
    cursor.skip();
    const head = take(cursor, ARGUMENT);
    if (!head) break;
    const { before } = cursor.until(VALUE_END);
    take(cursor, ARGUMENT_END);
    pairs.push([unescaped(head[1] ?? ""), head[2] === undefined || head[2] === "string" ? before : typed(before)]);
  }
  endCall(cursor);
  return { name: plainName(name), arguments: cursor.record(pairs) };
}

/** Its own end, or that of all calls; one of the two may be missing. */
function endCall(cursor: Cursor): void {
  cursor.skip();
  if (take(cursor, CALL_END)) return;
  const before = cursor.at;
  if (!take(cursor, TOOLS_END)) cursor.missing();
  cursor.at = before;
}

function typed(text: string): unknown {
  return losesDigits(text) ? text : parsed(text);
}

/** Attributes are escaped, values are not. */
function unescaped(attribute: string): string {
  return attribute.replaceAll("&quot;", '"').replaceAll("&amp;", "&");
}
