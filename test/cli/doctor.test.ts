/** What doctor says of the shim itself, through the command's own function. */
import { expect, test } from "bun:test";
import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { doctor, examine, type DoctorContext, type DoctorReport } from "../../src/cli/doctor/doctor.ts";
import { readServe } from "../../src/cli/serve-flags.ts";
import type { Finding } from "../../src/server/doctor/finding.ts";
import { INSTANCE, serving } from "../server/serving.ts";

const OPTIONS = { json: false, live: false, long: false, models: [] };

const scratch = (): string => mkdtempSync(join(tmpdir(), "juscode-doctor-"));

function configured(text: string, mode = 0o600): string {
  const file = join(scratch(), "config.toml");
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

const context = (state = scratch()): DoctorContext => ({
  report: () => {},
  machine: { env: { STATE_DIRECTORY: state }, platform: "linux", home: state },
});

const QUIET = '[server]\nlisten = "127.0.0.1:0"\ndiscover = false\n';

async function own(config: string, more: DoctorContext = context()): Promise<DoctorReport> {
  return examine(OPTIONS, readServe({ config }, {}), more);
}

const about = ({ findings }: DoctorReport, what: string): Finding[] => findings.filter((each) => each.what === what);

test("a sound install: version, config, folder, port and the whole loop by the demo", async () => {
  const report = await own(configured(QUIET));
  for (const what of ["version", "config", "state folder", "port", "self-test"])
    expect(about(report, what).map(({ verdict }) => verdict)).toEqual(["ok"]);
  // There is nobody to ask.
  expect(about(report, "upstreams")[0]?.verdict).toBe("problem");
  expect(report.ok).toBe(false);
});

test("a config that is not right is told with every problem, and nobody is asked", async () => {
  const report = await own(configured('[model_providers.a]\nbase_url = "nonsense"\n[serve]\nport = 1\n'));
  const problems = about(report, "config");
  expect(problems.length).toBe(2);
  for (const { verdict, fix } of problems) expect([verdict, fix === undefined]).toEqual(["problem", false]);
  expect(about(report, "upstreams")).toEqual([]);
});

test("a key that others may read", async () => {
  const text = `[model_providers.a]\nbase_url = "http://127.0.0.1:1/v1"\nwire_api = "chat"\nexperimental_bearer_token = "sk-planted"\n${QUIET}`;
  const open = await own(configured(text, 0o644));
  const found = about(open, "config").find(({ verdict, found }) => verdict === "warning" && found.includes("644"));
  expect(found?.fix).toContain("chmod 600");
  const closed = await own(configured(text, 0o600));
  expect(about(closed, "config").some(({ found }) => found.includes("others may read it"))).toBe(false);
  expect(JSON.stringify([open, closed])).not.toContain("sk-planted");
});

test("a state folder that cannot be written", async () => {
  const file = join(scratch(), "a-file");
  writeFileSync(file, "");
  chmodSync(file, 0o400);
  const report = await own(configured(QUIET), context(join(file, "state")));
  expect(about(report, "state folder")[0]).toMatchObject({ verdict: "warning" });
});

test("the store of the machine that is looked at, and not of the one that looks", async () => {
  const state = scratch();
  writeFileSync(join(state, "responses.sqlite"), "no database at all".repeat(100));
  const [store] = about(await own(configured(QUIET), context(state)), "store");
  expect(store).toMatchObject({ verdict: "problem" });
  expect(store?.fix).toContain(join(state, "responses.sqlite"));
  const empty = scratch();
  expect(about(await own(configured(QUIET), context(empty)), "store")[0]?.found).toContain(empty);
});

test("whoever has the port", async () => {
  const listening = (port: number | undefined): string =>
    configured(`[server]\nlisten = "127.0.0.1:${port}"\ndiscover = false\n`);
  await using shim = await serving(async () => []);
  const ours = await own(listening(Number(new URL(shim.origin).port)));
  expect(about(ours, "port")[0]).toMatchObject({ verdict: "ok" });
  expect(about(ours, "port")[0]?.found).toContain("juscode-shim 0.0.0-test runs");
  expect(about(ours, "version").at(-1)).toMatchObject({ verdict: "warning", fix: "restart it" });
  expect(INSTANCE).not.toBe("");

  await using other = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("hello") });
  const theirs = await own(listening(other.port));
  expect(about(theirs, "port")[0]).toMatchObject({ verdict: "problem" });

  using silent = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => {} } });
  const taken = await own(listening(silent.port));
  expect(about(taken, "port")[0]?.found).toContain("another program has it");
});

test("the text, the JSON and the exit code are of one mind; what agents tell is told", async () => {
  const config = configured(QUIET);
  const agents = (): Finding[] => [
    { subject: "codex", what: "wire_api", verdict: "problem", found: "chat", why: "it is gone", fix: "setup codex" },
  ];
  const flags = readServe({ config }, {});
  const shown = await doctor(OPTIONS, flags, { ...context(), agents });
  expect(shown.code).toBe(1);
  expect(shown.text).toContain("codex\n  PROBLEM  wire_api");
  expect(shown.text).toContain("why: it is gone\n");
  const json = JSON.parse(
    (await doctor({ ...OPTIONS, json: true }, flags, { ...context(), agents })).text,
  ) as DoctorReport;
  expect(json.ok).toBe(false);
  expect(json.findings.at(-1)).toEqual(agents()[0] as Finding);
});
