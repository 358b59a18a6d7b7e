/** Keys that are reloaded while the server runs: from a file that is replaced, or by a command. */
import process from "node:process";
import type { AuthCommand, KeyOrigin } from "../../config/file/config-file.ts";
import { readRegularFile, whyUnreadable } from "../../config/regular-file.ts";
import { ShimError } from "../../core/errors.ts";
import type { KeySource } from "./upstream.ts";

/** Undefined where the key is in the provider's record for good. */
export function keySource(origin: KeyOrigin, command: AuthCommand | undefined): KeySource | undefined {
  if (command) return commandKey(command);
  if (origin.kind === "file") return () => readKeyFile(origin.path);
  return undefined;
}

/** A key, however long its token is. */
const MOST_BYTES = 64 * 1024;

async function readKeyFile(path: string): Promise<string> {
  try {
    return readRegularFile(path, MOST_BYTES).trim();
  } catch (error) {
    throw new ShimError("authentication", `the file ${path} that holds the upstream's key ${whyUnreadable(error)}`);
  }
}

/** One run serves all requests that wait for it. A failed one fails them all, and is repeated for the next request. */
function commandKey(auth: AuthCommand): KeySource {
  let key: Promise<string> | undefined;
  let at = 0;
  /** The key itself; undefined while the command runs. */
  let current: string | undefined;
  return (refused) => {
    const now = performance.now();
    const old = auth.refresh_interval_ms > 0 && now - at > auth.refresh_interval_ms;
    // A key that others had refused may have been replaced in the meantime.
    if (!key || (current !== undefined && (old || refused === current))) {
      at = now;
      current = undefined;
      key = runCommand(auth);
      const end = (fresh: string): void => void (current = fresh);
      void key.then(end, () => (key = undefined));
    }
    return key;
  };
}

function runCommand({ command, args, timeout_ms: timeout, cwd }: AuthCommand): Promise<string> {
  return new Promise((resolve, reject) => {
    process
      .getBuiltinModule("node:child_process")
      .execFile(command, [...args], { cwd, timeout, windowsHide: true }, (error, stdout) => {
        const key = stdout.trim();
        if (!error && key !== "" && !/\s/.test(key)) return resolve(key);
        // Whatever it printed may hold a key, its complaints too.
        const why = error ? reasonOf(error, timeout) : "it printed no key";
        const words = `the command \`${command}\` that prints the upstream's key failed: ${why}`;
        reject(new ShimError("authentication", words));
      });
  });
}

function reasonOf(error: Error & { killed?: boolean; code?: unknown }, timeout: number): string {
  if (error.killed) return `it took longer than ${timeout} ms`;
  return typeof error.code === "number"
    ? `exit code ${error.code}; run it by hand to see why`
    : `it cannot be run (${String(error.code)})`;
}
