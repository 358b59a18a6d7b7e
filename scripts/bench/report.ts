/** The bench's findings as tables for people. */
import { TOO_LATE_MS, mostHeld, type Held } from "./capacity.ts";
import type { Translated } from "./bodies.ts";
import type { Memory } from "./memory.ts";
import type { Size } from "./size.ts";
import type { Startup } from "./startup.ts";
import type { Scenario, Way } from "./streams.ts";

export interface Findings {
  machine: string;
  scenarios?: Scenario[];
  ways?: Way[];
  held?: Held[];
  bodies?: Translated[];
  memory?: Record<"shim" | "bare", Memory>;
  startup?: Startup;
  size?: Size;
}

type Row = readonly (string | number)[];

function table(head: Row, rows: readonly Row[]): string {
  const line = (row: Row): string => `| ${row.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

const two = (value: number): string => value.toFixed(2);
const one = (value: number): string => value.toFixed(1);
const times = (value: number): string => (Number.isNaN(value) ? "" : `${value.toFixed(2)}×`);

export function report(found: Findings): string {
  const parts = [found.machine];
  for (const { title, rows } of found.scenarios ?? []) {
    const head = [
      "target",
      "first token, p50 / p99 ms more",
      "CPU, times raw",
      "µs an event",
      "µs a stream",
      "events/s",
    ];
    const paced = rows.some((row) => !Number.isNaN(row.added_delay_p50_ms));
    const lines = rows.map((row) => [
      row.name,
      `${two(row.added_first_p50_ms)} / ${two(row.added_first_p99_ms)}`,
      times(row.cpu_ratio),
      two(row.cpu_per_event_us),
      row.cpu_per_stream_us.toFixed(0),
      Math.round(row.events_per_s),
      ...(paced ? [`${two(row.added_delay_p50_ms)} / ${two(row.added_delay_p99_ms)}`] : []),
    ]);
    parts.push(`${title}\n${table([...head, ...(paced ? ["each delta, p50 / p99 ms more"] : [])], lines)}`);
  }
  if (found.ways) {
    const head = [
      "client → upstream",
      "way",
      "CPU, times raw",
      "first token, ms more",
      "one piece: CPU, times raw",
      "ms more",
    ];
    const lines = found.ways.map(({ client, upstream, forwarded, streamed, whole }) => [
      `${client} → ${upstream}`,
      forwarded ? "same wire" : "translated",
      times(streamed.cpu_ratio),
      two(streamed.added_first_p50_ms),
      times(whole.cpu_ratio),
      two(whole.added_whole_ms),
    ]);
    parts.push(`each wire on each, with a thought, a text and a call\n${table(head, lines)}`);
  }
  if (found.held) {
    const head = ["streams", "raw: p50 / p99 ms", "shim: p50 / p99 ms", "direct: p50 / p99 ms", "core, raw / shim"];
    const lines = found.held.map(({ streams, raw, shim, direct }) => [
      streams,
      ...[raw, shim, direct].map(({ p50_ms, p99_ms }) => `${one(p50_ms)} / ${one(p99_ms)}`),
      `${(raw.core * 100).toFixed(0)} % / ${(shim.core * 100).toFixed(0)} %`,
    ]);
    const most = `${mostHeld(found.held)} of these held with less than ${TOO_LATE_MS} ms added at p99`;
    parts.push(`streams of 50 tokens/s on one core\n${table(head, lines)}\n${most}`);
  }
  if (found.bodies) {
    const lines = found.bodies.map(({ bytes, raw_ms, forwarded_ms, translated_ms }) => [
      `${bytes / 1000} kB`,
      two(raw_ms),
      two(forwarded_ms),
      two(translated_ms),
    ]);
    parts.push(`ms added to a request, by its size\n${table(["request", "raw", "forwarded", "translated"], lines)}`);
  }
  if (found.memory) {
    const { shim, bare } = found.memory;
    const row = (title: string, told: (memory: Memory) => string): Row => [title, told(shim), told(bare)];
    const rows = [
      row("idle", ({ idle_mb }) => `${one(idle_mb)} MB`),
      row(
        `after ${shim.burst_streams} streams, 64 at a time`,
        ({ after_burst_mb, at_rest_mb }) => `${one(after_burst_mb)} MB, ${one(at_rest_mb)} MB at rest`,
      ),
      row("for each open stream", ({ per_stream_kb }) => `${one(per_stream_kb)} kB`),
      row("for a client that does not read 80 MB", ({ slow_reader_mb }) => `${one(slow_reader_mb)} MB`),
    ];
    parts.push(`memory\n${table(["", "shim", "bare bridge"], rows)}`);
  }
  if (found.startup) {
    const { first_answer_ms, version_ms, bun_ms } = found.startup;
    const rows: Row[] = [
      ["start to first streamed answer", one(first_answer_ms)],
      ["`--version`", one(version_ms)],
      ["`bun -e 0`", one(bun_ms)],
    ];
    parts.push(`cold start\n${table(["", "ms"], rows)}`);
  }
  if (found.size) {
    const { executable_bytes, bun_bytes, shares } = found.size;
    const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
    const rows = shares.map(([name, bytes]): Row => [name, `${(bytes / 1000).toFixed(0)} kB`]);
    const head = `executable: ${mb(executable_bytes)}, of which Bun ${mb(bun_bytes)}; the rest is bytecode, source and source map of`;
    parts.push(`${head}\n${table(["package", "minified"], rows)}`);
  }
  return parts.join("\n\n");
}
