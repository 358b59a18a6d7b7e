/** The command lines of `setup` and `launch`. */
import { KEY_VARIABLE } from "../../agents/endpoint.ts";
import { choicesText } from "../../config/file/nearest.ts";
import { isPrintable, printable } from "../../core/printable.ts";
import type { FlagValues } from "../flags.ts";
import { refuseExtra, UsageError } from "../usage-error.ts";

export const SETUP_AGENTS = ["codex", "claude-code", "opencode", "cline", "goose", "aider"] as const;
export type SetupAgent = (typeof SETUP_AGENTS)[number];
export const LAUNCH_AGENTS = ["codex", "claude", "opencode"] as const;

export type SetupOptions = ReturnType<typeof readSetup>;
export type LaunchOptions = ReturnType<typeof readLaunch>;

/** Options that other agents cannot honor. */
const ONLY_FOR: readonly [flag: "fix" | "live-catalog" | "default", agents: readonly SetupAgent[]][] = [
  ["fix", ["codex"]],
  ["live-catalog", ["codex"]],
  ["default", ["codex", "opencode", "aider"]],
];

const DEFAULT_MODEL = "jusCode-auto";

/** `words`: the arguments behind `setup`. */
export function readSetup(values: FlagValues, [word, extra]: readonly string[]) {
  refuseExtra(extra);
  const { list = false, undo = false, print = false, yes = false, fix = false } = values;
  if (word === undefined && !list)
    throw new UsageError(`setup needs the name of an agent: ${SETUP_AGENTS.join(", ")}; see also setup --list`);
  if (undo && print) throw new UsageError("--undo and --print exclude each other");
  const agent =
    word === undefined ? undefined : agentOf(word === "claude" ? "claude-code" : word, SETUP_AGENTS, "setup");
  for (const [flag, agents] of ONLY_FOR)
    if (values[flag] === true && agent !== undefined && !agents.includes(agent))
      throw new UsageError(`--${flag} is for ${agents.join(", ")} only`);
  return {
    agent,
    list,
    print,
    undo,
    dry_run: values["dry-run"] === true,
    yes,
    fix,
    as_default: values.default === true,
    live_catalog: values["live-catalog"] === true,
    ...readEndpoint(values),
  };
}

/** `words`: the arguments behind `launch`, with or without `--` before the agent's own. */
export function readLaunch(values: FlagValues, [word, ...args]: readonly string[]) {
  if (word === undefined) throw new UsageError(`launch needs the name of an agent: ${LAUNCH_AGENTS.join(", ")}`);
  const agent = agentOf(word === "claude-code" ? "claude" : word, LAUNCH_AGENTS, "launch");
  return { agent, args, ...readEndpoint(values) };
}

function agentOf<Name extends string>(word: string, names: readonly Name[], command: string): Name {
  const found = names.find((name) => name === word);
  if (found !== undefined) return found;
  throw new UsageError(`unknown agent \`${command} ${word}\`; ${choicesText(word, names)}`);
}

function readEndpoint(values: FlagValues) {
  const { "context-window": window, "base-url": base_url, "key-env": key_env, keys = false } = values;
  const model = values.model?.at(-1) ?? DEFAULT_MODEL;
  if (!isPrintable(model))
    throw new UsageError(`--model ${printable(model)} holds line breaks or other characters that cannot be shown`);
  if (window !== undefined && !/^[1-9]\d{2,8}$/.test(window))
    throw new UsageError(`--context-window ${window} must be a number of tokens, for example 65536`);
  if (key_env !== undefined && !/^[A-Za-z_]\w*$/.test(key_env))
    throw new UsageError("--key-env takes the name of an environment variable that holds the key, not the key itself");
  return {
    base_url: base_url === undefined ? undefined : readBaseUrl(base_url),
    model,
    context_window: window === undefined ? undefined : Number(window),
    key_env: key_env ?? (keys ? KEY_VARIABLE : undefined),
  };
}

function readBaseUrl(text: string): string {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol))
    throw new UsageError(`--base-url ${text} is not a URL; for example https://shim.example:5872/v1`);
  if (url.username !== "" || url.password !== "")
    throw new UsageError("--base-url must not contain a user name or password; give the key by --key-env NAME");
  const path = url.pathname
    .replace(/\/+$/, "")
    .replace(/\/v1\/(?:responses|messages|chat\/completions|models)$/, "/v1");
  return url.origin + (path === "" ? "/v1" : path);
}
