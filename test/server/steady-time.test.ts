/** Nothing that is deleted for good is old because a clock was set. */
import { afterEach, expect, setSystemTime, test } from "bun:test";
import { SteadyTime } from "../../src/server/steady-time.ts";
import { CostStore } from "../../src/server/costs/store.ts";
import { row, StateFolder } from "../support/costs.ts";
import { until } from "./serving.ts";

const YEAR_MS = 365 * 24 * 3600_000;
const setBy = (ms: number): void => void setSystemTime(new Date(Date.now() + ms));
afterEach(() => void setSystemTime());

test("goes on as it was when the clock is set forward, and follows it back", () => {
  const time = new SteadyTime();
  const began = Date.now();
  expect(Math.abs(time.now() - began)).toBeLessThan(60_000);
  setBy(5 * YEAR_MS);
  expect(Math.abs(time.now() - began)).toBeLessThan(60_000);
  setBy(-7 * YEAR_MS);
  expect(Math.abs(time.now() - (began - 2 * YEAR_MS))).toBeLessThan(60_000);
});

test("costs of yesterday are kept when the clock is set by years", async () => {
  using folder = new StateFolder();
  const costs = new CostStore({ file: folder.file, warn: () => {}, batch_ms: 1 });
  const at = Math.floor(Date.now() / 1000) - 24 * 3600;
  costs.record(row({ at, request_id: "yesterday" }));
  setBy(5 * YEAR_MS);
  costs.record(row({ at: Math.floor(Date.now() / 1000), request_id: "in years" }));
  await until("both are written", () => folder.rows().length === 2);
  expect(folder.rows().map(({ request_id }) => request_id)).toEqual(["yesterday", "in years"]);
  costs.close();
});
