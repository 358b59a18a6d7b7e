/**
 * Keeps what each request has cost. A request never waits for it, nor fails by it: `record` only puts a row in line.
 * Rows are written many at a time, some milliseconds later; what cannot be written stays in line and is tried again.
 */
import { existsSync, renameSync, statSync } from "node:fs";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { isBroken, isBusy, openForWriting, transaction } from "./database.ts";
import { SteadyTime } from "../steady-time.ts";
import { COLUMNS, valuesOf, type CostRow } from "./row.ts";

export interface Costs {
  record(row: CostRow): void;
  /** Writes what waits, and ends it. Synchronous, so that it can be done when the process exits. */
  close(): void;
}

/** For who has switched them off: no file, no folder. */
export const NO_COSTS: Costs = { record: () => {}, close: () => {} };

export interface CostStoreOptions {
  file: string;
  warn(text: string): void;
  /** Unix milliseconds, by which rows are old. */
  now?: () => number;
  batch_ms?: number;
  retry_ms?: number;
}

/** Written at once, without a wait, when so many are in line. More at a time would hold up the streams. */
const BATCH_ROWS = 200;
/** What waits while nothing can be written: some megabytes. */
const MOST_WAITING = 10_000;
/** All streams of this process stand still so long when another one writes; then it is tried again. */
const BUSY_MS = 5;
const BUSY_RETRY_MS = 250;
/** At the end there is no later. */
const LAST_BUSY_MS = 1000;
/** A file that is locked for longer is a fault and not another shim. */
const BUSY_FOR_MS = 5000;

const DAY_MS = 24 * 60 * 60_000;
const KEPT_DAYS = 400;
/** Deleted with one batch. */
const OLD_ROWS = 1000;

const INSERT = `INSERT INTO requests (${COLUMNS.join(", ")}) VALUES (${COLUMNS.map(() => "?").join(", ")})`;
const FORGET = `DELETE FROM requests WHERE rowid IN (SELECT rowid FROM requests WHERE at < ? ORDER BY at LIMIT ${OLD_ROWS})`;

interface Connection {
  db: DatabaseSync;
  insert: StatementSync;
  forget: StatementSync;
  /** Which file it is: another one may come to have its name. */
  inode: number;
}

export class CostStore implements Costs {
  private readonly options: Required<CostStoreOptions>;
  private waiting: CostRow[] = [];
  private connection: Connection | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private hurried = false;
  private failing = false;
  private warned = false;
  private busy_since: number | undefined;
  /** Rows that found no room in line since the last warning. */
  private lost = 0;
  private moved = false;
  private forgetAt = 0;
  private closed = false;

  constructor(options: CostStoreOptions) {
    const time = new SteadyTime();
    this.options = { now: () => time.now(), batch_ms: 100, retry_ms: 30_000, ...options };
  }

  record(row: CostRow): void {
    if (this.closed || this.waiting.length >= MOST_WAITING) {
      this.lost++;
      return;
    }
    this.waiting.push(row);
    if (this.timer === undefined) this.wait(this.options.batch_ms);
    else if (this.waiting.length >= BATCH_ROWS && !this.hurried && !this.failing) {
      this.hurried = true;
      this.wait(0);
    }
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    clearTimeout(this.timer);
    this.disconnect(); // The next connection is more patient.
    while (this.waiting.length > 0 && this.write(LAST_BUSY_MS)) {
      // Batch by batch.
    }
    this.disconnect();
  }

  private wait(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), ms);
    // Nobody shall wait for it at the end: `close` does what is left.
    this.timer.unref();
  }

  private flush(): void {
    this.timer = undefined;
    this.hurried = false;
    if (this.write(BUSY_MS) && this.waiting.length > 0) this.wait(0);
  }

  /** One batch; false when it could not be written, and is tried again later. */
  private write(busy_ms: number): boolean {
    const batch = this.waiting.slice(0, BATCH_ROWS);
    try {
      const { db, insert, forget } = this.connected(busy_ms);
      transaction(db, () => {
        for (const row of batch) insert.run(...valuesOf(row));
        this.forget(forget);
      });
    } catch (error) {
      this.failed(error);
      return false;
    }
    this.waiting = this.waiting.slice(batch.length);
    this.succeeded();
    return true;
  }

  /** Once a day, and never many rows at a time. */
  private forget(statement: StatementSync): void {
    const now = this.options.now();
    if (now < this.forgetAt) return;
    const { changes } = statement.run(Math.floor((now - KEPT_DAYS * DAY_MS) / 1000));
    if (Number(changes) < OLD_ROWS) this.forgetAt = now + DAY_MS;
  }

  private connected(busy_ms: number): Connection {
    const { file } = this.options;
    if (this.connection && inodeOf(file) === this.connection.inode) return this.connection;
    // Somebody has taken the file away; what is written to it now is never seen again.
    this.disconnect();
    const db = openForWriting(file, busy_ms);
    this.connection = { db, insert: db.prepare(INSERT), forget: db.prepare(FORGET), inode: inodeOf(file) };
    return this.connection;
  }

  private disconnect(): void {
    const { connection } = this;
    this.connection = undefined;
    try {
      connection?.db.close();
    } catch {
      // Nothing is lost: what was committed is in the file.
    }
  }

  private succeeded(): void {
    if (this.warned) {
      const missing = this.lost === 0 ? "" : `; ${this.lost} requests are missing`;
      this.options.warn(`costs are written to ${this.options.file} again${missing}`);
      this.lost = 0;
    }
    this.failing = false;
    this.warned = false;
    this.busy_since = undefined;
  }

  private failed(error: unknown): void {
    this.failing = true;
    const { file, retry_ms } = this.options;
    const busy = isBusy(error);
    if (busy) this.busy_since ??= performance.now();
    else this.disconnect();
    if (isBroken(error) && this.moveAside()) return this.again(0);
    const patient = busy && performance.now() - (this.busy_since ?? 0) < BUSY_FOR_MS;
    if (!patient && !this.warned) {
      this.warned = true;
      const later = this.closed ? "the last ones are lost" : "requests go on, and it is tried again";
      this.options.warn(`costs cannot be written to ${file} (${(error as Error).message}); ${later}`);
    }
    this.again(busy ? BUSY_RETRY_MS : retry_ms);
  }

  private again(ms: number): void {
    if (!this.closed) this.wait(ms);
  }

  /** Once in a run: where it happens again, the disk is to blame. It is not deleted, since much of it can be saved. */
  private moveAside(): boolean {
    const { file, warn, now } = this.options;
    if (this.moved || this.closed || !this.isStillBroken()) return false;
    const aside = `${file}.broken-${Math.floor(now() / 1000)}`;
    try {
      for (const part of ["-wal", "-shm", ""]) if (existsSync(file + part)) renameSync(file + part, aside + part);
    } catch {
      return false;
    }
    this.moved = true;
    warn(`${file} is broken, and was moved to ${aside}; costs are kept in a new file`);
    return true;
  }

  /** Another shim may just have put a new one in its place. */
  private isStillBroken(): boolean {
    try {
      const db = openForWriting(this.options.file, LAST_BUSY_MS);
      const { quick_check } = db.prepare("PRAGMA quick_check(1)").get() as { quick_check: string };
      db.close();
      return quick_check !== "ok";
    } catch (error) {
      return isBroken(error);
    }
  }
}

/** NaN, which equals nothing, where there is no such file. */
function inodeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.ino ?? Number.NaN;
}
