/** All commands. Parsing, help and completions are made of this table and the one of options. */
import { DEFAULT_HOST, DEFAULT_PORT } from "./defaults.ts";
import type { Flag } from "./flags.ts";
import { KEY_ACTIONS } from "./key/options.ts";
import { SERVICE_ACTIONS } from "./service/options.ts";
import { LAUNCH_AGENTS, SETUP_AGENTS } from "./setup/options.ts";

export interface CommandRow {
  /** Forms of the command, each with what it is for; one without that belongs to the next. */
  usage: readonly (readonly [form: string, what?: string])[];
  /** Its own options, besides help and version. */
  flags: readonly Flag[];
  /** Options of `serve` that it takes, too. */
  of_serve?: readonly Flag[];
  /** What an option does here, where that is more than the table of options says. */
  says?: Partial<Record<Flag, string>>;
  /** How many words it takes; "any": it judges them by itself. */
  words: 0 | 1 | "any";
  /** What its first word can be. */
  offers?: readonly string[];
  /** What else its help says. */
  more?: string;
}

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
  "log-level",
  "log-format",
  "record",
  "record-texts",
  "quiet",
];

/** Which upstreams there are. */
const OF_UPSTREAM: readonly Flag[] = ["listen", "upstream", "upstream-key-env", "preset", "wire", "no-discover"];

export const SHELLS = ["bash", "zsh", "fish"] as const;

export const COMMANDS = {
  serve: {
    usage: [["[serve] [OPTIONS]", "serve agents"]],
    flags: OF_SERVE,
    words: 0,
    more: `Without options it looks on this machine for Ollama, llama-server, LM Studio, vLLM and SGLang, and serves what
it finds to Codex CLI on ${DEFAULT_HOST}:${DEFAULT_PORT}. Nothing leaves the machine unless you name an upstream elsewhere.

A config file is read from --config, $JUSCODE_SHIM_CONFIG, juscode-shim.toml beside the executable,
~/.config/juscode-shim/config.toml or /etc/juscode-shim/config.toml, the first that is there. Changes are reloaded
live. Options win over it.`,
  },
  check: {
    usage: [
      ["check [--config F] [--json]", "validate the config: print every error, or the resolved settings"],
      ["check --json-schema", "the config file's JSON schema, for editors"],
    ],
    flags: ["config", "json", "json-schema"],
    words: 0,
  },
  init: {
    usage: [["init [--config F] [--stdout] [--force]", "write a config file to begin with"]],
    flags: ["config", "stdout", "force"],
    says: { config: "where to write it" },
    words: 0,
  },
  explain: {
    usage: [["explain [--route R] [--json] < request.json", "where a request would be routed, and why"]],
    flags: ["config", "route", "json"],
    of_serve: OF_UPSTREAM,
    words: 1,
    more: "The request may also be read from a file: juscode-shim explain request.json",
  },
  costs: {
    usage: [
      ["costs [--days N] [--by day|model|provider|route] [--reference MODEL] [--request ID] [--json]"],
      ["", "what was used and spent"],
    ],
    flags: ["config", "days", "by", "reference", "request", "json"],
    words: 0,
  },
  key: {
    usage: [
      ["key add NAME [--models A,B] [--rpm N] [--metrics]"],
      ["key list [--json] | key remove NAME", "keys of clients; once there is one, every client needs one"],
    ],
    flags: ["config", "models", "rpm", "metrics", "json"],
    says: { config: "the config file, which says where the keys are", json: "print the list as JSON" },
    words: "any",
    offers: KEY_ACTIONS,
  },
  last: {
    usage: [["last [N] [--all] [--json]", "why the last turns failed"]],
    flags: ["all", "json"],
    words: 1,
    more: "N: how many turns (default 5)",
  },
  replay: {
    usage: [["replay FILE", "plays a recorded request through the translator"]],
    flags: [],
    words: 1,
    more: "FILE: a transcript that `serve --record DIR` wrote",
  },
  doctor: {
    usage: [["doctor [--live] [--model M] [--json]", "what is wrong, what each model can do, and how to set it right"]],
    flags: ["config", "json", "live", "long", "model"],
    of_serve: OF_UPSTREAM,
    says: { model: "test only this model; may be given several times" },
    words: 0,
  },
  service: {
    usage: [["service install|uninstall|print [--user|--system]", "run it by systemd or launchd"]],
    flags: ["user", "system", "config"],
    says: { config: "the config file that the service reads" },
    words: 1,
    offers: SERVICE_ACTIONS,
  },
  setup: {
    usage: [
      ["setup AGENT [--default] [--dry-run] [--yes] [--fix] [--undo] [--print] [--key-env NAME]"],
      ["", `set up ${SETUP_AGENTS.slice(0, -1).join(", ")} or ${SETUP_AGENTS.at(-1)}`],
      ["setup --list", "which agents there are"],
    ],
    flags: [
      "list",
      "default",
      "dry-run",
      "yes",
      "fix",
      "undo",
      "print",
      "model",
      "context-window",
      "base-url",
      "key-env",
      "keys",
      "live-catalog",
    ],
    of_serve: OF_SERVE,
    words: "any",
    offers: SETUP_AGENTS,
  },
  launch: {
    usage: [
      ["launch codex|claude|opencode [--key-env NAME] [-- ARGS]", "start an agent on the shim, without any set-up"],
      ["", "--key-env: the variable that holds the shim's key, where it asks for one (default JUSCODE_API_KEY)"],
    ],
    flags: ["model", "context-window", "base-url", "key-env", "keys"],
    of_serve: OF_SERVE,
    words: "any",
    offers: LAUNCH_AGENTS,
    more: "ARGS: the agent's own arguments",
  },
  completions: {
    usage: [["completions bash|zsh|fish", "what completes commands and options in a shell"]],
    flags: [],
    words: 1,
    offers: SHELLS,
  },
} as const satisfies Record<string, CommandRow>;

export type CommandName = keyof typeof COMMANDS;

export const COMMAND_NAMES = Object.keys(COMMANDS) as CommandName[];

export const isCommand = (word: string): word is CommandName => Object.hasOwn(COMMANDS, word);

/** Every option of a command, with what it does there. */
export function optionsOf(name: CommandName): Map<Flag, string | undefined> {
  const { flags, of_serve = [], says = {} }: CommandRow = COMMANDS[name];
  return new Map([...flags, ...of_serve, "help" as const, "version" as const].map((flag) => [flag, says[flag]]));
}
