/** How many streams at a model's pace one core holds. */
import { measure, type Target } from "./load.ts";
import { startRawProxy, startShim } from "./processes.ts";
import { quantile } from "./statistics.ts";
import type { Bench } from "./streams.ts";

export interface Held {
  streams: number;
  /** Of each delta on its way, beyond the direct way, in milliseconds. */
  raw: Delay;
  shim: Delay;
  direct: Delay;
}

interface Delay {
  p50_ms: number;
  p99_ms: number;
  core: number;
}

/** At which p99 a reader sees that the text stutters. */
export const TOO_LATE_MS = 50;
const DELTAS = 200;
/** More than 256 requests at once need the runtime's limit raised, which each program here does by itself or is given. */
const LIMIT = { BUN_CONFIG_MAX_HTTP_REQUESTS: "4096" };

export async function capacity({ quick, executable, upstream, direct }: Bench): Promise<Held[]> {
  const core = 0;
  const shim = await startShim(executable, upstream, ["--max-requests", "2000"], { core, env: LIMIT });
  const raw = await startRawProxy(upstream, { core, env: LIMIT });
  const targets: Target[] = [
    direct,
    { name: "raw proxy", running: raw, wire: "chat" },
    { name: "shim", running: shim, wire: "responses" },
  ];
  const held: Held[] = [];
  try {
    for (const target of targets)
      await measure(target, {
        ask: { deltas: 100, paced: false, content: "text" },
        parallel: 64,
        count: quick ? 200 : 2000,
      });
    for (const streams of quick ? [64, 256] : [64, 256, 500, 750, 1000]) {
      const delays: Delay[] = [];
      for (const target of targets) {
        const ask = { deltas: DELTAS, paced: true, content: "text" } as const;
        const started = performance.now();
        const sample = await measure(target, { ask, parallel: streams, count: streams });
        const elapsed_us = (performance.now() - started) * 1000;
        const core = (sample.cpu_per_request_us * streams) / elapsed_us;
        delays.push({ p50_ms: quantile(sample.delays_ms, 0.5), p99_ms: quantile(sample.delays_ms, 0.99), core });
      }
      const [own, floor, through] = delays;
      if (own && floor && through) held.push({ streams, direct: own, raw: floor, shim: through });
    }
  } finally {
    await Promise.all([shim.stop(), raw.stop()]);
  }
  return held;
}

/** The largest number at which the added delay's p99 was not too late. */
export function mostHeld(held: readonly Held[]): number {
  return Math.max(
    0,
    ...held.filter(({ shim, direct }) => shim.p99_ms - direct.p99_ms <= TOO_LATE_MS).map(({ streams }) => streams),
  );
}
