/** Files of agents: read as text that is written back byte for byte, and replaced at once, with a copy kept. */
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { codeOf, leadsNowhere, readRegularBytes, readRegularFile, whyUnreadable } from "../../config/regular-file.ts";
import { UsageError } from "../usage-error.ts";

/** Nobody else has to read what an agent keeps: there may be keys in it. */
const PRIVATE = 0o600;

/** Undefined where there is no such file. */
export function readText(path: string): string | undefined {
  let bytes: Buffer;
  try {
    bytes = readRegularBytes(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT" && !leadsNowhere(path)) return undefined;
    throw new UsageError(`${path} ${whyUnreadable(error)}; correct that first`);
  }
  const text = bytes.toString("utf8");
  if (!Buffer.from(text, "utf8").equals(bytes))
    throw new UsageError(`${path} is not UTF-8 text; save it as UTF-8 first`);
  return text;
}

/** Why a file may not be changed; undefined where it may. */
export function lockedBecause(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  // Asked of its mode, since nothing is forbidden to root; who takes away the right to write means it.
  if ((statSync(path).mode & 0o200) === 0)
    return `${path} is read-only, perhaps since another program manages it; allow writing (chmod u+w) or change it there`;
  return undefined;
}

/** Links stay: what they lead to is replaced. At each moment there is the old file or the new one. */
export function replaceFile(path: string, before: string | undefined, after: string): void {
  const target = existsSync(path) ? realpathSync(path) : path;
  mkdirSync(dirname(target), { recursive: true });
  const mode = existsSync(target) ? statSync(target).mode & 0o777 : PRIVATE;
  writeAtOnce(target, after, mode, () => {
    if (readText(path) !== before)
      throw new UsageError(`${path} was changed by another program just now; it was not touched, try again`);
  });
}

/** Whole or not at all. `check` has the last word. */
export function writeAtOnce(target: string, text: string, mode: number, check = (): void => {}): void {
  removeLeftovers(target);
  const draft = `${target}${DRAFT}${process.pid}`;
  const file = openSync(draft, "w", mode);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
    chmodSync(draft, mode);
    check();
    renameSync(draft, target);
  } finally {
    closeSync(file);
    rmSync(draft, { force: true });
  }
}

const DRAFT = ".juscode-draft-";

/** Of a run that was killed. */
function removeLeftovers(target: string): void {
  const start = basename(target) + DRAFT;
  for (const name of readdirSync(dirname(target))) {
    if (name.startsWith(start) && !isAlive(Number(name.slice(start.length))))
      rmSync(join(dirname(target), name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return pid !== process.pid;
  } catch {
    return false;
  }
}

export function removeFile(path: string): void {
  rmSync(path, { force: true });
}

/** A copy beside the file, with its mode; where it is. */
export function keepCopy(path: string, text: string): string {
  for (let n = 1; ; n++) {
    const copy = `${path}.before-juscode${n === 1 ? "" : `-${n}`}`;
    if (existsSync(copy)) {
      if (readRegularFile(copy) === text) return copy;
      continue;
    }
    writeAtOnce(copy, text, statSync(path).mode & 0o777);
    return copy;
  }
}
