/** Files of agents: read as text that survives byte for byte, and replaced atomically, with a copy. */
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
  // By its mode, since root may write everything.
  if (!existsSync(path) || (statSync(path).mode & 0o200) !== 0) return undefined;
  return `${path} is read-only, perhaps because another program manages it; allow writing (chmod u+w) or change it there`;
}

/** Replaces the target of a link, and not the link. At each moment there is the old file or the new one. */
export function replaceFile(path: string, before: string | undefined, after: string): void {
  const target = existsSync(path) ? realpathSync(path) : path;
  mkdirSync(dirname(target), { recursive: true });
  // A new file is private, since it may come to hold keys.
  const mode = existsSync(target) ? statSync(target).mode & 0o777 : 0o600;
  writeAtOnce(target, after, mode, () => {
    if (readText(path) !== before)
      throw new UsageError(`${path} was changed by another program meanwhile; it was not touched, try again`);
  });
}

/** Atomically. `check` throws where the file must not be replaced after all. */
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

/** Removes drafts of runs that were killed. */
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

/** Copies the file beside itself, with its mode. Returns the copy's path. */
export function keepCopy(path: string, text: string): string {
  for (let n = 1; ; n++) {
    const copy = `${path}.before-juscode${n === 1 ? "" : `-${n}`}`;
    const exists = existsSync(copy);
    if (exists && readRegularFile(copy) !== text) continue;
    if (!exists) writeAtOnce(copy, text, statSync(path).mode & 0o777);
    return copy;
  }
}
