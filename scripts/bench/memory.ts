/** What a shim holds in memory: idle, with streams open, after many, and with a client that does not read. */
import { PATHS, requestOf } from "./ask.ts";
import { Connection } from "./client.ts";
import { measure, type Target } from "./load.ts";
import { rss_mb, startShim } from "./processes.ts";
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

const OPEN = 200;
/** Some 80 MB on the client's side. */
const MANY_DELTAS = 400_000;

export async function memory({ quick, executable, upstream }: Bench): Promise<Memory> {
  const shim = await startShim(executable, upstream, ["--max-requests", "2000"]);
  const target: Target = { name: "shim", running: shim, wire: "responses" };
  try {
    await Bun.sleep(1000);
    const idle_mb = rss_mb(shim.pid);
    const burst_streams = quick ? 2000 : 20_000;
    await measure(target, { ask: { deltas: 30, paced: false, content: "text" }, parallel: 64, count: burst_streams });
    const after_burst_mb = rss_mb(shim.pid);
    await Bun.sleep(quick ? 3000 : 20_000);
    const at_rest_mb = rss_mb(shim.pid);
    const slow_reader_mb = await slowReader(target);
    await Bun.sleep(2000);
    const before = rss_mb(shim.pid);
    const open = measure(target, { ask: { deltas: 300, paced: true, content: "text" }, parallel: OPEN, count: OPEN });
    await Bun.sleep(4000);
    const per_stream_kb = ((rss_mb(shim.pid) - before) * 1024) / OPEN;
    await open;
    return { idle_mb, per_stream_kb, after_burst_mb, burst_streams, at_rest_mb, slow_reader_mb };
  } finally {
    await shim.stop();
  }
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
