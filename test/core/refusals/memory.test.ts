import { expect, test } from "bun:test";
import { RefusalMemory } from "../../../src/core/refusals/memory.ts";
import { REFUSAL_ROWS } from "../../../src/core/refusals/rows.ts";

const CHAT_ROWS = REFUSAL_ROWS.chat;
const [first, second] = CHAT_ROWS as [(typeof CHAT_ROWS)[number], (typeof CHAT_ROWS)[number]];
const once = CHAT_ROWS.find((row) => row.once) as (typeof CHAT_ROWS)[number];
const HOUR_MS = 3_600_000;

test("a refusal is remembered for an hour, for this model and this client alone", () => {
  let now = 0;
  const memory = new RefusalMemory(() => now);
  const mine = { model: "box/m", client: "a" };
  memory.remember(mine, first);
  expect(memory.learned(mine)).toEqual([first]);
  expect(memory.learned({ ...mine, client: "b" })).toEqual([]);
  expect(memory.learned({ ...mine, client: undefined })).toEqual([]);
  expect(memory.learned({ ...mine, model: "box/n" })).toEqual([]);
  now = HOUR_MS;
  expect(memory.learned(mine)).toEqual([]);
  expect(memory.list()).toEqual([]);
});

test("what concerns one request is not remembered", () => {
  const memory = new RefusalMemory(() => 0);
  memory.remember({ model: "box/m", client: undefined }, once);
  expect(memory.list()).toEqual([]);
});

test("the list says how often each was used, by all clients together", () => {
  const memory = new RefusalMemory(() => 0);
  for (const client of ["a", "b", undefined]) {
    memory.remember({ model: "box/m", client }, first);
    memory.used({ model: "box/m", client }, [first, second]);
  }
  memory.remember({ model: "box/m", client: "a" }, second);
  expect(memory.list()).toEqual([
    { model: "box/m", field: first.field, times: 3 },
    { model: "box/m", field: second.field, times: 0 },
  ]);
});

test("it has a bound, whatever models and clients there are", () => {
  const memory = new RefusalMemory(() => 0);
  for (let i = 0; i < 5000; i++)
    for (const row of [first, second]) memory.remember({ model: `m${i}`, client: "a" }, row);
  expect(memory.list().length).toBeLessThanOrEqual(1000);
  expect(memory.learned({ model: "m4999", client: "a" })).toEqual([first, second]);
});
