/** What the build promises: the executable knows its version, and what lies in the working directory does not run. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import pkg from "../package.json";
import { describeWith, pathOf } from "./support/needs.ts";
import { PATIENCE_MS } from "./support/patience.ts";

const MARK = "preload-ran";
/** Either complaint ends the run; the first comes while nothing gives the variable a value. */
const KEY_COMPLAINT = "PLANTED_KEY is not set";
const NEXT_COMPLAINT = "no client keys exist";
const ARGS = ["--upstream", "http://127.0.0.1:9/v1", "--upstream-key-env", "PLANTED_KEY", "--listen", "192.0.2.1:1"];

describeWith("shim")("the executable", () => {
  let dir: string;

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "juscode-cwd-"));
    writeFileSync(join(dir, ".env"), "PLANTED_KEY=stolen\n");
    writeFileSync(join(dir, "bunfig.toml"), 'preload = ["./preload.ts"]\n');
    writeFileSync(join(dir, "preload.ts"), `require("node:fs").writeFileSync("${MARK}", "");\n`);
  });

  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  function run(command: string[]): { code: number; text: string; preloaded: boolean } {
    rmSync(join(dir, MARK), { force: true });
    const done = Bun.spawnSync(command, { cwd: dir, env: { HOME: dir }, timeout: PATIENCE_MS });
    return {
      code: done.exitCode,
      text: done.stdout.toString() + done.stderr.toString(),
      preloaded: existsSync(join(dir, MARK)),
    };
  }

  test("tells the package's version and the commit", () => {
    const { code, text } = run([pathOf("shim"), "--version"]);
    expect(code).toBe(0);
    expect(text).toStartWith(`juscode-shim ${pkg.version}`);
    expect(text).toMatch(/^juscode-shim [\d.]+(?:\+[0-9a-f]{9})?\n$/);
  });

  test("reads no .env and no bunfig.toml in the working directory", () => {
    const { text, preloaded } = run([pathOf("shim"), ...ARGS]);
    expect(text).toContain(KEY_COMPLAINT);
    expect(preloaded).toBe(false);
  });

  test("which Bun itself would read", () => {
    const { text, preloaded } = run([process.execPath, resolve("src/main.ts"), ...ARGS]);
    expect(preloaded).toBe(true);
    expect(text).toContain(NEXT_COMPLAINT);
  });
});
