/** Reads the command line. Every error names the argument, what is wrong with it, and what to write instead. */
import { parseArgs } from "node:util";
import { choicesText, nearest } from "../config/file/nearest.ts";
import type { GroupBy } from "../server/costs/report.ts";
import { COMMAND_NAMES, COMMANDS, isCommand, optionsOf, SERVICE_ACTIONS, type CommandName } from "./commands.ts";
import { FLAGS, type Flag, type FlagRow, type FlagValues } from "./flags.ts";
import { readKeyOptions, type KeyOptions } from "./key/options.ts";
import { readServe, type ServeFlags } from "./serve-flags.ts";
import { readLaunch, readSetup, type LaunchOptions, type SetupOptions } from "./setup/options.ts";
import { refuseExtra, UsageError } from "./usage-error.ts";

export type Command =
  /** Of all commands, where none is named. */
  | { name: "help"; of: CommandName | undefined }
  | { name: "version" }
  | { name: "serve"; flags: ServeFlags }
  | { name: "check"; options: CheckOptions }
  | { name: "init"; options: InitOptions }
  | { name: "explain"; options: ExplainOptions; flags: ServeFlags }
  | { name: "costs"; options: CostsOptions; config: string | undefined }
  | { name: "key"; options: KeyOptions; config: string | undefined }
  | { name: "last"; options: LastOptions }
  | { name: "replay"; file: string }
  | { name: "doctor"; options: DoctorOptions; flags: ServeFlags }
  | { name: "service"; options: ServiceOptions }
  | { name: "completions"; shell: string }
  | { name: "setup"; options: SetupOptions; flags: ServeFlags }
  | { name: "launch"; options: LaunchOptions; flags: ServeFlags };

export interface CheckOptions {
  config: string | undefined;
  json: boolean;
  json_schema: boolean;
}

export interface InitOptions {
  config: string | undefined;
  stdout: boolean;
  force: boolean;
}

export interface ExplainOptions {
  route: string;
  /** File that holds the request; `-` for standard input. */
  file: string;
  json: boolean;
}

export interface CostsOptions {
  /** Today and the days before it. */
  days: number;
  by: GroupBy;
  /** A model to compare with; the config's when undefined. */
  reference: string | undefined;
  /** Id of one request, or its beginning. */
  request: string | undefined;
  json: boolean;
}

export interface LastOptions {
  count: number;
  /** Also the turns that succeeded. */
  all: boolean;
  json: boolean;
}

export interface DoctorOptions {
  json: boolean;
  /** Send requests to models. */
  live: boolean;
  /** Send a prompt as long as an agent's even where it costs money. */
  long: boolean;
  /** Models to test, by any name that a client may use; empty for a few of each upstream. */
  models: readonly string[];
}

export interface ServiceOptions {
  action: (typeof SERVICE_ACTIONS)[number];
  /** Undefined: the system's for root, the user's own for everybody else. */
  scope: "user" | "system" | undefined;
  config: string | undefined;
}

export function readCommand(args: readonly string[], env: Record<string, string | undefined>): Command {
  const { positionals, ...parsed } = parse(args);
  const [word = "serve", ...rest] = positionals;
  if (word === "help") {
    refuseExtra(rest[1]);
    return { name: "help", of: rest[0] === undefined || rest[0] === "help" ? undefined : commandOf(rest[0]) };
  }
  if (parsed.values["help"]) return { name: "help", of: positionals.length === 0 ? undefined : commandOf(word) };
  if (parsed.values["version"] || word === "version") return { name: "version" };
  const name = commandOf(word);
  const { words } = COMMANDS[name];
  if (words !== "any") refuseExtra(rest[words]);
  const values = checked(name, parsed.values);
  const { config, json = false } = values;
  switch (name) {
    case "check":
      return { name, options: { config, json, json_schema: values["json-schema"] === true } };
    case "init":
      return { name, options: { config, stdout: values.stdout === true, force: values.force === true } };
    case "serve":
      return { name, flags: readServe(values, env) };
    case "explain": {
      const { route = "jusCode-auto" } = values;
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

function readService(word = "", { user, system, config }: FlagValues): ServiceOptions {
  const action = SERVICE_ACTIONS.find((each) => each === word);
  if (!action) throw new UsageError(`unknown action \`service ${word}\`; ${choicesText(word, SERVICE_ACTIONS)}`);
  if (user && system) throw new UsageError("--user and --system exclude each other");
  return { action, scope: user ? "user" : system ? "system" : undefined, config };
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
