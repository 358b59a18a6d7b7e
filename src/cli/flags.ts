/** All options of the command line. Parsing, help and completions are made of this table. */
import { KEY_VARIABLE } from "../agents/endpoint.ts";
import { PRESETS } from "../config/presets/index.ts";
import { WIRE_NAMES } from "../core/provider.ts";
import { GROUPS } from "../server/costs/report.ts";
import { LOG_LEVELS } from "../server/log.ts";
import { DEFAULT_HOST, DEFAULT_MAX_REQUESTS, DEFAULT_PORT } from "./defaults.ts";

export interface FlagRow {
  type: "boolean" | "string";
  short?: string;
  /** What help calls its value. */
  value?: string;
  /** What it does; help and completions show it. */
  help: string;
  /** The only values that it takes. */
  words?: readonly string[];
  /** Values that completions offer; whoever reads the option judges others. */
  offers?: readonly string[];
  /** A whole number within these bounds. */
  number?: { from: number; to: number; of?: string };
  /** May be given several times. */
  multiple?: true;
}

/** Timers of longer times fire at once. */
const MS = { from: 1, to: 2 ** 31 - 1, of: "milliseconds" } as const;
const PRESET_IDS = PRESETS.map(({ id }) => id);

export const FLAGS = {
  config: { type: "string", short: "c", value: "FILE", help: "the config file" },
  listen: {
    type: "string",
    short: "l",
    value: "HOST:PORT",
    help: `address to listen on (default ${DEFAULT_HOST}:${DEFAULT_PORT}; port 0 picks a free one)`,
  },
  upstream: {
    type: "string",
    short: "u",
    value: "URL",
    help: "one upstream instead of a search, e.g. https://host.example/v1; every model name is passed on to it",
  },
  "upstream-key-env": {
    type: "string",
    value: "NAME",
    help: "environment variable that holds the upstream's key (default: the usual one of this upstream)",
  },
  preset: {
    type: "string",
    short: "p",
    value: "NAME",
    help: `what kind of upstream it is; alone, the upstream of that name: ${PRESET_IDS.join(", ")}`,
    offers: PRESET_IDS,
  },
  wire: {
    type: "string",
    value: "NAME",
    help: "wire of the upstream: responses, chat or messages (default: the preset's, else chat)",
    words: WIRE_NAMES,
  },
  "no-discover": { type: "boolean", help: "do not search this machine; serve only the built-in demo model" },
  "hold-ms": {
    type: "string",
    value: "N",
    help: "how long an upstream may take before the response begins without it (default 2000)",
    number: MS,
  },
  "heartbeat-ms": {
    type: "string",
    value: "N",
    help: "silence after which the client gets a heartbeat (default 10000)",
    number: MS,
  },
  "idle-ms": {
    type: "string",
    value: "N",
    help: "silence after which an upstream is given up (default 1800000, half an hour)",
    number: MS,
  },
  "max-requests": {
    type: "string",
    value: "N",
    help: `requests that may run at once (default ${DEFAULT_MAX_REQUESTS})`,
    // Each takes two sockets, of which a system gives a process some ten thousands.
    number: { from: 1, to: 20_000 },
  },
  heal: {
    type: "string",
    value: "auto|off",
    help: "make tool calls of text tool calls, which a server left in the text (default auto)",
    words: ["auto", "off"],
  },
  "log-level": {
    type: "string",
    value: "LEVEL",
    help: "info (a line for each request), warn (only for those that failed, and warnings), error or quiet",
    words: LOG_LEVELS,
  },
  "log-format": {
    type: "string",
    value: "text|json",
    help: "lines for people, or one JSON object a line",
    words: ["text", "json"],
  },
  record: {
    type: "string",
    value: "DIR",
    help: "write a transcript of each request, with placeholders for all texts, for a report of a fault",
  },
  "record-texts": { type: "boolean", help: "write transcripts with the texts themselves; needs --record" },
  quiet: { type: "boolean", short: "q", help: "the same as --log-level quiet" },
  json: { type: "boolean", help: "print JSON instead of text" },
  "json-schema": { type: "boolean", help: "print the config file's JSON schema, for editors" },
  stdout: { type: "boolean", help: "print the config file and write nothing" },
  force: { type: "boolean", help: "overwrite a file that is there" },
  route: { type: "string", value: "NAME", help: "route or model that the request asks for (default jusCode-auto)" },
  days: {
    type: "string",
    value: "N",
    help: "today and the days before it (default 30)",
    number: { from: 1, to: 99_999 },
  },
  by: {
    type: "string",
    value: "WORD",
    help: `what the sums are grouped by: ${GROUPS.join(", ")} (default day)`,
    words: GROUPS,
  },
  reference: { type: "string", value: "MODEL", help: "model to compare the costs with (default: the config's)" },
  request: { type: "string", value: "ID", help: "only this request, by its ID or the beginning of it" },
  models: { type: "string", value: "A,B", help: "the only models and routes that the key may ask for (default: all)" },
  rpm: {
    type: "string",
    value: "N",
    help: "requests a minute that the key may send (default: any number)",
    number: { from: 1, to: 1_000_000, of: "requests a minute" },
  },
  metrics: { type: "boolean", help: "a key that reads /metrics and asks no model" },
  all: { type: "boolean", help: "also the turns that went well" },
  live: { type: "boolean", help: "try what the models really do, by requests that may cost money" },
  long: { type: "boolean", help: "with --live: try long prompts, too" },
  model: { type: "string", short: "m", value: "MODEL", help: "model to use (default jusCode-auto)", multiple: true },
  user: { type: "boolean", help: "a service of your own user" },
  system: { type: "boolean", help: "a service of the system; needs root" },
  list: { type: "boolean", help: "list the agents, and which of them are installed" },
  print: { type: "boolean", help: "print what would be written, for another machine; read and write nothing" },
  undo: { type: "boolean", help: "take back what an earlier set-up wrote" },
  "dry-run": { type: "boolean", help: "show the changes and write nothing" },
  yes: { type: "boolean", short: "y", help: "apply the changes without a question" },
  fix: { type: "boolean", help: "also repair what keeps the agent from working (codex)" },
  default: { type: "boolean", help: "make the shim the agent's default (codex, opencode, aider)" },
  "live-catalog": { type: "boolean", help: "let the agent ask the shim for its models at each start (codex)" },
  "base-url": { type: "string", value: "URL", help: "address of the shim (default: what its config says)" },
  "context-window": {
    type: "string",
    value: "N",
    help: "context window in tokens (default: what the shim knows of the model)",
  },
  "key-env": {
    type: "string",
    value: "NAME",
    help: `environment variable that holds the shim's key, where it asks for one (default ${KEY_VARIABLE})`,
  },
  keys: { type: "boolean", help: `the same as --key-env ${KEY_VARIABLE}` },
  help: { type: "boolean", short: "h", help: "print this help" },
  version: { type: "boolean", short: "V", help: "print the version" },
} as const satisfies Record<string, FlagRow>;

export type Flag = keyof typeof FLAGS;

type Value<Row extends FlagRow> = Row extends { type: "boolean" }
  ? boolean
  : Row extends { multiple: true }
    ? string[]
    : Row extends { number: object }
      ? number
      : Row extends { words: readonly (infer Word)[] }
        ? Word
        : string;

/** Options as they were given, judged by the table. */
export type FlagValues = { [F in Flag]?: Value<(typeof FLAGS)[F]> | undefined };
