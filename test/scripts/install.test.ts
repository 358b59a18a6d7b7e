/** The installer, from a server of this machine: it installs what the sums name, and nothing else. */
import { beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SCRIPT = join(import.meta.dir, "../../scripts/install.sh");
const TARGETS = ["linux-x64", "linux-x64-baseline", "linux-x64-musl", "linux-arm64", "darwin-arm64", "darwin-x64"];

let release: string;

/** A program in the place of the real one, which is large: the installer starts it just the same. */
function pack(folder: string, names: readonly string[], program: string): void {
  const inner = mkdtempSync(join(tmpdir(), "juscode-pack-"));
  writeFileSync(join(inner, "juscode-shim"), program);
  chmodSync(join(inner, "juscode-shim"), 0o755);
  mkdirSync(folder, { recursive: true });
  const sums = names.map((name) => {
    const archive = join(folder, `juscode-shim-${name}.tar.gz`);
    Bun.spawnSync(["tar", "-czf", archive, "-C", inner, "juscode-shim"]);
    return `${createHash("sha256").update(readFileSync(archive)).digest("hex")}  juscode-shim-${name}.tar.gz\n`;
  });
  writeFileSync(join(folder, "SHA256SUMS"), sums.join(""));
}

beforeAll(() => {
  release = mkdtempSync(join(tmpdir(), "juscode-release-"));
  pack(join(release, "good"), TARGETS, "#!/bin/sh\necho juscode-shim 9.9.9\n");
  pack(join(release, "foreign"), TARGETS, "\u0000\u0001 for no machine");
  pack(join(release, "few"), ["windows-x64"], "x");
  pack(join(release, "changed"), TARGETS, "#!/bin/sh\necho juscode-shim 9.9.9\n");
  for (const name of TARGETS)
    writeFileSync(join(release, "changed", `juscode-shim-${name}.tar.gz`), "something else that came on the way");
});

interface Installed {
  code: number;
  text: string;
  /** Path of the program. */
  program: string;
}

async function install(from: string, args: string[] = [], script = readFileSync(SCRIPT, "utf8")): Promise<Installed> {
  await using server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: ({ url }) => {
      const file = Bun.file(join(release, new URL(url).pathname));
      return existsSync(file.name ?? "") ? new Response(file) : new Response("no", { status: 404 });
    },
  });
  const home = mkdtempSync(join(tmpdir(), "juscode-home-"));
  // As it is run from the network: the script comes by a pipe.
  const ran = Bun.spawn(["sh", "-s", "--", "--from", `http://127.0.0.1:${server.port}/${from}`, ...args], {
    stdin: new Blob([script]),
    stdout: "pipe",
    stderr: "pipe",
    env: { PATH: process.env["PATH"] ?? "", HOME: home },
  });
  const [out, err, code] = await Promise.all([
    new Response(ran.stdout).text(),
    new Response(ran.stderr).text(),
    ran.exited,
  ]);
  return { code, text: out + err, program: join(home, ".local/bin/juscode-shim") };
}

describe("install.sh", () => {
  test("puts the right program into its place", async () => {
    const { code, text, program } = await install("good");
    expect(text).toContain("juscode-shim 9.9.9 is installed as");
    expect(text).toContain("is not on your PATH");
    expect(code).toBe(0);
    expect(Bun.spawnSync([program]).stdout.toString()).toBe("juscode-shim 9.9.9\n");
  });

  test("installs nothing that the sums do not name", async () => {
    const { code, text, program } = await install("changed");
    expect(text).toContain("is not what it should be");
    expect(code).toBe(1);
    expect(existsSync(program)).toBe(false);
  });

  test("installs nothing that does not run here", async () => {
    const { code, text, program } = await install("foreign");
    expect(text).toContain("it does not run on this machine");
    expect(code).toBe(1);
    expect(existsSync(program)).toBe(false);
  });

  test("says what a release has, where it has nothing for this machine", async () => {
    const { code, text } = await install("few");
    expect(text).toContain("it has: windows-x64");
    expect(code).toBe(1);
  });

  test("says what cannot be loaded, and which option is wrong", async () => {
    expect((await install("nowhere")).text).toContain("SHA256SUMS cannot be loaded");
    expect(await install("good", ["--nonsense"])).toMatchObject({ code: 1 });
  });

  test("a script that arrived cut off does nothing", async () => {
    const whole = readFileSync(SCRIPT, "utf8");
    for (const part of [0.3, 0.6, 0.9]) {
      const { program, text } = await install("good", [], whole.slice(0, Math.floor(whole.length * part)));
      expect(text).not.toContain("installed");
      expect(existsSync(program)).toBe(false);
    }
  });

  test("installs what release.ts has made, and that is this version", async () => {
    const target = `linux-${process.arch}`;
    const root = join(import.meta.dir, "../..");
    const made = Bun.spawnSync(
      [process.execPath, "scripts/release.ts", "--only", target, "--out", join(release, "real")],
      { cwd: root, stdout: "pipe", stderr: "pipe" },
    );
    expect(made.stderr.toString()).toBe("");
    const { text, code, program } = await install("real", ["--target", target]);
    expect([code, text]).toEqual([0, expect.stringContaining("is installed as")]);
    const { version } = (await Bun.file(join(root, "package.json")).json()) as { version: string };
    expect(Bun.spawnSync([program, "--version"]).stdout.toString()).toStartWith(`juscode-shim ${version}`);
  });
});
