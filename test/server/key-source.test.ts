/** Keys that a command prints or a file holds: run once for all, anew when one was refused, and never told. */
import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AuthCommand } from "../../src/config/file/config-file.ts";
import { keySource } from "../../src/server/upstreams/key-source.ts";
import { PATIENCE_MS } from "../support/patience.ts";

const command = (script: string, more: Partial<AuthCommand> = {}): AuthCommand => ({
  command: "sh",
  args: ["-c", script],
  timeout_ms: PATIENCE_MS,
  refresh_interval_ms: 0,
  cwd: ".",
  ...more,
});
const sourceOf = (auth: AuthCommand): NonNullable<ReturnType<typeof keySource>> => {
  const source = keySource({ kind: "command", command: auth.command }, auth);
  if (!source) throw new Error("no source");
  return source;
};

test("fifty who find the key refused share one run of the command", async () => {
  const folder = mkdtempSync(join(tmpdir(), "juscode-shim-key-"));
  const runs = join(folder, "runs");
  const source = sourceOf(command(`echo run >> ${runs}; echo key-$(wc -l < ${runs} | tr -d ' ')`));
  const first = await source();
  expect(first).toBe("key-1");
  const all = await Promise.all(Array.from({ length: 50 }, () => source(first)));
  expect(new Set(all)).toEqual(new Set(["key-2"]));
  // Late ones with the old key get the one that has replaced it.
  expect(await source(first)).toBe("key-2");
  expect(readFileSync(runs, "utf8").trim().split("\n")).toHaveLength(2);
  rmSync(folder, { recursive: true });
});

test.each([
  ["exit 3", "exit code 3"],
  ["echo sk-secret-key-123456 >&2; exit 1", "exit code 1"],
  ["true", "it printed no key"],
  ["echo two words", "it printed no key"],
  ["sleep 5", "it took longer than 50 ms"],
])("a command that fails is told without what it printed: %s", async (script, words) => {
  const limit = words.includes("50 ms") ? { timeout_ms: 50 } : {};
  const failure = (await sourceOf(command(script, limit))().catch((thrown: unknown) => thrown)) as Error;
  expect(failure.message).toContain(words);
  expect(failure.message).not.toContain("sk-secret");
});

test("a file is read anew, and one that is gone is told in words", async () => {
  const path = join(mkdtempSync(join(tmpdir(), "juscode-shim-key-")), "key");
  writeFileSync(path, " one\n");
  const source = keySource({ kind: "file", path }, undefined);
  expect(await source?.()).toBe("one");
  writeFileSync(path, "two");
  expect(await source?.()).toBe("two");
  rmSync(path);
  expect(source?.()).rejects.toThrow("cannot be read (ENOENT)");
});
