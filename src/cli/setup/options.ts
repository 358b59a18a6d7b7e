/** What the command line says of `setup` and `launch`. */
import { isPrintable, printable } from "../../core/printable.ts";
import { nearest } from "../../config/file/nearest.ts";
import { KEY_VARIABLE } from "../../agents/endpoint.ts";
import type { FlagValues } from "../flags.ts";
import { UsageError } from "../usage-error.ts";

export const SETUP_AGENTS = ["codex", "claude-code", "opencode", "cline", "goose", "aider"] as const;
export type SetupAgent = (typeof SETUP_AGENTS)[number];
export const LAUNCH_AGENTS = ["codex", "claude", "opencode"] as const;
type LaunchAgent = (typeof LAUNCH_AGENTS)[number];

export interface SetupOptions {
  /** Undefined only with `list`. */
  agent: SetupAgent | undefined;
  list: boolean;
  /** Print what is to be written, for another machine; nothing is read or written. */
  print: boolean;
  undo: boolean;
  dry_run: boolean;
  /** Ask nothing. */
  yes: boolean;
  /** Repair what keeps the agent from working. */
  fix: boolean;
  as_default: boolean;
  live_catalog: boolean;
  /** With `/v1`; what the shim's config says when undefined. */
  base_url: string | undefined;
  model: string;
  context_window: number | undefined;
  /** Environment variable that holds the shim's key. */
  key_env: string | undefined;
}

export interface LaunchOptions {
  agent: LaunchAgent;
  /** Handed on as they are. */
  args: readonly string[];
  base_url: string | undefined;
  model: string;
  context_window: number | undefined;
  key_env: string | undefined;
}

/** What other agents have no place for. */
const ONLY_FOR: Readonly<Record<"fix" | "live-catalog" | "default", readonly SetupAgent[]>> = {
  fix: ["codex"],
  "live-catalog": ["codex"],
  default: ["codex", "opencode", "aider"],
};

const DEFAULT_MODEL = "jusCode-auto";

/** `words`: what stands on the command line behind `setup`. */
export function readSetup(values: FlagValues, words: readonly string[]): SetupOptions {
  const [word, extra] = words;
  if (extra !== undefined) throw new UsageError(`\`${extra}\` is one word too many; options begin with --`);
  const list = values.list === true;
  if (word === undefined && !list)
    throw new UsageError(`setup needs the name of an agent: ${SETUP_AGENTS.join(", ")}; see also setup --list`);
  const { undo = false, print = false } = values;
  if (undo && print) throw new UsageError("--undo and --print do not go together");
  const agent =
    word === undefined ? undefined : agentOf(word === "claude" ? "claude-code" : word, SETUP_AGENTS, "setup");
  for (const [flag, agents] of Object.entries(ONLY_FOR))
    if (values[flag as keyof typeof ONLY_FOR] === true && agent !== undefined && !agents.includes(agent))
      throw new UsageError(`--${flag} is for ${agents.join(", ")} only`);
  return {
    agent,
    list,
    print,
    undo,
    dry_run: values["dry-run"] === true,
    yes: values.yes === true,
    fix: values.fix === true,
    as_default: values.default === true,
    live_catalog: values["live-catalog"] === true,
    ...readEndpoint(values),
  };
}

/** `words`: what stands on the command line behind `launch`, with or without `--` before the agent's own arguments. */
export function readLaunch(values: FlagValues, words: readonly string[]): LaunchOptions {
  const [word, ...args] = words;
  if (word === undefined) throw new UsageError(`launch needs the name of an agent: ${LAUNCH_AGENTS.join(", ")}`);
  const agent = agentOf(word === "claude-code" ? "claude" : word, LAUNCH_AGENTS, "launch");
  return { agent, args, ...readEndpoint(values) };
}

function agentOf<Name extends string>(word: string, names: readonly Name[], command: string): Name {
  const found = names.find((name) => name === word);
  if (found !== undefined) return found;
  const near = nearest(word, names);
  throw new UsageError(
    `${command} knows no agent \`${word}\`; ${near ? `did you mean ${near}? T` : "t"}here are: ${names.join(", ")}`,
  );
}

interface EndpointOptions {
  base_url: string | undefined;
  model: string;
  context_window: number | undefined;
  key_env: string | undefined;
}

function readEndpoint(values: FlagValues): EndpointOptions {
  const model = values.model?.at(-1) ?? DEFAULT_MODEL;
  if (!isPrintable(model))
    throw new UsageError(`--model ${printable(model)} holds line breaks or other characters that cannot be shown`);
  return {
    base_url: values["base-url"] === undefined ? undefined : readBaseUrl(values["base-url"]),
    model,
    context_window: readWindow(values["context-window"]),
    key_env: readKeyEnv(values),
  };
}

function readKeyEnv({ "key-env": name, keys = false }: FlagValues): string | undefined {
  if (name === undefined) return keys ? KEY_VARIABLE : undefined;
  if (!/^[A-Za-z_]\w*$/.test(name))
    throw new UsageError("--key-env takes the name of an environment variable that holds the key, not the key itself");
  return name;
}

function readWindow(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{2,8}$/.test(text))
    throw new UsageError(`--context-window ${text} must be a number of tokens, for example 65536`);
  return Number(text);
}

function readBaseUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new UsageError(`--base-url ${text} is no URL; write for example https://shim.example:5872/v1`);
  const url = new URL(text);
  if (url.username !== "" || url.password !== "")
    throw new UsageError("--base-url must hold no name or password; give the key by --key-env NAME");
  const path = url.pathname
    .replace(/\/+$/, "")
    .replace(/\/v1\/(?:responses|messages|chat\/completions|models)$/, "/v1");
  return url.origin + (path === "" ? "/v1" : path);
}
