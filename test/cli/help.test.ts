/** Help, made of the tables: no command and no option is without it, and what is misspelt leads to it. */
import { describe, expect, test } from "bun:test";
import { COMMAND_NAMES, optionsOf } from "../../src/cli/commands.ts";
import { FLAGS, type Flag, type FlagRow } from "../../src/cli/flags.ts";
import { helpText } from "../../src/cli/help.ts";
import { readCommand } from "../../src/cli/options.ts";

const ALL = Object.keys(FLAGS) as Flag[];
/** As one line, so that line breaks within a sentence do not matter. */
const unwrapped = (text: string): string => text.replaceAll(/\s+/g, " ");
const problemOf = (...args: string[]): string => {
  try {
    readCommand(args, {});
  } catch (error) {
    return (error as Error).message;
  }
  return "";
};

describe.each(COMMAND_NAMES)("%s", (name) => {
  const options = optionsOf(name);

  test("has help, by --help, -h and the command help", () => {
    for (const args of [
      [name, "--help"],
      [name, "-h"],
      ["help", name],
    ])
      expect(readCommand(args, {})).toEqual({ name: "help", of: name });
    expect(helpText(name)).toStartWith("Usage\n  juscode-shim ");
  });

  test("its help has every option, with its value and what it does", () => {
    const help = unwrapped(helpText(name));
    for (const [flag, says] of options) {
      const { short, value, help: usual }: FlagRow = FLAGS[flag];
      const what = says ?? usual;
      expect(what.length).toBeGreaterThan(10);
      const left = `${short === undefined ? "" : `-${short}, `}--${flag}${value === undefined ? "" : ` ${value}`}`;
      expect(help).toContain(` ${left} ${unwrapped(what)}`);
    }
    const listed = Array.from(helpText(name).matchAll(/^  (?:-\w, |    )--([\w-]+)/gm), ([, flag]) => flag);
    expect(listed.toSorted()).toEqual([...options.keys()].toSorted());
  });

  test("an option that is misspelt is an error that names the nearest", () => {
    for (const flag of options.keys())
      expect(problemOf(name, `--${flag}x`)).toStartWith(`unknown option \`--${flag}x\`; did you mean --${flag}? See`);
  });

  test("an option of another command is an error that names the help", () => {
    for (const flag of ALL.filter((each) => !options.has(each))) {
      const { type, words, number }: FlagRow = FLAGS[flag];
      const given = type === "boolean" ? [`--${flag}`] : [`--${flag}`, words?.[0] ?? String(number?.from ?? "x")];
      const problem = problemOf(name, ...given);
      expect(problem).toStartWith(`--${flag} is not an option of \`${name}\`; `);
      expect(problem).toContain(`juscode-shim ${name === "serve" ? "" : `${name} `}--help`);
    }
  });

  test("misspelt, it is an error that names the nearest", () => {
    for (const args of [[`${name}x`], ["help", `${name}x`], [`${name}x`, "--help"]])
      expect(problemOf(...args)).toStartWith(`unknown command \`${name}x\`; did you mean ${name}? Use one of: `);
  });
});

test("every option belongs to a command, and its values are judged by the table", () => {
  const used = new Set(COMMAND_NAMES.flatMap((name) => [...optionsOf(name).keys()]));
  expect(ALL.filter((flag) => !used.has(flag))).toEqual([]);
  for (const flag of ALL) {
    const { words, number, value }: FlagRow = FLAGS[flag];
    const name = COMMAND_NAMES.find((each) => optionsOf(each).has(flag)) ?? "serve";
    if (words) expect(problemOf(name, `--${flag}`, "no-word")).toEndWith(`must be one of ${words.join(", ")}`);
    if (number)
      for (const text of ["x", String(number.from - 1), String(number.to + 1), "1.5"])
        expect(problemOf(name, `--${flag}`, text)).toEndWith(`from ${number.from} to ${number.to}`);
    expect(value !== undefined).toBe(FLAGS[flag].type === "string");
  }
});

test("the help of all lists every command, and how to get its options; no line is too long", () => {
  expect(readCommand(["help"], {})).toEqual({ name: "help", of: undefined });
  const help = helpText();
  for (const name of COMMAND_NAMES) expect(help).toMatch(new RegExp(`juscode-shim \\[?${name}\\b`));
  expect(help).toContain("juscode-shim COMMAND --help");
  for (const text of [help, ...COMMAND_NAMES.map(helpText)])
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(120);
});
