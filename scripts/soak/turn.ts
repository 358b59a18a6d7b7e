/** What one turn of a soaked thread is to be: who asks whom, how the host answers, how the client behaves. By seed. */
import { WIRE_NAMES, type WireName } from "../../src/core/provider.ts";
import type { Round } from "../../test/support/ways/clients.ts";
import { spokenBy, type Spoken } from "../../test/support/ways/spoken.ts";
import { Dice } from "../simulate/dice.ts";

/** How a host answers. After the good ones the client must have heard everything. */
const GOOD = {
  plain: 20,
  /** All frames in one write. */
  burst: 12,
  /** A pause before each frame. */
  slow: 10,
  /** Cut anywhere, also within characters. */
  bytes: 8,
  /** With comments, keep-alives and CRLF. */
  noisy: 4,
  /** A whole body, although a stream was asked for. */
  whole: 4,
  /** Two calls under one id. */
  twins: 4,
  /** Counts that cannot be. */
  miscounted: 4,
  /** It goes on after its end, and never closes. */
  lingering: 3,
  /** Much at once, for clients that do not read. */
  huge: 1,
} as const;

/** After these the client must have heard exactly one error, and nothing that was not said. */
const BAD = {
  refused: 5,
  storm: 4,
  "web page": 2,
  silent: 1,
  hanging: 2,
  finished: 4,
  reset: 4,
  "closed before the head": 2,
  "ended early": 3,
  "error within": 3,
  "not json": 2,
} as const;

export type Fault = keyof typeof GOOD | keyof typeof BAD;

const MANNERS = {
  reads: 70,
  /** It reads, with pauses. */
  dawdles: 4,
  /** It does not read for a while, and then goes on. */
  stalls: 3,
  /** It goes away before anything has come. */
  "leaves early": 5,
  /** It goes away in the middle. */
  leaves: 8,
  /** It stops reading, and then goes away. */
  "stalls and leaves": 2,
  /** It sends half of its request. */
  "half a request": 3,
  "sends garbage": 5,
} as const;

export type Manner = keyof typeof MANNERS;

export interface Turn {
  /** Unique; the host reads it in what the user says. */
  name: string;
  client: WireName;
  /** Id of the provider, or the route's name. */
  way: string;
  host: WireName | "either";
  forwarded: boolean;
  stream: boolean;
  fault: Fault;
  manner: Manner;
  /** Where a cut comes, a client leaves: a share of the whole. */
  at: number;
  said: Spoken;
  dice: Dice;
  /** What the thread has come to before. */
  rounds: Round[];
  /** How often the host was asked. */
  asked: number;
  /** When the client went away, and when the host saw it, by `performance.now()`. */
  left_at?: number;
  gone_at?: number;
  /** The host is answering. */
  answering: boolean;
}

export const isGood = (fault: Fault): boolean => fault in GOOD;

export const ROUTE = "either";
export const translating = (wire: WireName): string => `to-${wire}`;
export const forwarding = (wire: WireName): string => `as-${wire}`;

export function turnBy(seed: number, thread: number, number: number, client: WireName): Turn {
  const dice = new Dice(seed, thread, number);
  const name = `t${thread}.${number}`;
  const host = dice.chance(0.08) ? ROUTE : (WIRE_NAMES[Math.floor(dice.next() * WIRE_NAMES.length)] as WireName);
  const forwarded = host === client && dice.chance(0.7);
  const fault: Fault = dice.chance(0.3) ? pick(dice, BAD) : pick(dice, GOOD);
  const manner = pick(dice, MANNERS);
  return {
    name,
    client,
    host,
    forwarded,
    way: host === ROUTE ? ROUTE : forwarded ? forwarding(host) : translating(host),
    stream: dice.chance(0.8),
    fault,
    manner,
    at: dice.next(),
    said: saidIn(seed, name, fault),
    dice,
    rounds: [],
    asked: 0,
    answering: false,
  };
}

export const newThread = (seed: number, thread: number): { client: WireName; turns: number } => {
  const dice = new Dice(seed, thread);
  return {
    client: WIRE_NAMES[Math.floor(dice.next() * WIRE_NAMES.length)] as WireName,
    turns: 1 + Math.floor(dice.next() * 6),
  };
};

const HUGE_WORDS = 300_000;

function saidIn(seed: number, name: string, fault: Fault): Spoken {
  if (fault === "huge") return { ...spokenBy(seed, name, 40), text: hugeText(name), piece: 4000 };
  const said = spokenBy(seed, name);
  const [first, second] = said.calls;
  if (fault === "twins" && first && second) second.id = first.id;
  return said;
}

const hugeText = (name: string): string => `Text of ${name}: ${"many words ".repeat(HUGE_WORDS)}[${name}]`;

function pick<Name extends string>(dice: Dice, shares: Readonly<Record<Name, number>>): Name {
  const entries = Object.entries<number>(shares) as [Name, number][];
  const sum = entries.reduce((all, [, share]) => all + share, 0);
  return dice.oneOf(entries.map(([name, share]) => [name, share / sum] as const));
}
