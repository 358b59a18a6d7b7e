/** The soak's short form; `bun scripts/soak.ts --minutes 60` is the long one. */
import { expect, test } from "bun:test";
import { soak } from "../../scripts/soak/run.ts";
import { describeWith } from "../support/needs.ts";

const SECONDS = 6;
/** Their numbers make them what they are: so many meet all fifteen ways, and some 180 of their turns are answered right. */
const THREADS = 90;

describeWith("shim")("the executable under threads that misbehave, and hosts that do", () => {
  test("every answer is right or told to be wrong, and nothing is left behind", async () => {
    const { problems, turns } = await soak({
      seed: 7,
      seconds: SECONDS,
      least_threads: THREADS,
      parallel: 24,
      cpu: 0.8,
    });
    expect(problems).toEqual([]);
    const all = Object.values(turns);
    expect(all).toHaveLength(15);
    expect(all.reduce((sum, { right }) => sum + right, 0)).toBeGreaterThan(100);
  });
});
