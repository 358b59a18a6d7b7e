/**
 * The host's connection is cut, reset, stalled or split on the way, at every border of a frame and at points by number:
 * the client is told one right end, and nothing that did not arrive. A cut is told as such: by silence nothing ends here
 * but in the test of silence.
 */
import { describe, expect, test } from "bun:test";
import { Dice } from "../../../scripts/simulate/dice.ts";
import { CLIENTS } from "../../support/ways/clients.ts";
import { cutAt, splitAt } from "../../support/ways/fault-proxy.ts";
import { spokenBy, type Spoken } from "../../support/ways/spoken.ts";
import { until } from "../serving.ts";
import { setting, WAYS, type Told, type Way } from "./ways.ts";

/** Two calls, a thought and a text in few frames. */
const SAID: Spoken = { ...spokenBy(13, "cut"), thought: "Hm, let me see.", piece: 12 };
SAID.calls = SAID.calls.slice(0, 2);
const RANDOM_POINTS = 12;
const IDLE_MS = 300;

function points(bytes: Buffer, borders: readonly number[], seed: number): number[] {
  const dice = new Dice(seed);
  return [0, ...borders, ...Array.from({ length: RANDOM_POINTS }, () => Math.floor(dice.next() * bytes.length))];
}

/** Nothing that was not said, nothing twice, one end. */
function check({ client, forwarded }: Way, { answer, text, understood }: Told, at: number, whole: boolean): void {
  const place = `cut at ${at}`;
  expect([place, SAID.text.startsWith(understood.text)]).toEqual([place, true]);
  const calls = understood.calls.map(({ name, args }) => [name, args]);
  expect([place, ...calls]).toEqual([
    place,
    ...SAID.calls.map(({ name, args }) => [name, args]).slice(0, calls.length),
  ]);
  if (answer.status === 200 && !forwarded) {
    expect([place, CLIENTS[client].faults(text)]).toEqual([place, []]);
    expect([place, understood.ends, answer.whole]).toEqual([place, 1, true]);
  }
  const right = understood.ends === 1 && understood.error === undefined && !understood.incomplete;
  if (right) expect([place, understood.text, calls.length]).toEqual([place, SAID.text, SAID.calls.length]);
  // It was told as wrong: by a status, within the stream, or as it was cut there.
  else expect([place, answer.status >= 400 || understood.error !== undefined || !answer.whole]).toEqual([place, true]);
  if (whole) expect([place, right]).toEqual([place, true]);
}

describe.each(WAYS)("%s", (_, way) => {
  test.each(["end", "reset"] as const)("cut by %s", async (how) => {
    await using set = await setting(way, SAID);
    for (const at of points(set.bytes, set.borders, how.length)) {
      set.proxy.fault = { down: cutAt(at, how) };
      check(way, await set.ask(), at, false);
    }
    await until("all connections are closed", () => set.proxy.open === 0);
  });

  test("silent from some point on", async () => {
    await using set = await setting(way, SAID, { idle_ms: IDLE_MS });
    const all = points(set.bytes, set.borders, 3);
    const last = set.bytes.length;
    const some = all.filter((at, n) => at < last && n % Math.ceil(all.length / 8) === 0);
    await Promise.all(
      some.map(async (at) => {
        set.proxy.next.push({ down: cutAt(at, "stall") });
        check(way, await set.ask(), at, false);
      }),
    );
  });

  test("split at every border, and anywhere", async () => {
    await using set = await setting(way, SAID);
    for (const seed of [1, 2, 3]) {
      const dice = new Dice(seed);
      const anywhere = Array.from({ length: 60 }, () => Math.floor(dice.next() * set.bytes.length));
      const borders = seed === 1 ? set.borders : anywhere.toSorted((a, b) => a - b);
      set.proxy.fault = { down: splitAt(borders, 0) };
      check(way, await set.ask(), seed, true);
    }
  });
});
