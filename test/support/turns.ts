/**
 * Whether this process's event loop goes on turning while work is done: its turns in a millisecond, compared with those
 * of the same process at rest, so that a busy machine counts on both sides. The best of some rounds each.
 */
const ROUNDS = 5;
const REST_MS = 100;

/** 1 when timers run as at rest; near 0 when the work holds them up. */
export async function turnsBeside(work: () => Promise<unknown>): Promise<number> {
  let [resting, working] = [0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    resting = Math.max(resting, await turnsPerMs(() => Bun.sleep(REST_MS)));
    working = Math.max(working, await turnsPerMs(work));
  }
  return working / resting;
}

async function turnsPerMs(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  const started = performance.now();
  const pulse = setInterval(() => turns++, 1);
  await work();
  clearInterval(pulse);
  return turns / (performance.now() - started);
}
