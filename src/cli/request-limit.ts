/**
 * Bun 1.4 sends at most 256 requests at once, and lets all others wait without a word. It reads another limit from the
 * environment, but only when a process starts, so that a higher one needs a second start in the place of the first.
 */
import process from "node:process";
import { readRegularFile } from "../config/regular-file.ts";
import type { RoomLimits } from "../server/room.ts";
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

/** The runtime's own, logs, databases, and connections of who only looks. */
const OTHER_FILES = 40;
/** One to the client, one to the host. */
const FILES_EACH = 2;

/** How many files and sockets this process may have open, where the system tells. */
export function openFiles(): number | undefined {
  try {
    const found = /^Max open files +(\d+)/m.exec(readRegularFile("/proc/self/limits"));
    return found ? Number(found[1]) : undefined;
  } catch {
    return undefined;
  }
}

/** Rather fewer requests at once than some that fail for want of a socket. Returns what the user should know of it. */
export function fitToFiles(room: RoomLimits, files: number | undefined): string | undefined {
  if (files === undefined) return undefined;
  const places = Math.max(1, Math.floor((files - OTHER_FILES) / FILES_EACH));
  if (room.places <= places) return undefined;
  const words = `${files} open files are allowed (ulimit -n), enough for ${places} requests at once and not for ${room.places}`;
  room.places = places;
  return `${words}: raise it, or lower max_requests`;
}
