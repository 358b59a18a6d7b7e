/**
 * The store in a SQLite file, which a thread holds. Writes that come while a transaction runs are committed together by
 * the next one.
 *
 * Measured on the thread that serves: 0.1 ms to send a record of 2 MB to the other, where writing it took 10 to 17 ms.
 */
import { closeSync, existsSync, openSync } from "node:fs";
import { devNull } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { errorMessage } from "../../core/thrown.ts";
import { collectGarbage } from "../memory/collect.ts";
import { charactersOf, type Database, type Row, type Statement } from "./database.ts";
import type { Result, ResultMessage, Trouble, Work, WorkMessage } from "./sqlite-worker.ts";
import { StoreError } from "./store-error.ts";
import { SQLITE_WORDS } from "./tables.ts";

declare const SHIM_SQLITE_WORKER: string | undefined;
/** In the executable all modules are one file, and the worker's lies elsewhere. */
const WORKER = typeof SHIM_SQLITE_WORKER === "string" ? SHIM_SQLITE_WORKER : "./sqlite-worker.ts";

const BUSY_RETRY_MS = 20;
/** How long a request waits for another program's lock before it fails. */
const PATIENCE_MS = 5000;
/** Batches in one transaction: other writers wait for no more. */
const MOST_AT_ONCE = 100;

interface Waiting {
  statements: readonly Statement[];
  since: number;
  resolve(rows: readonly (readonly Row[])[]): void;
  reject(error: StoreError): void;
}

export class SqliteDatabase implements Database {
  readonly words = SQLITE_WORDS;
  readonly place: string;
  private thread: Thread | undefined;
  private waiting: Waiting[] = [];
  private writing: Promise<void> | undefined;
  private closed = false;

  /** The file and its folders are made when they are first needed. */
  constructor(file: string) {
    this.place = file;
  }

  async read(text: string, ...values: Statement["values"]): Promise<readonly Row[]> {
    // While nothing was ever kept there is no file, and no thread.
    if (!this.thread && !existsSync(this.place)) return [];
    const until = performance.now() + PATIENCE_MS;
    for (;;) {
      const result = await this.run({ read: { text, values } });
      if ("rows" in result) return result.rows;
      const trouble = troubleIn(result);
      if (trouble.kind !== "busy" || performance.now() > until) throw this.failure(trouble);
      await pause(BUSY_RETRY_MS);
    }
  }

  write(statements: readonly Statement[]): Promise<readonly (readonly Row[])[]> {
    if (this.closed) return Promise.reject(new StoreError("unavailable", "the store is closed"));
    return new Promise((resolve, reject) => {
      this.waiting.push({ statements, since: performance.now(), resolve, reject });
      this.writing ??= this.writeAll();
    });
  }

  /** That of this machine. */
  async clock(): Promise<number> {
    return Date.now();
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.writing;
    await this.thread?.close();
  }

  private async writeAll(): Promise<void> {
    await Promise.resolve(); // Writes of the same moment come along.
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, MOST_AT_ONCE);
      const write = batch.map(({ statements }) => statements);
      const result = await this.run({ write });
      collectGarbage(charactersOf(write));
      if (!("outcomes" in result)) await this.nothingWritten(batch, troubleIn(result));
      else
        for (const [index, { resolve, reject }] of batch.entries()) {
          const outcome = result.outcomes[index];
          if (outcome && "rows" in outcome) resolve(outcome.rows);
          else reject(this.failure(outcome?.trouble ?? NO_RESULT));
        }
    }
    this.writing = undefined;
  }

  private async nothingWritten(batch: readonly Waiting[], trouble: Trouble): Promise<void> {
    const now = performance.now();
    const patient = batch.filter(({ since }) => trouble.kind === "busy" && now - since < PATIENCE_MS);
    for (const each of batch) if (!patient.includes(each)) each.reject(this.failure(trouble));
    if (patient.length === 0) return;
    this.waiting.unshift(...patient);
    await pause(BUSY_RETRY_MS);
  }

  private async run(work: Work): Promise<Result> {
    if (!this.thread || this.thread.ended) {
      if (!canOpen(FILES_OF_A_THREAD)) return { trouble: OUT_OF_FILES };
      try {
        this.thread = new Thread(this.place);
      } catch (error) {
        return { trouble: broken(errorMessage(error)) };
      }
    }
    return this.thread.run(work);
  }

  private failure({ kind, message, for_client }: Trouble): StoreError {
    const detail = new Error(`${this.place}: ${message}`);
    if (kind === "conflict") return new StoreError("conflict", "there is such an id already", detail);
    if (kind === "busy")
      return new StoreError("unavailable", "the store is locked by another program; try again later", detail);
    return new StoreError("broken", `the store cannot be written or read (${for_client})`, detail);
  }
}

const broken = (message: string): Trouble => ({ kind: "broken", message, for_client: message });
const NO_RESULT: Trouble = broken("its thread did not respond");
const OUT_OF_FILES: Trouble = broken("no more files may be opened; raise `ulimit -n`");

/** For its event loop, the database, and some to spare. */
const FILES_OF_A_THREAD = 16;

/** The runtime ends the whole process when a new thread finds no files left. */
function canOpen(count: number): boolean {
  const opened: number[] = [];
  try {
    while (opened.length < count) opened.push(openSync(devNull, "r"));
    return true;
  } catch {
    return false;
  } finally {
    for (const file of opened) closeSync(file);
  }
}

const troubleIn = (result: Result): Trouble => ("trouble" in result ? result.trouble : NO_RESULT);

/** Sends work to the worker. Keeps the process alive only while a result is awaited. */
class Thread {
  ended = false;
  private readonly worker: Worker;
  private readonly awaited = new Map<number, (result: Result) => void>();
  private last_id = 0;

  constructor(file: string) {
    this.worker = new Worker(new URL(WORKER, import.meta.url), { workerData: { file } });
    this.worker.on("message", ({ id, result }: ResultMessage) => this.take(id, result));
    this.worker.on("error", (error: Error) => this.end(error.message));
    this.worker.on("exit", () => this.end("its thread has ended"));
  }

  run(work: Work): Promise<Result> {
    return new Promise((resolve) => {
      const id = ++this.last_id;
      this.awaited.set(id, resolve);
      this.worker.ref();
      this.worker.postMessage({ id, work } satisfies WorkMessage);
    });
  }

  async close(): Promise<void> {
    if (this.ended) return;
    await this.run("close");
    this.ended = true;
    // Not awaited: the file is closed, and where the clock was set forward Bun 1.4 never comes back from it.
    void this.worker.terminate().catch(() => {});
  }

  private take(id: number, result: Result): void {
    this.awaited.get(id)?.(result);
    this.awaited.delete(id);
    if (this.awaited.size === 0) this.worker.unref();
  }

  /** Whether the last writes were committed is not known. */
  private end(message: string): void {
    this.ended = true;
    for (const id of this.awaited.keys()) this.take(id, { trouble: broken(message) });
  }
}
