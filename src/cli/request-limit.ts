/**
 * Bun 1.4 sends at most 256 requests at once, and silently queues all others. It reads another limit from the
 * environment, but only when a process starts: a higher one needs a second start in the place of the first.
 */
import process from "node:process";
import { readRegularFile } from "../config/regular-file.ts";
import { DEFAULT_MAX_REQUESTS } from "./defaults.ts";

const VARIABLE = "BUN_CONFIG_MAX_HTTP_REQUESTS";
/** For lists of models and questions about windows. */
const BESIDES = 64;

/** Does not return when the process starts again. */
export function raiseRequestLimit(max_requests: number): void {
  const present = Number(process.env[VARIABLE] ?? 256);
  const { execve } = process as { execve?: (file: string, args: string[], env: object) => never };
  if (max_requests <= DEFAULT_MAX_REQUESTS || present > max_requests || process.versions["bun"] === undefined) return;
  if (!execve) return;
  // Within a compiled executable the script is not a file that could be started.
  const is_compiled = process.argv[1]?.startsWith("/$bunfs/") ?? true;
  const args = process.argv.slice(is_compiled ? 2 : 1);
  const env = { ...process.env, [VARIABLE]: String(max_requests + BESIDES) };
  execve.call(process, process.execPath, [process.execPath, ...args], env);
}

/** For the runtime, logs, databases, and connections that send no request. */
const OTHER_FILES = 40;
/** One to the client, one to the upstream. */
const FILES_EACH = 2;

/** How many files and sockets this process may have open, where the system reports it. */
export function openFiles(): number | undefined {
  try {
    const found = /^Max open files +(\d+)/m.exec(readRegularFile("/proc/self/limits"));
    return found ? Number(found[1]) : undefined;
  } catch {
    return undefined;
  }
}

/** A lower concurrency limit is better than requests that fail for want of a socket; `warning` states the reason. */
export function fitToFiles(limit: number, files: number | undefined): { limit: number; warning?: string } {
  const most = files === undefined ? Infinity : Math.max(1, Math.floor((files - OTHER_FILES) / FILES_EACH));
  if (limit <= most) return { limit };
  const warning = `${files} open files are allowed (ulimit -n), enough for ${most} requests at once and not for ${limit}: raise it, or lower max_requests`;
  return { limit: most, warning };
}
