/** Finds every statement of a TOML text with its spans, for edits and error messages; also in a broken text. */
import type { Span } from "./json-edit.ts";
import { unescaped } from "./json-string.ts";

/** An array's index is a number, so that no table of an array is taken for another one. */
export type TomlPath = readonly (string | number)[];

interface TomlHeader {
  kind: "header";
  path: TomlPath;
  line: Span; // The whole line, its break included.
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

/** No config has deeper keys; to write down each part of a path takes time that grows with its square. */
const MAX_PATH = 64;
const MAX_DEPTH = 1000; // The parser refuses deeper values, too.

/** What headers have defined: how many tables an array of tables has, and what lies in the last of them. */
interface Defined {
  tables?: number;
  within: Map<string, Defined>;
}

export function scanToml(text: string): TomlScan {
  const statements: TomlStatement[] = [];
  const parts: TomlPart[] = [];
  const definitions: TomlPart[] = [];
  const root: Defined = { within: new Map() };
  let position = 0;

  /** Goes past what the sticky pattern matches here, and returns it. */
  const skip = (pattern: RegExp): string => {
    pattern.lastIndex = position;
    const found = pattern.exec(text)?.[0] ?? "";
    position += found.length;
    return found;
  };
  const remember = (path: TomlPath, offset: number): void => {
    if (path.length <= MAX_PATH) parts.push({ path: [...path], offset });
  };
  const dottedKey = (): { name: string; offset: number }[] => {
    const names: { name: string; offset: number }[] = [];
    do {
      skip(/[ \t]*/y);
      const offset = position;
      const written = skip(/[\w-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'/y);
      if (written === "") break;
      names.push({ name: unquoted(written), offset });
    } while (skip(/[ \t]*\.(?=[ \t]*["'\w-])/y) !== "");
    return names;
  };

  const header = (): Omit<TomlHeader, "line"> => {
    const isArray = text.startsWith("[[", position);
    position += isArray ? 2 : 1;
    const start = position;
    const path: (string | number)[] = [];
    let defined = root;
    const names = dottedKey();
    for (const [index, { name, offset }] of names.entries()) {
      path.push(name);
      remember(path, offset);
      const inner: Defined = defined.within.get(name) ?? { within: new Map() };
      defined.within.set(name, inner);
      if (isArray && index === names.length - 1) {
        inner.tables = (inner.tables ?? 0) + 1;
        inner.within = new Map();
      }
      if (inner.tables !== undefined) {
        path.push(inner.tables - 1);
        remember(path, offset);
      }
      defined = inner;
    }
    definitions.push({ path, offset: start });
    return { kind: "header", path };
  };

  /** Undefined where no key stands. */
  const pair = (base: TomlPath, depth: number): TomlPair | undefined => {
    const start = position;
    const path = [...base];
    for (const { name, offset } of dottedKey()) {
      path.push(name);
      remember(path, offset);
    }
    if (path.length === base.length) return undefined;
    const key = { start, end: position };
    definitions.push({ path, offset: start });
    skip(/[ \t]*=[ \t]*/y);
    const from = position;
    const members = value(path, depth);
    return { kind: "pair", path, base, key, value: { start: from, end: position }, ...(members && { members }) };
  };

  /** Goes behind the value. The pairs of an inline table; undefined for any other value. */
  const value = (path: TomlPath, depth: number): TomlPair[] | undefined => {
    const opening = text[position];
    if (opening !== "[" && opening !== "{") {
      skip(/"""(?:[^\\]|\\[^])*?"{3,5}|'''[^]*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^,\]}\r\n#]*[^,\]}\s#]/y);
      return undefined;
    }
    if (depth > MAX_DEPTH) {
      position = text.length;
      return undefined;
    }
    const pairs: TomlPair[] = [];
    let index = 0;
    between(opening === "{" ? "}" : "]", () => {
      if (opening === "{") {
        const member = pair(path, depth + 1);
        if (member) pairs.push(member);
        return;
      }
      const item = path.length < MAX_PATH ? [...path, index++] : path;
      remember(item, position);
      value(item, depth + 1);
    });
    return opening === "{" ? pairs : undefined;
  };

  /** Goes past the closing bracket; line breaks and comments may stand before each member. */
  const between = (closing: "]" | "}", member: () => void): void => {
    position++;
    for (;;) {
      skip(/(?:[\s,]|#[^\n]*)+/y);
      const before = position;
      if (text[before] === closing) position++;
      else member();
      if (text[before] === closing || position === before) return;
    }
  };

  let base: TomlPath = [];
  while ((skip(/(?:[\s\uFEFF]|#[^\n]*)+/y), position < text.length)) {
    const line = text.lastIndexOf("\n", position - 1) + 1;
    const start = text[line] === "\uFEFF" ? line + 1 : line;
    const statement = text[position] === "[" ? header() : pair(base, 0);
    if (statement?.kind === "header") base = statement.path;
    skip(/[^\n]*\n?/y);
    if (statement) statements.push({ ...statement, line: { start, end: position } });
  }
  return { statements, parts, definitions };
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
