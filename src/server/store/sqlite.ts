/**
 * The store in a SQLite file, which a thread holds. What is to be written while a transaction is under way is
 * committed together by the next one.
 *
 * Measured on the thread that serves: 0.1 ms to hand over a record of 2 MB, where writing it took 10 to 17 ms.
 */
import { closeSync, existsSync, openSync } from "node:fs";
import { devNull } from "node:os";
import { Worker } from "node:worker_threads";
import { collectGarbage } from "../memory/collect.ts";
import { charactersOf, type Database, type Row, type Statement } from "./database.ts";
import { SQLITE_WORDS, type Trouble } from "./sqlite-engine.ts";
import type { Answer, Ask } from "./sqlite-worker.ts";
import { StoreError } from "./store-error.ts";

declare const SHIM_SQLITE_WORKER: string | undefined;
/** In the executable all modules are one, and stand elsewhere. */
const WORKER = typeof SHIM_SQLITE_WORKER === "string" ? SHIM_SQLITE_WORKER : "./sqlite-worker.ts";

const BUSY_RETRY_MS = 20;
/** Then whoever waits for another program's lock is told. */
const PATIENCE_MS = 5000;
/** In one transaction: others that write wait for no more. */
const MOST_AT_ONCE = 100;

interface Waiting {
  statements: readonly Statement[];
  since: number;
  resolve(rows: readonly (readonly Row[])[]): void;
  reject(error: StoreError): void;
}

/** `Omit` for each member by itself. */
type Question = Ask extends infer Each ? (Each extends Ask ? Omit<Each, "id"> : never) : never;

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
    // Whoever never keeps anything has no file, and no thread.
    if (!this.thread && !existsSync(this.place)) return [];
    const until = performance.now() + PATIENCE_MS;
    for (;;) {
      const answer = await this.ask({ read: { text, values } });
      if ("rows" in answer) return answer.rows;
      const trouble = troubleIn(answer);
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

  /** It has that of this machine. */
  async clock(): Promise<number> {
    return Date.now();
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.writing;
    await this.thread?.close();
  }

  private async writeAll(): Promise<void> {
    await Promise.resolve(); // What is asked for in the same moment comes along.
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, MOST_AT_ONCE);
      const write = batch.map(({ statements }) => statements);
      const answer = await this.ask({ write });
      collectGarbage(charactersOf(write));
      if ("outcomes" in answer) {
        for (const [index, { resolve, reject }] of batch.entries()) {
          const outcome = answer.outcomes[index];
          if (outcome && "rows" in outcome) resolve(outcome.rows);
          else reject(this.failure(outcome?.trouble ?? NO_ANSWER));
        }
      } else await this.nothingWritten(batch, troubleIn(answer));
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

  private ask(question: Question): Promise<Answer> {
    if (this.thread?.ended ?? true) {
      if (!canOpen(FILES_OF_A_THREAD)) return Promise.resolve({ id: 0, trouble: OUT_OF_FILES });
      try {
        this.thread = new Thread(this.place);
      } catch (error) {
        return Promise.resolve({ id: 0, trouble: broken((error as Error).message) });
      }
    }
    return (this.thread as Thread).ask(question);
  }

  private failure({ kind, message, told }: Trouble): StoreError {
    const detail = new Error(`${this.place}: ${message}`);
    switch (kind) {
      case "conflict":
        return new StoreError("conflict", "there is such an id already", detail);
      case "busy":
        return new StoreError("unavailable", "the store is locked by another program; try again later", detail);
      case "broken":
        return new StoreError("broken", `the store cannot be written or read (${told})`, detail);
    }
  }
}

const broken = (message: string): Trouble => ({ kind: "broken", message, told: message });
const NO_ANSWER: Trouble = broken("its thread gave no answer");
const OUT_OF_FILES: Trouble = broken("no more files may be opened; raise `ulimit -n`");

/** Its loop, the database, and some to spare. */
const FILES_OF_A_THREAD = 16;

/** The runtime ends the whole process when a thread that begins finds no files left. */
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

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
const troubleIn = (answer: Answer): Trouble => ("trouble" in answer ? answer.trouble : NO_ANSWER);

/** Questions to the worker, and its answers. Keeps the process alive only while one is open. */
class Thread {
  ended = false;
  private readonly worker: Worker;
  private readonly open = new Map<number, (answer: Answer) => void>();
  private asked = 0;

  constructor(file: string) {
    this.worker = new Worker(new URL(WORKER, import.meta.url), { workerData: { file } });
    this.worker.on("message", (answer: Answer) => this.answered(answer));
    this.worker.on("error", (error: Error) => this.end(error.message));
    this.worker.on("exit", () => this.end("its thread has ended"));
  }

  ask(question: Question): Promise<Answer> {
    return new Promise((resolve) => {
      const id = this.asked++;
      this.open.set(id, resolve);
      this.worker.ref();
      this.worker.postMessage({ id, ...question });
    });
  }

  async close(): Promise<void> {
    if (this.ended) return;
    await this.ask({ close: true });
    this.ended = true;
    // Not waited for: the file is closed, and where the clock was set forward Bun 1.4 never comes back from it.
    void this.worker.terminate().catch(() => {});
  }

  private answered(answer: Answer): void {
    this.open.get(answer.id)?.(answer);
    this.open.delete(answer.id);
    if (this.open.size === 0) this.worker.unref();
  }

  /** Whether the last ones were written is not known. */
  private end(message: string): void {
    this.ended = true;
    for (const id of this.open.keys()) this.answered({ id, trouble: broken(message) });
  }
}
