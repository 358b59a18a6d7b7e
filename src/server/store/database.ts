/**
 * What the store asks of a database: batches of statements that are done together or not at all. They are plain data,
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
  /** What it takes away shall stand nowhere any more once it is done. */
  forgets?: true;
}

export interface Database {
  readonly place: string;
  readonly words: SqlWords;
  /** Rows of a single SELECT. */
  read(text: string, ...values: readonly Value[]): Promise<readonly Row[]>;
  /** Rows of each statement, when all are committed. Throws a StoreError; what it says of `conflict` is certain. */
  write(statements: readonly Statement[]): Promise<readonly (readonly Row[])[]>;
  /** Whether it can be used now, for one that stands elsewhere. Throws a StoreError. */
  check?(): Promise<void>;
  /** Its own clock, in milliseconds since 1970: the one that `words.now_ms` reads. */
  clock(): Promise<number>;
  close(): Promise<void>;
}

export const statement = (text: string, ...values: readonly Value[]): Statement => ({ text, values });

export const forgetting = (text: string, ...values: readonly Value[]): Statement => ({ text, values, forgets: true });

export const bytesOf = (...texts: readonly string[]): number =>
  texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);

/** Of the texts that statements hold. */
export function charactersOf(batches: readonly (readonly Statement[])[]): number {
  let characters = 0;
  for (const { values } of batches.flat())
    for (const value of values) if (typeof value === "string") characters += value.length;
  return characters;
}
