/** One SQLite file: how it is made and opened, and how batches are carried out on it. Synchronous. */
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { migrate, transaction } from "../costs/database.ts";
import type { Row, Statement } from "./database.ts";
import { MIGRATIONS, type SqlWords } from "./tables.ts";

export const SQLITE_WORDS: SqlWords = {
  integer: "INTEGER",
  table_end: " STRICT",
  now_ms: "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
};

export type Outcome = { rows: readonly (readonly Row[])[] } | { error: unknown };

/** Statements have few texts, and are prepared once. */
const MOST_PREPARED = 200;

export class SqliteEngine {
  private readonly db: DatabaseSync;
  private readonly prepared = new Map<string, StatementSync>();

  constructor(file: string, busy_ms: number) {
    // Folders and file are for their owner alone.
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    closeSync(openSync(file, "a", 0o600));
    this.db = new DatabaseSync(file);
    try {
      this.db.exec(`PRAGMA busy_timeout = ${busy_ms}; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL`);
      // What is deleted is overwritten, and its pages are given back.
      this.db.exec("PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA wal_autocheckpoint = 200");
      migrate(
        this.db,
        MIGRATIONS.map((step) => step(SQLITE_WORDS)),
      );
    } catch (error) {
      this.db.close();
      throw error;
    }
  }

  read({ text, values }: Statement): readonly Row[] {
    return this.prepare(text).all(...values) as unknown as Row[];
  }

  /** All in one transaction; one that fails undoes only itself. Throws when nothing could be committed. */
  write(batches: readonly (readonly Statement[])[]): Outcome[] {
    let outcomes: Outcome[] = [];
    transaction(this.db, () => {
      outcomes = batches.map((batch) => this.apart(batch));
    });
    return outcomes;
  }

  close(): void {
    this.db.close();
  }

  private apart(batch: readonly Statement[]): Outcome {
    this.db.exec("SAVEPOINT batch");
    try {
      const rows = batch.map((each) => this.read(each));
      this.db.exec("RELEASE batch");
      return { rows };
    } catch (error) {
      // A full disk has ended the whole transaction: then this fails too, and with it all of them.
      this.db.exec("ROLLBACK TO batch; RELEASE batch");
      return { error };
    }
  }

  private prepare(text: string): StatementSync {
    const known = this.prepared.get(text);
    if (known) return known;
    if (this.prepared.size >= MOST_PREPARED) this.prepared.clear();
    const statement = this.db.prepare(text.replaceAll(/\$(\d+)/g, "?$1"));
    this.prepared.set(text, statement);
    return statement;
  }
}
