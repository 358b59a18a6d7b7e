/**
 * Where the statements of a TOML text stand, with every span, so that the text can be edited in place. The text must
 * be valid TOML; nothing is judged here.
 */
import type { Span } from "./json-edit.ts";

/** An array's index is a number, so that no table of an array is taken for another one. */
export type TomlPath = readonly (string | number)[];

export interface TomlHeader {
  kind: "header";
  path: TomlPath;
  /** The whole line, its break included. */
  line: Span;
}

export interface TomlPair {
  kind: "pair";
  path: TomlPath;
  /** What its key is relative to: the path of the header above it, or of the inline table around it. */
  base: TomlPath;
  key: Span;
  value: Span;
  /** From the beginning of its first line to the break of its last; absent within an inline table. */
  line?: Span;
  /** Set where the value is an inline table. */
  members?: readonly TomlPair[];
}

export type TomlStatement = TomlHeader | TomlPair;

/** In the order of the text. Members of inline tables are within the pair that holds them. */
export function scanToml(text: string): TomlStatement[] {
  return new Scanner(text).document();
}

class Scanner {
  private readonly text: string;
  private position = 0;
  /** How many tables each array of tables has so far. */
  private readonly lengths = new Map<string, number>();

  constructor(text: string) {
    this.text = text;
  }

  document(): TomlStatement[] {
    const statements: TomlStatement[] = [];
    let base: TomlPath = [];
    while ((this.skip(/(?:[\s\uFEFF]|#[^\n]*)+/y), this.position < this.text.length)) {
      const start = this.lineStart();
      const statement = this.text[this.position] === "[" ? this.header() : this.pair(base);
      if (statement.kind === "header") base = statement.path;
      this.skip(/[^\n]*\n?/y);
      statements.push({ ...statement, line: { start, end: this.position } });
    }
    return statements;
  }

  private lineStart(): number {
    const start = this.text.lastIndexOf("\n", this.position - 1) + 1;
    return this.text[start] === "\uFEFF" ? start + 1 : start;
  }

  private header(): TomlHeader {
    const isArray = this.text.startsWith("[[", this.position);
    this.position += isArray ? 2 : 1;
    const path: (string | number)[] = [];
    const names = this.dottedKey();
    for (const [index, name] of names.entries()) {
      path.push(name);
      const key = JSON.stringify(path);
      const length = this.lengths.get(key);
      const opens = isArray && index === names.length - 1;
      if (opens) this.lengths.set(key, (length ?? 0) + 1);
      if (opens) path.push(length ?? 0);
      else if (length !== undefined) path.push(length - 1);
    }
    return { kind: "header", path, line: { start: 0, end: 0 } };
  }

  private pair(base: TomlPath): TomlPair {
    const start = this.position;
    const names = this.dottedKey();
    const key = { start, end: this.position };
    const path = [...base, ...names];
    this.skip(/[ \t]*=[ \t]*/y);
    const from = this.position;
    const members = this.value(path);
    // Whatever it was, it goes on: the text has been parsed before.
    if (this.position === start) this.position++;
    const value = { start: from, end: this.position };
    return { kind: "pair", path, base, key, value, ...(members && { members }) };
  }

  private dottedKey(): string[] {
    const names: string[] = [];
    do {
      this.skip(/[ \t]*/y);
      const text = this.skip(/[\w-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'/y);
      if (text === "") break;
      names.push(unquoted(text));
    } while (this.skip(/[ \t]*\.(?=[ \t]*["'\w-])/y) !== "");
    return names;
  }

  /** Goes behind the value. The pairs of an inline table; undefined for any other value. */
  private value(path: TomlPath): TomlPair[] | undefined {
    if (this.text[this.position] === "{") return this.inlineTable(path);
    if (this.text[this.position] === "[") this.array(path);
    else this.skip(/"""(?:[^\\]|\\[^])*?"{3,5}|'''[^]*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^,\]}\r\n#]*[^,\]}\s#]/y);
    return undefined;
  }

  private inlineTable(path: TomlPath): TomlPair[] {
    const pairs: TomlPair[] = [];
    this.position++;
    for (;;) {
      this.skip(BETWEEN);
      if (this.position >= this.text.length || this.text[this.position] === "}") break;
      pairs.push(this.pair(path));
    }
    this.position++;
    return pairs;
  }

  private array(path: TomlPath): void {
    this.position++;
    for (let index = 0; ; index++) {
      this.skip(BETWEEN);
      if (this.position >= this.text.length || this.text[this.position] === "]") break;
      const before = this.position;
      this.value([...path, index]);
      if (this.position === before) this.position++;
    }
    this.position++;
  }

  /** Goes past what the sticky pattern matches here, and returns it. */
  private skip(pattern: RegExp): string {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text)?.[0] ?? "";
    this.position += found.length;
    return found;
  }
}

const BETWEEN = /(?:[\s,]|#[^\n]*)+/y;

/** What a key or string of TOML says. */
export function unquoted(text: string): string {
  if (text.startsWith("'")) return text.slice(1, -1);
  if (!text.startsWith('"')) return text;
  const hex = (_: string, digits: string): string => String.fromCodePoint(Math.min(parseInt(digits, 16), 0x10ffff));
  const simple = text
    .slice(1, -1)
    .replaceAll(/\\U([\da-fA-F]{8})/g, hex)
    .replaceAll(/\\x([\da-fA-F]{2})/g, hex);
  try {
    return JSON.parse(`"${simple}"`) as string;
  } catch {
    return simple;
  }
}
