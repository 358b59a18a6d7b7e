/**
 * What the store needs of a database: batches of statements that are done together or not at all. They are plain data,
 * so that they can be sent to another thread or in one go over a connection.
 */
import { Buffer } from "node:buffer";
import type { SqlWords } from "./tables.ts";

export type Value = string | number | null;
/** Large numbers come as text from some databases. */
export type Row = Readonly<Record<string, Value>>;

export interface Statement {
  /** With `$1`, `$2`, … for the values. */
  text: string;
  values: readonly Value[];
  /** What it deletes shall stand nowhere in the database any more once it is done. */
  forgets?: true;
}

export interface Database {
  readonly place: string;
  readonly words: SqlWords;
  /** Rows of a single SELECT. */
  read(text: string, ...values: readonly Value[]): Promise<readonly Row[]>;
  /** Rows of each statement, when all are committed. Throws a StoreError; its `conflict` is certain. */
  write(statements: readonly Statement[]): Promise<readonly (readonly Row[])[]>;
  /** Whether it can be used now, for a database on another machine. Throws a StoreError. */
  check?(): Promise<void>;
  /** Its own clock, in milliseconds since 1970: the one that `words.now_ms` reads. */
  clock(): Promise<number>;
  close(): Promise<void>;
}

type Named = Readonly<Record<string, Value>>;

/** Texts are made of constants, so that there are never many. */
const numberedTexts = new Map<string, { text: string; names: readonly string[] }>();

/** A statement with the values of its `:name`s. */
export function sql(text: string, named: Named = {}): Statement {
  let numbered = numberedTexts.get(text);
  if (!numbered) {
    const names = [...new Set(Array.from(text.matchAll(/:(\w+)/g), ([, name = ""]) => name))];
    numbered = { text: text.replaceAll(/:(\w+)/g, (_, name: string) => `$${names.indexOf(name) + 1}`), names };
    numberedTexts.set(text, numbered);
  }
  const values = numbered.names.map((name) => {
    const value = named[name];
    if (value === undefined) throw new TypeError(`a statement has no value for :${name}`);
    return value;
  });
  return { text: numbered.text, values };
}

/** A statement whose rows stand nowhere any more once it is done. */
export const forgetting = (text: string, named: Named): Statement => ({ ...sql(text, named), forgets: true });

export async function rowsOf(db: Database, text: string, named: Named = {}): Promise<readonly Row[]> {
  const { text: numbered, values } = sql(text, named);
  return db.read(numbered, ...values);
}

export const bytesOf = (...texts: readonly string[]): number =>
  texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);

/** Of the texts that statements hold. */
export function charactersOf(batches: readonly (readonly Statement[])[]): number {
  let characters = 0;
  for (const { values } of batches.flat())
    for (const value of values) if (typeof value === "string") characters += value.length;
  return characters;
}
