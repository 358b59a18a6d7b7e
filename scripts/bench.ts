/**
 * What the shim costs, as ratios within one interleaved run: the upstream asked directly, a proxy that passes bytes and
 * looks at nothing (the floor for anything in between), the barest bridge in JavaScript, and the shim as compiled
 * executable. Linux.
 *
 *     bun run build && bun scripts/bench.ts [--quick] [--only streams,ways,capacity,bodies,memory,startup,size]
 *         [--also NAME=URL#PID …] [--svg scripts/bench/result.svg] [--json FILE]
 *
 * `--also` compares another gateway, asked on Responses at this base URL (…/v1, and `#` with the number of its process),
 * whose upstream is the bench's own: its port is printed and can be chosen by `--upstream-port`. Ratios hold on a busy
 * machine, times only on a quiet one.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { bodies } from "./bench/bodies.ts";
import { capacity } from "./bench/capacity.ts";
import type { Target } from "./bench/load.ts";
import { memory } from "./bench/memory.ts";
import { plot } from "./bench/plot.ts";
import { startBareBridge, startRawProxy, startUpstream, type Running } from "./bench/processes.ts";
import { report, type Findings } from "./bench/report.ts";
import { size } from "./bench/size.ts";
import { startup } from "./bench/startup.ts";
import { startShims, streams, ways, type Bench } from "./bench/streams.ts";

const PARTS = ["streams", "ways", "capacity", "bodies", "memory", "startup", "size"] as const;

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", default: PARTS.join(",") },
    executable: { type: "string", default: "dist/juscode-shim" },
    also: { type: "string", multiple: true, default: [] },
    "upstream-port": { type: "string", default: "0" },
    svg: { type: "string" },
    json: { type: "string" },
  },
});

/** What is measured runs on one core, what measures on another. */
const [UNDER_TEST, OTHERS] = [0, 1];

function machine(): string {
  const all = cpus();
  const load = readFileSync("/proc/loadavg", "utf8").split(" ")[0];
  return `${all[0]?.model.trim()}, ${all.length} cores, Bun ${Bun.version}, load before the run ${load}`;
}

/** Another gateway; without its process only times can be told. */
function another(text: string): Target {
  const [name, url] = text.split(/=(.*)/s);
  if (!name || !url) throw new Error(`--also wants NAME=URL, not ${text}`);
  const { port, hash } = new URL(url);
  const running = { port: Number(port), pid: Number(hash.slice(1)), stop: async () => {} };
  return { name, running, wire: "responses" };
}

async function run(bench: Bench): Promise<Findings> {
  const asked = new Set(values.only.split(","));
  const found: Findings = { machine: machine() };
  const part = async <Name extends (typeof PARTS)[number]>(name: Name, measure: () => Promise<void>): Promise<void> => {
    if (!asked.has(name)) return;
    process.stderr.write(`${name} …\n`);
    await measure();
  };
  await part("streams", async () => void (found.scenarios = await streams(bench)));
  await part("ways", async () => void (found.ways = await ways(bench)));
  await part("capacity", async () => void (found.held = await capacity(bench)));
  await part("bodies", async () => void (found.bodies = await bodies(bench)));
  await part("memory", async () => void (found.memory = await memory(bench)));
  await part("startup", async () => void (found.startup = await startup(bench)));
  await part("size", async () => void (found.size = await size(bench.executable)));
  return found;
}

const executable = resolve(values.executable);
Bun.spawnSync(["taskset", "-cp", String(OTHERS), String(process.pid)], { stdout: "ignore", stderr: "ignore" });
const running: Running[] = [];
try {
  const upstream = await startUpstream({ core: OTHERS, port: Number(values["upstream-port"]) });
  running.push(upstream);
  const raw = await startRawProxy(upstream, { core: UNDER_TEST });
  const bare = await startBareBridge(upstream, { core: UNDER_TEST });
  running.push(raw, bare);
  const shims = await startShims(executable, upstream, UNDER_TEST);
  running.push(...Object.values(shims));
  process.stderr.write(`the upstream, for other gateways: http://127.0.0.1:${upstream.port}/v1\n`);
  const found = await run({
    quick: values.quick,
    executable,
    upstream,
    direct: { name: "direct", running: upstream, wire: "chat" },
    raw: { name: "raw proxy", running: raw, wire: "chat" },
    bare,
    shims,
    others: values.also.map(another),
  });
  console.log(report(found));
  if (values.svg !== undefined) writeFileSync(values.svg, plot(found));
  if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(found, null, 2));
} finally {
  for (const each of running) await each.stop();
}
process.exit();
