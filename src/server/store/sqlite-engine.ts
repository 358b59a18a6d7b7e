/**
 * One SQLite file: how it is made and opened, and how batches are carried out on it. Synchronous: it lives in a thread
 * of its own (sqlite-worker.ts).
 *
 * By `node:sqlite`, which every runtime has; `synchronous = FULL`, so that what was acknowledged outlives the machine's
 * sudden end too: the streams do not wait for it.
 */
import { statSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { IrregularFile } from "../../config/regular-file.ts";
import { isBroken, isBusy, makeDatabaseFile, migrate, transaction } from "../costs/database.ts";
import type { Row, Statement } from "./database.ts";
import { MIGRATIONS, type SqlWords } from "./tables.ts";

export const SQLITE_WORDS: SqlWords = {
  integer: "INTEGER",
  table_end: " STRICT",
  now_ms: "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
};

/** Plain data, since an error does not cross threads as it is. */
export interface Trouble {
  kind: "busy" | "conflict" | "broken";
  message: string;
  /** As a client may read it: it names no path. */
  told: string;
}

export type Outcome = { rows: readonly (readonly Row[])[] } | { trouble: Trouble };

/** Reads wait in line while a write does; then it is their turn, and the write is tried again. */
const BUSY_MS = 50;
/** Statements have few texts, and are prepared once. */
const MOST_PREPARED = 200;

export class SqliteEngine {
  private readonly file: string;
  private readonly inode: number;
  private readonly db: DatabaseSync;
  /** What was deleted, before a sudden end too, may still stand in the log of what was written. */
  private remembers = true;
  private readonly prepared = new Map<string, StatementSync>();

  constructor(file: string) {
    this.file = file;
    // Folders and file are for their owner alone.
    makeDatabaseFile(file);
    this.inode = statSync(file).ino;
    this.db = new DatabaseSync(file);
    try {
      this.db.exec(`PRAGMA busy_timeout = ${BUSY_MS}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL`);
      // What is deleted is overwritten.
      this.db.exec("PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON");
      migrate(
        this.db,
        MIGRATIONS.map((step) => step(SQLITE_WORDS)),
      );
    } catch (error) {
      this.db.close();
      throw error;
    }
  }

  /** False when somebody has taken the file away: what is written to it now is never seen again. */
  isThere(): boolean {
    return statSync(this.file, { throwIfNoEntry: false })?.ino === this.inode;
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
    this.remembers ||= batches.some((batch) => batch.some(({ forgets }) => forgets));
    if (this.remembers) this.forget();
    return outcomes;
  }

  /** Empties the log, which keeps every page as it once was. Another program that reads puts it off to the next write. */
  private forget(): void {
    try {
      const [row] = this.db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").all() as { busy: number }[];
      this.remembers = row?.busy !== 0;
    } catch {
      // What was asked for is done all the same.
    }
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
      return { trouble: troubleOf(error) };
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

export function troubleOf(error: unknown): Trouble {
  const { message, code } = error as NodeJS.ErrnoException;
  if (error instanceof IrregularFile) return { kind: "broken", message, told: `its file ${error.why}` };
  const told = code !== undefined && /^E[A-Z]+$/.test(code) ? code : message;
  if (isBusy(error)) return { kind: "busy", message, told };
  if (message.includes("UNIQUE constraint")) return { kind: "conflict", message, told };
  if (!isBroken(error)) return { kind: "broken", message, told };
  return { kind: "broken", message: `${message}: move the file away, and a new one is begun`, told };
}
