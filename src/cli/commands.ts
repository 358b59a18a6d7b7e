/** All commands. Parsing, help and completions are made from this table and the one of options. */
import { DEFAULT_HOST, DEFAULT_PORT } from "./defaults.ts";
import { namesIn, OF_SERVE, OF_UPSTREAM, type Flag } from "./flags.ts";
import { KEY_ACTIONS } from "./key/options.ts";
import { LAUNCH_AGENTS, SETUP_AGENTS } from "./setup/options.ts";

export interface CommandRow {
  /** Forms of the command, each with its purpose; a form without one belongs to the next. */
  usage: readonly (readonly [form: string, purpose?: string])[];
  /** Its own options, besides help and version. */
  flags: readonly Flag[];
  /** Options of `serve` that it takes, too. */
  of_serve?: readonly Flag[];
  /** What an option does here, where that is more specific than the table of options. */
  help?: Partial<Record<Flag, string>>;
  /** How many words it takes; "any": it checks them itself. */
  words: 0 | 1 | "any";
  /** What its first word can be. */
  offers?: readonly string[];
  more?: string;
}

const OF_ENDPOINT = ["model", "context-window", "base-url", "key-env", "keys"] as const;

export const SERVICE_ACTIONS = ["install", "uninstall", "print"] as const;
export const SHELLS = ["bash", "zsh", "fish"] as const;

export const COMMANDS = {
  serve: {
    usage: [["[serve] [OPTIONS]", "serve agents"]],
    flags: OF_SERVE,
    words: 0,
    more: `Without options it discovers Ollama, llama-server, LM Studio, vLLM and SGLang on this machine, and serves their
models to coding agents on ${DEFAULT_HOST}:${DEFAULT_PORT}. Nothing leaves the machine unless you name an upstream elsewhere.

The config file is --config, $JUSCODE_SHIM_CONFIG, juscode-shim.toml beside the executable,
~/.config/juscode-shim/config.toml or /etc/juscode-shim/config.toml, whichever exists first. Changes are reloaded
live. Command-line options win over it.`,
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
    usage: [["init [--config F] [--stdout] [--force]", "write a first config file from what is on this machine"]],
    flags: ["config", "stdout", "force"],
    help: { config: "where to write it" },
    words: 0,
  },
  explain: {
    usage: [["explain [--route R] [--json] < request.json", "where a request would be routed, and why"]],
    flags: ["config", "route", "json"],
    of_serve: OF_UPSTREAM,
    words: 1,
    more: "The request can also be read from a file: juscode-shim explain request.json",
  },
  costs: {
    usage: [
      ["costs [--days N] [--by day|model|provider|route] [--reference MODEL] [--request ID] [--json]"],
      ["", "usage and costs"],
    ],
    flags: ["config", "days", "by", "reference", "request", "json"],
    words: 0,
  },
  key: {
    usage: [
      ["key add NAME [--models A,B] [--rpm N] [--metrics]"],
      ["key list [--json] | key remove NAME", "client keys; once one exists, every client needs one"],
    ],
    flags: ["config", "models", "rpm", "metrics", "json"],
    help: { config: "the config file, which names the file of the keys", json: "print the list as JSON" },
    words: "any",
    offers: KEY_ACTIONS,
  },
  last: {
    usage: [["last [N] [--all] [--json]", "why recent turns failed"]],
    flags: ["all", "json"],
    words: 1,
    more: "N: how many turns (default 5)",
  },
  replay: {
    usage: [["replay FILE", "run a recorded request through the translator"]],
    flags: [],
    words: 1,
    more: "FILE: a transcript that `serve --record DIR` wrote",
  },
  doctor: {
    usage: [["doctor [--live] [--model M] [--json]", "what is wrong and how to fix it, and what each model can do"]],
    flags: ["config", "json", "live", "long", "model"],
    of_serve: OF_UPSTREAM,
    help: { model: "test only this model; may be given several times" },
    words: 0,
  },
  service: {
    usage: [["service install|uninstall|print [--user|--system]", "run it as a systemd or launchd service"]],
    flags: ["user", "system", "config"],
    help: { config: "the config file that the service reads" },
    words: 1,
    offers: SERVICE_ACTIONS,
  },
  setup: {
    usage: [
      ["setup AGENT [--default] [--dry-run] [--yes] [--fix] [--undo] [--print] [--key-env NAME]"],
      ["", `set up ${SETUP_AGENTS.slice(0, -1).join(", ")} or ${SETUP_AGENTS.at(-1)}`],
      ["setup --list", "list the agents"],
    ],
    flags: ["list", "default", "dry-run", "yes", "fix", "undo", "print", ...OF_ENDPOINT, "live-catalog"],
    of_serve: OF_SERVE,
    words: "any",
    offers: SETUP_AGENTS,
  },
  launch: {
    usage: [
      ["launch codex|claude|opencode [--key-env NAME] [-- ARGS]", "start an agent on the shim, without any setup"],
      ["", "--key-env: the variable that holds the shim's key, if it needs one (default JUSCODE_API_KEY)"],
    ],
    flags: OF_ENDPOINT,
    of_serve: OF_SERVE,
    words: "any",
    offers: LAUNCH_AGENTS,
    more: "ARGS: the agent's own arguments",
  },
  completions: {
    usage: [["completions bash|zsh|fish", "shell completions for commands and options"]],
    flags: [],
    words: 1,
    offers: SHELLS,
  },
} as const satisfies Record<string, CommandRow>;

export type CommandName = keyof typeof COMMANDS;

export const COMMAND_NAMES = namesIn(COMMANDS);

export const isCommand = (word: string): word is CommandName => Object.hasOwn(COMMANDS, word);

/** Every option of a command, with what it does there. */
export function optionsOf(name: CommandName): Map<Flag, string | undefined> {
  const { flags, of_serve = [], help = {} }: CommandRow = COMMANDS[name];
  return new Map([...flags, ...of_serve, "help" as const, "version" as const].map((flag) => [flag, help[flag]]));
}
