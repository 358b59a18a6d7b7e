/** Reads patterns of JSON schemas (ECMA-262 with `u`), but no references to groups: their matching is not bounded. */

/** One character of a text, as a code point. */
export interface CharacterTest {
  has(code: number): boolean;
}

export type PatternNode =
  | { kind: "character"; test: CharacterTest }
  | { kind: "sequence" | "choice"; parts: readonly PatternNode[] }
  | { kind: "repeat"; part: PatternNode; least: number; most: number }
  | { kind: "edge"; edge: "start" | "end" | "word" | "no_word" }
  | { kind: "look"; part: PatternNode; behind: boolean; negated: boolean };

// Longer patterns, and such as are nested deeper, are not read.
const MAX_LENGTH = 4096;
const MAX_DEPTH = 100;

/** Undefined for what is no pattern, or none that is read here. */
export function parsePattern(source: string): PatternNode | undefined {
  if (source.length > MAX_LENGTH) return undefined;
  try {
    // Throws for what the rest need not check then.
    void new RegExp(source, "u");
    return new Parser(source).whole();
  } catch {
    return undefined;
  }
}

class Parser {
  private readonly source: string;
  private at = 0;
  private depth = 0;

  constructor(source: string) {
    this.source = source;
  }

  whole(): PatternNode {
    const node = this.choice();
    if (this.at < this.source.length) throw new Error("not read to its end");
    return node;
  }

  private choice(): PatternNode {
    if (++this.depth > MAX_DEPTH) throw new Error("nested too deep");
    const parts = [this.sequence()];
    while (this.take("|")) parts.push(this.sequence());
    this.depth--;
    return parts.length === 1 && parts[0] ? parts[0] : { kind: "choice", parts };
  }

  private sequence(): PatternNode {
    const parts: PatternNode[] = [];
    while (!/^[|)]?$/.test(this.source.charAt(this.at))) parts.push(this.repeated(this.term()));
    return { kind: "sequence", parts };
  }

  private repeated(part: PatternNode): PatternNode {
    const found = this.read(/(?:[*+?]|\{(\d+)(,(\d*))?\})\??/y);
    if (!found) return part;
    const [sign, low, comma, high] = found;
    const least = low === undefined ? (sign.startsWith("+") ? 1 : 0) : Number(low);
    const open = comma !== undefined && high === "";
    const most = low === undefined ? (sign.startsWith("?") ? 1 : Infinity) : open ? Infinity : Number(high ?? low);
    return { kind: "repeat", part, least, most };
  }

  private term(): PatternNode {
    const edge = EDGES[this.read(/[$^]|\\[bB]/y)?.[0] ?? ""];
    if (edge) return { kind: "edge", edge };
    if (this.take(".")) return { kind: "character", test: ANY };
    const next = this.source[this.at];
    if (next === "(") return this.group();
    // From `[` to its `]`, which only an escape can hide; or kinds of characters.
    const set = this.read(/\[(?:[^\]\\]|\\.)*\]|\\(?:[dDsSwW]|[pP]\{[^}]*\})/suy);
    if (set) return { kind: "character", test: new NativeSet(set[0]) };
    const code = next === "\\" ? this.escapedCode() : this.codePoint();
    return { kind: "character", test: { has: (other) => other === code } };
  }

  private group(): PatternNode {
    const head = this.read(/\((?:\?(?:<?([=!])|:|<[^>]*>))?/y)?.[0] ?? "";
    // `(?i:…)` changes what letters mean.
    if (head === "(" && this.source[this.at] === "?") throw new Error("a group of a kind that is not read");
    const part = this.choice();
    if (!this.take(")")) throw new Error("a group without its end");
    const negated = head.endsWith("!");
    return negated || head.endsWith("=") ? { kind: "look", part, behind: head.startsWith("(?<"), negated } : part;
  }

  private escapedCode(): number {
    if (this.read(/\\[k1-9]/y)) throw new Error("a reference to a group");
    const hex = this.read(/\\(?:x([\da-fA-F]{2})|u\{([\da-fA-F]+)\}|u([\da-fA-F]{4}))/y);
    if (hex) {
      const code = Number.parseInt(hex[1] ?? hex[2] ?? hex[3] ?? "", 16);
      return hex[3] === undefined ? code : this.pairedWith(code);
    }
    const control = this.read(/\\c([^])/y);
    if (control) return (control[1] ?? "").charCodeAt(0) % 32;
    this.at++;
    const letter = this.codePoint();
    return CONTROLS[String.fromCodePoint(letter)] ?? letter;
  }

  /** Two escapes of halves are one character. */
  private pairedWith(high: number): number {
    const low = high >= 0xd800 && high <= 0xdbff ? this.read(/\\u([dD][c-fC-F][\da-fA-F]{2})/y) : null;
    return low ? (high - 0xd800) * 0x400 + (Number.parseInt(low[1] ?? "", 16) - 0xdc00) + 0x10000 : high;
  }

  private codePoint(): number {
    const code = this.source.codePointAt(this.at) ?? 0;
    this.at += code > 0xffff ? 2 : 1;
    return code;
  }

  private take(sign: string): boolean {
    if (this.source[this.at] !== sign) return false;
    this.at++;
    return true;
  }

  /** Goes past what the sticky pattern finds here. */
  private read(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.source);
    if (found) this.at += found[0].length;
    return found;
  }
}

type Edge = Extract<PatternNode, { kind: "edge" }>["edge"];
const EDGES: Readonly<Record<string, Edge>> = { "^": "start", $: "end", "\\b": "word", "\\B": "no_word" };
const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, 0: 0 };

const LINE_ENDS = new Set([0x0a, 0x0d, 0x2028, 0x2029]);
const ANY: CharacterTest = { has: (code) => !LINE_ENDS.has(code) };

const ASCII = 128;
const IN = 1;
const OUT = 2;

/** What a set of characters holds, the runtime itself knows best. Asked of one character it cannot take long. */
class NativeSet implements CharacterTest {
  private readonly pattern: RegExp;
  private readonly known = new Uint8Array(ASCII);

  constructor(source: string) {
    this.pattern = new RegExp(`^${source}$`, "u");
  }

  has(code: number): boolean {
    if (code >= ASCII) return this.pattern.test(String.fromCodePoint(code));
    const known = this.known[code];
    if (known !== 0) return known === IN;
    const is = this.pattern.test(String.fromCodePoint(code));
    this.known[code] = is ? IN : OUT;
    return is;
  }
}
