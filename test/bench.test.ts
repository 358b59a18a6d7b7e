/**
 * That the shim stays fast: its processor time for a stream beside that of the barest bridge, in the same run, since times
 * by themselves say nothing on a machine that others use. The bridge parses every delta, too. A proxy that only passes
 * bytes is no measure here: on a busy machine it gets many deltas in one piece, and passes each for next to nothing.
 * `bun scripts/bench.ts` measures all of it.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { measure, verify, type Load, type Target } from "../scripts/bench/load.ts";
import { startBareBridge, startShim, startUpstream, type Running } from "../scripts/bench/processes.ts";
import { describeWith, pathOf } from "./support/needs.ts";

/** A stream of this kind is nearly all deltas: what is done for each shows. */
const LOAD: Load = { ask: { deltas: 1000, paced: false, content: "text" }, parallel: 16, count: 160 };
const WARM_UP = 800;
const ROUNDS = 12;
/** How many times as much it may cost in the best of the rounds: half as much again as a quiet machine measures. */
const MOST = { translated: 2.7, forwarded: 1.4 };

describeWith("shim")("beside the barest bridge", () => {
  const running: Running[] = [];
  let [bridge, shim]: Running[] = [];

  beforeAll(async () => {
    const upstream = await startUpstream();
    running.push(upstream);
    running.push((bridge = await startBareBridge(upstream)), (shim = await startShim(pathOf("shim"), upstream, [])));
  });

  afterAll(async () => {
    for (const each of running) await each.stop();
  });

  for (const [way, wire] of [
    ["translated", "responses"],
    ["forwarded", "chat"],
  ] as const) {
    test(`a stream that is ${way} costs less than ${MOST[way]} times as much`, async () => {
      if (!bridge || !shim) throw new Error("nothing runs");
      const floor: Target = { name: "bare bridge", running: bridge, wire: "responses" };
      const target: Target = { name: "shim", running: shim, wire };
      for (const each of [floor, target]) {
        await verify(each, { ...LOAD.ask, deltas: 50 });
        await measure(each, { ...LOAD, count: WARM_UP });
      }
      let best = Number.POSITIVE_INFINITY;
      for (let round = 0; round < ROUNDS && best >= MOST[way]; round++) {
        const least = await measure(floor, LOAD);
        const own = await measure(target, LOAD);
        best = Math.min(best, own.cpu_per_event_us / least.cpu_per_event_us);
      }
      expect(best).toBeLessThan(MOST[way]);
    });
  }
});
