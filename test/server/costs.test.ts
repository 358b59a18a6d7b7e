/** The store of costs: what it writes, and when. */
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { openForWriting } from "../../src/server/costs/database.ts";
import { outcomeOf, type CostRow } from "../../src/server/costs/row.ts";
import { NO_COSTS } from "../../src/server/costs/store.ts";
import { insertRows, NOW, row, StateFolder, storeIn } from "../support/costs.ts";
import { until } from "./serving.ts";

describe("what is written", () => {
  test("is the listed columns, in whole numbers", () => {
    using folder = new StateFolder();
    const { costs, warnings } = storeIn(folder);
    costs.record(row());
    costs.record(row({ usage: null, usd: null, first_ms: null, route: "jusCode-auto", outcome: "failed" }));
    costs.close();
    const whole = {
      at: 1_700_000_000,
      request_id: "0123456789abcdef0123456789abcdef",
      provider: "some-host",
      model: "some-model",
      route: null,
      client: "codex",
      input_tokens: 1000,
      cached_tokens: 600,
      cache_write_tokens: 0,
      output_tokens: 50,
      reasoning_tokens: 20,
      usd: 0.0125,
      outcome: "ok",
      duration_ms: 1235,
      first_ms: 321,
    } as const;
    const tokens = { input_tokens: null, cached_tokens: null, cache_write_tokens: null };
    const empty = { ...tokens, output_tokens: null, reasoning_tokens: null, usd: null, first_ms: null };
    expect(folder.rows()).toEqual([whole, { ...whole, ...empty, route: "jusCode-auto", outcome: "failed" }]);
    expect(warnings).toEqual([]);
  });

  test("is nothing else that a row or its usage carries", () => {
    using folder = new StateFolder();
    const { costs } = storeIn(folder);
    const planted = { prompt: "PLANTED", headers: { authorization: "Bearer PLANTED" } };
    const usage = Object.assign({ ...row().usage }, { answer: "PLANTED" }) as unknown as CostRow["usage"];
    costs.record(Object.assign(row({ usage }), planted));
    const files = (): string[] => readdirSync(dirname(folder.file));
    costs.close();
    expect(files()).toEqual(["costs.sqlite"]);
    expect(readFileSync(folder.file, "latin1")).not.toContain("PLANTED");
    expect(folder.rows()).toHaveLength(1);
  });

  test("odd counts and names of an upstream's keep no other row out", () => {
    using folder = new StateFolder();
    const { costs, warnings } = storeIn(folder);
    const usage = { ...row().usage, input_tokens: 1.5, cached_tokens: -1, output_tokens: Number.NaN };
    const odd = { ...usage, cache_write_tokens: 1e300, reasoning_tokens: "7" } as unknown as CostRow["usage"];
    costs.record(row({ usage: odd, model: "m".repeat(5000), provider: "a\ud800", usd: Number.NaN }));
    costs.record(row());
    costs.close();
    const [first, ...rest] = folder.rows();
    expect(rest).toHaveLength(1);
    expect(first).toMatchObject({ input_tokens: 2, cached_tokens: null, output_tokens: null, reasoning_tokens: null });
    expect(first).toMatchObject({ cache_write_tokens: 1e12, usd: null, provider: "a\ufffd", model: "m".repeat(200) });
    expect(warnings).toEqual([]);
  });

  test("is for its owner alone", () => {
    using folder = new StateFolder();
    const { costs } = storeIn(folder);
    costs.record(row());
    costs.close();
    const modes = [dirname(folder.file), folder.file].map((path) => statSync(path).mode & 0o777);
    if (process.platform !== "win32") expect(modes).toEqual([0o700, 0o600]);
  });

  test.each([
    [undefined, "aborted"],
    ["aborted by the client", "aborted"],
    ["aborted: the client went away", "aborted"],
    ["stop", "ok"],
    ["tool_calls", "ok"],
    ["completed", "ok"],
    ["length", "incomplete"],
    ["content_filter", "incomplete"],
    ["incomplete", "incomplete"],
    ["failed", "failed"],
    ["upstream_protocol: the reply ended before it was complete", "failed"],
    ["the upstream returned 500: oh", "failed"],
  ] as const)("%s is %s", (told, outcome) => expect(outcomeOf(told)).toBe(outcome));
});

describe("when it is written", () => {
  test("no file and no folder before the first row, nor when it is switched off", async () => {
    using folder = new StateFolder();
    const { costs } = storeIn(folder);
    NO_COSTS.record(row());
    NO_COSTS.close();
    await Bun.sleep(5);
    costs.close();
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test("soon, not at once", async () => {
    using folder = new StateFolder();
    const { costs } = storeIn(folder, { batch_ms: 20 });
    costs.record(row());
    costs.record(row());
    expect(existsSync(folder.file)).toBe(false);
    await until("both are written", () => folder.rows().length === 2);
    costs.close();
  });

  test("at once when many wait, but not while they come", async () => {
    using folder = new StateFolder();
    const { costs } = storeIn(folder, { batch_ms: 60_000 });
    for (let i = 0; i < 450; i++) costs.record(row());
    expect(existsSync(folder.file)).toBe(false);
    await until("all are written", () => folder.rows().length === 450);
    costs.close();
  });

  test("at the end, however many there are, and not after it", () => {
    using folder = new StateFolder();
    const { costs } = storeIn(folder, { batch_ms: 60_000 });
    for (let i = 0; i < 1234; i++) costs.record(row());
    costs.close();
    costs.record(row());
    costs.close();
    expect(folder.rows()).toHaveLength(1234);
  });

  test("rows of more than 400 days ago are deleted, some at a time", () => {
    using folder = new StateFolder();
    const day = 24 * 60 * 60;
    const db = openForWriting(folder.file, 0);
    const ages = Array.from({ length: 1500 }, () => 401).concat([399, 1]);
    insertRows(
      db,
      ages.map((age) => row({ at: NOW / 1000 - age * day })),
    );
    db.close();
    const { costs } = storeIn(folder);
    for (let i = 0; i < 201; i++) costs.record(row({ at: NOW / 1000 }));
    costs.close();
    expect(folder.rows()).toHaveLength(2 + 201);
  });
});
