/** A soak: threads of turns against the compiled executable, judged as they go, measured at rest. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WIRE_NAMES, type WireName } from "../../src/core/provider.ts";
import { Shim } from "../../test/support/shim.ts";
import type { Line } from "../../test/support/ways/line.ts";
import { askFor } from "./ask.ts";
import { SoakHosts } from "./host.ts";
import { judge, judgeHistory } from "./judge.ts";
import { Pace } from "./pace.ts";
import { cpuMs, openFiles, rssMb, sleeps, type Sample } from "./process.ts";
import { Stalls } from "./stalls.ts";
import { forwarding, newThread, ROUTE, translating, turnBy, type Turn } from "./turn.ts";

export interface SoakOptions {
  seed: number;
  seconds: number;
  /** Goes on for longer until so many threads have begun: on a slow machine, too, something is tried. */
  least_threads?: number;
  /** Threads at once. */
  parallel: number;
  /** Share of one core that shim and soak may take together. */
  cpu: number;
  /** This thread alone, for who looks into a problem. */
  only?: number | undefined;
}

export interface Rest extends Sample {
  files: number;
  running: number;
  /** In one second. */
  sleeps: number;
}

export interface Soaked {
  threads: number;
  turns: Record<string, { right: number; told: number; left: number }>;
  faults: Record<string, number>;
  manners: Record<string, number>;
  calls: number;
  characters: number;
  host_requests: number;
  /** From a client's leaving to when its host sees it, in milliseconds. */
  leaving_ms: number[];
  peak_mb: number;
  /** After the warm-up, now and then, and at the end. */
  rests: Rest[];
  shim_cpu_s: number;
  seconds: number;
  /** This process stood still: how often, how long at most, and what came of that: hosts that were given up. */
  stalls: { count: number; longest_ms: number; given_up: number };
  problems: string[];
}

/** Of the whole time; what comes to rest after it is what the end is compared with. */
const WARM_UP = 0.2;
const REST_MS = 30_000;
const GIVEN_UP = /^it (?:failed|was refused): (?:.*has been silent for|data: |event: )/;
/** Longer than this process may stand still on a machine that is busy with others. */
const IDLE_MS = 5000;
/** Memory is compared at rest: under way it is as large as what is just under way. */
const REST_EVERY_S = 120;

export async function soak(options: SoakOptions): Promise<Soaked> {
  const turns = new Map<string, Turn>();
  const problems: string[] = [];
  const found = (turn: Turn, what: string): void => {
    const { name, client, way, stream, fault, manner, at } = turn;
    problems.push(`${name} (${client} by ${way}, stream ${stream}, ${fault}, ${manner}, at ${at.toFixed(3)}): ${what}`);
  };
  const hosts = new SoakHosts({
    find: (name) => turns.get(name),
    asked: (turn, heard) => {
      for (const problem of judgeHistory(turn, heard)) found(turn, problem);
      const most = turn.way === ROUTE ? 4 : 2;
      if (turn.asked > most) found(turn, `it was asked ${turn.asked} times`);
    },
    fault: (what) => void problems.push(what),
  });
  const folder = mkdtempSync(join(tmpdir(), "juscode-soak-"));
  const config = join(folder, "config.toml");
  writeFileSync(config, configFor(hosts.port));
  const shim = await Shim.start({ args: ["--config", config, "--log-level", "error", "--idle-ms", String(IDLE_MS)] });
  const soaked: Soaked = {
    threads: 0,
    turns: {},
    faults: {},
    manners: {},
    calls: 0,
    characters: 0,
    host_requests: 0,
    leaving_ms: [],
    peak_mb: 0,
    rests: [],
    shim_cpu_s: 0,
    seconds: 0,
    stalls: { count: 0, longest_ms: 0, given_up: 0 },
    problems,
  };
  const { pid } = shim.process;
  const stalls = new Stalls();
  const started = performance.now();
  const at_s = (): number => (performance.now() - started) / 1000;
  const pace = new Pace(options.cpu, () => cpuMs(pid) + cpuMs(process.pid));

  async function turn(one: Turn, line: Line | undefined): Promise<{ line: Line | undefined; goes_on: boolean }> {
    turns.set(one.name, one);
    try {
      const seen = await askFor(one, shim.port, line);
      count(soaked.faults, one.fault);
      count(soaked.manners, one.manner);
      if (!seen) return { line: undefined, goes_on: false };
      const { outcome, problems: wrong, understood } = judge(one, seen);
      // A host of ours that stood still was silent, and has to be given up. All else is as wrong as ever.
      if (wrong.length > 0 && wrong.every((what) => GIVEN_UP.test(what)) && stalls.toBlame) soaked.stalls.given_up++;
      else for (const what of wrong) found(one, what);
      const way = `${one.client} → ${one.way === ROUTE ? "route" : one.host}${one.forwarded ? ", handed on" : ""}`;
      (soaked.turns[way] ??= { right: 0, told: 0, left: 0 })[outcome]++;
      if (outcome === "right" && understood) {
        soaked.calls += understood.calls.length;
        soaked.characters += understood.text.length;
        const results = understood.calls.map(({ args }) => `result of ${args}`);
        one.rounds.push({ say: `Go on [[${one.name}]]`, text: understood.text, calls: understood.calls, results });
      }
      return { line: seen.line, goes_on: outcome === "right" && one.fault !== "huge" };
    } catch (error) {
      found(one, String(error));
      return { line: undefined, goes_on: false };
    }
  }

  async function thread(number: number): Promise<void> {
    const { client, turns: count } = newThread(options.seed, number);
    let line: Line | undefined;
    const done: Turn[] = [];
    let rounds: Turn["rounds"] = [];
    for (let n = 0; n < count; n++) {
      const one = { ...turnBy(options.seed, number, n, client), rounds: [...rounds] };
      done.push(one);
      const after = await turn(one, line);
      line = after.line;
      if (after.goes_on) rounds = one.rounds;
      await Bun.sleep(pace.pause_ms);
    }
    line?.end();
    soaked.threads++;
    setTimeout(() => done.forEach((one) => forget(one)), IDLE_MS);
  }

  function forget(one: Turn): void {
    if (!turns.has(one.name)) return;
    if (one.left_at !== undefined && one.gone_at !== undefined) soaked.leaving_ms.push(one.gone_at - one.left_at);
    else if (one.left_at !== undefined && one.answering) found(one, "its host never saw that the client had left");
    turns.delete(one.name);
  }

  let next = options.only ?? 1;
  async function until_s(end_s: number, least_threads = 0): Promise<void> {
    const worker = async (): Promise<void> => {
      while ((at_s() < end_s || next <= least_threads) && next <= (options.only ?? Number.POSITIVE_INFINITY)) {
        // The turns of a thread come one after another, and the next thread begins where another has ended.
        await thread(next++);
      }
    };
    await Promise.all(Array.from({ length: options.parallel }, worker));
  }

  /** All has ended: what is left open now stays open. */
  async function rest(): Promise<Rest> {
    const end = performance.now() + REST_MS;
    const least = soaked.rests[0]?.files ?? 0;
    for (;;) {
      await Bun.sleep(300);
      hosts.closeIdle();
      await Bun.sleep(200);
      const { running } = (await (
        await fetch(`http://127.0.0.1:${shim.port}/health`, { keepalive: false })
      ).json()) as {
        running: number;
      };
      await Bun.sleep(100);
      const files = openFiles(pid);
      if ((running > 0 || hosts.connections.size > 0 || (least > 0 && files > least)) && performance.now() < end)
        continue;
      const before = sleeps(pid);
      await Bun.sleep(1000);
      if (hosts.answering > 0) problems.push(`${hosts.answering} requests to hosts have survived their clients`);
      return { at_s: at_s(), rss_mb: rssMb(pid), files, running, sleeps: sleeps(pid) - before };
    }
  }

  const sampler = setInterval(() => {
    pace.adjust();
    soaked.peak_mb = Math.max(soaked.peak_mb, rssMb(pid));
  }, 500);
  try {
    for (let end_s = options.seconds * WARM_UP; ; end_s = Math.min(options.seconds, at_s() + REST_EVERY_S)) {
      await until_s(end_s, end_s >= options.seconds ? options.least_threads : 0);
      soaked.rests.push(await rest());
      if (end_s >= options.seconds) break;
    }
    clearInterval(sampler);
    for (const one of turns.values()) forget(one);
    soaked.shim_cpu_s = cpuMs(pid) / 1000;
    soaked.seconds = at_s();
    soaked.host_requests = hosts.requests;
    Object.assign(soaked.stalls, { count: stalls.count, longest_ms: stalls.longest_ms });
    const [warm, last] = [soaked.rests[0], soaked.rests.at(-1)] as [Rest, Rest];
    if (last.running > 0) problems.push(`${last.running} requests are still running at the end`);
    if (last.files > warm.files)
      problems.push(`${last.files} files are open at the end, ${warm.files} after the warm-up`);
  } catch (error) {
    problems.push(`${String(error)}\n${await shim.output()}`);
  } finally {
    clearInterval(sampler);
    stalls.end();
    await shim[Symbol.asyncDispose]().catch((error: unknown) => problems.push(String(error)));
    hosts.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  return soaked;
}

function count(counts: Record<string, number>, what: string): void {
  counts[what] = (counts[what] ?? 0) + 1;
}

function configFor(port: number): string {
  const provider = (id: string, wire: WireName, passthrough: string): string => `
[model_providers.${id}]
base_url = "http://127.0.0.1:${port}/v1"
wire_api = "${wire}"
passthrough = "${passthrough}"
`;
  return [
    ...WIRE_NAMES.map((wire) => provider(translating(wire), wire, "never")),
    ...WIRE_NAMES.map((wire) => provider(forwarding(wire), wire, "always")),
    `[routes.${ROUTE}]\nprefer = "ordered"\ncandidates = ["${translating("chat")}/m", "${translating("messages")}/m"]\n`,
  ].join("");
}
