/**
 * Every host that is known, played by its documented rules, and the same threads of Codex against each: through the
 * shim's app, over HTTP. Rules whose evidence is unsure are played both ways. `UPDATE_GOLDEN=1` rewrites what
 * went upstream, what the client got, and the table.
 */
import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Json } from "../support/response-rules.ts";
import { SCENARIOS } from "../support/simulator/scenarios/index.ts";
import type { Scenario } from "../support/simulator/scenarios/scenario.ts";
import { tableOf } from "../support/simulator/table.ts";
import { runThread, type Ran } from "../support/simulator/thread.ts";
import { transcriptOf } from "../support/simulator/transcript.ts";
import type { Variant, Vendor } from "../support/simulator/types.ts";
import { VENDORS } from "../support/simulator/vendors/index.ts";
import { verdictOf, type Verdict } from "../support/simulator/verdict.ts";

const GOLDEN = join(import.meta.dirname, "../golden/dialects");
const UPDATE = process.env["UPDATE_GOLDEN"] !== undefined;

const verdicts = new Map(VENDORS.map(({ id }) => [id, new Map<string, Verdict>()]));

describe.each(VENDORS.map((vendor) => [vendor.id, vendor] as const))("%s", (id, vendor) => {
  for (const scenario of SCENARIOS) {
    test(`${id} × ${scenario.id}`, async () => {
      const verdict = await verdictFor(vendor, scenario);
      verdicts.get(id)?.set(scenario.id, verdict);
      expect(verdict.problems.join("\n")).toBe("");
    });
  }
});

async function verdictFor(vendor: Vendor, scenario: Scenario): Promise<Verdict> {
  const skipped = whyNot(vendor, scenario);
  if (skipped !== undefined) return { mark: "none", why: skipped, problems: [] };
  const lenient = await oneVariant(vendor, scenario, "lenient");
  if (vendor.rules.every(({ certain }) => certain)) return lenient;
  const strict = await oneVariant(vendor, scenario, "strict");
  // The stricter host says more of what may happen.
  return { ...strict, problems: [...new Set([...lenient.problems, ...strict.problems])] };
}

/** Why the row makes no sense for this host. */
function whyNot({ failures, expects }: Vendor, { id, ends }: Scenario): string | undefined {
  const expected = expects?.[id];
  if (expected && "skip" in expected) return expected.skip;
  const failure = typeof ends === "object" && ends.fails !== "cut" ? failures[ends.fails] : undefined;
  return typeof failure === "string" ? failure : undefined;
}

async function oneVariant(vendor: Vendor, scenario: Scenario, variant: Variant): Promise<Verdict> {
  const ran = await runThread(vendor, scenario, variant);
  const verdict = verdictOf(vendor, scenario, ran, variant);
  if (variant === "strict" || vendor.rules.every(({ certain }) => certain)) compare(vendor, scenario, ran);
  return verdict;
}

/** The last body holds the whole thread. Those of failures are like others. */
function compare(vendor: Vendor, scenario: Scenario, { told }: Ran): void {
  if (typeof scenario.ends === "object") return;
  const last = told.at(-1);
  const body = last?.bodies.at(-1);
  if (!last || !body) return;
  const path = join(GOLDEN, vendor.id, `${scenario.file ?? scenario.id}.json`);
  const headers = Object.keys(last.session).length > 0 && { headers: last.session };
  const got = told.flatMap(transcriptOf);
  if (scenario.file === undefined) return golden(path, textOf({ ...headers, sent: body, got }));
  const { messages: _, ...settings } = body;
  const before = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Json) : {};
  golden(path, textOf({ ...before, [scenario.id]: { sent: settings, got } }));
}

const textOf = (value: Json): string => `${printed(value, 3)}\n`;

/** JSON with what is this deep on lines of its own: a message, a tool, a setting. */
function printed(value: unknown, depth: number, indent = ""): string {
  if (depth === 0 || typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  const lines = Array.isArray(value)
    ? value.map((item) => printed(item, depth - 1, inner))
    : Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${printed(item, depth - 1, inner)}`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return lines.length === 0 ? `${open}${close}` : `${open}\n${inner}${lines.join(`,\n${inner}`)}\n${indent}${close}`;
}

function golden(path: string, text: string): void {
  if (UPDATE) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  expect(existsSync(path)).toBe(true);
  expect(text).toBe(readFileSync(path, "utf8"));
}

test("the table", () => {
  const whole = [...verdicts.values()].every((row) => row.size === SCENARIOS.length);
  // Only some rows were asked for.
  if (!whole) return;
  golden(join(GOLDEN, "table.txt"), tableOf(SCENARIOS, verdicts));
});

afterAll(() => console.log(tableOf(SCENARIOS, verdicts)));
