/** What one stream costs, in a burst and at a model's pace, and what a request costs before it. */
import { comparisonsOf, compare, measure, type Comparison, type Plan, type Target } from "./load.ts";
import { WIRES, type Ask, type WireName } from "./ask.ts";
import { startShim, type Running } from "./processes.ts";

export interface Bench {
  /** A fraction of the rounds and streams: for development. */
  quick: boolean;
  executable: string;
  upstream: Running;
  /** The upstream asked directly, and the raw proxy, on Chat. */
  direct: Target;
  raw: Target;
  /** The least that JavaScript can do (see bare-bridge.ts). */
  bare: Running;
  shims: Readonly<Record<WireName, Running>>;
  /** Other gateways, asked on Responses, whose processes are not known. */
  others: readonly Target[];
}

export interface Scenario {
  title: string;
  rows: Comparison[];
}

/** Streams until the runtime's compiler has nothing left to do, whose work would be counted otherwise. */
const WARM_UP = 12_000;

const text = (deltas: number, paced = false): Ask => ({ deltas, paced, content: "text" });

export async function streams(bench: Bench): Promise<Scenario[]> {
  const { quick, direct, raw, bare, shims, others } = bench;
  const rounds = quick ? 3 : 9;
  const share = quick ? 0.2 : 1;
  const plans: [title: string, Plan][] = [
    ["burst, 1 stream", { ask: text(500), parallel: 1, count: 200 * share, warm_up: 3000 * share, rounds }],
    ["burst, 64 streams", { ask: text(500), parallel: 64, count: 640 * share, warm_up: 2000 * share, rounds }],
    ["short answers, 1 stream", { ask: text(20), parallel: 1, count: 500 * share, warm_up: 500 * share, rounds }],
    ["50 tokens/s, 64 streams", { ask: text(100, true), parallel: 64, count: 64, warm_up: 64, rounds: quick ? 1 : 5 }],
  ];
  const targets: Target[] = [
    direct,
    raw,
    { name: "bare bridge, translated", running: bare, wire: "responses" },
    { name: "bare bridge, forwarded", running: bare, wire: "chat" },
    { name: "shim, translated", running: shims.chat, wire: "responses" },
    { name: "shim, forwarded", running: shims.chat, wire: "chat" },
    ...others,
  ];
  for (const target of targets) await measure(target, { ask: text(20), parallel: 1, count: WARM_UP * share });
  const scenarios: Scenario[] = [];
  for (const [title, plan] of plans) scenarios.push({ title, rows: comparisonsOf(await compare(targets, plan)) });
  return scenarios;
}

export interface Way {
  client: WireName;
  upstream: WireName;
  forwarded: boolean;
  streamed: Comparison;
  whole: Comparison;
}

/** Each client wire on each upstream wire: a thought, a text and a call, streamed and in one piece. */
export async function ways({ quick, upstream, raw, shims }: Bench): Promise<Way[]> {
  const ask: Ask = { deltas: 400, paced: false, content: "tools" };
  const plan: Plan = { ask, parallel: 1, count: quick ? 40 : 150, warm_up: quick ? 100 : 800, rounds: quick ? 2 : 5 };
  const found: Way[] = [];
  for (const own of WIRES) {
    const floor: Target[] = [
      { name: "direct", running: upstream, wire: own },
      { name: "raw", running: raw.running, wire: own },
    ];
    const clients = WIRES.map((wire): Target => ({ name: wire, running: shims[own], wire }));
    const streamed = comparisonsOf(await compare([...floor, ...clients], plan)).slice(floor.length);
    const whole = comparisonsOf(await compare([...floor, ...clients], { ...plan, stream: false })).slice(floor.length);
    for (const [i, client] of WIRES.entries()) {
      const [stream, body] = [streamed[i], whole[i]];
      if (stream && body)
        found.push({ client, upstream: own, forwarded: client === own, streamed: stream, whole: body });
    }
  }
  return found;
}

/** One shim for each upstream wire, so that each of its answers is of one kind. */
export async function startShims(executable: string, upstream: Running, core: number): Promise<Bench["shims"]> {
  const start = (wire: WireName): Promise<Running> => startShim(executable, upstream, ["--wire", wire], { core });
  return { chat: await start("chat"), responses: await start("responses"), messages: await start("messages") };
}
