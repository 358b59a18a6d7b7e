/** The markups in which models write calls into their text, and how each is read. */
import { losesDigits } from "../../core/arguments.ts";
import { readBareCalls, readMarkedCalls } from "./bare-json.ts";
import { valueSpan } from "../../core/json-edit.ts";
import type { WorkBudget } from "../../core/work-budget.ts";
import type { LeakedCall } from "./text-call.ts";

export interface Markup {
  open: string;
  /** Empty where the call goes on up to the end of the message. */
  close: string;
  /** Undefined when the inside is not a call after all. */
  read(inside: string): LeakedCall[] | undefined;
}

export const MARKUPS: readonly Markup[] = [
  // Hermes and Qwen 2.5 (JSON), Qwen 3 Coder (XML) and GLM 4 (keys and values) share these markers.
  {
    open: "<tool_call>",
    close: "</tool_call>",
    read: (inside) => readJson(inside) ?? readFunctionXml(inside) ?? readArgKeys(inside),
  },
  {
    open: "<function=",
    close: "</function>",
    read: (inside) => readFunctionXml(`<function=${inside}</function>`) ?? readFunctionJson(inside),
  },
  { open: "[TOOL_REQUEST]", close: "[END_TOOL_REQUEST]", read: readJson }, // LM Studio
  { open: "<｜tool▁calls▁begin｜>", close: "<｜tool▁calls▁end｜>", read: readDeepseek },
  { open: "<|tool_calls_section_begin|>", close: "<|tool_calls_section_end|>", read: readKimi },
  { open: "<minimax:tool_call>", close: "</minimax:tool_call>", read: (inside) => readInvokes(inside, "") },
  { open: '<invoke name="', close: "</invoke>", read: (inside) => readInvokes(`<invoke name="${inside}</invoke>`, "") },
  { open: "<function_calls>", close: "</function_calls>", read: (inside) => readInvokes(inside, "") },
  // DeepSeek from V3.2 on.
  {
    open: "<｜DSML｜function_calls>",
    close: "</｜DSML｜function_calls>",
    read: (inside) => readInvokes(inside, "｜DSML｜"),
  },
  { open: "<|channel|>commentary to=functions.", close: "<|call|>", read: readHarmony }, // gpt-oss
  { open: "<|python_start|>", close: "<|python_end|>", read: readBareCalls }, // Llama 4
  { open: "<|python_tag|>", close: "", read: readBareCalls }, // Llama 3
  { open: "[TOOL_CALLS]", close: "", read: (inside) => readMarkedCalls(inside, "[TOOL_CALLS]") }, // Mistral
];

/**
 * Calls in any of these markups, wherever they stand in a text: of the beginnings before one end the first and the last
 * are tried. Undefined where the budget ends: then there may be any.
 */
export function markupCallsIn(text: string, budget: WorkBudget): LeakedCall[] | undefined {
  const calls: LeakedCall[] = [];
  for (const markup of MARKUPS) {
    if (!text.includes(markup.open)) continue;
    for (const inside of insidesOf(markup, text)) {
      if (!budget.spend(8 + inside.length / 4)) return undefined;
      for (const call of markup.read(inside) ?? []) calls.push(call);
    }
  }
  return calls;
}

function insidesOf({ open, close }: Markup, text: string): string[] {
  // What a message ends with ends with its JSON where other text follows.
  if (close === "") return text.split(open).slice(1).map(upToObjectEnd);
  const insides: string[] = [];
  for (let at = text.indexOf(open); at !== -1;) {
    const end = text.indexOf(close, at + open.length);
    if (end === -1) break;
    const last = text.lastIndexOf(open, end - open.length);
    insides.push(text.slice(at + open.length, end));
    if (last > at) insides.push(text.slice(last + open.length, end));
    at = text.indexOf(open, end + close.length);
  }
  return insides;
}

/** An object that begins later is none of the call's. */
const MAX_BEFORE_OBJECT = 100;

function upToObjectEnd(text: string): string {
  const start = text.slice(0, MAX_BEFORE_OBJECT).indexOf("{");
  return start === -1 ? text : text.slice(0, valueSpan(text, start).end);
}

function readJson(inside: string): LeakedCall[] | undefined {
  const text = inside.trim().replace(/^```\w*\n([\s\S]*)\n```$/, "$1");
  try {
    const value: unknown = JSON.parse(text);
    if (losesDigits(text)) return undefined;
    const list = Array.isArray(value) ? value : [value];
    const calls = list.map(readJsonCall);
    return calls.every((call) => call !== undefined) ? calls : undefined;
  } catch {
    return undefined;
  }
}

function readJsonCall(value: unknown): LeakedCall | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { name, arguments: args, parameters } = value as Record<string, unknown>;
  const given = args ?? parameters;
  if (typeof name !== "string" || name === "") return undefined;
  if (typeof given === "string") return { name, arguments: given };
  return typeof given === "object" && given !== null ? { name, arguments: JSON.stringify(given) } : undefined;
}

function readFunctionXml(inside: string): LeakedCall[] | undefined {
  const text = inside.trim();
  if (!text.startsWith("<function=") || !text.endsWith("</function>")) return undefined;
  const named = namedBody(text.slice("<function=".length, -"</function>".length));
  const args = named && readPairs(named.body, "<parameter=", "</parameter>", namedBody);
  return named && args && [{ name: named.name, arguments: args }];
}

/** Llama's own: `NAME>{…}`. */
function readFunctionJson(inside: string): LeakedCall[] | undefined {
  const found = /^([\w.-]{1,64})>\s*(\{[\s\S]*\})\s*$/.exec(inside);
  return found ? [{ name: found[1] ?? "", arguments: found[2] ?? "" }] : undefined;
}

/** `<invoke name="NAME">` around `<parameter name="KEY">`, with `mark` at the head of each tag's name. */
function readInvokes(inside: string, mark: string): LeakedCall[] | undefined {
  const tags = (name: string): readonly [string, string] => [`<${mark}${name} name="`, `</${mark}${name}>`];
  const [invoke, invoked] = tags("invoke");
  const [parameter, given] = tags("parameter");
  const calls: LeakedCall[] = [];
  const sections = sectionsOf(inside, invoke, invoked);
  if (!sections) return undefined;
  for (const section of sections) {
    const named = quotedBody(section);
    const args = named && readPairs(named.body, parameter, given, quotedBody);
    if (!args) return undefined;
    calls.push({ name: named.name.trim(), arguments: args });
  }
  return calls;
}

function readArgKeys(inside: string): LeakedCall[] | undefined {
  const name = /^\s*([\w.-]+)\s*(?=<arg_key>|$)/.exec(inside);
  const args = name && readPairs(inside.slice(name[0].length), "<arg_key>", "</arg_value>", keyAndValue);
  return args ? [{ name: name?.[1] ?? "", arguments: args }] : undefined;
}

interface Named {
  name: string;
  body: string;
}

/** `NAME>…`. */
function namedBody(section: string): Named | undefined {
  const end = section.indexOf(">");
  const name = section.slice(0, Math.max(end, 0));
  return name === "" || /\s/.test(name) ? undefined : { name, body: withoutBreaks(section.slice(end + 1)) };
}

/** `NAME" …>…`: what begins within a tag's first quote. */
function quotedBody(section: string): Named | undefined {
  const quote = section.indexOf('"');
  const end = section.indexOf(">");
  const head = section.slice(0, Math.max(end, 0));
  if (quote < 1 || end < quote || head.includes("<")) return undefined;
  return { name: head.slice(0, quote), body: withoutBreaks(section.slice(end + 1)) };
}

/** `KEY</arg_key><arg_value>VALUE`. */
function keyAndValue(section: string): Named | undefined {
  const end = section.indexOf("</arg_key>");
  if (end === -1) return undefined;
  const rest = section.slice(end + "</arg_key>".length).trimStart();
  if (!rest.startsWith("<arg_value>")) return undefined;
  return { name: section.slice(0, end), body: rest.slice("<arg_value>".length) };
}

/** The line breaks beside the tags belong to the markup. */
function withoutBreaks(text: string): string {
  return text.slice(text.startsWith("\n") ? 1 : 0, text.endsWith("\n") && text.length > 1 ? -1 : undefined);
}

/** Names and values; undefined when anything else stands there, or a name twice: one of its values would be lost. */
function readPairs(
  inside: string,
  open: string,
  close: string,
  read: (section: string) => Named | undefined,
): Record<string, string> | undefined {
  const pairs: [string, string][] = [];
  const sections = sectionsOf(inside, open, close);
  if (!sections) return undefined;
  for (const section of sections) {
    const pair = read(section);
    if (!pair) return undefined;
    pairs.push([pair.name.trim(), pair.body]);
  }
  const args = Object.fromEntries(pairs);
  return Object.keys(args).length === pairs.length ? args : undefined;
}

/** R1 writes `function<｜tool▁sep｜>NAME` and fenced JSON, V3.1 and later `NAME<｜tool▁sep｜>` and plain JSON. */
function readDeepseek(inside: string): LeakedCall[] | undefined {
  return readEach(inside, ["<｜tool▁call▁begin｜>", "<｜tool▁sep｜>", "<｜tool▁call▁end｜>"], (first, second) => {
    const fenced = /^([^\n]+)\n```\w*\n([\s\S]*)\n```$/.exec(second.trim());
    if (first.trim() === "function" && fenced) return { name: fenced[1] ?? "", arguments: fenced[2] ?? "" };
    return { name: first.trim(), arguments: second.trim() };
  });
}

function readKimi(inside: string): LeakedCall[] | undefined {
  return readEach(inside, ["<|tool_call_begin|>", "<|tool_call_argument_begin|>", "<|tool_call_end|>"], (id, args) => ({
    name: id
      .trim()
      .replace(/^functions\./, "")
      .replace(/:\d+$/, ""),
    arguments: args.trim(),
  }));
}

function readHarmony(inside: string): LeakedCall[] | undefined {
  const found = /^([\w.-]{1,64})[^{]{0,200}?<\|message\|>([\s\S]*)$/.exec(inside);
  return found ? [{ name: found[1] ?? "", arguments: (found[2] ?? "").trim() }] : undefined;
}

/** All calls of a section; undefined when anything else stands in it. */
function readEach(
  inside: string,
  [open, middle, close]: readonly [string, string, string],
  read: (first: string, second: string) => LeakedCall,
): LeakedCall[] | undefined {
  const calls: LeakedCall[] = [];
  const sections = sectionsOf(inside, open, close);
  if (!sections) return undefined;
  for (const section of sections) {
    const at = section.indexOf(middle);
    if (at === -1 || section.includes(middle, at + middle.length)) return undefined;
    calls.push(read(section.slice(0, at), section.slice(at + middle.length)));
  }
  return calls;
}

/**
 * What stands between markers, one section after another; undefined where anything but blanks stands beside them, or
 * one begins within another. Each character is looked at a few times, whatever the order of the markers.
 */
function sectionsOf(text: string, open: string, close: string): string[] | undefined {
  const sections: string[] = [];
  for (let at = 0; ;) {
    const start = text.indexOf(open, at);
    if (text.slice(at, start === -1 ? undefined : start).trim() !== "") return undefined;
    if (start === -1) return sections;
    const end = text.indexOf(close, start);
    if (end === -1) return undefined;
    const section = text.slice(start + open.length, end);
    if (section.includes(open)) return undefined;
    sections.push(section);
    at = end + close.length;
  }
}
