/** The config file changes while it is in use: real files, changed in the ways that editors and orchestrators do. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { watchConfig, type ConfigWatch } from "../../../src/cli/reload.ts";
import type { ConfigFile } from "../../../src/config/file/config-file.ts";
import { loadConfig } from "../../../src/config/file/load.ts";
import type { Problem } from "../../../src/config/file/problem.ts";
import { until as comeTrue } from "../../support/patience.ts";

const INTERVAL_MS = 15;
const withHold = (ms: number): string => `[server]\nhold_ms = ${ms}\n`;

let dir: string;
let file: string;
let watch: ConfigWatch | undefined;
let seen: (number | string)[];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "juscode-reload-"));
  file = join(dir, "config.toml");
  seen = [];
});
afterEach(() => {
  watch?.close();
  rmSync(dir, { recursive: true });
});

/** Begins to follow a file that holds what it holds. */
function follow(path = file, reads: readonly string[] = []): ConfigWatch {
  const onChange = ({ server, providers }: ConfigFile): void =>
    void seen.push(providers[0]?.record.api_key ?? server.hold_ms ?? "nothing");
  const onProblem = ([problem]: readonly Problem[]): void => void seen.push(problem?.message ?? "");
  watch = watchConfig(path, onChange, onProblem, { interval_ms: INTERVAL_MS, reads });
  return watch;
}

async function until(count: number): Promise<void> {
  await comeTrue(`${count} changes are seen`, () => seen.length >= count);
  // What should not come has had its chance.
  await Bun.sleep(4 * INTERVAL_MS);
}

test("a file that is written anew is read, once", async () => {
  writeFileSync(file, withHold(1));
  follow();
  await until(0);
  expect(seen).toEqual([]);
  writeFileSync(file, withHold(2));
  await until(1);
  expect(seen).toEqual([2]);
});

test("a file that is replaced, as editors do", async () => {
  writeFileSync(file, withHold(1));
  follow();
  for (const ms of [2, 3]) {
    writeFileSync(`${file}.swp`, withHold(ms));
    renameSync(`${file}.swp`, file);
    await until(ms - 1);
  }
  expect(seen).toEqual([2, 3]);
});

test("a link behind the link that is replaced, as Kubernetes does", async () => {
  for (const ms of [1, 2]) {
    mkdirSync(join(dir, `v${ms}`));
    writeFileSync(join(dir, `v${ms}`, "config.toml"), withHold(ms));
  }
  symlinkSync("v1", join(dir, "..data"));
  symlinkSync(join("..data", "config.toml"), file);
  follow();
  symlinkSync("v2", join(dir, "..new"));
  renameSync(join(dir, "..new"), join(dir, "..data"));
  await until(1);
  expect(seen).toEqual([2]);
});

test("a broken edit is told once, and the next good one counts", async () => {
  writeFileSync(file, withHold(1));
  follow();
  writeFileSync(file, "[server]\nlisen = 1\n");
  await until(1);
  expect(seen).toEqual(["unknown key"]);
  writeFileSync(file, withHold(2));
  await until(2);
  expect(seen).toEqual(["unknown key", 2]);
});

test("a file that goes is told, and its return counts", async () => {
  writeFileSync(file, withHold(1));
  follow();
  unlinkSync(file);
  await until(1);
  writeFileSync(file, withHold(2));
  await until(2);
  expect(seen).toEqual(["there is no such file", 2]);
});

test("a key in a file of its own that is replaced", async () => {
  const key = join(dir, "key");
  writeFileSync(key, "one");
  writeFileSync(file, `[model_providers.a]\nbase_url = "http://h/v1"\nwire_api = "chat"\napi_key_file = "key"\n`);
  const result = loadConfig(file);
  follow(file, "config" in result ? result.config.reads : []);
  writeFileSync(key, "second");
  await until(1);
  expect(seen).toEqual(["second"]);
});

test("a file that is still being written is waited for", async () => {
  writeFileSync(file, withHold(1));
  follow();
  for (let part = 1; part <= 12; part++) {
    writeFileSync(file, `${withHold(part)}${"# more\n".repeat(part)}`);
    await Bun.sleep(INTERVAL_MS / 3);
  }
  await until(1);
  expect(seen.at(-1)).toBe(12);
  expect(seen.length).toBeLessThan(4);
});

test("when told to, it is read though nothing changed; and nothing after the end", async () => {
  writeFileSync(file, withHold(1));
  const { reload, close } = follow();
  reload();
  expect(seen).toEqual([1]);
  close();
  writeFileSync(file, withHold(2));
  await until(1);
  expect(seen).toEqual([1]);
});
