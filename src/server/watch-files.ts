/**
 * Watches files by polling: editors replace files, Kubernetes swaps links, and network file systems report no changes,
 * so that polling alone works everywhere.
 */
import { statSync } from "node:fs";

const INTERVAL_MS = 1000;

export interface FileWatch {
  /** Calls `reload` at once, changed or not. */
  reload(): void;
  close(): void;
}

/** Calls `reload` whenever one of the files has changed. */
export function watchFiles(files: readonly string[], reload: () => void, interval_ms: number = INTERVAL_MS): FileWatch {
  let used = statesOf(files);
  const reloadNow = (): void => {
    // Taken first: a change while the files are read is seen at the next look.
    used = statesOf(files);
    reload();
  };
  const timer = setInterval(() => {
    if (statesOf(files) !== used) reloadNow();
  }, interval_ms);
  timer.unref();
  return { reload: reloadNow, close: () => clearInterval(timer) };
}

/** Changes when one of the files does; links are followed. */
function statesOf(files: readonly string[]): string {
  const states = files.map((file) => {
    try {
      const { dev, ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
      return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;
    } catch {
      return "none";
    }
  });
  return states.join(" ");
}
