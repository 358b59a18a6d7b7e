/** Edits the text of valid JSON without parsing it: what is not touched keeps every byte, and prompt caches hold. */
import { closingQuote } from "./json-string.ts";

/** From `start` up to, not including, `end`. */
export interface Span {
  start: number;
  end: number;
}

/** From the beginning of its key to the end of its value. */
export interface Member extends Span {
  key: string;
  value: Span;
}

const QUOTE = 0x22;

/** The members of the object that begins at `at`. A key that stands there twice comes twice. */
export function membersOf(text: string, at: number): Member[] {
  const members: Member[] = [];
  let i = skipBlanks(text, at);
  if (text[i] !== "{") return members;
  i = skipBlanks(text, i + 1);
  while (text[i] === '"') {
    const end = stringEnd(text, i);
    const key: string = JSON.parse(text.slice(i, end));
    const start = skipBlanks(text, skipBlanks(text, end) + 1);
    const value = { start, end: valueEnd(text, start) };
    members.push({ key, start: i, end: value.end, value });
    i = skipBlanks(text, value.end);
    if (text[i] !== ",") break;
    i = skipBlanks(text, i + 1);
  }
  return members;
}

/** The elements of the array that begins at `at`. */
export function elementsOf(text: string, at: number): Span[] {
  const spans: Span[] = [];
  let i = skipBlanks(text, at);
  if (text[i] !== "[") return spans;
  i = skipBlanks(text, i + 1);
  while (i < text.length && text[i] !== "]") {
    const end = valueEnd(text, i);
    spans.push({ start: i, end });
    i = skipBlanks(text, end);
    if (text[i] !== ",") break;
    i = skipBlanks(text, i + 1);
  }
  return spans;
}

/** Collects changes and makes them all at once. */
export class JsonEdit {
  readonly text: string;
  private readonly changes: (Span & { by: string })[] = [];

  constructor(text: string) {
    this.text = text;
  }

  replace({ start, end }: Span, by: string): void {
    if (this.text.slice(start, end) !== by) this.changes.push({ start, end, by });
  }

  /** Takes out one of the neighbors that follow one another by commas. */
  remove(neighbors: readonly Span[], which: ReadonlySet<number>): void {
    const last = neighbors.findLastIndex((_, i) => !which.has(i));
    for (const i of which) {
      const [previous, span, next] = [neighbors[i - 1], neighbors[i], neighbors[i + 1]];
      if (!span) continue;
      // Each takes the comma behind it with it; those behind the last that stays take the one before them.
      if (i < last && next) this.changes.push({ start: span.start, end: next.start, by: "" });
      else this.changes.push({ start: previous?.end ?? span.start, end: span.end, by: "" });
    }
  }

  /** Before the brace that closes the object whose members these are. */
  append(object: Span, members: readonly Member[], added: readonly (readonly [key: string, json: string])[]): void {
    const at = object.end - 1;
    const text = added.map(([key, json]) => `${JSON.stringify(key)}:${json}`).join(",");
    if (text !== "") this.changes.push({ start: at, end: at, by: `${members.length === 0 ? "" : ","}${text}` });
  }

  /** Where a place of the text before stands in the text after: what is cut around it moves it to the cut. */
  moved(place: number): number {
    let by = 0;
    let end = 0;
    for (const { start, end: until, by: text } of this.sorted()) {
      if (start < end) continue;
      if (start >= place) break;
      by += text.length - (Math.min(until, place) - start);
      end = until;
    }
    return place + by;
  }

  private sorted(): (Span & { by: string })[] {
    return this.changes.toSorted((a, b) => a.start - b.start || b.end - a.end);
  }

  result(): string {
    if (this.changes.length === 0) return this.text;
    let out = "";
    let at = 0;
    for (const { start, end, by } of this.sorted()) {
      // What lies within something that was taken out is gone with it.
      if (start < at) continue;
      out += this.text.slice(at, start) + by;
      at = end;
    }
    return out + this.text.slice(at);
  }
}

export function valueSpan(text: string, at = 0): Span {
  const start = skipBlanks(text, at);
  return { start, end: valueEnd(text, start) };
}

export function skipBlanks(text: string, at: number): number {
  let i = at;
  for (;;) {
    const code = text.charCodeAt(i);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return i;
    i++;
  }
}

/** Behind the closing quote. */
export function stringEnd(text: string, at: number): number {
  const end = closingQuote(text, at);
  return end === -1 ? text.length : end + 1;
}

function valueEnd(text: string, at: number): number {
  const first = text.charCodeAt(at);
  if (first === QUOTE) return stringEnd(text, at);
  let i = at;
  if (first !== 0x7b && first !== 0x5b) {
    // A number, true, false or null.
    while (i < text.length && !",]} \n\r\t".includes(text[i] ?? "")) i++;
    return i;
  }
  let depth = 0;
  for (; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) i = stringEnd(text, i) - 1;
    else if (code === 0x7b || code === 0x5b) depth++;
    else if ((code === 0x7d || code === 0x5d) && --depth === 0) return i + 1;
  }
  return text.length;
}
