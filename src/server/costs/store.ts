/**
 * Keeps the cost of each request. No request waits for it or fails because of it: `record` only queues a row. Rows are
 * written in batches some milliseconds later; rows that cannot be written stay queued and are tried again.
 */
import { existsSync, renameSync } from "node:fs";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { errorMessage } from "../../core/thrown.ts";
import { SteadyTime } from "../steady-time.ts";
import { inodeOf, isBroken, isBusy, transaction } from "../store/sqlite-file.ts";
import { openForWriting } from "./database.ts";
import { COLUMNS, valuesOf, type CostRow } from "./row.ts";

export interface Costs {
  record(row: CostRow): void;
  /** Writes what is queued, and ends. Synchronous, so that it works when the process exits. */
  close(): void;
}

/** Where costs are switched off: no file, no folder. */
export const NO_COSTS: Costs = { record: () => {}, close: () => {} };

export interface CostStoreOptions {
  file: string;
  warn(text: string): void;
  /** Unix milliseconds, for the age of rows. */
  now?: () => number;
  batch_ms?: number;
  retry_ms?: number;
}

/** So many queued rows are written at once. More in one batch would delay the streams. */
const BATCH_ROWS = 200;
/** The longest queue while nothing can be written: some megabytes. */
const MOST_WAITING = 10_000;
/** How long all streams of this process stand still when another one writes, before it is tried again later. */
const BUSY_MS = 5;
const BUSY_RETRY_MS = 250;
/** At the end there is no later. */
const LAST_BUSY_MS = 1000;
/** A file that is locked for longer is a fault and not another shim. */
const BUSY_FOR_MS = 5000;

const DAY_MS = 24 * 60 * 60_000;
const KEPT_DAYS = 400;
/** The most rows that are deleted with one batch. */
const OLD_ROWS = 1000;

const INSERT = `INSERT INTO requests (${COLUMNS.join(", ")}) VALUES (${COLUMNS.map(() => "?").join(", ")})`;
const FORGET = `DELETE FROM requests WHERE rowid IN (SELECT rowid FROM requests WHERE at < ? ORDER BY at LIMIT ${OLD_ROWS})`;

interface Connection {
  db: DatabaseSync;
  insert: StatementSync;
  forget: StatementSync;
  /** Identifies the file: another one may take its name. */
  inode: number;
}

export class CostStore implements Costs {
  private readonly options: Required<CostStoreOptions>;
  private waiting: CostRow[] = [];
  private connection: Connection | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failing = false;
  private warned = false;
  private busy_since: number | undefined;
  /** Rows that were dropped from a full queue since the last warning. */
  private lost = 0;
  private moved = false;
  private forgetAt = 0;
  private closed = false;

  constructor(options: CostStoreOptions) {
    const time = new SteadyTime();
    this.options = { now: () => time.now(), batch_ms: 100, retry_ms: 30_000, ...options };
  }

  record(row: CostRow): void {
    if (this.closed || this.waiting.length >= MOST_WAITING) return void this.lost++;
    this.waiting.push(row);
    if (this.timer === undefined) this.wait(this.options.batch_ms);
    else if (this.waiting.length === BATCH_ROWS && !this.failing) this.wait(0);
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
    if (this.closed) return;
    this.timer = setTimeout(() => this.flush(), ms);
    // The process does not wait for it at its end: `close` writes what is left.
    this.timer.unref();
  }

  private flush(): void {
    this.timer = undefined;
    if (this.write(BUSY_MS) && this.waiting.length > 0) this.wait(0);
  }

  /** Writes one batch; false when that failed and is tried again later. */
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
    // Somebody has removed the file; what is written to it now is never seen again.
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
    if (isBroken(error) && this.moveAside()) return this.wait(0);
    const patient = busy && performance.now() - (this.busy_since ?? 0) < BUSY_FOR_MS;
    if (!patient && !this.warned) {
      this.warned = true;
      const later = this.closed ? "the last ones are lost" : "requests go on, and it is tried again";
      this.options.warn(`costs cannot be written to ${file} (${errorMessage(error)}); ${later}`);
    }
    this.wait(busy ? BUSY_RETRY_MS : retry_ms);
  }

  /** Once in a run: when it happens again, the disk is broken. The file is not deleted, since much of it can be saved. */
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
      const row = db.prepare("PRAGMA quick_check(1)").get();
      db.close();
      return row?.["quick_check"] !== "ok";
    } catch (error) {
      return isBroken(error);
    }
  }
}
