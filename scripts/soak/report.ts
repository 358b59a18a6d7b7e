/** A soak in a table, and what is said of its measures. */
import { drift, quantile } from "./process.ts";
import type { Soaked } from "./run.ts";

/** Of the line that fits the memory at rest, over the whole time after the warm-up. */
const MOST_DRIFT = 0.05;
/** Fewer make no line. */
const RESTS_OF_A_LINE = 6;
const LEAVING_MS = 15;

/** What the measures say is wrong. */
export function verdicts({ leaving_ms, rests }: Soaked): string[] {
  const problems: string[] = [];
  const { from_mb, to_mb } = drift(rests);
  if (rests.length >= RESTS_OF_A_LINE && to_mb > from_mb * (1 + MOST_DRIFT))
    problems.push(`memory has grown from ${from_mb.toFixed(1)} to ${to_mb.toFixed(1)} MB`);
  const median = quantile(leaving_ms, 0.5);
  if (median > LEAVING_MS) problems.push(`hosts hear only after ${median.toFixed(1)} ms that a client has left`);
  const [warm, last] = [rests[0], rests.at(-1)];
  if (warm && last && last.sleeps > warm.sleeps * 3 + 100)
    problems.push(`at rest its threads wake ${last.sleeps} times a second, ${warm.sleeps} after the warm-up`);
  return problems;
}

export function summary(soaked: Soaked): string {
  const { threads, turns, faults, manners, leaving_ms, rests, seconds, peak_mb, stalls } = soaked;
  const rows = Object.entries(turns).toSorted(([a], [b]) => a.localeCompare(b));
  const all = rows.reduce((sum, [, { right, told, left }]) => sum + right + told + left, 0);
  const list = (counts: Record<string, number>): string =>
    Object.entries(counts)
      .toSorted(([, a], [, b]) => b - a)
      .map(([name, count]) => `${name} ${count}`)
      .join(", ");
  const { from_mb, to_mb } = drift(rests);
  const rest = rests.map(
    ({ rss_mb, files, running, sleeps }) =>
      `${rss_mb.toFixed(0)} MB, ${files} files, ${running} running, ${sleeps} wake-ups/s`,
  );
  return [
    "| way | right | told an error | client left |",
    "|---|---|---|---|",
    ...rows.map(([way, { right, told, left }]) => `| ${way} | ${right} | ${told} | ${left} |`),
    "",
    `${threads} threads, ${all} turns in ${seconds.toFixed(0)} s; ${soaked.calls} calls and ${soaked.characters} characters arrived, ${soaked.host_requests} requests at hosts`,
    `hosts: ${list(faults)}`,
    `clients: ${list(manners)}`,
    `a client leaves, its host sees it after: p50 ${quantile(leaving_ms, 0.5).toFixed(1)} ms, p99 ${quantile(leaving_ms, 0.99).toFixed(1)} ms (${leaving_ms.length} times)`,
    `memory at rest by least squares: ${from_mb.toFixed(1)} → ${to_mb.toFixed(1)} MB (${((to_mb / from_mb - 1) * 100).toFixed(1)} %), peak under way ${peak_mb.toFixed(0)} MB`,
    `at rest: ${[rest[0], rest.at(-1)].join(" → ")}, ${rest.length} times`,
    `the soak itself stood still ${stalls.count} times, ${(stalls.longest_ms / 1000).toFixed(1)} s at most; its hosts were given up for that ${stalls.given_up} times`,
    `CPU of the shim: ${soaked.shim_cpu_s.toFixed(1)} s`,
    "",
  ].join("\n");
}
