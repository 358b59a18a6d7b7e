/** All options of the command line. Parsing, help and completions are made from this table. */
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
  words?: readonly string[];
  /** Values that completions offer; whoever reads the option checks others. */
  offers?: readonly string[];
  number?: { from: number; to: number; of?: string };
  multiple?: true;
}

type More = Partial<Omit<FlagRow, "type" | "help" | "value">>;

const toggle = <const M extends More = object>(help: string, more?: M) =>
  ({ type: "boolean", help, ...(more as M) }) as const;
const option = <const M extends More = object>(value: string, help: string, more?: M) =>
  ({ type: "string", value, help, ...(more as M) }) as const;

/** Timers of longer times fire at once. */
const MS = { number: { from: 1, to: 2 ** 31 - 1, of: "milliseconds" } } as const;
const PRESET_IDS = PRESETS.map(({ id }) => id);
const LISTEN = `address to listen on (default ${DEFAULT_HOST}:${DEFAULT_PORT}; port 0 picks a free one)`;

/** Which upstreams there are. */
const UPSTREAM_FLAGS = {
  listen: option("HOST:PORT", LISTEN, { short: "l" }),
  upstream: option("URL", "the only upstream, e.g. https://host.example/v1; every model name is passed on to it", {
    short: "u",
  }),
  "upstream-key-env": option("NAME", "variable that holds the upstream's key (default: the provider's usual one)"),
  preset: option("NAME", `kind of upstream; without --upstream, its usual address: ${PRESET_IDS.join(", ")}`, {
    short: "p",
    offers: PRESET_IDS,
  }),
  wire: option("NAME", "wire of the upstream: responses, chat or messages (default: the preset's, else chat)", {
    words: WIRE_NAMES,
  }),
  "no-discover": toggle("discover no model servers here; without an upstream, serve only the demo model"),
} as const;

const SERVE_FLAGS = {
  config: option("FILE", "the config file", { short: "c" }),
  ...UPSTREAM_FLAGS,
  "hold-ms": option("N", "how long an upstream may take before the response starts without it (default 2000)", MS),
  "heartbeat-ms": option("N", "silence after which the client gets a heartbeat (default 10000)", MS),
  "idle-ms": option("N", "silence after which an upstream times out (default 1800000, half an hour)", MS),
  // Each takes two sockets, of which a system gives a process some ten thousands.
  "max-requests": option("N", `concurrency limit (default ${DEFAULT_MAX_REQUESTS})`, {
    number: { from: 1, to: 20_000 },
  }),
  heal: option("auto|off", "turn text tool calls into real ones (default auto)", { words: ["auto", "off"] }),
  "log-level": option("LEVEL", "info (one line per request), warn (failed requests and warnings), error or quiet", {
    words: LOG_LEVELS,
  }),
  "log-format": option("text|json", "lines for people, or one JSON object per line", { words: ["text", "json"] }),
  record: option("DIR", "write a transcript of each request, with placeholders for all texts, for bug reports"),
  "record-texts": toggle("keep the texts in transcripts; needs --record"),
  quiet: toggle("the same as --log-level quiet", { short: "q" }),
} as const;

export const FLAGS = {
  ...SERVE_FLAGS,
  json: toggle("print JSON instead of text"),
  "json-schema": toggle("print the config file's JSON schema, for editors"),
  stdout: toggle("print the config file instead of writing it"),
  force: toggle("overwrite an existing file"),
  route: option("NAME", "route or model that the request names (default jusCode-auto)"),
  days: option("N", "today and the days before it (default 30)", { number: { from: 1, to: 99_999 } }),
  by: option("WORD", `group the sums by: ${GROUPS.join(", ")} (default day)`, { words: GROUPS }),
  reference: option("MODEL", "model to compare the costs with (default: the config's)"),
  request: option("ID", "only this request, by its ID or the beginning of it"),
  models: option("A,B", "the only models and routes that the key may use (default: all)"),
  rpm: option("N", "rate limit of the key, in requests per minute (default: none)", {
    number: { from: 1, to: 1_000_000, of: "requests per minute" },
  }),
  metrics: toggle("create a key that reads /metrics and cannot use models"),
  all: toggle("also show turns that succeeded"),
  live: toggle("test what the models really do; these requests may cost money"),
  long: toggle("with --live: test long prompts, too"),
  model: option("MODEL", "model to use (default jusCode-auto)", { short: "m", multiple: true }),
  user: toggle("a service of your own user"),
  system: toggle("a service of the system; needs root"),
  list: toggle("list the agents, and which of them are installed"),
  print: toggle("print what to write on another machine; read and write nothing here"),
  undo: toggle("undo what an earlier setup wrote"),
  "dry-run": toggle("show the changes and write nothing"),
  yes: toggle("apply the changes without asking", { short: "y" }),
  fix: toggle("also repair what keeps the agent from working (codex)"),
  default: toggle("make the shim the agent's default (codex, opencode, aider)"),
  "live-catalog": toggle("let the agent ask the shim for its models at each start (codex)"),
  "base-url": option("URL", "address of the shim (default: from its config)"),
  "context-window": option("N", "context window in tokens (default: what the shim reports for the model)"),
  "key-env": option("NAME", `variable that holds the shim's key, if it needs one (default ${KEY_VARIABLE})`),
  keys: toggle(`the same as --key-env ${KEY_VARIABLE}`),
  help: toggle("print this help", { short: "h" }),
  version: toggle("print the version", { short: "V" }),
} as const satisfies Record<string, FlagRow>;

export type Flag = keyof typeof FLAGS;

/** Options of `serve`, which other commands may take, too; and those of them that name upstreams. */
export const OF_SERVE = namesIn(SERVE_FLAGS);
export const OF_UPSTREAM = namesIn(UPSTREAM_FLAGS);

export function namesIn<Table extends object>(table: Table): (keyof Table)[] {
  return Object.keys(table) as (keyof Table)[];
}

type Value<Row extends FlagRow> = Row extends { type: "boolean" }
  ? boolean
  : Row extends { multiple: true }
    ? string[]
    : Row extends { number: object }
      ? number
      : Row extends { words: readonly (infer Word)[] }
        ? Word
        : string;

/** Options as they were given, checked by the table. */
export type FlagValues = { [F in Flag]?: Value<(typeof FLAGS)[F]> | undefined };
