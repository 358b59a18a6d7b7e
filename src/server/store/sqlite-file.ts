/** A SQLite file: how it is made, opened and brought up to date, and what SQLite's errors mean. */
import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { makeRegularFile, requireRegularFile } from "../../config/regular-file.ts";

/** Opens the file and runs `begin` on it. Makes what is missing: folders and file are for their owner alone. */
export function openForWriting(file: string, begin: (db: DatabaseSync) => void): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  requireRegularParts(file);
  // SQLite itself would let others read it, and would wait for ever at a FIFO.
  makeRegularFile(file, 0o600);
  return begun(new DatabaseSync(file), begin);
}

/** Works while others write. */
export function openForReading(file: string, begin: (db: DatabaseSync) => void): DatabaseSync {
  requireRegularParts(file);
  return begun(new DatabaseSync(file, { readOnly: true }), begin);
}

/** Throws an IrregularFile where the database, or a file that SQLite keeps beside it, is none that SQLite could read. */
function requireRegularParts(file: string): void {
  for (const part of ["", "-wal", "-shm", "-journal"]) requireRegularFile(file + part);
}

function begun(db: DatabaseSync, begin: (db: DatabaseSync) => void): DatabaseSync {
  try {
    begin(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Brings the tables up to date. One program does it, and others that open the file at the same time see it done. */
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

export function versionOf(db: DatabaseSync): number {
  return Number(db.prepare("PRAGMA user_version").get()?.["user_version"]);
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

/** Whether it is a fault that may pass by itself. Known by its words: not every runtime gives SQLite's numbers. */
export function isBusy(error: unknown): boolean {
  return /\b(?:locked|busy)\b/.test(String(error));
}

/** Whether it is a fault that will never pass. */
export function isBroken(error: unknown): boolean {
  return /not a database|malformed/.test(String(error));
}

/** Says which file has this name now: another one may have taken its place. NaN, which equals nothing, for none. */
export function inodeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.ino ?? Number.NaN;
}
