/**
 * Tool calls that a server left in the text, because its parser does not know the model's own markup. They are
 * recognised while streaming, but only where a call can stand: at the start of the message or of a line, not in
 * code (fenced or indented), and closed by its own end marker. What only looks like one stays text.
 */

import { losesDigits } from "../arguments.ts";
import { readBareCalls, readMarkedCalls } from "./bare-json.ts";
import type { LeakedCall, Piece } from "./text-call.ts";

interface Markup {
  open: string;
  /** Empty where the call goes on up to the end of the message. */
  close: string;
  /** Undefined when the inside is not a call after all. */
  read(inside: string): LeakedCall[] | undefined;
}

const MARKUPS: readonly Markup[] = [
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

/** What a marker can begin with: a line that begins otherwise needs no further look. */
const FIRST = new Set(MARKUPS.map((markup) => markup.open.charCodeAt(0)));
const NEWLINE = 10;
const MAX_INDENT = 3;
const MIN_FENCE = 3;
/** So many beginnings may share one end; to read on from each of more would take time that grows with their square. */
const MOST_TRIES = 8;

export class LeakScanner {
  private held = "";
  private markup: Markup | undefined;
  /** The end marker that is waited for, and the last characters in which it may have begun. */
  private close = "";
  private tail = "";
  /** All that follows belongs to the call. */
  private toEnd = false;
  private lineStart = true;
  private indent = 0;
  /** The fence that opened the code we are in; empty outside. */
  private fenced = "";
  /** The line so far without its blanks, as long as it may be a code fence; a blank at its end closes it. */
  private fence: string | undefined = "";

  /** Whether the text goes through as it is: the middle of a line that is no code fence. */
  passes(text: string): boolean {
    return this.held === "" && !this.lineStart && this.fence === undefined && !text.includes("\n");
  }

  /** Text and calls in order. What may yet become a marker is kept back. */
  feed(text: string): Piece[] {
    if (this.toEnd) {
      this.held += text;
      return [];
    }
    if (this.close !== "") {
      // Within a marker only its end matters: what is held is not looked through again for each piece.
      const fresh = this.tail + text;
      this.held += text;
      if (!fresh.includes(this.close)) {
        this.tail = fresh.slice(-(this.close.length - 1));
        return [];
      }
      this.close = "";
      return this.scan(this.held, false);
    }
    return this.scan(this.held + text, false);
  }

  /** The message has ended: what was kept back is text. */
  end(): Piece[] {
    this.close = "";
    this.toEnd = false;
    return this.scan(this.held, true);
  }

  private scan(text: string, atEnd: boolean): Piece[] {
    const pieces: Piece[] = [];
    /** Where the next end of each stands; -1 for nowhere. An end that does not come after here comes after nothing later. */
    const closes = new Map<Markup, number>();
    /** An end with which no beginning before it made a call, and how often that was tried. */
    let failed = -1;
    let tries = 0;
    this.held = "";
    let from = 0;
    let at = 0;
    const flush = (to: number): void => {
      if (to > from) pieces.push({ kind: "text", text: text.slice(from, to) });
      from = to;
    };
    while (at < text.length) {
      if (this.markup === undefined && this.lineStart && this.fenced === "" && FIRST.has(text.charCodeAt(at))) {
        const rest = text.slice(at);
        const markup = MARKUPS.find((known) => rest.startsWith(known.open));
        if (markup) this.markup = markup;
        else if (!atEnd && MARKUPS.some((known) => known.open.startsWith(rest))) {
          flush(at);
          this.held = rest;
          return pieces;
        }
      }
      if (this.markup) {
        const inside = at + this.markup.open.length;
        let close = closes.get(this.markup) ?? 0;
        if (close !== -1 && close < inside) {
          close = endOf(this.markup, text, inside, atEnd);
          closes.set(this.markup, close);
        }
        if (close === -1 && !atEnd) {
          flush(at);
          this.held = text.slice(at);
          this.close = this.markup.close;
          this.toEnd = this.close === "";
          this.tail = this.held.slice(-(this.close.length - 1));
          this.markup = undefined; // Found again when its end has come.
          return pieces;
        }
        const worn = close === failed && tries >= MOST_TRIES;
        const calls = close === -1 || worn ? undefined : this.markup.read(text.slice(inside, close));
        const end = close + this.markup.close.length;
        const bare = this.markup.close === "";
        this.markup = undefined;
        if (calls && calls.length > 0) {
          flush(at);
          pieces.push({ kind: "calls", raw: text.slice(at, end), calls, ...(bare && { bare }) });
          from = at = end;
          continue;
        }
        tries = close === failed ? tries + 1 : 1;
        failed = close;
      }
      this.step(text.charCodeAt(at), text[at] ?? "");
      at++;
    }
    flush(at);
    return pieces;
  }

  /** Passes one character, keeping track of lines and code fences. */
  private step(code: number, char: string): void {
    if (code === NEWLINE) {
      if (this.fence !== undefined) this.passFence(this.fence.trimEnd());
      this.lineStart = true;
      this.indent = 0;
      this.fence = "";
      return;
    }
    const blank = char === " " || char === "\t" || char === "\r";
    if (this.fence !== undefined) this.stepFence(char, blank);
    // A blank or three before a marker do not matter; four or a tab make code.
    if (!blank || char === "\t" || ++this.indent > MAX_INDENT) this.lineStart = false;
  }

  private stepFence(char: string, blank: boolean): void {
    const fence = this.fence ?? "";
    if (blank) {
      if (fence !== "" && !fence.endsWith(" ")) this.fence = `${fence} `;
      return;
    }
    if ((char === "`" || char === "~") && (fence === "" || fence.endsWith(char))) {
      this.fence = fence + char;
      return;
    }
    // Words after a fence: what opens may have them, what closes may not.
    if (this.fenced === "") this.passFence(fence.trimEnd());
    this.fence = undefined;
  }

  /** Code is closed by its own kind of fence only, no shorter than the one that opened it. */
  private passFence(fence: string): void {
    if (fence.length < MIN_FENCE) return;
    if (this.fenced === "") this.fenced = fence;
    else if (fence.startsWith(this.fenced)) this.fenced = "";
  }
}

function endOf(markup: Markup, text: string, inside: number, atEnd: boolean): number {
  if (markup.close !== "") return text.indexOf(markup.close, inside);
  return atEnd ? text.length : -1;
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
  const found = /^\s*<function=([^>\s]+)>([\s\S]*)<\/function>\s*$/.exec(inside);
  if (!found || !paired(inside, "<parameter=", "</parameter>")) return undefined;
  const args = readPairs(found[2] ?? "", /<parameter=([^>\s]+)>\n?([\s\S]*?)\n?<\/parameter>/g);
  return args && [{ name: found[1] ?? "", arguments: args }];
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
  if (!paired(inside, invoke, invoked) || !paired(inside, parameter, given)) return undefined;
  const pair = new RegExp(`${parameter}([^"<>]+)"[^<>]*>\\n?([\\s\\S]*?)\\n?${given}`, "g");
  const calls: LeakedCall[] = [];
  let whole = true;
  const rest = inside.replaceAll(
    new RegExp(`${invoke}([^"<>]+)"[^<>]*>([\\s\\S]*?)${invoked}`, "g"),
    (_, name: string, within: string) => {
      const args = readPairs(within, pair);
      if (args) calls.push({ name: name.trim(), arguments: args });
      else whole = false;
      return "";
    },
  );
  return whole && rest.trim() === "" ? calls : undefined;
}

function readArgKeys(inside: string): LeakedCall[] | undefined {
  const name = /^\s*([\w.-]+)\s*(?=<arg_key>|$)/.exec(inside);
  if (!name || !paired(inside, "<arg_key>", "</arg_value>")) return undefined;
  const pair = /<arg_key>([\s\S]*?)<\/arg_key>\s*<arg_value>([\s\S]*?)<\/arg_value>/g;
  const args = readPairs(inside.slice(name[0].length), pair);
  return args && [{ name: name[1] ?? "", arguments: args }];
}

/** Names and values; undefined when anything else stands there, or a name twice: one of its values would be lost. */
function readPairs(inside: string, pair: RegExp): Record<string, string> | undefined {
  const pairs: [string, string][] = [];
  const rest = inside.replaceAll(pair, (_, key: string, value: string) => {
    pairs.push([key.trim(), value]);
    return "";
  });
  const args = Object.fromEntries(pairs);
  return rest.trim() === "" && Object.keys(args).length === pairs.length ? args : undefined;
}

/** R1 writes `function<｜tool▁sep｜>NAME` and fenced JSON, V3.1 and later `NAME<｜tool▁sep｜>` and plain JSON. */
function readDeepseek(inside: string): LeakedCall[] | undefined {
  return readEach(
    inside,
    ["<｜tool▁call▁begin｜>", "<｜tool▁sep｜>", "<｜tool▁call▁end｜>"],
    /<｜tool▁call▁begin｜>([\s\S]*?)<｜tool▁sep｜>([\s\S]*?)<｜tool▁call▁end｜>/g,
    (first, second) => {
      const fenced = /^([^\n]+)\n```\w*\n([\s\S]*)\n```$/.exec(second.trim());
      if (first.trim() === "function" && fenced) return { name: fenced[1] ?? "", arguments: fenced[2] ?? "" };
      return { name: first.trim(), arguments: second.trim() };
    },
  );
}

function readKimi(inside: string): LeakedCall[] | undefined {
  return readEach(
    inside,
    ["<|tool_call_begin|>", "<|tool_call_argument_begin|>", "<|tool_call_end|>"],
    /<\|tool_call_begin\|>([\s\S]*?)<\|tool_call_argument_begin\|>([\s\S]*?)<\|tool_call_end\|>/g,
    (id, args) => ({
      name: id
        .trim()
        .replace(/^functions\./, "")
        .replace(/:\d+$/, ""),
      arguments: args.trim(),
    }),
  );
}

function readHarmony(inside: string): LeakedCall[] | undefined {
  const found = /^([\w.-]{1,64})[^{]{0,200}?<\|message\|>([\s\S]*)$/.exec(inside);
  return found ? [{ name: found[1] ?? "", arguments: (found[2] ?? "").trim() }] : undefined;
}

/** As many of the one as of the other: else a pattern would look for an end that is not there, again and again. */
function paired(text: string, open: string, close: string): boolean {
  return text.split(open).length === text.split(close).length;
}

/** All calls of a section; undefined when anything else stands in it. */
function readEach(
  inside: string,
  [open, middle, close]: readonly [string, string, string],
  each: RegExp,
  read: (first: string, second: string) => LeakedCall,
): LeakedCall[] | undefined {
  if (!paired(inside, open, close) || !paired(inside, open, middle)) return undefined;
  const calls: LeakedCall[] = [];
  const rest = inside.replaceAll(each, (_, first: string, second: string) => {
    calls.push(read(first, second));
    return "";
  });
  return rest.trim() === "" ? calls : undefined;
}
