/**
 * That the shim stays fast: its processor time for a stream beside that of a proxy which only passes bytes, in the same
 * run, since times by themselves say nothing on a machine that others use. `bun scripts/bench.ts` measures all of it.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { measure, verify, type Load, type Target } from "../scripts/bench/load.ts";
import { startRawProxy, startShim, startUpstream, type Running } from "../scripts/bench/processes.ts";
import { describeWith, pathOf } from "./support/needs.ts";

/** A stream of this kind is nearly all deltas: what is done for each shows. */
const LOAD: Load = { ask: { deltas: 1000, paced: false, content: "text" }, parallel: 16, count: 160 };
const WARM_UP = 800;
const ROUNDS = 5;
/** By how much it may be dearer than the raw proxy in the best of the rounds: half as much again as a quiet machine measures. */
const MOST = { translated: 6, forwarded: 3.4 };

describeWith("shim")("beside a proxy that only passes bytes", () => {
  const running: Running[] = [];
  let [raw, shim]: Running[] = [];

  beforeAll(async () => {
    const upstream = await startUpstream();
    running.push(upstream);
    running.push((raw = await startRawProxy(upstream)), (shim = await startShim(pathOf("shim"), upstream, [])));
  });

  afterAll(async () => {
    for (const each of running) await each.stop();
  });

  for (const [way, wire] of [
    ["translated", "responses"],
    ["forwarded", "chat"],
  ] as const) {
    test(`a stream that is ${way} costs less than ${MOST[way]} times as much`, async () => {
      if (!raw || !shim) throw new Error("nothing runs");
      const floor: Target = { name: "raw proxy", running: raw, wire: "chat" };
      const target: Target = { name: "shim", running: shim, wire };
      for (const each of [floor, target]) {
        await verify(each, { ...LOAD.ask, deltas: 50 });
        await measure(each, { ...LOAD, count: WARM_UP });
      }
      const ratios: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const least = await measure(floor, LOAD);
        const own = await measure(target, LOAD);
        ratios.push(own.cpu_per_event_us / least.cpu_per_event_us);
      }
      expect(Math.min(...ratios)).toBeLessThan(MOST[way]);
    });
  }
});
