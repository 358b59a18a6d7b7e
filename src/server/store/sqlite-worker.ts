/**
 * The thread that holds the SQLite file, so that no stream waits for a disk. It is an entry of its own: the executable
 * has it beside main.ts. It does one thing at a time, in the order in which it was asked.
 */
import { parentPort, workerData } from "node:worker_threads";
import { collectGarbage } from "../memory/collect.ts";
import { charactersOf, type Row, type Statement } from "./database.ts";
import { SqliteEngine, troubleOf, type Outcome, type Trouble } from "./sqlite-engine.ts";

export type Ask =
  | { id: number; write: readonly (readonly Statement[])[] }
  | { id: number; read: Statement }
  | { id: number; close: true };

export type Answer = { id: number } & (
  | { outcomes: readonly Outcome[] }
  | { rows: readonly Row[] }
  | { closed: true }
  | { trouble: Trouble }
);

let engine: SqliteEngine | undefined;

/** Opened at its first use, and again after it could not be, or was taken away. */
function opened(): SqliteEngine {
  if (engine && !engine.isThere()) {
    engine.close();
    engine = undefined;
  }
  return (engine ??= new SqliteEngine((workerData as { file: string }).file));
}

function answer(ask: Ask): Answer {
  const { id } = ask;
  try {
    if ("write" in ask) return { id, outcomes: opened().write(ask.write) };
    if ("read" in ask) return { id, rows: opened().read(ask.read) };
    engine?.close();
    engine = undefined;
    return { id, closed: true };
  } catch (error) {
    return { id, trouble: troubleOf(error) };
  }
}

parentPort?.on("message", (ask: Ask) => {
  parentPort?.postMessage(answer(ask));
  // This thread has a heap of its own, which would keep what was written until it has grown by as much again.
  if ("write" in ask) collectGarbage(charactersOf(ask.write));
});
