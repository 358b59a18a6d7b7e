/**
 * Makes the words of others fit for the log. An upstream that refuses a request may repeat any part of it, in any form,
 * and no search for the request in its words finds all of them. So only known words go through: three in a row that stand
 * so in a known wording, names that the protocols fix, names of this request's model and provider, and numbers among
 * those. All else becomes `[…]`; the client gets it in full.
 */
import { messageParts, type ShimError } from "../../core/errors.ts";
import type { NoteKind } from "../../core/notes.ts";
import { withParts } from "../../core/json-string.ts";
import { FIELDS } from "./fields.ts";
import { WORDINGS } from "./wordings.ts";

interface KnownOptions {
  /** Of the model, the provider and the like. */
  names: readonly string[];
  /** The request's text: a long number in one of its strings is not the upstream's own. Absent: no long number is. */
  request?: string | undefined;
}

/** Nobody reads more. */
const LONGEST = 2000;
const UNKNOWN = "[…]";

/** An error's message for the log: what others say in it is reduced to known words. */
export function loggedMessage(error: ShimError, options: KnownOptions): string {
  const [before, words, after] = messageParts(error);
  return before + (words === "" ? "" : knownWords(words, options)) + after;
}

/** The detail of these notes holds the words of others. */
const FOREIGN: ReadonlySet<NoteKind> = new Set([
  "patch_repaired",
  "patch_invalid",
  "grammar_unchecked",
  "arguments_repaired",
  "arguments_coerced",
  "arguments_invalid",
  "call_healed",
  "call_left_as_text",
  "residue_cut",
  "name_repaired",
  "undeclared_tool",
  "foreign_reasoning",
  "citations_lost",
]);

/** Names of tools as the APIs want them, and of models; several of them with commas between them. */
const NAMES = /^[\w.:/@+-]{1,96}(?:, [\w.:/@+-]{1,96})*$/;

/** A note for the log: names of tools and kinds of things that a model or an upstream made up may be any text. */
export function loggedNote(what: NoteKind, detail: string): string {
  return FOREIGN.has(what) && detail !== "of unknown origin" && !NAMES.test(detail) ? UNKNOWN : detail;
}

export function knownWords(said: string, { names, request }: KnownOptions): string {
  const tokens = tokensOf(said.slice(0, LONGEST), names);
  return joined(tokens, keptOf(tokens, request));
}

type Kind = "name" | "word" | "number" | "mark";

interface Token {
  kind: Kind;
  text: string;
  start: number;
}

/** What has no space in it, joined by such signs as names are joined by; or a single sign. */
const TOKEN = /[\p{L}\p{N}_$](?:[\p{L}\p{M}\p{N}_$]|[-/.:@'’](?=[\p{L}\p{N}_$])|(?<=\d),(?=\d)|\[\d{0,6}\])*|\S/gu;

function tokensOf(text: string, names: readonly string[]): Token[] {
  const tokens: Token[] = [];
  const rest = (start: number, end: number): void => {
    for (const { 0: found, index } of text.slice(start, end).matchAll(TOKEN))
      tokens.push(...read(found, start + index));
  };
  let from = 0;
  for (const [start, end] of named(text, names)) {
    rest(from, start);
    tokens.push({ kind: "name", text: text.slice(start, end), start });
    from = end;
  }
  rest(from, text.length);
  return tokens;
}

/** Where these names stand, each by itself. */
function named(text: string, names: readonly string[]): [start: number, end: number][] {
  const known = names.filter((name) => name.length > 1).toSorted((a, b) => b.length - a.length);
  if (known.length === 0) return [];
  const pattern = new RegExp(`(?<![\\w])(?:${known.map((name) => RegExp.escape(name)).join("|")})(?![\\w])`, "g");
  return Array.from(text.matchAll(pattern), ({ 0: name, index }) => [index, index + name.length]);
}

/** Also of time (`7m12s`) and of size (`8GB`). */
const NUMBER = /^(?:\d+(?:[.,:-]\d+)*(?:[kmgt]?i?b|k|x)?|(?:\d+(?:\.\d+)?(?:ms|[dhms]))+)$/i;
const JOINED_WORDS = /^[a-z]+(?:[-/][a-z]+)+$/i;

function read(text: string, start: number): Token[] {
  if (!/^[\p{L}\p{N}_$]/u.test(text)) return [{ kind: "mark", text, start }];
  if (NUMBER.test(text)) return [{ kind: "number", text, start }];
  if (isName(text)) return [{ kind: "name", text, start }];
  if (!JOINED_WORDS.test(text)) return [{ kind: "word", text, start }];
  return Array.from(text.matchAll(/[a-z]+|[-/]/gi), ({ 0: part, index }): Token => {
    return { kind: /[-/]/.test(part) ? "mark" : "word", text: part, start: start + index };
  });
}

/** Names that are words of English too count only where they stand as a name does: in a path or in quotes. */
function isName(text: string): boolean {
  if (FIELDS.has(text)) return /[^a-z]/.test(text);
  return (
    /[.[]/.test(text) && text.split(/[.[\]]+/).every((part) => part === "" || /^\d+$/.test(part) || FIELDS.has(part))
  );
}

/** Marks that stand between words and part nothing. */
const QUOTES = new Set(["'", '"', "`", "‘", "’", "“", "”"]);

function keptOf(tokens: readonly Token[], request: string | undefined): boolean[] {
  const kept = tokens.map(({ kind }) => kind === "name");
  const words = tokens.flatMap((token, i) => (QUOTES.has(token.text) ? [] : [i]));
  const known = knowledge();
  for (const [place, i] of words.entries()) {
    const token = tokens[i];
    if (token?.kind !== "word") continue;
    const is_quoted = [i - 1, i + 1].every((at) => QUOTES.has(tokens[at]?.text ?? ""));
    kept[i] = is_quoted && FIELDS.has(token.text);
    const near = [-2, -1, 0, 1, 2].map((step) => classOf(tokens[words[place + step] ?? -1]));
    kept[i] ||= [0, 1, 2].some((from) => known.has(near.slice(from, from + 3).join(" ")));
  }
  const numbers = keptNumbers(tokens, kept);
  const theirs = inTexts(request, new Set(numbers.flatMap((i) => digitsOf(tokens[i]))));
  for (const i of numbers) kept[i] = digitsOf(tokens[i]).every((digits) => !theirs.has(digits));
  for (const [i, { kind, text }] of tokens.entries())
    if (kind === "mark")
      kept[i] = /^[!-~]$/.test(text) && beside(tokens, i).every((at) => at === undefined || kept[at]);
  return kept;
}

/** Those beside something that is kept, or beside another such number. */
function keptNumbers(tokens: readonly Token[], kept: readonly boolean[]): number[] {
  const found = new Set<number>();
  const look = (i: number): void => {
    if (tokens[i]?.kind !== "number") return;
    if (beside(tokens, i).some((at) => at !== undefined && (kept[at] || found.has(at)))) found.add(i);
  };
  for (let i = 0; i < tokens.length; i++) look(i);
  for (let i = tokens.length - 1; i >= 0; i--) look(i);
  return [...found];
}

/** The nearest that is no mark, on both sides; no further away than some marks. */
function beside(tokens: readonly Token[], i: number): (number | undefined)[] {
  return [-1, 1].map((step) => {
    for (let at = i + step, left = MOST_MARKS; at >= 0 && at < tokens.length; at += step, left--)
      if (tokens[at]?.kind !== "mark") return at;
      else if (left === 0) return -1;
    return undefined;
  });
}

const MOST_MARKS = 4;

const END = "|";

/** What a word's neighbor counts as. */
function classOf(token: Token | undefined): string {
  if (token?.kind === "word") return token.text.toLowerCase();
  return token?.kind === "name" ? "*" : token?.kind === "number" ? "#" : END;
}

let learned: ReadonlySet<string> | undefined;

/** Any three that stand side by side in a wording, its end included. Made when an upstream first refuses something. */
function knowledge(): ReadonlySet<string> {
  if (learned) return learned;
  const triples = new Set<string>();
  for (const wording of WORDINGS) {
    const all = tokensOf(wording, ["{}"]).filter(({ text }) => !QUOTES.has(text));
    const classes = [END, ...all.map(classOf), END];
    for (let at = 0; at + 3 <= classes.length; at++) {
      const triple = classes.slice(at, at + 3);
      // Beside two ends a word stands alone; only what is said in a word does so.
      if (triple[1] !== END || !(triple[0] === END || triple[2] === END)) triples.add(triple.join(" "));
    }
  }
  return (learned = triples);
}

/** Shorter ones stand in most requests by chance. */
const LONG_NUMBER = 4;

function digitsOf(token: Token | undefined): string[] {
  return token?.text.match(/\d+/g)?.filter((digits) => digits.length >= LONG_NUMBER) ?? [];
}

/** Those of the numbers that stand in strings of the request, and not as its numbers. */
function inTexts(request: string | undefined, numbers: ReadonlySet<string>): ReadonlySet<string> {
  if (request === undefined || numbers.size === 0) return numbers;
  const found = new Set<string>();
  const search = (string: string): string => {
    for (const [digits] of string.matchAll(/\d{4,}/g)) if (numbers.has(digits)) found.add(digits);
    return string;
  };
  withParts(request, (between) => between, search);
  return found;
}

function joined(tokens: readonly Token[], kept: readonly boolean[]): string {
  let out = "";
  let end = 0;
  let hidden = false;
  for (const [i, { text, start }] of tokens.entries()) {
    const space = out !== "" && start > end ? " " : "";
    end = start + text.length;
    if (kept[i]) out += space + text;
    else if (!hidden) out += space + UNKNOWN;
    hidden = !kept[i];
  }
  return out;
}
