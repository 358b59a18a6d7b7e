/** Reads the command line. Every error says which argument, what is wrong, and what to write instead. */
import { parseArgs } from "node:util";
import { nearest } from "../config/file/nearest.ts";
import { GROUPS, type GroupBy } from "../server/costs/report.ts";
import type { DoctorOptions } from "./doctor/doctor.ts";
import { SERVICE_ACTIONS, type ServiceOptions } from "./service/options.ts";
import { readKeyOptions, type KeyOptions } from "./key/options.ts";
import { readLastOptions, type LastOptions } from "./last/options.ts";
import { readServe, type ServeFlags } from "./serve-flags.ts";
import {
  OF_LAUNCH,
  OF_SETUP,
  readLaunch,
  readSetup,
  SETUP_FLAGS,
  type LaunchOptions,
  type SetupOptions,
} from "./setup/options.ts";
import { UsageError } from "./usage-error.ts";

export type Command =
  | { name: "help" }
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

const { model: _model, ...OWN_OF_SETUP } = SETUP_FLAGS;

const FLAGS = {
  ...OWN_OF_SETUP,
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "V" },
  config: { type: "string", short: "c" },
  listen: { type: "string", short: "l" },
  upstream: { type: "string", short: "u" },
  "upstream-key-env": { type: "string" },
  preset: { type: "string", short: "p" },
  wire: { type: "string" },
  "no-discover": { type: "boolean" },
  "hold-ms": { type: "string" },
  "heartbeat-ms": { type: "string" },
  "idle-ms": { type: "string" },
  "max-requests": { type: "string" },
  heal: { type: "string" },
  quiet: { type: "boolean", short: "q" },
  json: { type: "boolean" },
  "json-schema": { type: "boolean" },
  stdout: { type: "boolean" },
  force: { type: "boolean" },
  route: { type: "string" },
  days: { type: "string" },
  by: { type: "string" },
  reference: { type: "string" },
  request: { type: "string" },
  "log-level": { type: "string" },
  "log-format": { type: "string" },
  record: { type: "string" },
  "record-texts": { type: "boolean" },
  models: { type: "string" },
  rpm: { type: "string" },
  metrics: { type: "boolean" },
  all: { type: "boolean" },
  live: { type: "boolean" },
  long: { type: "boolean" },
  // Doctor takes several, `setup` and `launch` the last one.
  model: { type: "string", short: "m", multiple: true },
  user: { type: "boolean" },
  system: { type: "boolean" },
} as const;

type Flag = keyof typeof FLAGS;

const OF_SERVE: readonly Flag[] = [
  "config",
  "listen",
  "upstream",
  "upstream-key-env",
  "preset",
  "wire",
  "no-discover",
  "hold-ms",
  "heartbeat-ms",
  "idle-ms",
  "max-requests",
  "heal",
  "quiet",
  "log-level",
  "log-format",
  "record",
  "record-texts",
];

/** Which flags each command has, besides help and version. */
export const OF_COMMAND: Record<Exclude<Command["name"], "help" | "version">, readonly Flag[]> = {
  serve: OF_SERVE,
  check: ["config", "json", "json-schema"],
  init: ["config", "stdout", "force"],
  explain: ["config", "route", "json", "listen", "upstream", "upstream-key-env", "preset", "wire", "no-discover"],
  costs: ["config", "days", "by", "reference", "request", "json"],
  key: ["config", "models", "rpm", "metrics", "json"],
  last: ["all", "json"],
  replay: [],
  doctor: [
    "config",
    "json",
    "live",
    "long",
    "model",
    "listen",
    "upstream",
    "upstream-key-env",
    "preset",
    "wire",
    "no-discover",
  ],
  service: ["user", "system", "config"],
  setup: [...OF_SETUP, ...OF_SERVE],
  launch: [...OF_LAUNCH, ...OF_SERVE],
  completions: [],
};

/** Commands that take one word besides their options. */
const TAKES_WORD = new Set<keyof typeof OF_COMMAND>(["explain", "last", "replay", "service", "completions"]);

/** Those that read all words by themselves. */
const TAKES_WORDS = new Set<keyof typeof OF_COMMAND>(["key", "setup", "launch"]);

export function readCommand(args: readonly string[], env: Record<string, string | undefined>): Command {
  const { values, positionals } = parse(args);
  const [word = "serve", ...rest] = positionals;
  if (values.help || word === "help") return { name: "help" };
  if (values.version || word === "version") return { name: "version" };
  const name = commandOf(word);
  const [extra] = rest.slice(TAKES_WORDS.has(name) ? rest.length : TAKES_WORD.has(name) ? 1 : 0);
  if (extra !== undefined) throw new UsageError(`\`${extra}\` is one word too many; options begin with --`);
  const foreign = (Object.keys(values) as Flag[]).find((flag) => !OF_COMMAND[name].includes(flag));
  if (foreign !== undefined) throw new UsageError(`--${foreign} is no option of \`${name}\`; see juscode-shim --help`);
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
      return { name, options: readKeyOptions({ words: rest, ...values }), config };
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
      return { name, options: readSetup(lastModel(values), rest), flags: readServe(values, env) };
    case "launch":
      return { name, options: readLaunch(lastModel(values), rest), flags: readServe(values, env) };
    case "service":
      return { name, options: readService(rest[0], values) };
    case "completions":
      return { name, shell: rest[0] ?? "" };
  }
}

function lastModel<Values extends { model?: string[] | undefined }>({
  model,
  ...values
}: Values): Omit<Values, "model"> & { model?: string } {
  const last = model?.at(-1);
  return { ...values, ...(last !== undefined && { model: last }) };
}

interface ServiceValues {
  user?: boolean | undefined;
  system?: boolean | undefined;
  config?: string | undefined;
}

function readService(word: string | undefined, { user, system, config }: ServiceValues): ServiceOptions {
  const action = SERVICE_ACTIONS.find((each) => each === word);
  if (!action) throw new UsageError(`service needs one of ${SERVICE_ACTIONS.join(", ")}, not \`${word ?? ""}\``);
  if (user && system) throw new UsageError("--user and --system exclude each other");
  return { action, scope: user ? "user" : system ? "system" : undefined, config };
}

interface CostsValues {
  days?: string | undefined;
  by?: string | undefined;
  reference?: string | undefined;
  request?: string | undefined;
  json?: boolean | undefined;
}

const USUAL_DAYS = 30;

function readCosts({
  days = String(USUAL_DAYS),
  by = "day",
  reference,
  request,
  json = false,
}: CostsValues): CostsOptions {
  const group = GROUPS.find((each) => each === by);
  if (!group) throw new UsageError(`--by ${by} must be one of ${GROUPS.join(", ")}`);
  if (!/^[1-9]\d{0,4}$/.test(days)) throw new UsageError(`--days ${days} must be a whole number from 1`);
  return { days: Number(days), by: group, reference, request, json };
}

function commandOf(word: string): keyof typeof OF_COMMAND {
  if (Object.hasOwn(OF_COMMAND, word)) return word as keyof typeof OF_COMMAND;
  const names = [...Object.keys(OF_COMMAND), "help", "version"];
  const near = nearest(word, names);
  throw new UsageError(
    `there is no command \`${word}\`; ${near ? `did you mean ${near}? T` : "t"}here are: ${names.join(", ")}`,
  );
}

function parse(args: readonly string[]) {
  let parsed;
  try {
    parsed = parseArgs({ args: [...args], options: FLAGS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(parseProblem(error as Error & { code?: string }));
  }
  for (const [name, value] of Object.entries(parsed.values))
    if (value === "") throw new UsageError(`--${name} is empty; is it a shell variable that is not set?`);
  return parsed;
}

function parseProblem({ message, code }: Error & { code?: string }): string {
  if (code === "ERR_PARSE_ARGS_INVALID_OPTION_VALUE") {
    const flag = /--[\w-]+/.exec(message)?.[0];
    return message.includes("does not take") ? `${flag} takes no value` : `${flag} needs a value`;
  }
  const flag = /'(--?[^' =]+)/.exec(message)?.[1];
  if (code !== "ERR_PARSE_ARGS_UNKNOWN_OPTION" || flag === undefined) return message;
  const near = nearest(flag.replace(/^-+/, ""), Object.keys(FLAGS));
  return `there is no option \`${flag}\`; ${near ? `did you mean --${near}? See` : "see"} juscode-shim --help`;
}
