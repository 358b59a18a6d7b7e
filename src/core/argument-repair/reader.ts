/**
 * Reads a JSON object piece by piece, knows the schema's place of each value, and repairs values on the way. What was
 * read goes out at once; held back are a key until its value begins, a value that may need a repair until it is whole,
 * a closing quote until the next sign shows that it is one, and the last bracket. From the first thing that JSON does
 * not allow on, nothing goes out. All else is written byte for byte as it came.
 *
 * Each character is looked at a fixed number of times, whatever the cuts. Beside what is held, the reader remembers the
 * keys of open objects, and where it changed something.
 */
import { newFrame, nextItem, type Change, type Frame, type Held } from "./frames.ts";
import { ARRAY, OBJECT, STRING } from "./kinds.ts";
import { ANYTHING, type Place, type Places } from "./places.ts";
import { EscapeScan, isBlank, isNumber, plainEnd, StringScan, wordEnd } from "./tokens.ts";
import { DROP, repairString, repairWord, type ReadText, type Repair } from "./values.ts";

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

interface ReaderOptions {
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
const COMMA = 0x2c;

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
  /** A number, `true`, `false` or `null`. */
  private token = "";
  /** A key, or a string that is held. */
  private string = new StringScan();
  private escape = new EscapeScan();
  private token_start = 0;
  /** A closing quote that has not gone out. */
  private quote = "";
  /** A member was dropped of which nothing before it has gone out: its comma goes, too. */
  private dropped: Change | undefined;
  private held: Held | undefined;
  /** Of the next value. */
  private place: Place;
  private is_optional = false;
  private member_key = "";
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
    if (isBlank(code)) return this.blank(char);
    switch (this.state) {
      case "start":
        return char === "{" || (char === "[" && this.options.arrays) ? this.value(char, code) : this.breakOff();
      case "first_key":
        return char === "}" ? this.close(char) : this.key(code);
      case "next_key":
        return this.key(code);
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

  private key(code: number): void {
    if (code !== QUOTE) return this.breakOff();
    if (this.dropped) this.dropped.end = this.at;
    this.dropped = undefined;
    this.key_start = this.at;
    this.lead = this.gap.length;
    this.beginString("key");
  }

  private beginString(state: "key" | "held_string"): void {
    this.state = state;
    this.string = new StringScan();
    this.token_start = this.at;
    this.at++;
  }

  private item(char: string, code: number): void {
    this.place = nextItem(this.frames.at(-1), this.options.places);
    this.is_optional = false;
    this.value(char, code);
  }

  private value(char: string, code: number): void {
    const { kinds } = this.place;
    if (code === QUOTE) {
      if ((kinds & STRING) === 0) return this.beginString("held_string");
      this.at++;
      this.write(this.gap + char, this.at);
      this.gap = "";
      this.state = "string";
    } else if (char === "{" || char === "[") this.open(char);
    else {
      this.state = "word";
      this.token = char;
      this.token_start = this.at;
      this.at++;
    }
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
    this.frames.push(newFrame(is_object, place));
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
    const end = plainEnd(piece, from);
    this.at += end - from;
    if (end > from) this.write(end - from === piece.length ? piece : piece.slice(from, end), this.at);
    if (end === piece.length) return;
    const char = piece.charAt(end);
    if (char !== '"' && char !== "\\") return this.breakOff();
    this.at++;
    if (char === '"') {
      this.quote = char;
      this.done();
      return;
    }
    this.escape = new EscapeScan();
    this.state = "escape";
  }

  private inEscape(char: string): void {
    const is = this.escape.add(char);
    this.at++;
    if (is === "broken") return this.breakOff();
    if (is === "more") return;
    this.write(this.escape.text, this.at);
    this.state = "string";
  }

  private inToken(piece: string, from: number): void {
    const { end, is } = this.string.add(piece, from);
    if (is === "broken") return this.breakOff();
    this.at += end - from;
    if (is === "more") return;
    const { text, json } = this.string;
    if (text === undefined) return this.breakOff();
    if (this.state === "key") return this.endKey(text);
    const { places, read } = this.options;
    this.resolve(repairString(json, this.place, this.is_optional, places, read), json);
  }

  private endKey(key: string): void {
    const frame = this.frames.at(-1);
    this.gap += this.string.json;
    this.state = "colon";
    this.place = ANYTHING;
    this.is_optional = false;
    this.member_key = key;
    if (!frame?.keys) return;
    // Which of two values is read, nobody knows: the second stays as it is.
    if (frame.keys.has(key)) return;
    frame.keys.add(key);
    const member = this.options.places.member(frame.place, key);
    this.place = member.place;
    this.is_optional = member.optional;
  }

  private inWord(piece: string, from: number): void {
    const end = wordEnd(piece, from);
    this.token += piece.slice(from, end);
    this.at += end - from;
    if (end === piece.length) return;
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
    frame.keys?.delete(this.member_key);
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
