/**
 * The thread that holds the SQLite file, so that no stream waits for a disk. It is an entry of its own: the executable
 * has it beside main.ts. It does one thing at a time, in the order of its messages.
 */
import { parentPort, workerData } from "node:worker_threads";
import type { Row, Statement } from "./database.ts";
import { SqliteEngine, troubleOf, type Outcome, type Trouble } from "./sqlite-engine.ts";

export type Work = { write: readonly (readonly Statement[])[] } | { read: Statement } | "close";

export type Result =
  | { outcomes: readonly Outcome[] }
  | { rows: readonly Row[] }
  | { trouble: Trouble }
  | { closed: true };

/** A message to the thread, and the one that it sends back. */
export type WorkMessage = { id: number; work: Work };
export type ResultMessage = { id: number; result: Result };

let engine: SqliteEngine | undefined;

/** Opened at its first use, and again when that failed or the file was removed. */
function opened(): SqliteEngine {
  if (engine && !engine.isThere()) close();
  return (engine ??= new SqliteEngine((workerData as { file: string }).file));
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

parentPort?.on("message", ({ id, work }: WorkMessage) => parentPort?.postMessage({ id, result: resultOf(work) }));
