/** Sends streams to a target and measures what they cost it. */
import { PATHS, requestOf, SENT_AT, type Ask, type WireName } from "./ask.ts";
import { Connection, type Heard, type Hearing } from "./client.ts";
import { WORD } from "./frames.ts";
import { cpu_us, type Running } from "./processes.ts";
import { median, quantile } from "./statistics.ts";

export interface Target {
  name: string;
  running: Running;
  /** The wire that it is asked by. */
  wire: WireName;
}

export interface Load {
  ask: Ask;
  /** Requests at the same time, and in all. */
  parallel: number;
  count: number;
  stream?: boolean;
  bytes?: number;
}

export interface Sample {
  first_ms: number[];
  whole_ms: number[];
  delays_ms: number[];
  /** Of the target's own processor time, in microseconds: for a delta, and for a request. */
  cpu_per_event_us: number;
  cpu_per_request_us: number;
  events_per_s: number;
}

const ENDS: Readonly<Record<WireName, string>> = {
  chat: "[DONE]",
  responses: "sequence_number",
  messages: "message_stop",
};

export function hearingOf(target: Target, { ask, stream = true }: Load): Hearing {
  if (!stream) return { first: "\0", end: "}", delays: false };
  return { first: ask.paced ? SENT_AT : WORD, end: ENDS[target.wire], delays: ask.paced };
}

export async function measure(target: Target, load: Load): Promise<Sample> {
  const { ask, parallel, count, stream = true, bytes = 10_000 } = load;
  const { port, pid } = target.running;
  const body = requestOf(target.wire, ask, { stream, bytes });
  const hearing = hearingOf(target, load);
  const heard: Heard[] = [];
  const connections = Array.from({ length: parallel }, () => new Connection(port));
  const before_us = cpu_us(pid);
  const started = performance.now();
  let left = count;
  const ran = await Promise.allSettled(
    connections.map(async (connection) => {
      while (left-- > 0) heard.push(await connection.ask(PATHS[target.wire], body, hearing));
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  const spent_us = cpu_us(pid) - before_us;
  for (const connection of connections) connection.close();
  for (const each of ran) if (each.status === "rejected") throw new Error(`${target.name}: ${String(each.reason)}`);
  return {
    first_ms: heard.map(({ first_ms }) => first_ms),
    whole_ms: heard.map(({ whole_ms }) => whole_ms),
    delays_ms: heard.flatMap(({ delays_ms }) => delays_ms),
    cpu_per_event_us: spent_us / (count * ask.deltas),
    cpu_per_request_us: spent_us / count,
    events_per_s: (count * ask.deltas) / seconds,
  };
}

/** What a load is warmed up with: the runtime compiles what is hot, over some thousands of requests. */
export interface Plan extends Load {
  rounds: number;
  warm_up: number;
}

/** All targets in each round, so that what else the machine does meets all alike; samples of one round belong together. */
export async function compare(targets: readonly Target[], plan: Plan): Promise<Map<Target, Sample[]>> {
  const { ask, warm_up, rounds } = plan;
  for (const target of targets) {
    await verify(target, { ...ask, deltas: 50, paced: false });
    await measure(target, { ...plan, ask: { ...ask, paced: false }, count: warm_up });
  }
  const samples = new Map<Target, Sample[]>(targets.map((target) => [target, []]));
  for (let round = 0; round < rounds; round++) {
    // Whoever runs first meets another machine than whoever runs last.
    const order = round % 2 === 0 ? targets : targets.toReversed();
    for (const target of order) samples.get(target)?.push(await measure(target, plan));
  }
  return samples;
}

/** Medians over the rounds of what each target adds to the direct way, and costs beside the raw proxy. */
export interface Comparison {
  name: string;
  added_first_p50_ms: number;
  added_first_p99_ms: number;
  added_whole_ms: number;
  added_delay_p50_ms: number;
  added_delay_p99_ms: number;
  cpu_ratio: number;
  cpu_per_event_us: number;
  cpu_per_stream_us: number;
  events_per_s: number;
}

/** The first target is the upstream asked directly, the second the raw proxy. */
export function comparisonsOf(samples: ReadonlyMap<Target, readonly Sample[]>): Comparison[] {
  const [direct = [], floor = []] = [...samples.values()];
  return [...samples].map(([{ name }, own]) => {
    const added = (list: (sample: Sample) => readonly number[], q: number): number =>
      median(own.map((sample, i) => quantile(list(sample), q) - quantile(direct[i] ? list(direct[i]) : [], q)));
    return {
      name,
      added_first_p50_ms: added(({ first_ms }) => first_ms, 0.5),
      added_first_p99_ms: added(({ first_ms }) => first_ms, 0.99),
      added_whole_ms: added(({ whole_ms }) => whole_ms, 0.5),
      added_delay_p50_ms: added(({ delays_ms }) => delays_ms, 0.5),
      added_delay_p99_ms: added(({ delays_ms }) => delays_ms, 0.99),
      cpu_ratio: median(own.map((sample, i) => sample.cpu_per_event_us / (floor[i]?.cpu_per_event_us ?? Number.NaN))),
      cpu_per_event_us: median(own.map((sample) => sample.cpu_per_event_us)),
      cpu_per_stream_us: median(own.map((sample) => sample.cpu_per_request_us)),
      events_per_s: median(own.map((sample) => sample.events_per_s)),
    };
  });
}

/** That every delta arrives, before anything is measured. Throws when not. */
export async function verify(target: Target, ask: Ask): Promise<void> {
  const connection = new Connection(target.running.port);
  const hearing = { ...hearingOf(target, { ask, parallel: 1, count: 1 }), text: true };
  const { text } = await connection.ask(PATHS[target.wire], requestOf(target.wire, ask), hearing);
  connection.close();
  // Some wires tell the whole once more at the end, calls are told whole.
  const told = text.split(WORD).length - 1;
  if (told < ask.deltas) throw new Error(`${target.name} brought ${told} of ${ask.deltas} deltas`);
}
