/**
 * What was changed, kept before it is done, so that it can be taken back: exactly our own edits, whatever else has
 * changed since. Lies in the program's state folder, one file for each agent and place.
 */
import { createHash } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { readRegularFile } from "../../config/regular-file.ts";
import type { FileChange } from "../../agents/endpoint.ts";
import { shortHash } from "../../core/hash.ts";
import { undoOf, undone, type Undo } from "../../core/text-change.ts";
import { writeAtOnce } from "./files.ts";
import { stateFolder } from "../../server/state-folder.ts";

/** One file that was made or changed. */
interface Step {
  path: string;
  /** Hash of what was there; null where nothing was. */
  before: string | null;
  after: string;
  undo: Undo;
  /** The copy of what was there. */
  copy?: string;
}

export interface Record {
  file: string;
  steps: readonly Step[];
}

/** `folder` is where the agent keeps its config: there may be several. */
export function recordFile(agent: string, folder: string): string {
  const { env, platform } = process;
  return join(stateFolder({ env, platform, home: homedir() }), "setup", `${agent}-${shortHash(folder)}.json`);
}

export function readRecord(file: string): Record | undefined {
  try {
    return { file, steps: (JSON.parse(readRegularFile(file)) as { steps: Step[] }).steps };
  } catch {
    return undefined;
  }
}

export function writeRecord({ file, steps }: Record): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeAtOnce(file, `${JSON.stringify({ steps }, null, 2)}\n`, 0o600);
}

export function removeRecord({ file }: Record): void {
  rmSync(file, { force: true });
}

export function stepOf({ path, before, after }: FileChange, copy: string | undefined): Step {
  return {
    path,
    before: before === undefined ? null : hashOf(before),
    after: hashOf(after),
    undo: undoOf(before ?? "", after),
    ...(copy !== undefined && { copy }),
  };
}

/** The file is as our last step left it, so that there is nothing of the user's to keep a copy of. */
export function isOurs(record: Record | undefined, { path, before }: FileChange): boolean {
  const last = record?.steps.findLast((step) => step.path === path);
  return last !== undefined && before !== undefined && last.after === hashOf(before);
}

const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");

export interface Undone {
  /** What becomes of each file; undefined for one that goes. */
  files: Map<string, { now: string | undefined; back: string | undefined }>;
  /** Files in which our own lines have been changed since. */
  conflicts: string[];
}

/** What taking everything back comes to, the last step first. Nothing is written. */
export function takeBack({ steps }: Record, read: (path: string) => string | undefined): Undone {
  const files: Undone["files"] = new Map();
  const conflicts: string[] = [];
  for (const step of steps.toReversed()) {
    const known = files.get(step.path);
    const now = known ? known.now : read(step.path);
    const current = known ? known.back : now;
    const back = before(step, current);
    if (back === CONFLICT) conflicts.push(step.path);
    else files.set(step.path, { now, back });
  }
  return { files, conflicts };
}

const CONFLICT = Symbol("conflict");

function before(step: Step, current: string | undefined): string | undefined | typeof CONFLICT {
  // It was never written, or has been taken back by hand.
  if (current === undefined) return undefined;
  if (hashOf(current) === step.before) return current;
  if (step.before === null) return hashOf(current) === step.after ? undefined : CONFLICT;
  const result = undone(current, step.undo);
  if (result === undefined) return CONFLICT;
  return hashOf(current) === step.after && hashOf(result) !== step.before ? CONFLICT : result;
}
