/** Finds every statement of a TOML text with its spans, for edits and error messages; also in a broken text. */
import type { Span } from "./json-edit.ts";
import { unescaped } from "./json-string.ts";

/** An array's index is a number, so that no table of an array is taken for another one. */
export type TomlPath = readonly (string | number)[];

interface TomlHeader {
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

/** A key, a part of a dotted key, or an item of an array, where it is written. */
interface TomlPart {
  path: TomlPath;
  offset: number;
}

interface TomlScan {
  /** In the order of the text. Members of inline tables are within the pair that holds them. */
  statements: readonly TomlStatement[];
  /** Every part of every key that is not too deep, and every item of an array. */
  parts: readonly TomlPart[];
  /** The offset of each table's name and each key, also of those within arrays and inline tables. */
  definitions: readonly TomlPart[];
}

export const scanToml = (text: string): TomlScan => new Scanner(text).document();

/** No config has deeper keys; to write down each part of a path takes time that grows with its square. */
const MAX_PATH = 64;
/** The parser refuses deeper values, too. */
const MAX_DEPTH = 1000;

/** What headers have defined: how many tables an array of tables has, and what lies in the last of them. */
interface Defined {
  tables?: number;
  within: Map<string, Defined>;
}

class Scanner {
  private readonly text: string;
  private position = 0;
  private readonly root: Defined = { within: new Map() };
  private readonly parts: TomlPart[] = [];
  private readonly definitions: TomlPart[] = [];

  constructor(text: string) {
    this.text = text;
  }

  document(): TomlScan {
    const statements: TomlStatement[] = [];
    let base: TomlPath = [];
    while ((this.skip(/(?:[\s\uFEFF]|#[^\n]*)+/y), this.position < this.text.length)) {
      const start = this.lineStart();
      const statement = this.text[this.position] === "[" ? this.header() : this.pair(base, 0);
      if (statement?.kind === "header") base = statement.path;
      this.skip(/[^\n]*\n?/y);
      if (statement) statements.push({ ...statement, line: { start, end: this.position } });
    }
    return { statements, parts: this.parts, definitions: this.definitions };
  }

  private lineStart(): number {
    const start = this.text.lastIndexOf("\n", this.position - 1) + 1;
    return this.text[start] === "\uFEFF" ? start + 1 : start;
  }

  private header(): TomlHeader {
    const isArray = this.text.startsWith("[[", this.position);
    this.position += isArray ? 2 : 1;
    const offset = this.position;
    const path: (string | number)[] = [];
    let defined = this.root;
    const names = this.dottedKey();
    for (const [index, name] of names.entries()) {
      path.push(name.text);
      this.remember(path, name.offset);
      const inner: Defined = defined.within.get(name.text) ?? { within: new Map() };
      defined.within.set(name.text, inner);
      if (isArray && index === names.length - 1) {
        inner.tables = (inner.tables ?? 0) + 1;
        inner.within = new Map();
      }
      if (inner.tables !== undefined) {
        path.push(inner.tables - 1);
        this.remember(path, name.offset);
      }
      defined = inner;
    }
    this.definitions.push({ path, offset });
    return { kind: "header", path, line: { start: 0, end: 0 } };
  }

  /** Undefined where no key stands. */
  private pair(base: TomlPath, depth: number): TomlPair | undefined {
    const start = this.position;
    const path = [...base];
    for (const { text, offset } of this.dottedKey()) {
      path.push(text);
      this.remember(path, offset);
    }
    if (path.length === base.length) return undefined;
    const key = { start, end: this.position };
    this.definitions.push({ path, offset: start });
    this.skip(/[ \t]*=[ \t]*/y);
    const from = this.position;
    const members = this.value(path, depth);
    const value = { start: from, end: this.position };
    return { kind: "pair", path, base, key, value, ...(members && { members }) };
  }

  private dottedKey(): { text: string; offset: number }[] {
    const names: { text: string; offset: number }[] = [];
    do {
      this.skip(/[ \t]*/y);
      const offset = this.position;
      const text = this.skip(/[\w-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'/y);
      if (text === "") break;
      names.push({ text: unquoted(text), offset });
    } while (this.skip(/[ \t]*\.(?=[ \t]*["'\w-])/y) !== "");
    return names;
  }

  /** Goes behind the value. The pairs of an inline table; undefined for any other value. */
  private value(path: TomlPath, depth: number): TomlPair[] | undefined {
    const opening = this.text[this.position];
    if (opening !== "[" && opening !== "{") {
      this.skip(/"""(?:[^\\]|\\[^])*?"{3,5}|'''[^]*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^,\]}\r\n#]*[^,\]}\s#]/y);
      return undefined;
    }
    if (depth > MAX_DEPTH) {
      this.position = this.text.length;
      return undefined;
    }
    return opening === "{" ? this.inlineTable(path, depth + 1) : this.array(path, depth + 1);
  }

  private inlineTable(path: TomlPath, depth: number): TomlPair[] {
    const pairs: TomlPair[] = [];
    this.between("}", () => {
      const pair = this.pair(path, depth);
      if (pair) pairs.push(pair);
    });
    return pairs;
  }

  private array(path: TomlPath, depth: number): undefined {
    let index = 0;
    this.between("]", () => {
      const item = path.length < MAX_PATH ? [...path, index++] : path;
      this.remember(item, this.position);
      this.value(item, depth);
    });
  }

  /** Goes past the closing bracket; line breaks and comments may stand before each member. */
  private between(closing: "]" | "}", member: () => void): void {
    this.position++;
    for (;;) {
      this.skip(/(?:[\s,]|#[^\n]*)+/y);
      const before = this.position;
      if (this.text[before] === closing) this.position++;
      else member();
      if (this.text[before] === closing || this.position === before) return;
    }
  }

  private remember(path: TomlPath, offset: number): void {
    if (path.length <= MAX_PATH) this.parts.push({ path: [...path], offset });
  }

  /** Goes past what the sticky pattern matches here, and returns it. */
  private skip(pattern: RegExp): string {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text)?.[0] ?? "";
    this.position += found.length;
    return found;
  }
}

/** A path as it would be written in TOML; an array's index stands in brackets. */
export function tomlName(path: TomlPath): string {
  return path.reduce<string>((name, part) => {
    if (typeof part === "number") return `${name}[${part}]`;
    const shown = /^[\w-]+$/.test(part) ? part : quoted(part);
    return name === "" ? shown : `${name}.${shown}`;
  }, "");
}

/** JSON leaves this one character as it is, TOML wants it written out. */
export const quoted = (text: string): string => JSON.stringify(text).replaceAll("\x7f", "\\u007f");

/** What a key of TOML says. */
function unquoted(text: string): string {
  if (text.startsWith("'")) return text.slice(1, -1);
  if (!text.startsWith('"')) return text;
  const hex = (_: string, digits: string): string => String.fromCodePoint(Math.min(parseInt(digits, 16), 0x10ffff));
  return unescaped(
    text
      .slice(1, -1)
      .replaceAll(/\\U([\da-fA-F]{8})/g, hex)
      .replaceAll(/\\x([\da-fA-F]{2})/g, hex),
  );
}
