/**
 * Decides whether a call that stood in the text is one: it names a declared tool, its arguments fit the tool's
 * schema, and the same call stands nowhere in the request, since a model that quotes a file must not run it.
 */
import { coerce, fitsSchema, parseObject } from "../arguments.ts";
import type { Tool, Turn } from "../turn.ts";
import { withoutFence } from "./bare-json.ts";
import type { Leak, LeakedCall } from "./text-call.ts";

export interface HealedCall {
  name: string;
  arguments: string;
}

/** All calls of one leak, or undefined when any of them is none. */
export function healLeak({ raw, calls, bare }: Leak, turn: Turn): HealedCall[] | undefined {
  if (isGiven(bare ? bareQuotation(raw) : quotation(raw), turn)) return undefined;
  const healed = calls.map((call) => healCall(call, turn.tools));
  return healed.every((call) => call !== undefined) ? healed : undefined;
}

function healCall(call: LeakedCall, tools: readonly Tool[]): HealedCall | undefined {
  const tool = tools.find((declared) => declared.name === call.name);
  if (!tool) return undefined;
  // XML-like markup has only strings; the schema says which of them are something else.
  const args =
    typeof call.arguments === "string" ? parseObject(call.arguments) : coerce(call.arguments, tool.parameters);
  if (!args || !fitsSchema(args, tool.parameters)) return undefined;
  return {
    name: tool.name,
    arguments: typeof call.arguments === "string" ? call.arguments : JSON.stringify(args),
  };
}

type Quotation = (text: string) => boolean;

/** Whether a text holds this call, as far as its own end marker. */
function quotation(raw: string): Quotation {
  const open = /^(?:<[^\s>]*>?|\[[^\s\]]*\]?)/.exec(raw)?.[0] ?? raw;
  const close = /(?:<[^\s<>]*>|\[[^\s[\]]*\])$/.exec(raw)?.[0] ?? raw;
  const words = wordsOf(raw.slice(open.length, raw.length - close.length));
  return (text) => {
    const given = unescaped(text);
    // What holds the words from a later beginning up to the same end holds them from the first one too.
    for (let at = given.indexOf(open); at !== -1;) {
      const end = given.indexOf(close, at + open.length);
      if (inOrder(words, given.slice(at + open.length, end === -1 ? undefined : end))) return true;
      at = end === -1 ? -1 : given.indexOf(open, end);
    }
    return false;
  };
}

/** How far behind its bracket the first word of a quoted object may stand: line numbers and paths come between. */
const MAX_BEFORE_WORD = 200;

/** JSON has no end marker of its own: it ends where as many brackets are closed as it closes itself. */
function bareQuotation(raw: string): Quotation {
  const json = withoutFence(raw.replace(/^\s*(?:<\|python_tag\|>|\[TOOL_CALLS\])/, ""));
  const words = wordsOf(json);
  const [first = ""] = words;
  const object = /^\s*[[{]/.test(json);
  const closed = json.split("}").length - 1;
  return (text) => {
    const ends = Array.from(text.matchAll(/\}/g), ({ index }) => index);
    let next = 0;
    let last = -1;
    for (let at = text.indexOf(first); at !== -1; at = text.indexOf(first, at + first.length)) {
      while (next < ends.length && (ends[next] ?? 0) < at) next++;
      const end = ends[next + closed - 1] ?? text.length;
      // What holds the words from a later beginning up to the same end holds them from the first one too.
      if (end === last) continue;
      if (object && !text.slice(Math.max(0, at - MAX_BEFORE_WORD), at).includes("{")) continue;
      if (inOrder(words, text.slice(at, end))) return true;
      last = end;
    }
    return false;
  };
}

function wordsOf(text: string): readonly string[] {
  return text.match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** Whether the text that the model was given holds this call: then it tells of it, and does not make it. */
function isGiven(holds: Quotation, { items, tools }: Turn): boolean {
  return (
    items.some((item) => {
      if (item.type === "tool_call") return holds(item.arguments);
      if (item.type === "reasoning") return false;
      return holds(item.parts.map((part) => ("text" in part ? part.text : "")).join(""));
    }) ||
    tools.some(({ description, parameters }) => holds(description ?? "") || holds(JSON.stringify(parameters ?? {})))
  );
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

function unescaped(text: string): string {
  return /&lt;|\\u003c/i.test(text) ? text.replaceAll(/&lt;|\\u003c/gi, "<").replaceAll(/&gt;|\\u003e/gi, ">") : text;
}
