/**
 * The input of a freeform tool while it comes as arguments of a function: the text of the string in `{"input": "…"}`, or
 * the text itself where the model left out the JSON.
 *
 * An encoder is meant to use it so, for each call of a freeform tool that an upstream knows as a function:
 *
 *     const stream = new FreeformStream();
 *     write(stream.feed(delta));                                   // each delta; often "", for what is held back
 *     const whole = finishedInput(tool.name, stream.text, …);      // only at the reply's proper end
 *     write(stream.end(whole).rest);
 *
 * Held back to the end are: every other object, since a later key may be the one that counts; a text in quotes, in a
 * fence or in brackets, within `input` too, since what is around the whole text is taken off; and all behind something
 * that cannot be read. A patch is repaired as a whole, so `end` of a repaired patch seldom agrees with what went out:
 * then nothing more goes out, and the item that is done, which is what clients run, says the whole text.
 */
import { GrowingText } from "../growing-text.ts";

type State = "start" | "raw" | "brace" | "key" | "colon" | "open" | "text" | "escape" | "held" | "closed";

const KEY = '"input"';
/** What stands around a whole text and is taken off, begins so. */
const WRAPPED = new Set(["`", '"', "'", "{"]);
const SIMPLE = new Map([
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
]);
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;

export class FreeformStream {
  private readonly written = new GrowingText();
  private readonly sent = new GrowingText();
  private state: State = "start";
  /** White space before the first word, which goes out with it. */
  private blanks = "";
  private key = "";
  private escape = "";
  /** Whether anything but white space of the text has come. */
  private has_begun = false;
  private out = "";
  /** Half a character, which goes out with its other half. */
  private half = "";

  /** All that has come. */
  get text(): string {
    return this.written.value;
  }

  /** What may go out now. */
  feed(delta: string): string {
    this.written.add(delta);
    this.out = "";
    for (let i = 0; i < delta.length;) i = this.step(delta, i);
    const out = this.half + this.out;
    const last = out.charCodeAt(out.length - 1);
    const is_split = last >= 0xd800 && last <= 0xdbff;
    this.half = is_split ? out.slice(-1) : "";
    const told = (is_split ? out.slice(0, -1) : out).toWellFormed();
    this.sent.add(told);
    return told;
  }

  /**
   * The rest of the whole input. Where that begins otherwise than what has gone out, nothing more can be sent: `agrees`
   * is false, and only an event with the whole input can say it.
   */
  end(whole: string): { rest: string; agrees: boolean } {
    const sent = this.sent.value;
    return whole.startsWith(sent) ? { rest: whole.slice(sent.length), agrees: true } : { rest: "", agrees: false };
  }

  private step(delta: string, i: number): number {
    const char = delta.charAt(i);
    switch (this.state) {
      case "raw":
        this.out += delta.slice(i);
        return delta.length;
      case "text":
        return this.inText(delta, i);
      case "escape":
        this.inEscape(char);
        return i + 1;
      case "start":
        this.start(char);
        return i + 1;
      case "held":
      case "closed":
        return delta.length;
      default:
        this.before(char);
        return i + 1;
    }
  }

  private start(char: string): void {
    if (isBlank(char)) this.blanks += char;
    else if (char === "{") this.state = "brace";
    else if (WRAPPED.has(char)) this.state = "held";
    else {
      this.out += this.blanks + char;
      this.state = "raw";
    }
  }

  private before(char: string): void {
    if (this.state === "key") {
      this.key += char;
      if (this.key === KEY) this.state = "colon";
      else if (!KEY.startsWith(this.key)) this.state = "held";
      return;
    }
    if (isBlank(char)) return;
    if (this.state === "brace" && char === '"') {
      this.key = char;
      this.state = "key";
    } else if (this.state === "colon" && char === ":") this.state = "open";
    else if (this.state === "open" && char === '"') {
      this.state = "text";
      this.blanks = "";
    } else this.state = "held";
  }

  private inText(delta: string, from: number): number {
    let i = from;
    for (; i < delta.length; i++) {
      const code = delta.charCodeAt(i);
      if (code === QUOTE || code === BACKSLASH || code < FIRST_PRINTABLE) break;
    }
    if (i > from) this.say(delta.slice(from, i));
    if (i === delta.length || this.state !== "text") return i;
    const code = delta.charCodeAt(i);
    if (code === BACKSLASH) this.state = "escape";
    else this.state = code === QUOTE ? "closed" : "held";
    this.escape = "";
    return i + 1;
  }

  private inEscape(char: string): void {
    this.escape += char;
    if (this.escape.length === 1 && char !== "u") {
      const text = SIMPLE.get(char);
      this.state = text === undefined ? "held" : "text";
      if (text !== undefined) this.say(text);
      return;
    }
    if (this.escape.length > 1 && !/[\da-fA-F]/.test(char)) {
      this.state = "held";
      return;
    }
    if (this.escape.length < 5) return;
    this.state = "text";
    this.say(String.fromCharCode(Number.parseInt(this.escape.slice(1), 16)));
  }

  private say(text: string): void {
    if (this.has_begun) {
      this.out += text;
      return;
    }
    this.blanks += text;
    const first = text.trimStart().charAt(0);
    if (first === "") return;
    if (WRAPPED.has(first)) this.state = "held";
    else this.out += this.blanks;
    this.has_begun = true;
  }
}

function isBlank(char: string): boolean {
  return char === " " || char === "\n" || char === "\r" || char === "\t";
}
