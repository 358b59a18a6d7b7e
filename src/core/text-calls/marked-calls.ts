/**
 * Tool calls that a server left in the text, because its parser does not know the model's own markup. They are
 * recognised while streaming, but only where a call can stand: at the start of the message or of a line, not in
 * code (fenced or indented), and closed by its own end marker. What only looks like one stays text.
 */
import { MARKUPS, type Markup } from "./leak-markups.ts";
import type { Piece } from "./text-call.ts";

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
  private fenced = NO_FENCE;
  /** The line so far, as long as it may be a code fence. */
  private fence: Fence | undefined = NO_FENCE;

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
    /** How often no beginning before an end made a call with it. */
    const failed = new Map<number, number>();
    this.held = "";
    let from = 0;
    let at = 0;
    const flush = (to: number): void => {
      if (to > from) pieces.push({ kind: "text", text: text.slice(from, to) });
      from = to;
    };
    while (at < text.length) {
      if (this.markup === undefined && this.lineStart && this.fenced === NO_FENCE && FIRST.has(text.charCodeAt(at))) {
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
        const tries = failed.get(close) ?? 0;
        const worn = tries >= MOST_TRIES;
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
        failed.set(close, tries + 1);
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
      if (this.fence !== undefined) this.passFence(this.fence);
      this.lineStart = true;
      this.indent = 0;
      this.fence = NO_FENCE;
      return;
    }
    const blank = char === " " || char === "\t" || char === "\r";
    if (this.fence !== undefined) this.stepFence(this.fence, char, blank);
    // A blank or three before a marker do not matter; four or a tab make code.
    if (!blank || char === "\t" || ++this.indent > MAX_INDENT) this.lineStart = false;
  }

  private stepFence(fence: Fence, char: string, blank: boolean): void {
    if (blank) {
      if (fence.length > 0 && !fence.over) this.fence = { ...fence, over: true };
      return;
    }
    if ((char === "`" || char === "~") && (fence.length === 0 || (fence.char === char && !fence.over))) {
      this.fence = { char, length: fence.length + 1, over: false };
      return;
    }
    // Words after a fence: what opens may have them, what closes may not.
    if (this.fenced === NO_FENCE) this.passFence(fence);
    this.fence = undefined;
  }

  /** Code is closed by its own kind of fence only, no shorter than the one that opened it. */
  private passFence(fence: Fence): void {
    if (fence.length < MIN_FENCE) return;
    if (this.fenced === NO_FENCE) this.fenced = fence;
    else if (fence.char === this.fenced.char && fence.length >= this.fenced.length) this.fenced = NO_FENCE;
  }
}

/** So many of one sign. A blank behind them is the end of it. */
interface Fence {
  char: string;
  length: number;
  over: boolean;
}

const NO_FENCE: Fence = { char: "", length: 0, over: false };

function endOf(markup: Markup, text: string, inside: number, atEnd: boolean): number {
  if (markup.close !== "") return text.indexOf(markup.close, inside);
  return atEnd ? text.length : -1;
}
