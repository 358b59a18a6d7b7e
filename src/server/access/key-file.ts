/** The file of the client keys: hashes and names, for this user alone. */
import * as fs from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import * as z from "zod";
import { errorCode, errorMessage } from "../../core/thrown.ts";
import { watchFiles, type FileWatch } from "../watch-files.ts";
import type { Access } from "./access.ts";
import { IrregularFile, leadsNowhere, readRegularFile } from "../../config/regular-file.ts";
import type { ClientKey } from "./client-keys.ts";
import { exposureOf } from "./exposed-path.ts";

const keySchema = z.strictObject({
  name: z.string().regex(/^[\w.@-]{1,64}$/),
  sha256: z.string().regex(/^[\da-f]{64}$/),
  use: z.enum(["models", "metrics"]),
  models: z.array(z.string().min(1)).min(1).optional(),
  rpm: z.int().min(1).optional(),
  created_at: z.string(),
});
const fileSchema = z.strictObject({ version: z.literal(1), keys: z.array(keySchema) });

/** Name of the file in the state folder. */
export const KEY_FILE = "keys.json";

const ELSEWHERE = "name another by keys_file of [server], or another state folder by XDG_STATE_HOME";

/** Undefined where there is no such file. Throws an Error for people when it is there and cannot be used. */
export function readKeys(file: string): ClientKey[] | undefined {
  let text: string;
  try {
    text = readRegularFile(file);
  } catch (error) {
    if (error instanceof IrregularFile) throw problem(`${error.message}; ${ELSEWHERE}`, error);
    // A link that leads nowhere was meant to lead to keys.
    const lost = [file, dirname(file)].find(leadsNowhere);
    if (lost !== undefined)
      throw problem(`${file} is lost: ${lost} is a link that leads nowhere; remove it, or set it right`, error);
    const code = errorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw problem(`${file} cannot be read (${code ?? String(error)}); let this user read it, or ${ELSEWHERE}`, error);
  }
  const parsed = fileSchema.safeParse(jsonOf(text, file));
  if (parsed.success) return parsed.data.keys;
  const [issue] = parsed.error.issues;
  throw problem(`${file} is not right at ${issue?.path.join(".") ?? "?"}: ${issue?.message ?? ""}`);
}

function problem(words: string, cause?: unknown): Error {
  return new Error(`the file of keys ${words}`, { cause });
}

function jsonOf(text: string, file: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw problem(`${file} is no JSON`, error);
  }
}

/** Changes the keys: of two changes at once neither is lost, and a reader sees the old file or the new one. */
export function changeKeys(file: string, change: (keys: readonly ClientKey[]) => readonly ClientKey[]): void {
  fs.mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  withLock(`${file}.lock`, () => {
    const keys = change(readKeys(file) ?? []);
    const next = `${file}.new`;
    // What was left there may be anything.
    fs.rmSync(next, { force: true });
    fs.writeFileSync(next, `${JSON.stringify({ version: 1, keys }, null, 2)}\n`, { flag: "wx", mode: 0o600 });
    ownAs(dirname(file), next);
    fs.renameSync(next, file);
  });
}

/** A file that root makes for a service gets the folder's owner: the service must read it. */
function ownAs(folder: string, file: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = fs.statSync(folder);
  fs.chownSync(file, uid, gid);
}

/** A lock that is older was left behind by a program that died. */
const STALE_MS = 10_000;

function withLock(lock: string, run: () => void): void {
  // By its age in either direction, since the clock may have been set meanwhile.
  if (fs.existsSync(lock) && Math.abs(Date.now() - fs.statSync(lock).mtimeMs) > STALE_MS)
    fs.rmSync(lock, { force: true });
  try {
    fs.closeSync(fs.openSync(lock, "wx", 0o600));
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
    throw new Error(`another program is changing the keys (${lock} is there); try again in a moment`, { cause: error });
  }
  try {
    run();
  } finally {
    fs.rmSync(lock, { force: true });
  }
}

/** Reloads the keys whenever the file changes. */
export function watchKeys(file: string, access: Access, warn: (text: string) => void, interval_ms?: number): FileWatch {
  const reload = (): void => {
    try {
      const exposure = exposureOf(file);
      if (exposure) throw new Error(`${exposure.path} ${exposure.why} (${exposure.fix})`);
      const keys = readKeys(file);
      if (keys === undefined && access.asksForKeys) warn(`the file of keys ${file} is gone: nobody is let in`);
      access.replace(keys ?? []);
    } catch (error) {
      warn(`${errorMessage(error)}; the keys as they were before stay in use`);
    }
  };
  return watchFiles([file], reload, interval_ms);
}
