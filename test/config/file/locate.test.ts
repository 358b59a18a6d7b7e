/** Which config file counts. */
import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { locateConfig, newConfig } from "../../../src/config/file/locate.ts";

const BESIDE = "/opt/shim/juscode-shim.toml";
const XDG = "/xdg/juscode-shim/config.toml";
const HOME = "/home/u/.config/juscode-shim/config.toml";
const ETC = "/etc/juscode-shim/config.toml";

const places = (there: string[], env: Record<string, string> = {}, flag?: string) => ({
  flag,
  env,
  home: "/home/u",
  executable_dir: "/opt/shim",
  exists: (path: string) => there.includes(path),
});

describe("the config file", () => {
  const all = [BESIDE, XDG, HOME, ETC];
  const CASES: Record<
    string,
    [found: string | undefined, there: string[], env?: Record<string, string>, flag?: string]
  > = {
    "is the one of --config": ["p.toml", all, { JUSCODE_SHIM_CONFIG: "/e.toml" }, "p.toml"],
    "is the one of --config, though it is not there": ["p.toml", [], {}, "p.toml"],
    "is that of the environment": ["/e.toml", all, { JUSCODE_SHIM_CONFIG: "/e.toml" }],
    "is not that of an empty variable": [BESIDE, all, { JUSCODE_SHIM_CONFIG: "" }],
    "is that beside the executable": [BESIDE, all, { XDG_CONFIG_HOME: "/xdg" }],
    "is that of the XDG folder": [XDG, [XDG, HOME, ETC], { XDG_CONFIG_HOME: "/xdg" }],
    "is that of ~/.config": [HOME, [XDG, HOME, ETC]],
    "is that of /etc": [ETC, [ETC], { XDG_CONFIG_HOME: "/xdg" }],
    "is none": [undefined, []],
    "is not that of an XDG folder that depends on the working directory": [HOME, [HOME], { XDG_CONFIG_HOME: "." }],
  };
  for (const [what, [found, there, env, flag]] of Object.entries(CASES))
    test(what, () => expect(locateConfig(places(there, env, flag))).toBe(found));

  test("is not looked for beside a runtime", () => {
    expect(locateConfig({ ...places([BESIDE, ETC]), executable_dir: undefined })).toBe(ETC);
  });

  test("is never one of the working directory", () => {
    const asked: string[] = [];
    locateConfig({ ...places([]), exists: (path) => (asked.push(path), false) });
    expect(asked).toEqual([BESIDE, HOME, ETC]);

    const dir = mkdtempSync(join(tmpdir(), "juscode-cwd-"));
    for (const name of ["juscode-shim.toml", "config.toml"]) writeFileSync(join(dir, name), "not toml at all");
    const module = join(import.meta.dirname, "../../../src/config/file/locate.ts");
    const code = `import { findConfig } from ${JSON.stringify(module)}; console.log(String(findConfig()))`;
    const done = Bun.spawnSync([process.execPath, "-e", code], { cwd: dir, env: { HOME: join(dir, "no-home") } });
    rmSync(dir, { recursive: true });
    expect(done.stdout.toString().trim()).not.toContain(dir);
    expect(done.exitCode).toBe(0);
  });

  test("is written for this user, or where it is wanted", () => {
    expect(newConfig(places(all))).toBe(HOME);
    expect(newConfig(places(all, { XDG_CONFIG_HOME: "/xdg" }))).toBe(XDG);
    expect(newConfig(places(all, {}, "p.toml"))).toBe("p.toml");
  });
});
