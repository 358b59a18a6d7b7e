/** How much memory requests and replies may take together where the config does not say. */
import { totalmem } from "node:os";
import { readRegularFile } from "../../config/regular-file.ts";

const SHARE = 1 / 4;
/** Less would refuse a single large request. */
const LEAST_BYTES = 256 * 1024 * 1024;

/** Limits of a container or a unit, of both versions of control groups. */
const LIMIT_FILES = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];

/** In bytes: a quarter of the machine's memory, or of the control group's where that is less. */
export function defaultCeiling(): number {
  const limits = [...LIMIT_FILES, ownGroupFile()].flatMap((file) => limitIn(file));
  return Math.max(LEAST_BYTES, Math.floor(Math.min(totalmem(), ...limits) * SHARE));
}

/** Of the group that this process is in, where the root is not its own. */
function ownGroupFile(): string | undefined {
  const path = /^0::(\/.+)$/m.exec(textOf("/proc/self/cgroup") ?? "")?.[1];
  return path === undefined ? undefined : `/sys/fs/cgroup${path}/memory.max`;
}

function limitIn(file: string | undefined): number[] {
  const bytes = Number(file === undefined ? Number.NaN : textOf(file));
  return bytes > 0 ? [bytes] : [];
}

function textOf(file: string): string | undefined {
  try {
    return readRegularFile(file).trim();
  } catch {
    return undefined;
  }
}
