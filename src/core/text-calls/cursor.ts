/**
 * A place in a text that may still grow. What is read does not depend on how the text was cut: a reader either finds its
 * call, or knows that there is none whatever follows, or needs more of the text. The last two are thrown, so that a
 * reader says only what it expects.
 */

/** No call begins there, whatever follows. */
export const NO_CALL = new Error("no call");
/** Whether a call begins there is not known yet. */
export const NEED_MORE = new Error("more of the text is needed");

/** No marker is longer. */
const LONGEST_MARKER = 80;
/** White space takes only so much of a call, each time. */
const BLANKS = /\s*/y;

/** Global expressions. */
export interface ValueTags {
  /** What closes a value. */
  own: RegExp;
  /** What opens the next value or call. */
  opening: RegExp;
  /** What closes the call. */
  ender: RegExp;
}

export class Cursor {
  readonly text: string;
  at: number;
  /** The last place that was looked at: what the reading cost. */
  reach: number;
  /** Nothing follows the text. */
  readonly ended: boolean;
  /** What closes values, where none of it follows. */
  private absent: RegExp | undefined;
  /** Finds what may follow a call that has no end marker. */
  private readonly follows: RegExp;

  constructor(text: string, at: number, ended: boolean, follows: RegExp) {
    this.text = text;
    this.at = this.reach = at;
    this.ended = ended;
    this.follows = follows;
  }

  fail(): never {
    throw NO_CALL;
  }

  /** The text ends where something must follow. */
  short(): never {
    this.reach = this.text.length;
    throw this.ended ? NO_CALL : NEED_MORE;
  }

  /** What must stand here does not. */
  missing(): never {
    if (this.atEnd) this.short();
    throw NO_CALL;
  }

  get atEnd(): boolean {
    return this.at >= this.text.length;
  }

  /** Passes blanks. Where the text ends with them it is not known what follows. */
  skip(): void {
    BLANKS.lastIndex = this.at;
    BLANKS.test(this.text);
    this.at = BLANKS.lastIndex;
    if (this.at > this.reach) this.reach = this.at;
    if (this.atEnd && !this.ended) throw NEED_MORE;
  }

  /** The first of these words that stands here, which is passed; undefined for none. */
  take(...words: readonly string[]): string | undefined {
    const left = this.text.length - this.at;
    for (const word of words) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        if (this.at > this.reach) this.reach = this.at;
        return word;
      }
      if (left < word.length && !this.ended && word.startsWith(this.text.slice(this.at))) throw NEED_MORE;
    }
    return undefined;
  }

  need(...words: readonly string[]): string {
    return this.take(...words) ?? this.missing();
  }

  /**
   * Passes what a sticky expression finds here; it must look at no more than `most` characters. Undefined where it finds
   * nothing.
   */
  match(expression: RegExp, most: number): RegExpExecArray | undefined {
    expression.lastIndex = this.at;
    const found = expression.exec(this.text);
    const end = found ? expression.lastIndex : this.at;
    // What ends with the text might have gone on; what is not there yet may come.
    if (!this.ended && (found ? end === this.text.length : this.text.length - this.at < most)) throw NEED_MORE;
    if (!found) return undefined;
    this.at = end;
    if (end > this.reach) this.reach = end;
    return found;
  }

  /** Where a global expression finds something next; the text up to there is passed, but not what was found. */
  until(stop: RegExp): { before: string; found: string } {
    stop.lastIndex = this.at;
    const match = stop.exec(this.text);
    if (!match || (!this.ended && stop.lastIndex === this.text.length)) this.short();
    const before = this.text.slice(this.at, match.index);
    this.at = match.index;
    if (this.at > this.reach) this.reach = this.at;
    return { before, found: match[0] };
  }

  /**
   * Passes a value up to its own end, which is left where it is. What closes the call may stand within the value; what
   * opens another one may not, unless the value's end is missing throughout.
   */
  value({ own, opening, ender }: ValueTags): string {
    const start = this.at;
    const end = this.absent === own ? -1 : this.find(own, this.text.length);
    if (end === -1) {
      // It may come yet, and then all that follows up to there is the value.
      if (!this.ended) this.short();
      this.absent = own;
    }
    const opens = this.find(opening, end === -1 ? this.text.length : end);
    if (end !== -1 && opens === -1) return this.pass(start, end);
    const ends = this.find(ender, opens === -1 ? this.text.length : opens);
    if (ends !== -1) return this.pass(start, ends);
    if (opens === -1) this.short();
    // Of values in a call some are closed: then this one holds what looks like another.
    if (end !== -1) {
      const over = this.find(ender, end);
      if (over === -1) this.fail();
    }
    return this.pass(start, opens);
  }

  private pass(from: number, to: number): string {
    this.at = to;
    return this.text.slice(from, to);
  }

  /** Where a global expression finds something before this place; -1 for nowhere. */
  private find(expression: RegExp, before: number): number {
    const text = before === this.text.length ? this.text : this.text.slice(0, before);
    expression.lastIndex = this.at;
    const at = expression.exec(text)?.index ?? -1;
    this.reach = Math.max(this.reach, at === -1 ? before : at);
    return at;
  }

  /** Whether the rest of the text up to its end is nothing, or what follows may follow a call without an end marker. */
  mayEnd(): boolean {
    if (this.atEnd) return true;
    this.follows.lastIndex = this.at;
    if (this.follows.test(this.text)) return true;
    if (!this.ended && this.text.length - this.at < LONGEST_MARKER) throw NEED_MORE;
    return false;
  }

  /** Whether a sticky expression finds something here. */
  sees(expression: RegExp, most: number): boolean {
    const before = this.at;
    const found = !this.atEnd && this.match(expression, most) !== undefined;
    this.at = before;
    return found;
  }

  /**
   * Passes the end of a block. It may be missing where the message ends, where another marker or a control token
   * follows, and where a family has none.
   */
  close(closes: readonly string[], open_ended = false): void {
    const before = this.at;
    this.skip();
    if (closes.length > 0 && this.take(...closes) !== undefined) return;
    if (!open_ended && !this.mayEnd()) this.fail();
    this.at = before;
  }

  /** Values by their names. A name that stands there twice is no call: one of its values would be lost. */
  record(pairs: readonly (readonly [string, unknown])[]): Record<string, unknown> {
    const record = Object.fromEntries(pairs);
    return Object.keys(record).length === pairs.length ? record : this.fail();
  }
}
