/**
 * A message that is a tool call and nothing else, written as plain JSON: what small models answer when they forget
 * their own markers. It is kept back only as long as it can still be one; all other text goes through at once.
 */
import { readBareCalls } from "./bare-json.ts";
import { isResidue } from "./residue.ts";
import type { Piece } from "./text-call.ts";

/** What the object of a call may hold. */
const KEYS = ["name", "arguments", "parameters", "type", "id", "function"];
/** A longer one is text: it must not be kept for ever. In characters. */
const MAX_HELD = 4 * 1024 * 1024;
/** Residue behind a call is no longer. */
const MAX_TAIL = 200;
const FENCE = "```";
const MAX_FENCE_WORD = 16;

/** Where the scan is. `open` waits for an object, `between` and `listed` have read at least one. */
type Place = "open" | "fence" | "key" | "in_key" | "value" | "between" | "listed" | "closing" | "done" | "tail";

export class BareCallScanner {
  private readonly declared: ReadonlySet<string>;
  private held = "";
  private place: Place = "open";
  private fenced = false;
  private listed = false;
  /** What of a key, of a fence or of its word has come. */
  private part = "";
  private depth = 0;
  private quoted = false;
  private escaped = false;
  private found = false;
  /** What follows the call and may be residue. */
  private tail = "";
  /** A comma or the like has come, and another call must follow. */
  private more = false;

  constructor(declared: ReadonlySet<string>) {
    this.declared = declared;
  }

  /** Undefined as long as the text may be a call; then what it came to, after which nothing more is to be fed. */
  feed(text: string): Piece[] | undefined {
    this.held += text;
    if (this.held.length > MAX_HELD) return this.release();
    // Not within `held`: to look into it joins all of it anew for each delta.
    for (const char of text) if (!this.step(char)) return this.release();
    return undefined;
  }

  /** The message has ended. */
  end(): Piece[] {
    const { place, listed, fenced, held, tail } = this;
    const whole = place === "done" || (!fenced && (place === "listed" || (place === "between" && !listed)));
    const residue = place === "tail" && isResidue(tail);
    const calls = whole || residue ? readBareCalls(held.slice(0, held.length - tail.length)) : undefined;
    return calls ? [{ kind: "calls", raw: held, calls, bare: true, ...(residue && { residue }) }] : this.release();
  }

  /** It is text. Where it names a tool and is broken, or goes on behind the call, that is told. */
  private release(): Piece[] {
    if (this.held === "") return [];
    const name = /"name"\s*:\s*"([^"\\]{1,64})"/.exec(this.held.slice(0, 400))?.[1] ?? "";
    const told = (this.found || this.place === "value") && this.declared.has(name);
    const text: Piece = { kind: "text", text: this.held };
    return told ? [{ kind: "left", name }, text] : [text];
  }

  /** Whether it may still be a call with this character. */
  private step(char: string): boolean {
    switch (this.place) {
      case "open":
        return this.open(char);
      case "fence":
        return this.fence(char);
      case "key":
        if (char === '"') this.place = "in_key";
        this.part = "";
        return char === '"' || isBlank(char);
      case "in_key":
        return this.key(char);
      case "value":
        this.value(char);
        return true;
      case "between":
        return this.between(char);
      case "listed":
        return isBlank(char) || this.close(char) || (!this.fenced && this.endWith(char));
      case "closing":
        return this.close(char);
      case "done":
        return isBlank(char) || this.endWith(char);
      case "tail":
        this.tail += char;
        return this.tail.length <= MAX_TAIL;
    }
  }

  private open(char: string): boolean {
    if (isBlank(char)) return true;
    if (char === "{") this.enter();
    else if (char === "[" && !this.listed && !this.found) this.listed = true;
    else if (char === "`" && !this.fenced && !this.listed && !this.found) {
      this.fenced = true;
      this.part = char;
      this.place = "fence";
    } else return false;
    return true;
  }

  private enter(): void {
    this.place = "key";
    this.depth = 1;
    this.more = false;
  }

  private fence(char: string): boolean {
    if (char === "\n" && this.part.length >= FENCE.length) {
      this.place = "open";
      return true;
    }
    this.part += char;
    if (this.part.length <= FENCE.length) return char === "`";
    return this.part.length < FENCE.length + MAX_FENCE_WORD && /[\w \t\r]/.test(char);
  }

  private key(char: string): boolean {
    if (char === '"') {
      this.place = "value";
      return KEYS.includes(this.part);
    }
    this.part += char;
    return KEYS.some((key) => key.startsWith(this.part));
  }

  /** The call's own object has the depth 1. */
  private value(char: string): void {
    if (this.quoted) {
      if (this.escaped) this.escaped = false;
      else if (char === "\\") this.escaped = true;
      else if (char === '"') this.quoted = false;
    } else if (char === '"') this.quoted = true;
    else if (char === "{" || char === "[") this.depth++;
    else if (char === "}" || char === "]") {
      if (--this.depth > 0) return;
      this.place = "between";
      this.found = true;
    } else if (char === "," && this.depth === 1) this.place = "key";
  }

  private between(char: string): boolean {
    if (isBlank(char)) return true;
    if (char === "{" && (!this.listed || this.more)) this.enter();
    else if ((char === "," || (char === ";" && !this.listed)) && !this.more) this.more = true;
    else if (char === "]" && this.listed && !this.more) this.place = "listed";
    else if (this.listed || this.more) return false;
    else return this.close(char) || (!this.fenced && this.endWith(char));
    return true;
  }

  /** Control tokens, or the tag that closes what nothing has opened. */
  private endWith(char: string): boolean {
    if (char !== "<" && char !== "[") return false;
    this.place = "tail";
    this.tail = char;
    return true;
  }

  private close(char: string): boolean {
    if (!this.fenced || char !== "`" || this.more) return false;
    this.part = this.place === "closing" ? this.part + char : char;
    this.place = this.part.length === FENCE.length ? "done" : "closing";
    return true;
  }
}

function isBlank(char: string): boolean {
  return char === " " || char === "\n" || char === "\r" || char === "\t";
}
