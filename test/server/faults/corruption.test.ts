/**
 * Bytes that change on the way from the host: flipped, dropped, doubled, zero, no UTF-8, a byte order mark in the middle.
 * What was meant nobody can know; what must hold all the same: one end, no crash, and no call that the bytes which
 * arrived do not hold.
 */
import { describe, expect, test } from "bun:test";
import { Dice } from "../../../scripts/simulate/dice.ts";
import { CLIENTS } from "../../support/ways/clients.ts";
import type { Mangle } from "../../support/ways/fault-proxy.ts";
import { spokenBy, type Spoken } from "../../support/ways/spoken.ts";
import { OPEN_HEAD } from "../raw-host.ts";
import { callsHeld } from "./calls-held.ts";
import { until } from "../serving.ts";
import { setting, WAYS } from "./ways.ts";

const SAID: Spoken = { ...spokenBy(13, "spoil"), piece: 10 };
const ROUNDS = 25;

const HARMS: ((bytes: Buffer, dice: Dice) => Buffer)[] = [
  (bytes, dice) => {
    const out = Buffer.from(bytes);
    for (let n = 0; n < 3; n++) {
      const at = Math.floor(dice.next() * out.length);
      out[at] = (out[at] ?? 0) ^ (1 << Math.floor(dice.next() * 8));
    }
    return out;
  },
  (bytes, dice) => without(bytes, dice, 1 + Math.floor(dice.next() * 60)),
  (bytes, dice) => {
    const [from, to] = stretch(bytes, dice, 200);
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
  },
  (bytes, dice) => insert(bytes, dice, Buffer.from([0, 0, 0])),
  (bytes, dice) => insert(bytes, dice, Buffer.from([0xff, 0xfe, 0xc3, 0x28])),
  (bytes, dice) => insert(bytes, dice, Buffer.from([0xef, 0xbb, 0xbf])),
  (bytes, dice) => insert(bytes, dice, Buffer.from("\r\n\r\n")),
];

function stretch(bytes: Buffer, dice: Dice, most: number): [number, number] {
  const from = Math.floor(dice.next() * bytes.length);
  return [from, Math.min(bytes.length, from + Math.floor(dice.next() * most))];
}

function without(bytes: Buffer, dice: Dice, most: number): Buffer {
  const [from, to] = stretch(bytes, dice, most);
  return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
}

function insert(bytes: Buffer, dice: Dice, what: Buffer): Buffer {
  const at = Math.floor(dice.next() * bytes.length);
  return Buffer.concat([bytes.subarray(0, at), what, bytes.subarray(at)]);
}

/** All that has come is gathered, spoilt behind the head, and handed on with the end of the connection. */
function spoilt(total: number, spoil: (bytes: Buffer) => Buffer, arrived: (bytes: Buffer) => void): Mangle {
  let all = Buffer.alloc(0);
  return (bytes) => {
    all = Buffer.concat([all, bytes]);
    if (all.length < total) return [];
    const head = all.subarray(0, OPEN_HEAD.length);
    const rest = spoil(all.subarray(OPEN_HEAD.length));
    arrived(rest);
    return [head, rest, { wait_ms: 1 }, "end"];
  };
}

/** Letters and digits alone: arguments that are no JSON are mended where that is certain, by quotes and braces. */
const bare = (text: string): string => text.replaceAll(/\\[nrt]|[^\dA-Za-z]/g, "");

/** A Messages client gets what is no JSON as the one string of an object. */
function unwrapped(args: string): string {
  try {
    const { unparsed_arguments } = JSON.parse(args) as { unparsed_arguments?: string };
    return unparsed_arguments ?? args;
  } catch {
    return args;
  }
}

describe.each(WAYS)("%s", (_, way) => {
  test("bytes that change", async () => {
    await using set = await setting(way, SAID, { head: OPEN_HEAD });
    for (let round = 1; round <= ROUNDS; round++) {
      const dice = new Dice(round, way.client.length, way.host.length);
      const harm = HARMS[round % HARMS.length] as (typeof HARMS)[number];
      let received = "";
      const arrived = (bytes: Buffer): void => void (received = bytes.toString("utf8"));
      set.proxy.fault = { down: spoilt(set.bytes.length, (bytes) => harm(bytes, dice), arrived) };
      const { answer, text, understood } = await set.ask();
      const place = `round ${round}`;
      if (!way.forwarded && answer.status === 200) {
        expect([place, CLIENTS[way.client].faults(text)]).toEqual([place, []]);
        expect([place, understood.ends, answer.whole]).toEqual([place, 1, true]);
      }
      if (way.forwarded) continue;
      for (const { name, args } of understood.calls) {
        const held = callsHeld(way.host, received);
        const found = held.some((each) => bare(each) === bare(unwrapped(args)));
        expect([place, name, args, found ? args : held.at(-1)]).toEqual([place, name, args, args]);
      }
    }
    // The server is well.
    await until("nothing runs", async () => {
      const { running } = (await (await fetch(`${set.on.origin}/health`)).json()) as { running: number };
      return running === 0;
    });
  });
});
