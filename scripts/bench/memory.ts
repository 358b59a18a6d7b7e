/** What a shim holds in memory: idle, with streams open, after many, and with a client that does not read. */
import { PATHS, requestOf } from "./ask.ts";
import { Connection } from "./client.ts";
import { measure, type Target } from "./load.ts";
import { rss_mb, startBareBridge, startShim } from "./processes.ts";
import type { Bench } from "./streams.ts";

export interface Memory {
  idle_mb: number;
  per_stream_kb: number;
  after_burst_mb: number;
  burst_streams: number;
  /** A minute after the burst's end; garbage is collected by then. */
  at_rest_mb: number;
  slow_reader_mb: number;
}

const OPEN = 500;
/** Some 80 MB on the client's side. */
const MANY_DELTAS = 400_000;

/** Of the shim, and of the bare bridge: what of it is the runtime's. */
export async function memory({ quick, executable, upstream }: Bench): Promise<Record<"shim" | "bare", Memory>> {
  const shim = await startShim(executable, upstream, ["--max-requests", "2000"]);
  const bare = await startBareBridge(upstream, { env: { BUN_CONFIG_MAX_HTTP_REQUESTS: "2000" } });
  try {
    return {
      shim: await held({ name: "shim", running: shim, wire: "responses" }, quick),
      bare: await held({ name: "bare bridge", running: bare, wire: "responses" }, quick),
    };
  } finally {
    await Promise.all([shim.stop(), bare.stop()]);
  }
}

async function held(target: Target, quick: boolean): Promise<Memory> {
  const { pid } = target.running;
  await Bun.sleep(1000);
  const idle_mb = rss_mb(pid);
  const burst_streams = quick ? 2000 : 20_000;
  await measure(target, { ask: { deltas: 30, paced: false, content: "text" }, parallel: 64, count: burst_streams });
  const after_burst_mb = rss_mb(pid);
  await Bun.sleep(quick ? 3000 : 20_000);
  const at_rest_mb = rss_mb(pid);
  const slow_reader_mb = await slowReader(target);
  await Bun.sleep(2000);
  // More streams beside some: what the first ones bring is the heap's own growth.
  const few = await open(target, OPEN / 5);
  const many = await open(target, OPEN);
  const per_stream_kb = ((many - few) * 1024) / (OPEN - OPEN / 5);
  return { idle_mb, per_stream_kb, after_burst_mb, burst_streams, at_rest_mb, slow_reader_mb };
}

/** Resident while so many streams are open, in their fifth second. */
async function open(target: Target, streams: number): Promise<number> {
  const ask = { deltas: 300, paced: true, content: "text" } as const;
  const running = measure(target, { ask, parallel: streams, count: streams });
  await Bun.sleep(5000);
  const mb = rss_mb(target.running.pid);
  await running;
  return mb;
}

/** What a client costs that asks for a large answer and does not read it. */
async function slowReader({ running, wire }: Target): Promise<number> {
  const before = rss_mb(running.pid);
  const connection = new Connection(running.port);
  const body = requestOf(wire, { deltas: MANY_DELTAS, paced: false, content: "text" });
  await connection.askWithoutReading(PATHS[wire], body);
  let most = before;
  for (let i = 0; i < 40; i++) {
    await Bun.sleep(100);
    most = Math.max(most, rss_mb(running.pid));
  }
  connection.close();
  return most - before;
}
