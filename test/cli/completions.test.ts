/** Completions, by the shell itself. */
import { expect, test } from "bun:test";
import { COMMAND_NAMES, optionsOf } from "../../src/cli/commands.ts";
import { completions } from "../../src/cli/completions.ts";
import { FLAGS, type FlagRow } from "../../src/cli/flags.ts";

const BASH = completions("bash");

/** What bash offers for each of these lines. */
function offered(...lines: string[][]): string[][] {
  const asked = lines.map((words) => {
    const list = words.map((word) => `'${word}'`).join(" ");
    return `COMP_WORDS=(juscode-shim ${list}); COMP_CWORD=${words.length}; _juscode_shim; echo "\${COMPREPLY[*]}"\n`;
  });
  const ran = Bun.spawnSync(["bash", "-c", BASH + asked.join("")], { stdout: "pipe", stderr: "pipe" });
  expect(ran.stderr.toString()).toBe("");
  const answers = ran.stdout.toString().split("\n").slice(0, -1);
  return answers.map((answer) => answer.split(" ").filter((word) => word !== ""));
}

test("bash: commands first, and then the command's own options", () => {
  const lines = [[""], ["do"], ["doctor", "--l"], ["--li"], ["doctor", "--live", "x"]];
  const [all, started, options, ofServe, files] = offered(...lines);
  expect(all).toEqual([...COMMAND_NAMES, "help", "version"]);
  expect(started).toEqual(["doctor"]);
  expect(options?.toSorted()).toEqual(["--listen", "--live", "--long"]);
  expect(ofServe).toEqual(["--listen"]);
  // Files are the shell's own business.
  expect(files).toEqual([]);
});

test("bash: words of a command and values of an option", () => {
  const lines = [
    ["service", ""],
    ["setup", "c"],
    ["help", "ch"],
    ["--wire", ""],
    ["serve", "-p", "oll"],
    ["-c", ""],
  ];
  expect(offered(...lines)).toEqual([
    ["install", "uninstall", "print"],
    ["codex", "claude-code", "cline"],
    ["check"],
    ["responses", "chat", "messages"],
    ["ollama"],
    [],
  ]);
});

test("every option of every command is offered by bash and, with what it does, by fish", () => {
  const bash = offered(...COMMAND_NAMES.map((name) => [name, "--"]));
  const fish = completions("fish").split("\n");
  for (const [index, name] of COMMAND_NAMES.entries()) {
    const options = optionsOf(name);
    expect(bash[index]?.toSorted()).toEqual(Array.from(options.keys(), (flag) => `--${flag}`).toSorted());
    for (const [flag, says] of options) {
      const { help }: FlagRow = FLAGS[flag];
      const text = (says ?? help).replaceAll("'", "\\'");
      const line = fish.find((each) => each.includes(`seen_subcommand_from ${name}'`) && each.includes(` -l ${flag} `));
      expect(line).toEndWith(` -d '${text}'`);
    }
  }
});

test("zsh gets all of it too; an unknown shell is an error that names those", () => {
  expect(completions("zsh")).toBe(`autoload -U +X bashcompinit && bashcompinit\n${BASH}`);
  expect(() => completions("tcsh")).toThrow("`tcsh`; use one of: bash, zsh, fish");
});
