/** `setup AGENT --undo`, and what comes before a setup that is done anew. */
import { existsSync } from "node:fs";
import { readRegularBytes } from "../../config/regular-file.ts";
import { shownChange } from "../../core/text-change.ts";
import { lockedBecause, readText, removeFile, replaceFile } from "./files.ts";
import { readRecord, removeRecord, takeBack, type Record, type Undone } from "./record.ts";

export interface UndoPlan {
  record: Record;
  undone: Undone;
  /** Nothing can be done: who reads this finds out why. */
  problem: string | undefined;
  diff: string;
}

/** Undefined where nothing was set up. */
export function planUndo(file: string): UndoPlan | undefined {
  const record = readRecord(file);
  if (!record) return undefined;
  const undone = takeBack(record, readText);
  const diff = [...undone.files].map(([path, { now, back }]) => (now === back ? "" : shownChange(path, now, back)));
  const locked = [...undone.files].flatMap(([path, { now, back }]) =>
    now === back ? [] : (lockedBecause(path) ?? []),
  );
  const problem = undone.conflicts.length > 0 ? conflictText(record, undone.conflicts) : locked[0];
  return { record, undone, problem, diff: diff.filter((each) => each !== "").join("\n") };
}

function conflictText({ steps }: Record, conflicts: readonly string[]): string {
  const parts = conflicts.map((path) => {
    const step = steps.find((each) => each.path === path);
    const written = (step?.undo.bare.hunks ?? []).flatMap(({ lines }) => lines.filter((line) => /^[-+]/.test(line)));
    const copy = step?.copy === undefined ? "" : `\nAs it was before: ${step.copy}`;
    if (step?.before === null)
      return `${path} was made by setup and has been changed since. Delete it yourself if you do not need it, then run this again.`;
    return `${path}: lines that setup wrote have been changed since. To take back by hand (- goes, + comes back):\n${written.map((line) => `  ${line}`).join("\n")}${copy}`;
  });
  return `${parts.join("\n")}\nNothing was changed.`;
}

/** The last file first, so that nothing ever refers to one that is gone. */
export function applyUndo({ record, undone }: UndoPlan): string[] {
  const done: string[] = [];
  for (const [path, { now, back }] of undone.files) {
    if (now === back) continue;
    if (back === undefined) removeFile(path);
    else replaceFile(path, now, back);
    done.push(back === undefined ? `${path} is gone` : `${path} is as it was but for your own changes`);
  }
  for (const { path, copy } of record.steps) removeCopy(path, copy);
  removeRecord(record);
  return done;
}

/** A copy of what is there again is of no use. */
function removeCopy(path: string, copy: string | undefined): void {
  if (copy === undefined || !existsSync(copy) || !existsSync(path)) return;
  if (readRegularBytes(copy).equals(readRegularBytes(path))) removeFile(copy);
}
