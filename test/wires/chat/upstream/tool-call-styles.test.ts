/**
 * Made-up calls, sent as each kind of server sends them and cut anywhere: the assembler gets back what was sent.
 * A style may do what its kind of server does, and nothing by which two readings would be equally good.
 */
import { describe, expect, test } from "bun:test";
import { ToolCallAssembler, type CallDelta } from "../../../../src/wires/chat/upstream/tool-calls.ts";

interface Call {
  id: string;
  name: string;
  args: string;
}

/** Numbers below n, the same in each run. */
type Random = (n: number) => number;

function randomOf(seed: number): Random {
  let state = Math.imul(seed + 1, 2_654_435_761) >>> 0;
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** Values full of what looks like an end or a beginning. */
const VALUES: unknown[] = [
  "ls",
  "",
  "}",
  "{}",
  '{"cmd":"ls"}',
  '"',
  "\\",
  "[]",
  "\n{\n",
  [],
  [{}],
  { a: {} },
  [[], [{ b: "]}" }]],
  0,
  true,
  null,
];
const NAMES = ["f", "f", "g"];

function makeCalls(random: Random): Call[] {
  return Array.from({ length: 1 + random(4) }, (_, n) => {
    const keys = Array.from({ length: random(3) }, (_key, k) => `k${k}`);
    const value = Object.fromEntries(keys.map((key) => [key, VALUES[random(VALUES.length)]]));
    const spaced = random(3) === 0 ? 1 : undefined;
    return {
      id: `id${n}`,
      name: NAMES[random(NAMES.length)] ?? "f",
      args: JSON.stringify(value, null, spaced),
    };
  });
}

/** The text in pieces, none of them empty. */
function cut(text: string, random: Random): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length;) {
    const length = 1 + random(random(3) === 0 ? 3 : text.length);
    pieces.push(text.slice(at, at + length));
    at += length;
  }
  return pieces;
}

type Sent = Partial<CallDelta>;
type Style = (call: Call, n: number, random: Random) => Sent[];

const head = (rest: Sent, call: Call, random: Random): Sent[] => {
  const [first = "", ...others] = cut(call.args, random);
  // The name alone, or with the first piece.
  return random(2) === 0
    ? [rest, ...[first, ...others].map((args) => ({ arguments: args }))]
    : [{ ...rest, arguments: first }, ...others.map((args) => ({ arguments: args }))];
};
const all = (deltas: Sent[], more: Sent): Sent[] => deltas.map((delta) => ({ ...delta, ...more }));

/** Calls one after another. `ids` tells whether the ids come back too. */
const STYLES: [name: string, ids: boolean, style: Style][] = [
  [
    "as OpenAI does",
    true,
    (call, n, random) => all(head({ id: call.id, name: call.name }, call, random), { index: n }),
  ],
  ["whole in one delta", true, (call, n) => [{ index: n, id: call.id, name: call.name, arguments: call.args }]],
  ["whole, every index 0", true, (call) => [{ index: 0, id: call.id, name: call.name, arguments: call.args }]],
  ["whole, without index", true, (call) => [{ id: call.id, name: call.name, arguments: call.args }]],
  ["whole, without index and id", false, (call) => [{ name: call.name, arguments: call.args }]],
  ["whole, index 0, without id", false, (call) => [{ index: 0, name: call.name, arguments: call.args }]],
  [
    "in pieces, every index 0",
    true,
    (call, _, random) => all(head({ id: call.id, name: call.name }, call, random), { index: 0 }),
  ],
  ["in pieces, without index", true, (call, _, random) => head({ id: call.id, name: call.name }, call, random)],
  [
    "the id in every delta, without index",
    true,
    (call, _, random) => all(head({ name: call.name }, call, random), { id: call.id }),
  ],
  [
    "the id in every delta, every index 0",
    true,
    (call, _, random) => all(head({ name: call.name }, call, random), { index: 0, id: call.id }),
  ],
  [
    "id and name in every delta",
    true,
    (call, n, random) => all(head({}, call, random), { index: n, id: call.id, name: call.name }),
  ],
  ["without id", false, (call, n, random) => all(head({ name: call.name }, call, random), { index: n })],
  ["one id for all", false, (call, n, random) => all(head({ name: call.name }, call, random), { index: n, id: "0" })],
  [
    "the name in every delta, by index",
    true,
    (call, n, random) => all(head({ id: call.id }, call, random), { index: n, name: call.name }),
  ],
  [
    "the name with the last piece",
    true,
    (call, n, random) => {
      const deltas: Sent[] = all(head({ id: call.id }, call, random), { index: n });
      return deltas.map((delta, i) => (i === deltas.length - 1 ? { ...delta, name: call.name } : delta));
    },
  ],
  [
    "a blank delta after each call",
    true,
    (call, n, random) => [...all(head({ id: call.id, name: call.name }, call, random), { index: n }), { index: n }],
  ],
];

function assemble(deltas: readonly Sent[]): Call[] {
  const assembler = new ToolCallAssembler();
  for (const delta of deltas) assembler.add({ index: undefined, id: "", name: "", arguments: "", ...delta });
  return assembler.calls.map(({ id, name, arguments: args }) => ({ id, name, args }));
}

/** One delta after another from any of the lists that is not at its end: each keeps its own order. */
function interleave(lists: Sent[][], random: Random): Sent[] {
  const out: Sent[] = [];
  const rest = lists.map((list) => [...list]);
  // Calls begin in order, as they are numbered.
  for (const list of rest) out.push(...list.splice(0, 1));
  for (
    let open = rest.filter((list) => list.length > 0);
    open.length > 0;
    open = open.filter((list) => list.length > 0)
  )
    out.push(...(open[random(open.length)]?.splice(0, 1) ?? []));
  return out;
}

const ROUNDS = 400;

function check(name: string, calls: Call[], deltas: Sent[], ids: boolean): void {
  const got = assemble(deltas).map((call) => ({ ...call, id: ids ? call.id : "" }));
  const sent = calls.map((call) => ({ ...call, id: ids ? call.id : "" }));
  expect(got, `${name}: ${JSON.stringify(deltas)}`).toEqual(sent);
}

describe("calls are put together again", () => {
  test.each(STYLES)("%s", (name, ids, style) => {
    for (let seed = 0; seed < ROUNDS; seed++) {
      const random = randomOf(seed);
      const calls = makeCalls(random);
      check(
        name,
        calls,
        calls.flatMap((call, n) => style(call, n, random)),
        ids,
      );
    }
  });

  const BY_INDEX = new Set([
    "as OpenAI does",
    "without id",
    "one id for all",
    "id and name in every delta",
    "the name in every delta, by index",
    "the name with the last piece",
    "a blank delta after each call",
    "the id in every delta, without index",
  ]);
  test.each(STYLES.filter(([name]) => BY_INDEX.has(name)))("%s, mixed", (name, ids, style) => {
    for (let seed = 0; seed < ROUNDS; seed++) {
      const random = randomOf(seed);
      const calls = makeCalls(random);
      check(
        name,
        calls,
        interleave(
          calls.map((call, n) => style(call, n, random)),
          random,
        ),
        ids,
      );
    }
  });
});
