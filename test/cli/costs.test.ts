/** `juscode-shim costs`, word for word as the user reads it: UPDATE_GOLDEN=1 writes the texts anew. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync, existsSync, readFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { costs, priceOf, type CostsContext } from "../../src/cli/costs/costs.ts";
import type { CostsOptions } from "../../src/cli/options.ts";
import { parseConfig } from "../../src/config/file/parse.ts";
import type { ConfigFile } from "../../src/config/file/config-file.ts";
import { CostStore } from "../../src/server/costs/store.ts";
import type { CostRow } from "../../src/server/costs/row.ts";
import { row, StateFolder } from "../support/costs.ts";
import { until } from "../support/patience.ts";

const GOLDEN = join(import.meta.dirname, "../golden/costs");
const NOW = new Date(2026, 2, 10, 12);
const at = (day: number, hour: number): number => new Date(2026, 2, day, hour).getTime() / 1000;

const usage = (input_tokens: number, cached_tokens: number, output_tokens: number): CostRow["usage"] => ({
  input_tokens,
  cached_tokens,
  cache_write_tokens: 0,
  output_tokens,
  reasoning_tokens: Math.floor(output_tokens / 2),
});

const strong = { provider: "a-service", model: "strong" };
const local = { provider: "local", model: "small\u001b[31m", usd: null };
const routed = { route: "jusCode-auto" };
const ROWS: Partial<CostRow>[] = [
  { ...strong, ...routed, at: at(8, 9), request_id: "aaaa1111", usage: usage(120_000, 96_000, 3400), usd: 0.0832 },
  { ...strong, at: at(8, 23), request_id: "aaaa2222", usage: usage(1_250_000, 1_100_000, 12_000), usd: 0.4451 },
  { ...local, ...routed, at: at(9, 1), request_id: "bbbb1111", usage: usage(30_000, 0, 900) },
  { ...local, ...routed, at: at(10, 8), request_id: "bbbb2222", usage: usage(31_000, 30_000, 1200) },
  { ...local, at: at(10, 9), request_id: "cccc1111", usage: null, outcome: "failed", first_ms: null },
  { provider: "free-host", model: "tiny", at: at(10, 10), request_id: "dddd1111", usage: usage(10, 0, 1), usd: 0 },
  { ...strong, at: at(10, 11), request_id: "eeee1111", usage: usage(9, 0, 1), usd: 0.000_02, outcome: "incomplete" },
  { ...strong, at: at(1, 9), request_id: "ffff1111", usage: usage(1_000_000, 0, 1_000_000), usd: 12.345 },
];

let folder: StateFolder;

beforeAll(() => {
  folder = new StateFolder();
  const store = new CostStore({ file: folder.file, warn: () => {}, now: () => NOW.getTime() });
  for (const each of ROWS) store.record(row(each));
  store.close();
});

afterAll(() => folder[Symbol.dispose]());

const OPTIONS: CostsOptions = { days: 7, by: "day", reference: undefined, request: undefined, json: false };
const PRICES: Record<string, { input: number; output: number; cached_input?: number }> = {
  "a-service/stronger": { input: 5, output: 25, cached_input: 0.5 },
};

function told(options: Partial<CostsOptions>, context: Partial<CostsContext> = {}): string {
  const config = { enabled: true };
  const around = { file: folder.file, now: NOW, priceOf: (name: string) => PRICES[name], config, ...context };
  return costs({ ...OPTIONS, ...options }, around).text.replaceAll(folder.path, "/state");
}

function golden(name: string, text: string): void {
  const path = join(GOLDEN, `${name}.txt`);
  if (process.env["UPDATE_GOLDEN"]) {
    mkdirSync(GOLDEN, { recursive: true });
    writeFileSync(path, text);
  }
  expect(existsSync(path)).toBe(true);
  expect(text).toBe(readFileSync(path, "utf8"));
}

const REFERENCE = "a-service/stronger";
const OFF = { config: { enabled: false } };

describe("its text", () => {
  const TEXTS: [name: string, options: Partial<CostsOptions>, context?: Partial<CostsContext>][] = [
    ["by-day", {}],
    ["by-model", { by: "model", reference: REFERENCE }],
    ["by-provider", { by: "provider" }],
    ["by-route", { by: "route" }],
    ["long-ago", { days: 30, by: "model" }, { config: { enabled: true, reference_model: REFERENCE } }],
    ["today", { days: 1 }],
    ["nothing-of-late", { days: 1 }, { now: new Date(2026, 5, 1) }],
    ["switched-off", { by: "provider" }, OFF],
    ["request", { request: "aaaa1" }],
    ["request-failed", { request: "cccc1111" }],
    ["json", { by: "provider", reference: REFERENCE, json: true }],
    ["json-request", { request: "aaaa1111", json: true }],
  ];
  for (const [name, options, context] of TEXTS) test(name, () => golden(name, told(options, context)));

  test("no file", () => {
    const file = "/nowhere/costs.sqlite";
    golden("no-file", told({}, { file }));
    golden("no-file-switched-off", told({}, { file, ...OFF }));
    golden("no-file-json", told({ json: true }, { file }));
  });
});

describe("what cannot be told", () => {
  const WRONG: [Partial<CostsOptions>, string][] = [
    [
      { reference: "x/y" },
      '--reference x/y: price unknown; write provider/model, or set a price in the config: [models."x/y"] price = { input = 1.25, output = 10 }',
    ],
    [{ request: "zzzz" }, "no recorded request has an id that begins with zzzz; it may not have reached an upstream"],
    [{ request: "aaaa" }, "the ids of 2 requests begin with aaaa: aaaa2222, aaaa1111"],
  ];
  for (const [options, message] of WRONG) test(message, () => expect(() => told(options)).toThrow(message));

  test("a file that is none of ours", () => {
    using other = new StateFolder();
    mkdirSync(dirname(other.file));
    writeFileSync(other.file, "something else, which is no database at all".repeat(100));
    expect(() => told({}, { file: other.file })).toThrow("cannot be read (file is not a database)");
  });

  test("a reference of the config's without a price hides nothing", () =>
    expect(told({}, { config: { enabled: true, reference_model: "x/y" } })).toBe(told({})));
});

test("it works while the server writes", async () => {
  using busy = new StateFolder();
  const store = new CostStore({ file: busy.file, warn: () => {}, now: () => NOW.getTime(), batch_ms: 1 });
  const write = async (hour: number): Promise<string> => {
    const rows = busy.rows().length;
    store.record(row({ at: at(10, hour) }));
    await until("it is written", () => busy.rows().length > rows);
    return told({ days: 1 }, { file: busy.file });
  };
  expect(await write(8)).toContain("2026-03-10         1");
  expect(await write(9)).toContain("2026-03-10         2");
  store.close();
});

describe("prices by name", () => {
  const TOML = `
    [model_providers.mine]
    base_url = "http://127.0.0.1:9/v1"
    [model_providers.oai]
    preset = "openai"
    [models."special"]
    provider = "mine"
    model = "some/thing"
    aliases = ["sp"]
    price = { input = 1, output = 2 }
    [models."second"]
    provider = "oai"
    model = "gpt-5"
  `;
  const config = (): ConfigFile => {
    const result = parseConfig(TOML, "test.toml", { env: { OPENAI_API_KEY: "k" }, readFile: () => "" });
    if ("problems" in result) throw new Error(JSON.stringify(result.problems));
    return result.config;
  };

  test("the config's own, by name, alias and address", () => {
    for (const name of ["special", "sp", "mine/some/thing"])
      expect(priceOf(config())(name)).toEqual({ input: 1, output: 2 });
  });

  test("the catalogue's, also of a service that the config does not name", () => {
    const known = priceOf(undefined)("openai/gpt-5");
    expect(known?.input).toBeGreaterThan(0);
    for (const name of ["second", "oai/gpt-5", "gpt-5", "openai/gpt-5"]) expect(priceOf(config())(name)).toEqual(known);
  });

  test("nobody's", () => {
    for (const name of ["nothing", "x/y", "mine/other"]) expect(priceOf(config())(name)).toBeUndefined();
  });
});
