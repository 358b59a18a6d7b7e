/** The executable under a system's limits, as a shell sets them. */
import { readdirSync, readFileSync } from "node:fs";
import { pathOf } from "./needs.ts";
import { Shim, type ShimOptions } from "./shim.ts";

/** `limits` is run by `sh` before the program takes its place. */
export function limitedShim(limits: string, options: ShimOptions): Promise<Shim> {
  return Shim.start({ ...options, command: ["sh", "-c", `${limits}; exec "$@"`, "sh", pathOf("shim")] });
}

export const openFiles = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

export const rssMb = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
