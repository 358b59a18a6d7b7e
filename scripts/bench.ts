/**
 * What the shim costs, as ratios within one interleaved run: the upstream asked directly, a proxy that passes
 * bytes and looks at nothing (the floor for anything in between), and the shim as compiled executable.
 *
 *     bun scripts/bench.ts [--rounds 7] [--deltas 500] [--url NAME=http://…/v1/responses …]
 *
 * `--url` adds another gateway whose upstream is the bench's own (start it yourself; its CPU is not measured).
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    deltas: { type: "string", default: "500" },
    executable: { type: "string", default: "dist/juscode-shim" },
    url: { type: "string", multiple: true, default: [] },
  },
});
const rounds = Number(values.rounds);
const deltas = Number(values.deltas);

interface Target {
  name: string;
  url: string;
  body(text: string): object;
  /** What the first visible token looks like on this wire. */
  first: string;
  pid: number | undefined;
}

/** With the last message about 10 kB, as a small agent's first request is; the same on every wire. */
const ABOUT = "Be brief. ".repeat(900);
const chatBody = (text: string): object => ({
  model: "bench",
  stream: true,
  messages: [
    { role: "system", content: ABOUT },
    { role: "user", content: text },
  ],
});
const responsesBody = (text: string): object => ({
  model: "bench",
  stream: true,
  input: [
    { role: "developer", content: ABOUT },
    { role: "user", content: text },
  ],
});

const children: Bun.Subprocess[] = [];

async function start(command: string[], findPort: RegExp): Promise<{ port: string; pid: number }> {
  const child = Bun.spawn(command, { stdout: "pipe", stderr: "pipe" });
  children.push(child);
  const lines: string[] = [];
  return new Promise((resolve, reject) => {
    const read = async (stream: ReadableStream<Uint8Array>): Promise<void> => {
      const decoder = new TextDecoder();
      for await (const chunk of stream) {
        lines.push(decoder.decode(chunk, { stream: true }));
        const port = findPort.exec(lines.join(""))?.[1];
        if (port) resolve({ port, pid: child.pid });
      }
    };
    void read(child.stdout);
    void read(child.stderr);
    void child.exited.then((code) => reject(new Error(`${command.join(" ")} ended with ${code}:\n${lines.join("")}`)));
  });
}

/** User and system time of a process so far, in microseconds (Linux; a clock tick is 10 ms). */
function cpu_us(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

async function stream(target: Target, text: string): Promise<{ ttft_ms: number }> {
  const started = performance.now();
  const reply = await fetch(target.url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(target.body(text)),
  });
  if (!reply.ok || !reply.body) throw new Error(`${target.name}: ${reply.status} ${await reply.text()}`);
  let ttft_ms = 0;
  let tail = "";
  const decoder = new TextDecoder();
  for await (const chunk of reply.body) {
    const piece = decoder.decode(chunk, { stream: true });
    if (ttft_ms === 0 && piece.includes(target.first)) ttft_ms = performance.now() - started;
    tail = piece.slice(-64);
  }
  if (!tail.includes("[DONE]")) throw new Error(`${target.name}: the stream ended without [DONE]`);
  return { ttft_ms };
}

interface Sample {
  ttft_ms: number[];
  /** Microseconds of the target's own CPU per delta. */
  cpu: number;
  rate: number;
}

/** Enough streams that the 10 ms clock tick is small beside what is measured. */
async function measure(
  target: Target,
  parallel: number,
  count: number,
  pace_ms: number,
  length: number,
): Promise<Sample> {
  const before = target.pid === undefined ? 0 : cpu_us(target.pid);
  const started = performance.now();
  const ttft_ms: number[] = [];
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) ttft_ms.push((await stream(target, `deltas ${length} pace_ms ${pace_ms}`)).ttft_ms);
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  const elapsed_s = (performance.now() - started) / 1000;
  const spent = target.pid === undefined ? Number.NaN : cpu_us(target.pid) - before;
  return { ttft_ms, cpu: spent / (count * length), rate: (count * length) / elapsed_s };
}

const median = (list: number[]): number => quantile(list, 0.5);
function quantile(list: number[], q: number): number {
  const sorted = list.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

interface Scenario {
  name: string;
  parallel: number;
  /** Streams that are not counted: the runtime compiles what is hot. */
  warmup: number;
  count: number;
  pace_ms: number;
  length: number;
}

const SCENARIOS: Scenario[] = [
  { name: "burst, 1 stream", parallel: 1, warmup: 200, count: 200, pace_ms: 0, length: deltas },
  { name: "burst, 64 streams", parallel: 64, warmup: 256, count: 512, pace_ms: 0, length: deltas },
  { name: "50 tokens/s, 64 streams", parallel: 64, warmup: 64, count: 64, pace_ms: 20, length: 100 },
];

async function run(targets: Target[], scenario: Scenario): Promise<void> {
  const samples = new Map<Target, Sample[]>(targets.map((target) => [target, []]));
  for (const target of targets) await measure(target, scenario.parallel, scenario.warmup, 0, deltas);
  for (let round = 0; round < rounds; round++) {
    for (const target of targets) {
      samples
        .get(target)
        ?.push(await measure(target, scenario.parallel, scenario.count, scenario.pace_ms, scenario.length));
    }
  }
  const [direct, floor] = targets.map((target) => samples.get(target) ?? []);
  console.log(`\n${scenario.name} (${rounds} rounds, medians of the ratios within a round)`);
  console.log(
    "target".padEnd(12),
    "added TTFT p50 / p99 ms".padEnd(26),
    "CPU per delta / floor".padEnd(24),
    "rate / direct",
  );
  for (const target of targets) {
    const own = samples.get(target) ?? [];
    const added = (q: number): string =>
      median(own.map((sample, i) => quantile(sample.ttft_ms, q) - quantile(direct?.[i]?.ttft_ms ?? [], q))).toFixed(2);
    const cpu = median(own.map((sample, i) => sample.cpu / (floor?.[i]?.cpu ?? Number.NaN)));
    const rate = median(own.map((sample, i) => sample.rate / (direct?.[i]?.rate ?? Number.NaN)));
    console.log(
      target.name.padEnd(12),
      `${added(0.5)} / ${added(0.99)}`.padEnd(26),
      `${cpu.toFixed(2)} (${median(own.map((sample) => sample.cpu)).toFixed(2)} µs)`.padEnd(24),
      rate.toFixed(2),
    );
  }
}

try {
  const upstream = await start([process.execPath, `${import.meta.dir}/bench-server.ts`, "upstream"], /^(\d+)/);
  const base = `http://127.0.0.1:${upstream.port}`;
  const floor = await start([process.execPath, `${import.meta.dir}/bench-server.ts`, "raw", base], /^(\d+)/);
  const shim = await start(
    [values.executable, "--listen", "127.0.0.1:0", "--upstream", `${base}/v1`, "--quiet"],
    /127\.0\.0\.1:(\d+)/,
  );
  const chat = { body: chatBody, first: '"token ' };
  const responses = { body: responsesBody, first: "output_text.delta" };
  const targets: Target[] = [
    { name: "direct", url: `${base}/v1/chat/completions`, pid: upstream.pid, ...chat },
    {
      name: "raw proxy",
      url: `http://127.0.0.1:${floor.port}/v1/chat/completions`,
      pid: floor.pid,
      ...chat,
    },
    {
      name: "shim",
      url: `http://127.0.0.1:${shim.port}/v1/responses`,
      pid: shim.pid,
      ...responses,
    },
  ];
  for (const extra of values.url) {
    const [name, url] = extra.split(/=(.*)/s);
    if (!name || !url) throw new Error(`--url wants NAME=URL, not ${extra}`);
    targets.push({ name, url, pid: undefined, ...responses });
  }
  console.log(`upstream for other gateways: ${base}/v1`);
  for (const scenario of SCENARIOS) await run(targets, scenario);
} finally {
  for (const child of children) child.kill();
}
