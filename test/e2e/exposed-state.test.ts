/** Keys and state that others could change keep the server from starting, and doctor names them. */
import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describeWith } from "../support/needs.ts";
import { runShim } from "../support/run-shim.ts";
import { Shim } from "../support/shim.ts";

setDefaultTimeout(60_000);

const ROOT = process.getuid?.() === 0;
const OTHER = 12_345;

let dir: string;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), "juscode-exposed-"))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const at = (name: string): string => join(dir, name);
const STATE = "way/juscode-shim";
const env = (): Record<string, string> => ({ HOME: dir, XDG_STATE_HOME: at("way") });

/** A state folder as the program makes it, with keys in it. */
async function makeState(): Promise<void> {
  mkdirSync(at("way"), { mode: 0o755 });
  await runShim(["key", "add", "a"], env());
  for (const name of ["costs.sqlite", "turns.jsonl"]) writeFileSync(at(`${STATE}/${name}`), "", { mode: 0o600 });
}

const cases: [what: string, path: string, change: (path: string) => void, cure: string][] = [
  ["keys.json that everybody may write", `${STATE}/keys.json`, (path) => chmodSync(path, 0o666), "chmod 600"],
  ["a state folder that everybody may write", STATE, (path) => chmodSync(path, 0o777), "chmod 700"],
  ["a sticky one", STATE, (path) => chmodSync(path, 0o1777), "chmod 700"],
  ["a folder on the way", "way", (path) => chmodSync(path, 0o777), "chmod go-w"],
  ["a file in it", `${STATE}/costs.sqlite`, (path) => chmodSync(path, 0o666), "chmod 600"],
];
const asRoot: typeof cases = [
  ["keys.json of somebody else", `${STATE}/keys.json`, (path) => chownSync(path, OTHER, OTHER), "chown 0"],
  ["a state folder of somebody else", STATE, (path) => chownSync(path, OTHER, OTHER), "chown 0"],
  [
    "a folder of somebody else on the way",
    "way",
    (path) => chownSync(path, OTHER, OTHER),
    "run juscode-shim as that user",
  ],
  [
    "keys.json that a group may write",
    `${STATE}/keys.json`,
    (path) => {
      chownSync(path, 0, OTHER);
      chmodSync(path, 0o660);
    },
    "chmod 600",
  ],
];

describeWith("shim")("what others could change", () => {
  test.each([...cases, ...(ROOT ? asRoot : [])])("%s", async (_, path, change, cure) => {
    await makeState();
    change(at(path));
    const { code, output } = await runShim(["serve", "--no-discover", "--listen", "127.0.0.1:0"], env());
    expect(output).toContain(`${at(path)} `);
    const fix = cure.startsWith("run") ? cure : `${cure} ${at(path)}`;
    expect(output).toContain(`fix: ${fix}`);
    expect(output).not.toContain("listens on");
    expect(code).toBe(2);
    const doctor = await runShim(["doctor", "--no-discover"], env());
    expect(doctor.output).toMatch(/PROBLEM +(?:keys|state folder) /);
    expect(doctor.output).toContain(`fix: ${fix}`);
    expect(doctor.code).toBe(1);
    // The cure cures, but for a file that belongs in nobody's hands.
    if (cure.startsWith("chmod")) Bun.spawnSync(["chmod", ...cure.split(" ").slice(1), at(path)]);
    else chownSync(at(path), 0, 0);
    await using shim = await Shim.start({ args: ["--no-discover"], env: env() });
    expect(shim.port).toBeGreaterThan(0);
  });

  test("a keys_file and a store elsewhere are looked at, too", async () => {
    mkdirSync(at("open"));
    chmodSync(at("open"), 0o777);
    for (const text of [
      `[server]\nkeys_file = "${at("open/keys.json")}"\n`,
      `[store]\nurl = "sqlite:${at("open/responses.sqlite")}"\n`,
    ]) {
      writeFileSync(at("config.toml"), text);
      writeFileSync(at("open/responses.sqlite"), "");
      const args = ["serve", "--config", at("config.toml"), "--no-discover", "--listen", "127.0.0.1:0"];
      const { code, output } = await runShim(args, env());
      expect(output).toContain(`${at("open")} can be written to by others (mode 777)`);
      expect(code).toBe(2);
    }
  });

  test("what is only read by others, links, and folders that are not there yet keep nobody from starting", async () => {
    await makeState();
    chmodSync(at(`${STATE}/keys.json`), 0o644);
    chmodSync(at(STATE), 0o755);
    symlinkSync(at("way"), at("link"));
    for (const folder of ["link", "new/deep"]) {
      await using shim = await Shim.start({ args: ["--no-discover"], env: { HOME: dir, XDG_STATE_HOME: at(folder) } });
      expect(shim.port).toBeGreaterThan(0);
    }
  });
});
