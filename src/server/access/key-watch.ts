/** Reloads the file of keys while the server runs: once a second it is checked for a change. */
import { statSync } from "node:fs";
import { errorMessage } from "../../core/thrown.ts";
import type { Access } from "./access.ts";
import { exposureOf } from "./exposed-path.ts";
import { readKeys } from "./key-file.ts";

const INTERVAL_MS = 1000;

/** `reload` reads the file at once. */
export function watchKeys(
  file: string,
  access: Access,
  warn: (text: string) => void,
  interval_ms: number = INTERVAL_MS,
): { reload(): void; close(): void } {
  let used = stateOf(file);
  const reload = (): void => {
    // Taken first: a change while the file is read is seen at the next check.
    used = stateOf(file);
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
  const timer = setInterval(() => {
    if (stateOf(file) !== used) reload();
  }, interval_ms);
  timer.unref();
  return { reload, close: () => clearInterval(timer) };
}

function stateOf(file: string): string {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
    return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;
  } catch {
    return "none";
  }
}
