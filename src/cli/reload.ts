/**
 * Watches the config file while the server runs, by polling: editors replace files, Kubernetes swaps links, and network
 * file systems report no changes, so that polling alone works everywhere.
 */
import { statSync } from "node:fs";
import process from "node:process";
import type { ConfigFile, ConfigInputs } from "../config/file/config-file.ts";
import { loadConfig } from "../config/file/load.ts";
import type { Problem } from "../config/file/problem.ts";

interface WatchOptions {
  /** How often files are looked at; a change counts when the next look finds no further one. */
  interval_ms?: number;
  /** Files besides the config itself that were read for the config in use: keys are replaced, too. */
  reads?: readonly string[];
  client_keys?: ConfigInputs["client_keys"];
}

export interface ConfigWatch {
  /** Reads the file now, changed or not: for SIGHUP. */
  reload(): void;
  close(): void;
}

/** A valid change goes to `onChange`; an invalid one to `onProblem`, and the config in use stays. */
export function watchConfig(
  path: string,
  onChange: (config: ConfigFile) => void,
  onProblem: (problems: readonly Problem[]) => void,
  { interval_ms = 1000, reads = [], client_keys }: WatchOptions = {},
): ConfigWatch {
  let files = [path, ...reads];
  let used = statesOf(files).join(" ");
  let before = used;

  const reload = (): void => {
    // Taken first: what changes while it is read is seen at the next look.
    const own = statesOf([path]);
    const result = loadConfig(path, process.env, client_keys && { client_keys });
    if ("config" in result) files = [path, ...result.config.reads];
    used = before = [...own, ...statesOf(files.slice(1))].join(" ");
    if ("config" in result) onChange(result.config);
    else onProblem(result.problems);
  };
  const look = (): void => {
    const now = statesOf(files).join(" ");
    const is_settled = now === before;
    before = now;
    if (is_settled && now !== used) reload();
  };
  const timer = setInterval(look, interval_ms);
  timer.unref();
  return { reload, close: () => clearInterval(timer) };
}

/** Each changes when its file does; links are followed. */
function statesOf(files: readonly string[]): string[] {
  return files.map((file) => {
    try {
      const { dev, ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
      return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;
    } catch {
      return "none";
    }
  });
}
