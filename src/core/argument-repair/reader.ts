/**
 * Reads a JSON object piece by piece, knows the schema's place of each value, and repairs values on the way. What was
 * read goes out at once; held back are a key until its value begins, a value that may need a repair until it is whole,
 * a closing quote until the next sign shows that it is one, and the last bracket. From the first thing that JSON does
 * not allow on, nothing goes out. All else is written byte for byte as it came.
 *
 * Each character is looked at a fixed number of times, whatever the cuts. Beside what is held, the reader remembers the
 * keys of open objects, and where it changed something.
 */
import { wellFormedJson } from "../json-string.ts";
import { ARRAY, OBJECT, STRING } from "./kinds.ts";
import { ANYTHING, type Place, type Places } from "./places.ts";
import { DROP, isNumber, repairString, repairWord, type ReadText, type Repair } from "./values.ts";

/** A change of the text as it came. */
export interface Change {
  start: number;
  end: number;
  by: string;
}

interface Frame {
  is_object: boolean;
  place: Place;
  /** That have come; only where something is known of them. */
  keys: Set<string> | undefined;
  /** Values that were written. */
  written: number;
  /** Values that have come. */
  count: number;
  /** Of all items that are still to come, where it is the same. */
  item: Place | undefined;
}

/** An array or object of which only the whole shows what it is meant to be. */
interface Held {
  place: Place;
  depth: number;
  start: number;
  gap: string;
  text: string;
}

type State =
  | "start"
  | "first_key"
  | "next_key"
  | "key"
  | "colon"
  | "value"
  | "first_item"
  | "string"
  | "escape"
  | "held_string"
  | "word"
  | "after"
  | "closed"
  | "broken";

export interface ReaderOptions {
  places: Places;
  /** Of the whole value. */
  place: Place;
  /** Reads arrays and objects that stand in strings. */
  read: ReadText;
  /** The text of a whole array or object as the only branch has it that can be meant. */
  decide: (text: string, place: Place) => string;
  /** Whether an array may stand there instead of an object. */
  arrays: boolean;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const FIRST_PRINTABLE = 0x20;

export class RepairingReader {
  /** In the order of the text, and none within another. */
  readonly changes: Change[] = [];
  private readonly options: ReaderOptions;
  private state: State = "start";
  private readonly frames: Frame[] = [];
  /** What goes out of this piece. */
  private out = "";
  /** White space, comma and key that go out with the next value. */
  private gap = "";
  /** A key, a word, an escape, or a string that is held. */
  private token = "";
  private token_start = 0;
  /** In a key or a string that is held: a backslash came before. */
  private is_escaped = false;
  /** A closing quote that has not gone out. */
  private quote = "";
  /** A member was dropped of which nothing before it has gone out: its comma goes, too. */
  private dropped: Change | undefined;
  private held: Held | undefined;
  /** Of the next value. */
  private place: Place;
  private is_optional = false;
  /** Place in the text of the sign that is being read, and of the first that has not gone out. */
  private at = 0;
  private gone = 0;
  private key_start = 0;
  /** Length of what stands before the key. */
  private lead = 0;
  /** The last bracket and what follows it. */
  private ending = "";

  constructor(options: ReaderOptions) {
    this.options = options;
    this.place = options.place;
  }

  /** Whether nothing more goes out before the end, since something cannot be read. */
  get is_broken(): boolean {
    return this.state === "broken";
  }

  /** The last bracket with the white space around it; undefined as long as it has not come. */
  get rest(): string | undefined {
    return this.state === "closed" ? this.ending : undefined;
  }

  /** How much of the text has gone out. */
  get sent(): number {
    return this.gone;
  }

  /** What goes out of this piece of the text. */
  feed(piece: string): string {
    this.out = "";
    const from = this.at;
    for (let i = 0; i < piece.length && this.state !== "broken"; i = this.at - from) this.step(piece, i);
    return this.out;
  }

  private step(piece: string, i: number): void {
    switch (this.state) {
      case "string":
        return this.inString(piece, i);
      case "escape":
        return this.inEscape(piece.charAt(i));
      case "key":
      case "held_string":
        return this.inToken(piece, i);
      case "word":
        return this.inWord(piece, i);
      default:
        return this.between(piece.charAt(i), piece.charCodeAt(i));
    }
  }

  private between(char: string, code: number): void {
    if (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) return this.blank(char);
    switch (this.state) {
      case "start":
        return char === "{" || (char === "[" && this.options.arrays) ? this.value(char, code) : this.breakOff();
      case "first_key":
        return char === "}" ? this.close(char) : this.key(char, code);
      case "next_key":
        return this.key(char, code);
      case "colon":
        if (char !== ":") return this.breakOff();
        this.state = "value";
        return this.keep(char);
      case "first_item":
        return char === "]" ? this.close(char) : this.item(char, code);
      case "value":
        return this.frames.at(-1)?.is_object === false ? this.item(char, code) : this.value(char, code);
      case "after":
        return code === COMMA ? this.comma(char) : this.close(char);
      default:
        return this.breakOff();
    }
  }

  private breakOff(): void {
    this.state = "broken";
  }

  private blank(char: string): void {
    if (this.state === "closed") this.ending += char;
    else if (!this.dropped) this.gap += char;
    this.at++;
  }

  private keep(char: string): void {
    this.gap += char;
    this.at++;
  }

  /** Writes what has been read up to, not including, this place of the text. */
  private write(text: string, end: number): void {
    if (this.held) {
      this.held.text += text;
      return;
    }
    this.out += text;
    this.gone = end;
  }

  private comma(char: string): void {
    const frame = this.frames.at(-1);
    this.writeQuote();
    if (this.dropped) this.at++;
    else this.keep(char);
    this.state = frame?.is_object ? "next_key" : "value";
  }

  private writeQuote(): void {
    if (this.quote === "") return;
    this.write(this.quote, this.at - this.gap.length);
    this.quote = "";
  }

  private key(char: string, code: number): void {
    if (code !== QUOTE) return this.breakOff();
    if (this.dropped) this.dropped.end = this.at;
    this.dropped = undefined;
    this.key_start = this.at;
    this.lead = this.gap.length;
    this.beginToken("key", char);
  }

  private beginToken(state: "key" | "held_string" | "word", char: string): void {
    this.state = state;
    this.token = char;
    this.token_start = this.at;
    this.is_escaped = false;
    this.at++;
  }

  private item(char: string, code: number): void {
    this.place = this.itemPlace();
    this.is_optional = false;
    this.value(char, code);
  }

  private itemPlace(): Place {
    const frame = this.frames.at(-1);
    if (!frame || frame.place === ANYTHING) return ANYTHING;
    if (frame.item) return frame.item;
    const { places } = this.options;
    const place = places.item(frame.place, frame.count);
    if (places.isUniform(frame.place, frame.count)) frame.item = place;
    return place;
  }

  private value(char: string, code: number): void {
    const { kinds } = this.place;
    if (code === QUOTE) {
      if ((kinds & STRING) === 0) return this.beginToken("held_string", char);
      this.at++;
      this.write(this.gap + char, this.at);
      this.gap = "";
      this.state = "string";
    } else if (char === "{" || char === "[") this.open(char);
    else this.beginToken("word", char);
  }

  private open(char: "{" | "["): void {
    const is_object = char === "{";
    const { kinds, object_branches, array_branches } = this.place;
    const known = (kinds & (is_object ? OBJECT : ARRAY)) === 0 ? ANYTHING : this.place;
    const branches = is_object ? object_branches : array_branches;
    const is_undecided = known !== ANYTHING && branches !== undefined;
    if (is_undecided && branches.length > 0) {
      this.held = { place: known, depth: this.frames.length, start: this.at, gap: this.gap, text: "" };
      this.gap = "";
    }
    const place = is_undecided ? ANYTHING : known;
    const knows = is_object && place.objects.length > 0;
    this.frames.push({ is_object, place, keys: knows ? new Set() : undefined, written: 0, count: 0, item: undefined });
    this.at++;
    this.write(this.gap + char, this.at);
    this.gap = "";
    this.state = is_object ? "first_key" : "first_item";
  }

  private close(char: string): void {
    const frame = this.frames.at(-1);
    if (!frame || char !== (frame.is_object ? "}" : "]")) return this.breakOff();
    this.writeQuote();
    if (this.dropped) this.dropped.end = this.at;
    this.dropped = undefined;
    this.frames.pop();
    this.at++;
    const is_last = this.frames.length === 0;
    if (this.held?.depth === this.frames.length) this.release(this.held, this.gap + char, is_last);
    else if (is_last) this.ending = this.gap + char;
    else this.write(this.gap + char, this.at);
    this.gap = "";
    if (is_last) this.state = "closed";
    else this.done();
  }

  private release({ place, start, gap, text }: Held, tail: string, is_last: boolean): void {
    this.held = undefined;
    const came = text + tail;
    const by = this.options.decide(came, place);
    if (!is_last) {
      if (by !== came) this.changes.push({ start, end: this.at, by });
      this.write(gap + by, this.at);
      return;
    }
    const body = by.slice(0, -1);
    if (by !== came) this.changes.push({ start, end: this.at - 1, by: body });
    this.write(gap + body, this.at - 1);
    this.ending = by.slice(-1);
  }

  /** A value is over, and has been written. */
  private done(): void {
    const frame = this.frames.at(-1);
    if (!frame) return;
    frame.count++;
    frame.written++;
    this.state = "after";
  }

  private inString(piece: string, from: number): void {
    let i = from;
    for (; i < piece.length; i++) {
      const code = piece.charCodeAt(i);
      if (code === QUOTE || code === BACKSLASH || code < FIRST_PRINTABLE) break;
    }
    this.at += i - from;
    if (i > from) this.write(i - from === piece.length ? piece : piece.slice(from, i), this.at);
    if (i === piece.length) return;
    const code = piece.charCodeAt(i);
    if (code < FIRST_PRINTABLE) return this.breakOff();
    this.at++;
    if (code === QUOTE) {
      this.quote = '"';
      this.done();
      return;
    }
    this.token = "\\";
    this.state = "escape";
  }

  /** Half a surrogate pair counts as something that cannot be read: it is repaired with the whole text. */
  private inEscape(char: string): void {
    const { length } = this.token;
    this.token += char;
    this.at++;
    if (length === 1) {
      if (char !== "u") return '"\\/bfnrt'.includes(char) ? this.endEscape() : this.breakOff();
    } else if (length === 6 || length === 7) {
      if (char !== "\\u".charAt(length - 6)) return this.breakOff();
    } else if (!/[\da-fA-F]/.test(char)) return this.breakOff();
    if (length === 5) {
      const half = halfOf(this.token);
      if (half === undefined) return this.endEscape();
      if (half === "second") return this.breakOff();
    } else if (length === 11) return halfOf(this.token.slice(6)) === "second" ? this.endEscape() : this.breakOff();
  }

  private endEscape(): void {
    this.write(this.token, this.at);
    this.state = "string";
  }

  /** A key, or a string that is held. */
  private inToken(piece: string, from: number): void {
    let i = from;
    let is_over = false;
    for (; i < piece.length && !is_over; i++) {
      const code = piece.charCodeAt(i);
      if (code < FIRST_PRINTABLE) return this.breakOff();
      if (this.is_escaped) this.is_escaped = false;
      else if (code === BACKSLASH) this.is_escaped = true;
      else is_over = code === QUOTE;
    }
    this.token += piece.slice(from, i);
    this.at += i - from;
    if (!is_over) return;
    const text = textOf(this.token);
    if (text === undefined) return this.breakOff();
    if (this.state === "key") return this.endKey(text);
    const { places, read } = this.options;
    this.resolve(repairString(this.token, this.place, this.is_optional, places, read), this.token);
  }

  private endKey(key: string): void {
    const frame = this.frames.at(-1);
    this.gap += this.token;
    this.state = "colon";
    this.place = ANYTHING;
    this.is_optional = false;
    if (!frame?.keys) return;
    // Which of two values is read, nobody knows: the second stays as it is.
    if (frame.keys.has(key)) return;
    frame.keys.add(key);
    const member = this.options.places.member(frame.place, key);
    this.place = member.place;
    this.is_optional = member.optional;
  }

  private inWord(piece: string, from: number): void {
    let i = from;
    while (i < piece.length && isWordSign(piece.charCodeAt(i))) i++;
    this.token += piece.slice(from, i);
    this.at += i - from;
    if (i === piece.length) return;
    const { token } = this;
    if (token !== "true" && token !== "false" && token !== "null" && !isNumber(token)) return this.breakOff();
    this.resolve(repairWord(token, this.place, this.is_optional, this.options.places), token);
  }

  /** The held value is over: it goes out, or what it is repaired to. */
  private resolve(repair: Repair, came: string): void {
    if (repair === DROP) return this.drop();
    if (repair !== undefined && repair !== came)
      this.changes.push({ start: this.token_start, end: this.at, by: repair });
    this.write(this.gap + (repair ?? came), this.at);
    this.gap = "";
    this.done();
  }

  private drop(): void {
    const frame = this.frames.at(-1);
    if (!frame) return;
    frame.count++;
    this.state = "after";
    if (frame.written > 0) {
      this.changes.push({ start: this.gone, end: this.at, by: "" });
      this.gap = "";
      this.gone = this.at;
      return;
    }
    // What stands before the key stays, for the member that comes first now.
    this.gap = this.gap.slice(0, this.lead);
    this.dropped = { start: this.key_start, end: this.at, by: "" };
    this.changes.push(this.dropped);
  }
}

/** Which half of a surrogate pair an escape stands for. */
function halfOf(escape: string): "first" | "second" | undefined {
  const code = Number.parseInt(escape.slice(2), 16);
  if (code < 0xd800 || code > 0xdfff) return undefined;
  return code < 0xdc00 ? "first" : "second";
}

function isWordSign(code: number): boolean {
  return (
    (code >= 0x30 && code <= 0x39) ||
    (code >= 0x61 && code <= 0x7a) ||
    code === 0x2d ||
    code === 0x2b ||
    code === 0x2e ||
    code === 0x45
  );
}

/** The text of a whole JSON string; undefined for what is none, or holds half a surrogate pair as an escape. */
function textOf(json: string): string | undefined {
  if (!json.includes("\\")) return json.slice(1, -1);
  if (wellFormedJson(json) !== json) return undefined;
  try {
    return JSON.parse(json) as string;
  } catch {
    return undefined;
  }
}
