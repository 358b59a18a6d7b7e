/** Completions, by the shell itself. */
import { expect, test } from "bun:test";
import { completions } from "../../src/cli/completions.ts";

const TABLE = { serve: ["config", "listen"], doctor: ["live", "long"], check: ["json"] };

function offered(...words: string[]): string[] {
  const list = words.map((word) => `'${word}'`).join(" ");
  const script = `${completions("bash", TABLE)}COMP_WORDS=(juscode-shim ${list}); COMP_CWORD=${words.length}; _juscode_shim; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const ran = Bun.spawnSync(["bash", "-c", script], { stdout: "pipe", stderr: "pipe" });
  expect(ran.stderr.toString()).toBe("");
  return ran.stdout.toString().trim().split("\n");
}

test("bash: commands first, and then the command's own options", () => {
  expect(offered("")).toEqual(["serve", "doctor", "check", "help", "version"]);
  expect(offered("do")).toEqual(["doctor"]);
  expect(offered("doctor", "--l")).toEqual(["--live", "--long"]);
  expect(offered("--li")).toEqual(["--listen"]);
  // Files are the shell's own business.
  expect(offered("doctor", "--live", "x")).toEqual([""]);
});

test("the other shells get all of it too; an unknown one is told which there are", () => {
  expect(completions("fish", TABLE)).toContain("-n '__fish_seen_subcommand_from doctor' -l live");
  expect(completions("zsh", TABLE)).toStartWith("autoload -U +X bashcompinit");
  expect(() => completions("tcsh", TABLE)).toThrow("bash, zsh, fish");
});
