/** Keys that are read anew while the server runs: from a file that is replaced, or by a command. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import type { AuthCommand, KeyOrigin } from "../config/file/config-file.ts";
import { ShimError } from "../core/errors.ts";
import type { KeySource } from "./upstream.ts";

/** Undefined where the key is in the provider's record for good. */
export function keySource(origin: KeyOrigin, command: AuthCommand | undefined): KeySource | undefined {
  if (command) return commandKey(command);
  if (origin.kind === "file") return async () => (await readFile(origin.path, "utf8")).trim();
  return undefined;
}

/** One run serves all who wait for it. A failed one is told to whoever asked, and tried again at the next request. */
function commandKey(auth: AuthCommand): KeySource {
  let key: Promise<string> | undefined;
  let at = 0;
  return (refused) => {
    const now = performance.now();
    const old = auth.refresh_interval_ms > 0 && now - at > auth.refresh_interval_ms;
    if (!key || old || refused) {
      at = now;
      const run = runCommand(auth);
      key = run;
      run.catch(() => (key = key === run ? undefined : key));
    }
    return key;
  };
}

function runCommand({ command, args, timeout_ms: timeout, cwd }: AuthCommand): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, [...args], { cwd, timeout, windowsHide: true }, (error, stdout, stderr) => {
      const key = stdout.trim();
      if (!error && key !== "" && !/\s/.test(key)) return resolve(key);
      // What it printed may hold a key: only its complaint is told.
      const why = error ? (stderr.trim().split("\n")[0] ?? "") || reasonOf(error, timeout) : "it printed no key";
      reject(
        new ShimError("authentication", `the command \`${command}\` that prints the upstream's key failed: ${why}`),
      );
    });
  });
}

function reasonOf(error: Error & { killed?: boolean; code?: unknown }, timeout: number): string {
  return error.killed ? `it took longer than ${timeout} ms` : `exit code ${String(error.code)}`;
}
