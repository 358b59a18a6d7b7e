/** Help for all commands and for one, made from the tables of commands and options. */
import { COMMAND_NAMES, COMMANDS, optionsOf, type CommandName, type CommandRow } from "./commands.ts";
import { FLAGS, type Flag, type FlagRow } from "./flags.ts";

export function helpText(name?: CommandName): string {
  return `${(name === undefined ? ofAll() : ofCommand(name)).join("\n")}\n`;
}

function ofAll(): string[] {
  return [
    "juscode-shim lets coding agents use any model provider.",
    "",
    "Usage",
    ...COMMAND_NAMES.flatMap(usageOf),
    ...beside("  juscode-shim COMMAND --help", "all options of a command", USAGE_WIDTH),
    "",
    ...moreOf(COMMANDS.serve),
    "Options of serve",
    ...[...optionsOf("serve")].flatMap(([flag, purpose]) => optionLines(flag, purpose)),
  ];
}

function ofCommand(name: CommandName): string[] {
  const row: CommandRow = COMMANDS[name];
  const own = new Set([...row.flags, "help", "version"]);
  const options = [...optionsOf(name)];
  const lines = (which: typeof options): string[] => which.flatMap(([flag, purpose]) => optionLines(flag, purpose));
  const of_serve = options.filter(([flag]) => !own.has(flag));
  return [
    "Usage",
    ...usageOf(name),
    "",
    ...moreOf(row),
    "Options",
    ...lines(options.filter(([flag]) => own.has(flag))),
    ...(of_serve.length === 0 ? [] : ["", "Options of serve that also apply", ...lines(of_serve)]),
  ];
}

/** What stands in the left column before the text beside it begins. */
const USAGE_WIDTH = 55;
const OPTION_WIDTH = 31;
const LINE_WIDTH = 120;

const moreOf = ({ more }: CommandRow): string[] => (more === undefined ? [] : [more, ""]);

function usageOf(name: CommandName): string[] {
  const { usage }: CommandRow = COMMANDS[name];
  return usage.flatMap(([form, what = ""]) => beside(form === "" ? "" : `  juscode-shim ${form}`, what, USAGE_WIDTH));
}

function optionLines(flag: Flag, purpose: string | undefined): string[] {
  const { short, value, help }: FlagRow = FLAGS[flag];
  const dashed = `${short === undefined ? "    " : `-${short}, `}--${flag}`;
  return beside(`  ${dashed}${value === undefined ? "" : ` ${value}`}`, purpose ?? help, OPTION_WIDTH);
}

/** A text beside what it is about, broken into lines; below it where that leaves no place. */
function beside(left: string, text: string, width: number): string[] {
  if (text === "") return [left];
  const lines = [left.length + 2 > width ? left : left.padEnd(width)];
  if (left.length + 2 > width) lines.push(" ".repeat(width));
  for (const word of text.split(" ")) {
    const line = lines.at(-1) ?? "";
    const fits = line.length + 1 + word.length <= LINE_WIDTH;
    if (line.length === width) lines[lines.length - 1] = line + word;
    else if (fits) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(" ".repeat(width) + word);
  }
  return lines;
}
