/**
 * Whether a call that stood in a reply's text stands in the request, too: in a file that the model was shown, in what a
 * tool told it. Then the model quotes it, and does not make it.
 */
import { coerce, parseObject } from "../../core/arguments.ts";
import { callKey, jsonCallsIn, levelsOf } from "../../core/quoted-calls.ts";
import type { Item, Tool, Turn } from "../../core/turn.ts";
import { WorkBudget } from "../../core/work-budget.ts";
import { withoutFence } from "./bare-json.ts";
import { pythonCallAt } from "./read-python.ts";
import { markupCallsIn } from "./markers.ts";
import type { FoundCalls, TextCall } from "./text-call.ts";

/** Steps for all calls of one reply, and for each character of the request that is looked through for them. */
const STEPS = 2_000_000;
const STEPS_A_CHARACTER = 8;
const PYTHON_HEAD = /(?<![\w.-])(?:functions\.|default_api\.)?([A-Za-z_][\w-]{0,63}) ?\(/g;
/** So many characters are searched for a word in one step. */
const SEARCHED = 32;

/** What the model was given to read. Made ready when the first call is asked about. */
export class Quotations {
  private readonly texts: readonly Given[];
  private readonly tools: ReadonlyMap<string, Tool>;
  private readonly budget: WorkBudget;
  /** Keys of the calls that stand in it; undefined for more than can be looked through. */
  private calls: ReadonlySet<string> | undefined | null = null;

  constructor({ items, tools }: Turn, byName: ReadonlyMap<string, Tool>) {
    this.texts = [...items.map(textOf), ...tools.flatMap(textsOf)].filter((text) => text !== "").map(given);
    this.tools = byName;
    const length = this.texts.reduce((sum, { text }) => sum + text.length, 0);
    this.budget = new WorkBudget(STEPS + length * STEPS_A_CHARACTER);
  }

  /** Whether its words stand there in their order. What is too much to look for counts as given. */
  holdsWords({ raw, bare }: FoundCalls): boolean {
    const holds = bare ? bareQuotation(raw) : quotation(raw);
    return this.texts.some((each) => {
      const is = this.budget.spend(1 + each.text.length / SEARCHED) ? holds(each, this.budget) : undefined;
      return is !== false;
    });
  }

  /** Whether the same call stands there, however it is written. */
  holdsCall(name: string, args: Record<string, unknown>): boolean {
    if (this.calls === null) this.calls = this.readCalls();
    const key = this.calls && callKey({ name, arguments: args }, this.budget);
    return key === undefined || this.calls?.has(key) !== false;
  }

  private readCalls(): ReadonlySet<string> | undefined {
    const keys = new Set<string>();
    for (const level of this.texts.flatMap(({ unescaped }) => levelsOf(unescaped))) {
      const calls = jsonCallsIn(level, this.budget);
      const marked = markupCallsIn(level, this.budget);
      const python = this.pythonCallsIn(level);
      if (!calls || !marked || !python) return undefined;
      for (const call of [...calls, ...[...marked, ...python].flatMap((each) => this.asQuoted(each))]) {
        if (!this.tools.has(call.name)) continue;
        const key = callKey(call, this.budget);
        if (key === undefined) return undefined;
        keys.add(key);
      }
    }
    return keys;
  }

  /** Calls of declared tools that are written as Python; undefined where the budget ends. */
  private pythonCallsIn(text: string): TextCall[] | undefined {
    const calls: TextCall[] = [];
    if (!this.budget.spend(1 + text.length / SEARCHED)) return undefined;
    for (const { 0: head, 1: name = "", index } of text.matchAll(PYTHON_HEAD)) {
      if (!this.tools.has(name)) continue;
      const { call, cost } = pythonCallAt(text, index + head.indexOf(name));
      if (!this.budget.spend(8 + cost / 4)) return undefined;
      if (call) calls.push(call);
    }
    return calls;
  }

  /** XML-like markup has only strings; the schema says which of them are something else. */
  private asQuoted({ name, arguments: args }: TextCall): { name: string; arguments: Record<string, unknown> }[] {
    const value = typeof args === "string" ? parseObject(args) : coerce(args, this.tools.get(name)?.parameters);
    return value ? [{ name, arguments: value }] : [];
  }
}

/** What a model was shown of an item. It does not quote what it thought itself. */
function textOf(item: Item): string {
  if (item.type === "tool_call") return item.arguments;
  return item.type === "reasoning" ? "" : item.parts.map((part) => ("text" in part ? part.text : "")).join("");
}

function textsOf({ description, parameters }: Tool): string[] {
  return [description ?? "", parameters ? JSON.stringify(parameters) : ""];
}

interface Given {
  text: string;
  /** Without the escapes that JSON and XML have for the signs of markup. */
  unescaped: string;
  /** Where this sign stands. */
  places(sign: string): Uint32Array;
}

function given(text: string): Given {
  const found = new Map<string, Uint32Array>();
  const places = (sign: string): Uint32Array => {
    const known = found.get(sign) ?? placesOf(text, sign);
    found.set(sign, known);
    return known;
  };
  return { text, unescaped: unescaped(text), places };
}

function placesOf(text: string, sign: string): Uint32Array {
  const places: number[] = [];
  for (let at = text.indexOf(sign); at !== -1; at = text.indexOf(sign, at + 1)) places.push(at);
  return Uint32Array.from(places);
}

/** Undefined where it cannot be told within the budget. */
type Quotation = (given: Given, budget: WorkBudget) => boolean | undefined;

/** A longer marker is none. */
const LONGEST_MARKER = 200;

/** Whether a text holds this call, as far as its own end marker. */
function quotation(raw: string): Quotation {
  const open = /^(?:<[^\s>]*>?|\[[^\s\]]*\]?)/.exec(raw.slice(0, LONGEST_MARKER))?.[0] ?? raw.slice(0, LONGEST_MARKER);
  const end = raw.slice(Math.max(open.length, raw.length - LONGEST_MARKER));
  const close = /(?:<[^\s<>]*>|\[[^\s[\]]*\])$/.exec(end)?.[0] ?? end;
  const words = wordsOf(raw.slice(open.length, raw.length - close.length));
  return ({ unescaped: text }, budget) => {
    // What holds the words from a later beginning up to the same end holds them from the first one too.
    for (let at = text.indexOf(open); at !== -1;) {
      const end = text.indexOf(close, at + open.length);
      if (!budget.spend(1 + ((end === -1 ? text.length : end) - at) / SEARCHED)) return undefined;
      if (inOrder(words, text.slice(at + open.length, end === -1 ? undefined : end))) return true;
      at = end === -1 ? -1 : text.indexOf(open, end);
    }
    return false;
  };
}

/** How far behind its bracket the first word of a quoted object may stand: line numbers and paths come between. */
const MAX_BEFORE_WORD = 200;

/** Markers before the call. */
const OPENING = /^\s*(?:(?:<[^\s<>]{1,80}>|\[[A-Z_]{3,40}\])\s*)*/;

/** Without an end marker a call ends where as many brackets are closed as it closes itself. */
function bareQuotation(raw: string): Quotation {
  const json = withoutFence(raw.replace(OPENING, ""));
  const words = wordsOf(json);
  const [first = ""] = words;
  const close = json.includes("}") ? "}" : (json.trimEnd().at(-1) ?? "");
  const object = close === "}" && /^\s*[[{]/.test(json);
  const closed = json.split(close).length - 1;
  return (given, budget) => {
    const { text } = given;
    const ends = given.places(close);
    let next = 0;
    let last = -1;
    for (let at = text.indexOf(first); at !== -1; at = text.indexOf(first, at + Math.max(first.length, 1))) {
      while (next < ends.length && (ends[next] ?? 0) < at) next++;
      const end = ends[next + closed - 1] ?? text.length;
      // What holds the words from a later beginning up to the same end holds them from the first one too.
      if (end === last) continue;
      if (object && !text.slice(Math.max(0, at - MAX_BEFORE_WORD), at).includes("{")) continue;
      if (!budget.spend(1 + (end - at) / SEARCHED)) return undefined;
      if (inOrder(words, text.slice(at, end))) return true;
      last = end;
    }
    return false;
  };
}

function wordsOf(text: string): readonly string[] {
  return text.match(/[\p{L}\p{N}]+/gu) ?? [];
}

/**
 * A model that quotes leaves out line numbers, the signs of a diff, indents and escapes: only the words count, and
 * between them anything may stand.
 */
function inOrder(words: readonly string[], text: string): boolean {
  let at = 0;
  for (const word of words) {
    const found = text.indexOf(word, at);
    if (found === -1) return false;
    at = found + word.length;
  }
  return true;
}

const ESCAPES = /&(?:lt|gt|quot);|\\u003[ce]/gi;
const SIGNS: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "\\u003c": "<",
  "\\u003e": ">",
};

function unescaped(text: string): string {
  return text.replaceAll(ESCAPES, (escape) => SIGNS[escape.toLowerCase()] ?? escape);
}
