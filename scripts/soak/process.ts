/** What the system knows of a process (Linux). */
import { readdirSync, readFileSync } from "node:fs";

export interface Sample {
  at_s: number;
  rss_mb: number;
}

export { openFiles, rssMb } from "../../test/support/limited-shim.ts";

/** How often all of its threads have gone to sleep: at rest a timer that was left behind shows here. */
export const sleeps = (pid: number): number =>
  readdirSync(`/proc/${pid}/task`).reduce((sum, task) => {
    try {
      const text = readFileSync(`/proc/${pid}/task/${task}/status`, "utf8");
      return sum + Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(text)?.[1] ?? 0);
    } catch {
      return sum;
    }
  }, 0);

/** User and system time so far, in milliseconds (a clock tick is 10 ms). */
export function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** By least squares: where the line ends, over where it begins. */
export function drift(samples: readonly Sample[]): { from_mb: number; to_mb: number } {
  const n = samples.length;
  const mean = (of: (sample: Sample) => number): number => samples.reduce((sum, each) => sum + of(each), 0) / n;
  const at = mean(({ at_s }) => at_s);
  const rss = mean(({ rss_mb }) => rss_mb);
  const spread = samples.reduce((sum, each) => sum + (each.at_s - at) ** 2, 0);
  const slope =
    spread === 0 ? 0 : samples.reduce((sum, each) => sum + (each.at_s - at) * (each.rss_mb - rss), 0) / spread;
  const value = (at_s: number): number => rss + slope * (at_s - at);
  return { from_mb: value(samples[0]?.at_s ?? 0), to_mb: value(samples.at(-1)?.at_s ?? 0) };
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
