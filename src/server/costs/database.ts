/** The file that holds the costs: how it is made, opened, and brought to the version that this program knows. */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { makeRegularFile, requireRegularFile } from "../../config/regular-file.ts";

/** Each leads from the version of its place to the next; never edit one that was released, add another. */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE requests (
     at INTEGER NOT NULL,
     request_id TEXT NOT NULL,
     provider TEXT NOT NULL,
     model TEXT NOT NULL,
     route TEXT,
     client TEXT NOT NULL,
     input_tokens INTEGER,
     cached_tokens INTEGER,
     cache_write_tokens INTEGER,
     output_tokens INTEGER,
     reasoning_tokens INTEGER,
     usd REAL,
     outcome TEXT NOT NULL,
     duration_ms INTEGER NOT NULL,
     first_ms INTEGER
   ) STRICT;
   CREATE INDEX requests_at ON requests (at);`,
];

/** Makes what is missing: folders and file are for their owner alone. */
export function openForWriting(file: string, busy_ms: number, migrations = MIGRATIONS): DatabaseSync {
  makeDatabaseFile(file);
  return opened(new DatabaseSync(file), (db) => {
    // Readers and the writer do not wait for each other, and a commit does not wait for the disk.
    db.exec(`PRAGMA busy_timeout = ${busy_ms}; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL`);
    // The few commits that do wait have less to carry over: measured 1.7 ms at most, and 5.7 by SQLite's own 1000.
    db.exec("PRAGMA wal_autocheckpoint = 200");
    migrate(db, migrations);
  });
}

/** SQLite itself would let others read it, and would wait for ever at a FIFO. */
export function makeDatabaseFile(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  requireRegularParts(file);
  makeRegularFile(file, 0o600);
}

/** Throws an IrregularFile where the database, or what SQLite keeps beside it, is none that SQLite could read. */
export function requireRegularParts(file: string): void {
  for (const part of ["", "-wal", "-shm", "-journal"]) requireRegularFile(file + part);
}

/** How long a reader waits for another program. */
const READER_BUSY_MS = 2000;

/** Works while others write. */
export function openForReading(file: string): DatabaseSync {
  requireRegularParts(file);
  const read = (): DatabaseSync =>
    opened(new DatabaseSync(file, { readOnly: true }), (db) => db.exec(`PRAGMA busy_timeout = ${READER_BUSY_MS}`));
  const db = read();
  if (versionOf(db) === MIGRATIONS.length) return db;
  db.close();
  openForWriting(file, READER_BUSY_MS).close(); // Of an older version.
  return read();
}

/** One program does it, and others that open the file at the same time see it done. */
export function migrate(db: DatabaseSync, migrations: readonly string[]): void {
  if (versionOf(db) === migrations.length) return;
  transaction(db, () => {
    const version = versionOf(db);
    if (version > migrations.length)
      throw new Error(
        `it was written by a newer juscode-shim (version ${version}; this one knows ${migrations.length})`,
      );
    for (const step of migrations.slice(version)) db.exec(step);
    db.exec(`PRAGMA user_version = ${migrations.length}`);
  });
}

export function transaction(db: DatabaseSync, work: () => void): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    work();
    db.exec("COMMIT");
  } catch (error) {
    try {
      db.exec("ROLLBACK");
    } catch {
      // A full disk has rolled it back already.
    }
    throw error;
  }
}

function versionOf(db: DatabaseSync): number {
  return Number((db.prepare("PRAGMA user_version").get() as { user_version: unknown }).user_version);
}

function opened(db: DatabaseSync, begin: (db: DatabaseSync) => void): DatabaseSync {
  try {
    begin(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** What may pass by itself, what will never. Told by words: not every runtime gives SQLite's numbers. */
export function isBusy(error: unknown): boolean {
  return /\b(?:locked|busy)\b/.test(String(error));
}

export function isBroken(error: unknown): boolean {
  return /not a database|malformed/.test(String(error));
}
