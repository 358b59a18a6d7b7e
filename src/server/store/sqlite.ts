/**
 * The store's SQLite file. What is asked for while a transaction is under way, or in the same moment, is committed
 * together by the next one.
 */
import { isBroken, isBusy } from "../costs/database.ts";
import type { Database, Row, Statement } from "./database.ts";
import { SQLITE_WORDS, SqliteEngine, type Outcome } from "./sqlite-engine.ts";
import { StoreError } from "./store-error.ts";

/** All streams of this process stand still so long when another one writes; then it is tried again. */
const BUSY_MS = 5;
const BUSY_RETRY_MS = 20;
/** Then whoever waits is told. */
const PATIENCE_MS = 5000;

interface Waiting {
  statements: readonly Statement[];
  since: number;
  resolve(rows: readonly (readonly Row[])[]): void;
  reject(error: unknown): void;
}

export class SqliteDatabase implements Database {
  readonly words = SQLITE_WORDS;
  readonly place: string;
  private readonly engine: SqliteEngine;
  private waiting: Waiting[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private closed = false;

  constructor(file: string) {
    this.place = file;
    this.engine = new SqliteEngine(file, BUSY_MS);
  }

  async read(text: string, ...values: Statement["values"]): Promise<readonly Row[]> {
    try {
      return this.engine.read({ text, values });
    } catch (error) {
      throw asStoreError(error);
    }
  }

  write(statements: readonly Statement[]): Promise<readonly (readonly Row[])[]> {
    if (this.closed) return Promise.reject(new StoreError("unavailable", "the store is closed"));
    return new Promise((resolve, reject) => {
      this.waiting.push({ statements, since: performance.now(), resolve, reject });
      this.timer ??= setTimeout(() => this.flush(), 0);
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    while (this.waiting.length > 0) {
      clearTimeout(this.timer);
      this.flush();
      if (this.waiting.length > 0) await new Promise((done) => setTimeout(done, BUSY_RETRY_MS));
    }
    this.engine.close();
  }

  private flush(): void {
    this.timer = undefined;
    const batch = this.waiting;
    this.waiting = [];
    let outcomes: Outcome[];
    try {
      outcomes = this.engine.write(batch.map(({ statements }) => statements));
    } catch (error) {
      this.failed(batch, error);
      return;
    }
    for (const [index, { resolve, reject }] of batch.entries()) {
      const outcome = outcomes[index];
      if (outcome && "rows" in outcome) resolve(outcome.rows);
      else reject(asStoreError(outcome?.error));
    }
  }

  /** Nothing was committed. */
  private failed(batch: readonly Waiting[], error: unknown): void {
    const now = performance.now();
    const patient = isBusy(error) ? batch.filter(({ since }) => now - since < PATIENCE_MS) : [];
    for (const each of batch) if (!patient.includes(each)) each.reject(asStoreError(error));
    if (patient.length === 0) return;
    this.waiting.unshift(...patient);
    this.timer ??= setTimeout(() => this.flush(), BUSY_RETRY_MS);
  }
}

function asStoreError(error: unknown): StoreError {
  const text = String((error as Error | undefined)?.message ?? error);
  if (/UNIQUE constraint/.test(text)) return new StoreError("conflict", "there is such an id already", error);
  if (isBusy(error)) return new StoreError("unavailable", "the store is locked by another program", error);
  if (isBroken(error)) return new StoreError("broken", "the store's file is broken", error);
  return new StoreError("broken", `the store cannot do it: ${text}`, error);
}
