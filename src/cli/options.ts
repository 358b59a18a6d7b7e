/** Reads the command line. Every error names the argument, what is wrong with it, and what to write instead. */
import { parseArgs } from "node:util";
import { choicesText, nearest } from "../config/file/nearest.ts";
import { COMMAND_NAMES, COMMANDS, isCommand, optionsOf, SERVICE_ACTIONS, type CommandName } from "./commands.ts";
import { FLAGS, type Flag, type FlagRow, type FlagValues } from "./flags.ts";
import { readKeyOptions } from "./key/options.ts";
import { readServe } from "./serve-flags.ts";
import { readLaunch, readSetup } from "./setup/options.ts";
import { refuseExtra, UsageError } from "./usage-error.ts";

/** A command with its checked options. */
export type Command = ReturnType<typeof readCommand>;

type OptionsOf<Name extends CommandName> = Extract<Command, { name: Name; options: unknown }>["options"];
export type CheckOptions = OptionsOf<"check">;
export type InitOptions = OptionsOf<"init">;
export type ExplainOptions = OptionsOf<"explain">;
export type CostsOptions = OptionsOf<"costs">;
export type LastOptions = OptionsOf<"last">;
export type DoctorOptions = OptionsOf<"doctor">;
export type ServiceOptions = OptionsOf<"service">;

export function readCommand(args: readonly string[], env: Record<string, string | undefined>) {
  const { positionals, ...parsed } = parse(args);
  const [word = "serve", ...rest] = positionals;
  const helpOf = (of: string | undefined) => {
    return { name: "help" as const, of: of === undefined ? undefined : commandOf(of) };
  };
  if (word === "help") {
    refuseExtra(rest[1]);
    return helpOf(rest[0] === "help" ? undefined : rest[0]);
  }
  if (parsed.values["help"]) return helpOf(positionals[0]);
  if (parsed.values["version"] || word === "version") return { name: "version" as const };
  const name = commandOf(word);
  const { words } = COMMANDS[name];
  if (words !== "any") refuseExtra(rest[words]);
  const values = checked(name, parsed.values);
  const { config, json = false } = values;
  switch (name) {
    case "check":
      return { name, options: { config, json, json_schema: values["json-schema"] === true } };
    case "init": {
      const { stdout = false, force = false } = values;
      return { name, options: { config, stdout, force } };
    }
    case "serve":
      return { name, flags: readServe(values, env) };
    case "explain": {
      const { route = "jusCode-auto" } = values;
      // Standard input where no file is named.
      return { name, options: { route, file: rest[0] ?? "-", json }, flags: readServe(values, env) };
    }
    case "key":
      return { name, options: readKeyOptions(rest, values), config };
    case "last":
      return { name, options: { count: readCount(rest[0]), all: values.all === true, json } };
    case "replay":
      if (rest[0] === undefined) throw new UsageError("`replay` needs the file of a transcript (see --record)");
      return { name, file: rest[0] };
    case "costs": {
      const { days = 30, by = "day", reference, request } = values;
      return { name, options: { days, by, reference, request, json }, config };
    }
    case "doctor": {
      const { live = false, long = false, model: models = [] } = values;
      return { name, options: { json, live, long, models }, flags: readServe(values, env) };
    }
    case "setup":
      return { name, options: readSetup(values, rest), flags: readServe(values, env) };
    case "launch":
      return { name, options: readLaunch(values, rest), flags: readServe(values, env) };
    case "service":
      return { name, options: readService(rest[0], values) };
    case "completions":
      return { name, shell: rest[0] ?? "" };
  }
}

function readCount(word = "5"): number {
  if (/^[1-9]\d{0,3}$/.test(word)) return Number(word);
  throw new UsageError(`\`last ${word}\`: the number of turns must be from 1 to 9999`);
}

function readService(word = "", { user, system, config }: FlagValues) {
  const action = SERVICE_ACTIONS.find((each) => each === word);
  if (!action) throw new UsageError(`unknown action \`service ${word}\`; ${choicesText(word, SERVICE_ACTIONS)}`);
  if (user && system) throw new UsageError("--user and --system exclude each other");
  // Undefined: the system's for root, the user's own for everybody else.
  const scope = user ? ("user" as const) : system ? ("system" as const) : undefined;
  return { action, scope, config };
}

function commandOf(word: string): CommandName {
  if (isCommand(word)) return word;
  throw new UsageError(`unknown command \`${word}\`; ${choicesText(word, [...COMMAND_NAMES, "help", "version"])}`);
}

type RawValues = Record<string, string | boolean | (string | boolean)[] | undefined>;

function parse(args: readonly string[]): { values: RawValues; positionals: string[] } {
  const config = { args: [...args], options: FLAGS, allowPositionals: true };
  try {
    return parseArgs(config);
  } catch (error) {
    // Even so the command is known.
    const [word = ""] = parseArgs({ ...config, strict: false }).positionals;
    throw new UsageError(parseProblem(error as Error & { code?: string }, isCommand(word) ? word : "serve"));
  }
}

function parseProblem({ message, code }: Error & { code?: string }, name: CommandName): string {
  if (code === "ERR_PARSE_ARGS_INVALID_OPTION_VALUE") {
    const flag = /--[\w-]+/.exec(message)?.[0];
    return message.includes("does not take") ? `${flag} takes no value` : `${flag} needs a value`;
  }
  const flag = /'(--?[^' =]+)/.exec(message)?.[1];
  if (code !== "ERR_PARSE_ARGS_UNKNOWN_OPTION" || flag === undefined) return message;
  return `unknown option \`${flag}\`; ${nearestOption(flag.replace(/^-+/, ""), name)}`;
}

/** The option of this command that was meant, else one of another command; and where all of them are listed. */
function nearestOption(flag: string, name: CommandName): string {
  const near = nearest(flag, [...optionsOf(name).keys()]) ?? nearest(flag, Object.keys(FLAGS));
  const help = `juscode-shim ${name === "serve" ? "" : `${name} `}--help`;
  return near === undefined || near === flag ? `see ${help}` : `did you mean --${near}? See ${help}`;
}

/** The options, if the command takes all of them, with values as the table has them. */
function checked(name: CommandName, values: RawValues): FlagValues {
  const own = optionsOf(name);
  const result: Record<string, unknown> = {};
  for (const [flag, value] of Object.entries(values) as [Flag, RawValues[string]][]) {
    if (value === "") throw new UsageError(`--${flag} is empty; is it a shell variable that is not set?`);
    if (!own.has(flag)) throw new UsageError(`--${flag} is not an option of \`${name}\`; ${nearestOption(flag, name)}`);
    result[flag] = typeof value === "string" ? checkedValue(flag, value) : value;
  }
  return result as FlagValues;
}

function checkedValue(flag: Flag, text: string): string | number {
  const { words, number }: FlagRow = FLAGS[flag];
  if (words && !words.includes(text)) throw new UsageError(`--${flag} ${text} must be one of ${words.join(", ")}`);
  if (!number) return text;
  const { from, to, of } = number;
  const value = Number(text);
  if (Number.isInteger(value) && value >= from && value <= to) return value;
  throw new UsageError(`--${flag} ${text} must be a whole number ${of ? `of ${of} ` : ""}from ${from} to ${to}`);
}
