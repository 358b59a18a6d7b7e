/**
 * Bun 1.4 sends at most 256 requests at once, and lets all others wait without a word. It reads another limit from the
 * environment, but only when a process starts, so that a higher one needs a second start in the place of the first.
 */
import process from "node:process";
import { DEFAULT_MAX_REQUESTS } from "./settings.ts";

const VARIABLE = "BUN_CONFIG_MAX_HTTP_REQUESTS";
/** For lists of models and questions about windows. */
const BESIDES = 64;

/** Does not return when the process begins anew. */
export function raiseRequestLimit(max_requests: number): void {
  const there = Number(process.env[VARIABLE] ?? 256);
  const execve = (process as { execve?: (file: string, args: string[], env: object) => never }).execve;
  if (max_requests <= DEFAULT_MAX_REQUESTS || there > max_requests || process.versions["bun"] === undefined) return;
  if (!execve) return;
  // Within a compiled executable the script is no file that could be started.
  const isCompiled = process.argv[1]?.startsWith("/$bunfs/") ?? true;
  const args = process.argv.slice(isCompiled ? 2 : 1);
  execve.call(process, process.execPath, [process.execPath, ...args], {
    ...process.env,
    [VARIABLE]: String(max_requests + BESIDES),
  });
}
