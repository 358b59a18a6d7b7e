/** Reads the command line. Every error says which argument, what is wrong, and what to write instead. */
import { parseArgs } from "node:util";
import { nearest } from "../config/file/nearest.ts";
import type { GroupBy } from "../server/costs/report.ts";
import { COMMAND_NAMES, COMMANDS, isCommand, optionsOf, type CommandName } from "./commands.ts";
import type { DoctorOptions } from "./doctor/doctor.ts";
import { FLAGS, type Flag, type FlagRow, type FlagValues } from "./flags.ts";
import { readKeyOptions, type KeyOptions } from "./key/options.ts";
import { readLastOptions, type LastOptions } from "./last/options.ts";
import { readServe, type ServeFlags } from "./serve-flags.ts";
import { SERVICE_ACTIONS, type ServiceOptions } from "./service/options.ts";
import { readLaunch, readSetup, type LaunchOptions, type SetupOptions } from "./setup/options.ts";
import { UsageError } from "./usage-error.ts";

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
  /** Print it, write nothing. */
  stdout: boolean;
  /** Overwrite a file that is there. */
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
  const values = judged(name, parsed.values);
  const { config } = values;
  switch (name) {
    case "check":
      return { name, options: { config, json: values.json === true, json_schema: values["json-schema"] === true } };
    case "init":
      return { name, options: { config, stdout: values.stdout === true, force: values.force === true } };
    case "serve":
      return { name, flags: readServe(values, env) };
    case "explain": {
      const { route = "jusCode-auto", json = false } = values;
      return { name, options: { route, file: rest[0] ?? "-", json }, flags: readServe(values, env) };
    }
    case "key":
      return { name, options: readKeyOptions(rest, values), config };
    case "last":
      return { name, options: readLastOptions(rest[0], values.all, values.json) };
    case "replay":
      if (rest[0] === undefined) throw new UsageError("`replay` needs the file of a transcript (see --record)");
      return { name, file: rest[0] };
    case "costs":
      return { name, options: readCosts(values), config };
    case "doctor": {
      const { json = false, live = false, long = false, model: models = [] } = values;
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

function refuseExtra(word: string | undefined): void {
  if (word !== undefined) throw new UsageError(`\`${word}\` is one word too many; options begin with --`);
}

function readService(word: string | undefined, { user, system, config }: FlagValues): ServiceOptions {
  const action = SERVICE_ACTIONS.find((each) => each === word);
  if (!action) {
    const near = nearest(word ?? "", SERVICE_ACTIONS);
    const meant = near ? `; did you mean ${near}?` : "";
    throw new UsageError(`service needs one of ${SERVICE_ACTIONS.join(", ")}, not \`${word ?? ""}\`${meant}`);
  }
  if (user && system) throw new UsageError("--user and --system exclude each other");
  return { action, scope: user ? "user" : system ? "system" : undefined, config };
}

function readCosts({ days = 30, by = "day", reference, request, json = false }: FlagValues): CostsOptions {
  return { days, by, reference, request, json };
}

function commandOf(word: string): CommandName {
  if (isCommand(word)) return word;
  const names = [...COMMAND_NAMES, "help", "version"];
  const near = nearest(word, names);
  throw new UsageError(
    `there is no command \`${word}\`; ${near ? `did you mean ${near}? T` : "t"}here are: ${names.join(", ")}`,
  );
}

type RawValues = Record<string, string | boolean | (string | boolean)[] | undefined>;

function parse(args: readonly string[]): { values: RawValues; positionals: string[] } {
  try {
    return parseArgs({ args: [...args], options: FLAGS, allowPositionals: true });
  } catch (error) {
    // Even so the command is known.
    const { positionals } = parseArgs({ args: [...args], options: FLAGS, allowPositionals: true, strict: false });
    const name = isCommand(positionals[0] ?? "") ? (positionals[0] as CommandName) : "serve";
    throw new UsageError(parseProblem(error as Error & { code?: string }, name));
  }
}

function parseProblem({ message, code }: Error & { code?: string }, name: CommandName): string {
  if (code === "ERR_PARSE_ARGS_INVALID_OPTION_VALUE") {
    const flag = /--[\w-]+/.exec(message)?.[0];
    return message.includes("does not take") ? `${flag} takes no value` : `${flag} needs a value`;
  }
  const flag = /'(--?[^' =]+)/.exec(message)?.[1];
  if (code !== "ERR_PARSE_ARGS_UNKNOWN_OPTION" || flag === undefined) return message;
  return `there is no option \`${flag}\`; ${nearestOption(flag.replace(/^-+/, ""), name)}`;
}

/** The option of this command that was meant, else one of another command; and where all of them are listed. */
function nearestOption(flag: string, name: CommandName): string {
  const near = nearest(flag, [...optionsOf(name).keys()]) ?? nearest(flag, Object.keys(FLAGS));
  const help = `juscode-shim ${name === "serve" ? "" : `${name} `}--help`;
  return near === undefined || near === flag ? `see ${help}` : `did you mean --${near}? See ${help}`;
}

/** Options that the command takes, with values as the table has them. */
function judged(name: CommandName, values: RawValues): FlagValues {
  const own = optionsOf(name);
  const result: Record<string, unknown> = {};
  for (const [flag, value] of Object.entries(values) as [Flag, RawValues[string]][]) {
    if (value === "") throw new UsageError(`--${flag} is empty; is it a shell variable that is not set?`);
    if (!own.has(flag)) throw new UsageError(`--${flag} is no option of \`${name}\`; ${nearestOption(flag, name)}`);
    result[flag] = typeof value === "string" ? judgedValue(flag, value) : value;
  }
  return result as FlagValues;
}

function judgedValue(flag: Flag, text: string): string | number {
  const { words, number }: FlagRow = FLAGS[flag];
  if (words && !words.includes(text)) throw new UsageError(`--${flag} ${text} must be one of ${words.join(", ")}`);
  if (!number) return text;
  const { from, to, of } = number;
  const value = Number(text);
  if (Number.isInteger(value) && value >= from && value <= to) return value;
  throw new UsageError(`--${flag} ${text} must be a whole number ${of ? `of ${of} ` : ""}from ${from} to ${to}`);
}
