/**
 * Where each key of a TOML text stands: the parser tells that only of what it cannot read. A lenient reader of the
 * outer shape; on a broken text it finds what it can.
 */
import { unquoted } from "../../core/toml-scan.ts";

export type KeyPath = readonly (string | number)[];

export interface Place {
  /** Both from 1. */
  line: number;
  column: number;
}

export interface Positions {
  /** Where the key is written, or the nearest table around it. */
  key(path: KeyPath): Place;
  /** Where the same key or table was given a first time, of the one that is given at this place. */
  firstOf(place: Place): { place: Place; name: string } | undefined;
}

interface Statement {
  path: KeyPath;
  offset: number;
}

/** Deeper nesting is no configuration; the parser refuses it as well. */
const MAX_DEPTH = 64;

export function locateKeys(text: string): Positions {
  const scanner = new Scanner(text);
  scanner.document();
  const { offsets, statements } = scanner;
  const place = placesIn(text);
  return {
    key: (path) => {
      for (let length = path.length; length > 0; length--) {
        const offset = offsets.get(JSON.stringify(path.slice(0, length)));
        if (offset !== undefined) return place(offset);
      }
      return { line: 1, column: 1 };
    },
    firstOf: (second) => {
      const repeated = statements.find(({ offset }) => same(place(offset), second));
      if (!repeated) return undefined;
      const name = nameOf(repeated.path);
      const first = statements.find(({ path }) => nameOf(path) === name);
      return first && first !== repeated ? { place: place(first.offset), name } : undefined;
    },
  };
}

/** As it would be written in TOML. */
export function nameOf(path: KeyPath): string {
  return path.reduce<string>((name, part) => {
    if (typeof part === "number") return `${name}[${part}]`;
    const shown = /^[\w-]+$/.test(part) ? part : JSON.stringify(part);
    return name === "" ? shown : `${name}.${shown}`;
  }, "");
}

const same = (a: Place, b: Place): boolean => a.line === b.line && a.column === b.column;

function placesIn(text: string): (offset: number) => Place {
  const starts = [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)];
  return (offset) => {
    const line = starts.findLastIndex((start) => start <= offset);
    return { line: line + 1, column: offset - (starts[line] ?? 0) + 1 };
  };
}

class Scanner {
  readonly offsets = new Map<string, number>();
  readonly statements: Statement[] = [];
  /** How many tables each array of tables has so far. */
  private readonly lengths = new Map<string, number>();
  private position = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  document(): void {
    let table: KeyPath = [];
    while ((this.skip(/(?:[\s\uFEFF]|#[^\n]*)+/y), this.position < this.text.length)) {
      const before = this.position;
      if (this.text[this.position] === "[") table = this.header();
      else this.pair(table, 0);
      this.skip(/[^\n]*/y);
      if (this.position === before) this.position++;
    }
  }

  /** `[a.b]` or `[[a.b]]`; the path below which the following keys lie. */
  private header(): KeyPath {
    const isArray = this.text.startsWith("[[", this.position);
    this.position += isArray ? 2 : 1;
    const start = this.position;
    const path: (string | number)[] = [];
    const parts = this.dottedKey();
    for (const [index, { name, offset }] of parts.entries()) {
      path.push(name);
      this.remember(path, offset);
      const length = this.lengths.get(JSON.stringify(path));
      const opens = isArray && index === parts.length - 1;
      if (opens) this.lengths.set(JSON.stringify(path), (length ?? 0) + 1);
      if (opens || length !== undefined) {
        path.push(opens ? (length ?? 0) : (length ?? 1) - 1);
        this.remember(path, offset);
      }
    }
    this.statements.push({ path: [...path], offset: start });
    return path;
  }

  private pair(table: KeyPath, depth: number): void {
    const start = this.position;
    const path = [...table];
    for (const { name, offset } of this.dottedKey()) {
      path.push(name);
      this.remember(path, offset);
    }
    if (path.length === table.length) return;
    this.statements.push({ path, offset: start });
    this.skip(/[ \t]*=[ \t]*/y);
    this.value(path, depth);
  }

  private dottedKey(): { name: string; offset: number }[] {
    const parts: { name: string; offset: number }[] = [];
    do {
      this.skip(/[ \t]*/y);
      const offset = this.position;
      const text = this.skip(/[\w-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'/y);
      if (text === "") break;
      parts.push({ name: unquoted(text), offset });
    } while (this.skip(/[ \t]*\./y) !== "");
    return parts;
  }

  private value(path: KeyPath, depth: number): void {
    const opening = this.text[this.position];
    if (opening === "[" || opening === "{") {
      if (depth > MAX_DEPTH) this.position = this.text.length;
      else this.members(path, opening, depth + 1);
      return;
    }
    this.skip(/"""(?:[^\\]|\\[^])*?"{3,5}|'''[^]*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^,\]}\n#]*/y);
  }

  /** What stands between brackets or braces, line breaks and comments included. */
  private members(path: KeyPath, opening: "[" | "{", depth: number): void {
    const closing = opening === "[" ? "]" : "}";
    this.position++;
    for (let index = 0; this.position < this.text.length; index++) {
      this.skip(/(?:[\s,]|#[^\n]*)+/y);
      if (this.text[this.position] === closing) {
        this.position++;
        return;
      }
      const before = this.position;
      if (opening === "{") this.pair(path, depth);
      else {
        this.remember([...path, index], before);
        this.value([...path, index], depth);
      }
      if (this.position === before) return;
    }
  }

  private remember(path: KeyPath, offset: number): void {
    // No key of ours is so deep; to write down each part of a path takes time that grows with its square.
    if (path.length > MAX_DEPTH) return;
    const name = JSON.stringify(path);
    if (!this.offsets.has(name)) this.offsets.set(name, offset);
  }

  /** Goes past what the sticky pattern matches here, and returns it. */
  private skip(pattern: RegExp): string {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text)?.[0] ?? "";
    this.position += found.length;
    return found;
  }
}
