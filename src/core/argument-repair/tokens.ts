/** Tokens of JSON that come in pieces. */
import { wellFormedJson } from "../json-string.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;
/** Characters of an escape with a code, and of two that are one character. */
const CODE = 6;
const PAIR = 12;

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

export function isNumber(token: string): boolean {
  return NUMBER.test(token);
}

export function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** Where a number, `true`, `false` or `null` ends; the end of the piece where it may go on. */
export function wordEnd(piece: string, from: number): number {
  let i = from;
  while (i < piece.length && isWordSign(piece.charCodeAt(i))) i++;
  return i;
}

function isWordSign(code: number): boolean {
  if ((code >= 0x30 && code <= 0x39) || (code >= 0x61 && code <= 0x7a)) return true;
  // "-", "+", "." and "E".
  return code === 0x2d || code === 0x2b || code === 0x2e || code === 0x45;
}

/** Where the plain text of a string ends: at a quote, a backslash, or a sign that may not stand there. */
export function plainEnd(piece: string, from: number): number {
  let i = from;
  for (; i < piece.length; i++) {
    const code = piece.charCodeAt(i);
    if (code === QUOTE || code === BACKSLASH || code < FIRST_PRINTABLE) break;
  }
  return i;
}

type Progress = "more" | "whole" | "broken";

/** An escape of a string, with the one behind it where both are one character. */
export class EscapeScan {
  text = "\\";

  /** Half a surrogate pair counts as broken: it is repaired with the whole text. */
  add(char: string): Progress {
    this.text += char;
    const { length } = this.text;
    if (length === 2 && char !== "u") return '"\\/bfnrt'.includes(char) ? "whole" : "broken";
    if (length === 2) return "more";
    if (length === CODE + 1 || length === CODE + 2) return char === "\\u".charAt(length - CODE - 1) ? "more" : "broken";
    if (!/[\da-fA-F]/.test(char)) return "broken";
    if (length === PAIR) return halfOf(this.text.slice(CODE)) === "second" ? "whole" : "broken";
    if (length !== CODE) return "more";
    const half = halfOf(this.text);
    if (half === undefined) return "whole";
    return half === "first" ? "more" : "broken";
  }
}

/** Which half of a surrogate pair an escape stands for. */
function halfOf(escape: string): "first" | "second" | undefined {
  const code = Number.parseInt(escape.slice(2), 16);
  if (code < 0xd800 || code > 0xdfff) return undefined;
  return code < 0xdc00 ? "first" : "second";
}

/** A string that is kept until it is whole. */
export class StringScan {
  /** With its quotes, as it is written. */
  json = '"';
  private is_escaped = false;

  /** Returns how far it reaches in the piece, and whether it is over there. */
  add(piece: string, from: number): { end: number; is: Progress } {
    let is_over = false;
    let i = from;
    for (; i < piece.length && !is_over; i++) {
      const code = piece.charCodeAt(i);
      if (code < FIRST_PRINTABLE) return { end: i, is: "broken" };
      if (this.is_escaped) this.is_escaped = false;
      else if (code === BACKSLASH) this.is_escaped = true;
      else is_over = code === QUOTE;
    }
    this.json += piece.slice(from, i);
    return { end: i, is: is_over ? "whole" : "more" };
  }

  /** Its text; undefined for what is no JSON, or holds half a surrogate pair as an escape. */
  get text(): string | undefined {
    if (!this.json.includes("\\")) return this.json.slice(1, -1);
    if (wellFormedJson(this.json) !== this.json) return undefined;
    try {
      return JSON.parse(this.json) as string;
    } catch {
      return undefined;
    }
  }
}
