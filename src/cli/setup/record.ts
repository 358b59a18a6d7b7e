/**
 * What was changed, recorded before it is done, so that it can be undone: exactly our own edits, whatever else has
 * changed since. Lies in the program's state folder, one file for each agent and place.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { FileChange } from "../../agents/endpoint.ts";
import { readRegularBytes, readRegularFile } from "../../config/regular-file.ts";
import { shortHash } from "../../core/hash.ts";
import { shownChange, undoOf, undone, type Undo } from "../../core/text-change.ts";
import { stateFolder } from "../../server/state-folder.ts";
import { machineHere } from "../operations.ts";
import { lockedBecause, readText, replaceFile, writeAtOnce } from "./files.ts";

/** One file that was created or changed. */
interface Step {
  path: string;
  /** Hash of the text before; null where there was no file. */
  before: string | null;
  after: string;
  undo: Undo;
  copy?: string;
}

interface Record {
  file: string;
  steps: readonly Step[];
}

/** `folder` is where the agent keeps its config: there may be several. */
export function recordFile(agent: string, folder: string): string {
  return join(stateFolder(machineHere()), "setup", `${agent}-${shortHash(folder)}.json`);
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

export function stepOf({ path, before, after }: FileChange, copy: string | undefined): Step {
  const undo = undoOf(before ?? "", after);
  const hash = before === undefined ? null : hashOf(before);
  return { path, before: hash, after: hashOf(after), undo, ...(copy !== undefined && { copy }) };
}

/** The file is as our last step left it, so that a copy would hold nothing of the user's. */
export function isOurs(record: Record | undefined, { path, before }: FileChange): boolean {
  const last = record?.steps.findLast((step) => step.path === path);
  return last !== undefined && before !== undefined && last.after === hashOf(before);
}

const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");

/** A file as it is, and as it was; undefined for none. */
interface FileUndo {
  path: string;
  now: string | undefined;
  back: string | undefined;
}

type UndoPlan = NonNullable<ReturnType<typeof planUndo>>;

/**
 * What undoing every step comes to, the last step first, or the problem for which it cannot be done. Undefined where
 * nothing was set up. Nothing is written.
 */
export function planUndo(file: string) {
  const record = readRecord(file);
  if (!record) return undefined;
  const undos = new Map<string, FileUndo>();
  const conflicts: Step[] = [];
  for (const step of record.steps.toReversed()) {
    const { path } = step;
    const known = undos.get(path);
    const now = known ? known.now : readText(path);
    const back = textBefore(step, known ? known.back : now);
    if (back === CONFLICT) conflicts.push(step);
    else undos.set(path, { path, now, back });
  }
  const files = [...undos.values()].filter(({ now, back }) => now !== back);
  const locked = files.flatMap(({ path }) => lockedBecause(path) ?? []);
  const problem = conflicts.length > 0 ? `${conflicts.map(conflictText).join("\n")}\nNothing was changed.` : locked[0];
  const diff = files.map(({ path, now, back }) => shownChange(path, now, back)).join("\n");
  return { record, files, problem, diff };
}

const CONFLICT = Symbol("conflict");

function textBefore(step: Step, current: string | undefined): string | undefined | typeof CONFLICT {
  // It was never written, or was undone by hand.
  if (current === undefined) return undefined;
  if (hashOf(current) === step.before) return current;
  const is_ours = hashOf(current) === step.after;
  if (step.before === null) return is_ours ? undefined : CONFLICT;
  const result = undone(current, step.undo);
  return result === undefined || (is_ours && hashOf(result) !== step.before) ? CONFLICT : result;
}

function conflictText({ path, before, undo, copy }: Step): string {
  if (before === null)
    return `${path} was created by setup and has been changed since. Delete it yourself if you do not need it, then run this again.`;
  const written = undo.bare.hunks.flatMap(({ lines }) => lines.filter((line) => /^[-+]/.test(line)));
  const kept = copy === undefined ? "" : `\nThe file before: ${copy}`;
  return `${path}: lines that setup wrote have been changed since. Undo by hand (- goes, + comes back):\n${written.map((line) => `  ${line}`).join("\n")}${kept}`;
}

/** The last file first, so that nothing ever refers to one that is gone. */
export function applyUndo({ record, files }: UndoPlan): string[] {
  const done = files.map(({ path, now, back }) => {
    if (back === undefined) rmSync(path, { force: true });
    else replaceFile(path, now, back);
    return back === undefined ? `${path} was removed` : `${path} was restored, except for your own changes`;
  });
  for (const { path, copy } of record.steps) removeCopy(path, copy);
  rmSync(record.file, { force: true });
  return done;
}

/** A copy of what is there again is of no use. */
function removeCopy(path: string, copy: string | undefined): void {
  if (copy === undefined || !existsSync(copy) || !existsSync(path)) return;
  if (readRegularBytes(copy).equals(readRegularBytes(path))) rmSync(copy, { force: true });
}
