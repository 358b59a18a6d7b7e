/** The database of the costs: its table, and how it is opened. */
import type { DatabaseSync } from "node:sqlite";
import * as sqlite from "../store/sqlite-file.ts";

/** Each leads from the version of its place to the next; never edit one that was released, add another. */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE requests (
     at INTEGER NOT NULL, request_id TEXT NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL, route TEXT,
     client TEXT NOT NULL, input_tokens INTEGER, cached_tokens INTEGER, cache_write_tokens INTEGER,
     output_tokens INTEGER, reasoning_tokens INTEGER, usd REAL, outcome TEXT NOT NULL, duration_ms INTEGER NOT NULL,
     first_ms INTEGER
   ) STRICT;
   CREATE INDEX requests_at ON requests (at);`,
];

/** Makes what is missing. Waits `busy_ms` for other programs. */
export function openForWriting(file: string, busy_ms: number, migrations = MIGRATIONS): DatabaseSync {
  return sqlite.openForWriting(file, (db) => {
    // Readers and the writer do not wait for each other, and a commit does not wait for the disk.
    db.exec(`PRAGMA busy_timeout = ${busy_ms}; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL`);
    // The few commits that do wait have less to carry over: measured 1.7 ms at most, and 5.7 by SQLite's own 1000.
    db.exec("PRAGMA wal_autocheckpoint = 200");
    sqlite.migrate(db, migrations);
  });
}

/** How long a reader waits for another program. */
const READER_BUSY_MS = 2000;

/** Works while others write. */
export function openForReading(file: string): DatabaseSync {
  const read = (): DatabaseSync =>
    sqlite.openForReading(file, (db) => db.exec(`PRAGMA busy_timeout = ${READER_BUSY_MS}`));
  const db = read();
  if (sqlite.versionOf(db) === MIGRATIONS.length) return db;
  db.close();
  openForWriting(file, READER_BUSY_MS).close(); // Of an older version.
  return read();
}
