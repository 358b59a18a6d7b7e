/**
 * The thread that holds the SQLite file, so that no stream waits for a disk. It is an entry of its own: the executable
 * has it beside main.ts. It does one thing at a time, in the order of its messages.
 *
 * It uses `node:sqlite`, which every runtime has, with `synchronous = FULL`, so that what was acknowledged also survives
 * a sudden stop of the machine: the streams do not wait for it.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import { IrregularFile } from "../../config/regular-file.ts";
import { errorCode, errorMessage } from "../../core/thrown.ts";
import { collectGarbage } from "../memory/collect.ts";
import { charactersOf, type Row, type Statement } from "./database.ts";
import { inodeOf, isBroken, isBusy, migrate, openForWriting, transaction } from "./sqlite-file.ts";
import { MIGRATIONS, SQLITE_WORDS } from "./tables.ts";

/** Plain data, since an error does not cross threads as it is. */
export interface Trouble {
  kind: "busy" | "conflict" | "broken";
  message: string;
  /** The message for clients, which names no path. */
  for_client: string;
}

type Outcome = { rows: readonly (readonly Row[])[] } | { trouble: Trouble };

export type Work = { write: readonly (readonly Statement[])[] } | { read: Statement } | "close";

export type Result =
  | { outcomes: readonly Outcome[] }
  | { rows: readonly Row[] }
  | { trouble: Trouble }
  | { closed: true };

/** A message to the thread, and the one that it sends back. */
export type WorkMessage = { id: number; work: Work };
export type ResultMessage = { id: number; result: Result };

/** Reads are queued behind a write that waits; then it is their turn, and the write is tried again. */
const BUSY_MS = 50;
/** Statements have few texts, and each is prepared once. */
const MOST_PREPARED = 200;

/** One SQLite file, on which batches of statements are carried out. */
class SqliteEngine {
  private readonly file: string;
  private readonly inode: number;
  private readonly db: DatabaseSync;
  /** Deleted rows, also those of an earlier process, may still stand in the write-ahead log. */
  private remembers = true;
  private readonly prepared = new Map<string, StatementSync>();

  constructor(file: string) {
    this.file = file;
    const steps = MIGRATIONS.map((step) => step(SQLITE_WORDS));
    this.db = openForWriting(file, (db) => {
      db.exec(`PRAGMA busy_timeout = ${BUSY_MS}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL`);
      // What is deleted is overwritten.
      db.exec("PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON");
      migrate(db, steps);
    });
    this.inode = inodeOf(file);
  }

  /** False when somebody has removed the file: what is written to it now is never seen again. */
  isThere(): boolean {
    return inodeOf(this.file) === this.inode;
  }

  read({ text, values }: Statement): readonly Row[] {
    return this.prepare(text).all(...values) as unknown as Row[];
  }

  /** Writes all batches in one transaction; one that fails undoes only itself. Throws when nothing was committed. */
  write(batches: readonly (readonly Statement[])[]): Outcome[] {
    let outcomes: Outcome[] = [];
    transaction(this.db, () => {
      outcomes = batches.map((batch) => this.apart(batch));
    });
    this.remembers ||= batches.some((batch) => batch.some(({ forgets }) => forgets));
    if (this.remembers) this.forget();
    return outcomes;
  }

  /** Empties the log, which keeps old pages. While another program reads, that is left to the next write. */
  private forget(): void {
    try {
      this.remembers = this.db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get()?.["busy"] !== 0;
    } catch {
      // The write itself is done all the same.
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

function troubleOf(error: unknown): Trouble {
  const message = errorMessage(error);
  if (error instanceof IrregularFile) return { kind: "broken", message, for_client: `its file ${error.why}` };
  const code = errorCode(error) ?? "";
  const for_client = /^E[A-Z]+$/.test(code) ? code : message;
  if (isBusy(error)) return { kind: "busy", message, for_client };
  if (message.includes("UNIQUE constraint")) return { kind: "conflict", message, for_client };
  const advice = isBroken(error) ? ": move the file away, and a new one is begun" : "";
  return { kind: "broken", message: message + advice, for_client };
}

let engine: SqliteEngine | undefined;

/** Opened at its first use, and again when that failed or the file was removed. */
function opened(): SqliteEngine {
  if (engine && !engine.isThere()) close();
  const { file }: { file: string } = workerData;
  return (engine ??= new SqliteEngine(file));
}

function close(): void {
  engine?.close();
  engine = undefined;
}

function resultOf(work: Work): Result {
  try {
    if (work === "close") {
      close();
      return { closed: true };
    }
    return "write" in work ? { outcomes: opened().write(work.write) } : { rows: opened().read(work.read) };
  } catch (error) {
    return { trouble: troubleOf(error) };
  }
}

parentPort?.on("message", ({ id, work }: WorkMessage) => {
  parentPort?.postMessage({ id, result: resultOf(work) });
  // This thread has a heap of its own, which would keep what was written until it has grown by as much again.
  if (work !== "close" && "write" in work) collectGarbage(charactersOf(work.write));
});
