/** Follows the file of keys while the server runs, as the config is followed: it is looked at again and again. */
import { statSync } from "node:fs";
import type { Access } from "./access.ts";
import { exposureOf } from "./exposed-path.ts";
import { readKeys } from "./key-file.ts";

const INTERVAL_MS = 1000;

export interface KeyWatch {
  /** Reads it now. */
  reload(): void;
  close(): void;
}

export function watchKeys(
  file: string,
  access: Access,
  warn: (text: string) => void,
  interval_ms: number = INTERVAL_MS,
): KeyWatch {
  let used = stateOf(file);
  const reload = (): void => {
    // Taken first: what changes while it is read is seen at the next look.
    used = stateOf(file);
    try {
      const exposure = exposureOf(file);
      if (exposure) throw new Error(`${exposure.path} ${exposure.why} (${exposure.fix})`);
      const keys = readKeys(file);
      if (keys === undefined && access.asksForKeys) warn(`the file of keys ${file} is gone: nobody is let in`);
      access.replace(keys ?? []);
    } catch (error) {
      warn(`${(error as Error).message}; the keys as they were before stay in use`);
    }
  };
  const look = (): void => {
    if (stateOf(file) !== used) reload();
  };
  const timer = setInterval(look, interval_ms);
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
