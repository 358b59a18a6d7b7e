/** Where each key of a TOML text stands: the parser says that only of what it cannot read. */
import { scanToml, tomlName, type TomlPath } from "./toml-scan.ts";

export type KeyPath = TomlPath;

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

export function locateKeys(text: string): Positions {
  const { parts, definitions } = scanToml(text);
  const offsets = new Map<string, number>();
  for (const { path, offset } of parts) {
    const name = JSON.stringify(path);
    if (!offsets.has(name)) offsets.set(name, offset);
  }
  const starts = [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)];
  const place = (offset: number): Place => {
    const line = starts.findLastIndex((start) => start <= offset);
    return { line: line + 1, column: offset - (starts[line] ?? 0) + 1 };
  };
  return {
    key: (path) => {
      for (let length = path.length; length > 0; length--) {
        const offset = offsets.get(JSON.stringify(path.slice(0, length)));
        if (offset !== undefined) return place(offset);
      }
      return { line: 1, column: 1 };
    },
    firstOf: ({ line, column }) => {
      const second = (starts[line - 1] ?? 0) + column - 1;
      const repeated = definitions.find(({ offset }) => offset === second);
      if (!repeated) return undefined;
      const name = tomlName(repeated.path);
      const first = definitions.find(({ path }) => tomlName(path) === name);
      return first && first !== repeated ? { place: place(first.offset), name } : undefined;
    },
  };
}
