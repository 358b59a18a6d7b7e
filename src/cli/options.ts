/** Reads the command line. Every error says which argument, what is wrong, and what to write instead. */
import { parseArgs } from "node:util";
import { nearest } from "../config/file/nearest.ts";
import type { Preset } from "../config/preset.ts";
import { presetById, presetByUrl, PRESETS } from "../config/presets/index.ts";
import { WIRE_NAMES, type WireName } from "../core/provider.ts";
import { isLoopback } from "../server/loopback.ts";

export const DEFAULT_HOST = "127.0.0.1";
/** Spells JUSC on a phone's keypad; no model host is known to use it, and discovery never asks it. */
export const DEFAULT_PORT = 5872;

/** What the command line says; what it leaves unsaid the config file or a default decides (see settings.ts). */
export interface ServeFlags {
  config: string | undefined;
  listen: { host: string; port: number } | undefined;
  upstream: UpstreamOption | undefined;
  discover: boolean | undefined;
  hold_ms: number | undefined;
  heartbeat_ms: number | undefined;
  idle_ms: number | undefined;
  /** Requests that may run at once. */
  max_requests: number | undefined;
  heal: "auto" | "off" | undefined;
  quiet: boolean;
}

export interface UpstreamOption {
  base_url: string;
  api_key: string | undefined;
  preset: string | undefined;
  /** The only wire that it is asked by; its preset's when undefined. */
  wire: WireName | undefined;
}

export type Command =
  | { name: "help" }
  | { name: "version" }
  | { name: "serve"; flags: ServeFlags }
  | { name: "check"; options: CheckOptions }
  | { name: "init"; options: InitOptions };

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

/** A mistake of the user's; printed without a stack trace. */
export class UsageError extends Error {}

const FLAGS = {
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
} as const;

type Flag = keyof typeof FLAGS;

/** Which flags each command has, besides help and version. */
const OF_COMMAND: Record<Exclude<Command["name"], "help" | "version">, readonly Flag[]> = {
  serve: [
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
  ],
  check: ["config", "json", "json-schema"],
  init: ["config", "stdout", "force"],
};

export function readCommand(args: readonly string[], env: Record<string, string | undefined>): Command {
  const { values, positionals } = parse(args);
  const [word = "serve", ...rest] = positionals;
  if (values.help || word === "help") return { name: "help" };
  if (values.version || word === "version") return { name: "version" };
  const name = commandOf(word);
  if (rest.length > 0) throw new UsageError(`\`${rest[0]}\` is one word too many; options begin with --`);
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
  }
}

function commandOf(word: string): keyof typeof OF_COMMAND {
  if (Object.hasOwn(OF_COMMAND, word)) return word as keyof typeof OF_COMMAND;
  const names = [...Object.keys(OF_COMMAND), "help", "version"];
  const near = nearest(word, names);
  throw new UsageError(
    `there is no command \`${word}\`; ${near ? `did you mean ${near}? T` : "t"}here are: ${names.join(", ")}`,
  );
}

function readServe(values: ReturnType<typeof parse>["values"], env: Record<string, string | undefined>): ServeFlags {
  const listen = values.listen === undefined ? undefined : readListen(values.listen);
  if (listen && !isLoopback(listen.host)) {
    throw new UsageError(
      `--listen ${listen.host} would let other machines in, and this version has no keys to keep strangers out; listen on ${DEFAULT_HOST} and reach it through an SSH tunnel`,
    );
  }
  return {
    config: values.config,
    listen,
    upstream: readUpstream(values, env),
    discover: values["no-discover"] === true ? false : undefined,
    hold_ms: readMs("--hold-ms", values["hold-ms"]),
    heartbeat_ms: readMs("--heartbeat-ms", values["heartbeat-ms"]),
    idle_ms: readMs("--idle-ms", values["idle-ms"]),
    max_requests: readCount("--max-requests", values["max-requests"]),
    heal: readHeal(values.heal),
    quiet: values.quiet === true,
  };
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

function readListen(text: string): { host: string; port: number } {
  const found = /^(?:(\[[^\]]+\]|[^:]*):)?(\d+)$/.exec(text);
  const port = Number(found?.[2] ?? Number.NaN);
  if (!(port >= 0 && port <= 65_535))
    throw new UsageError(
      `--listen ${text} is no address; write HOST:PORT or PORT, for example ${DEFAULT_HOST}:${DEFAULT_PORT}`,
    );
  return { host: (found?.[1] ?? "").replaceAll(/[[\]]/g, "") || DEFAULT_HOST, port };
}

interface UpstreamFlags {
  upstream?: string | undefined;
  "upstream-key-env"?: string | undefined;
  preset?: string | undefined;
  wire?: string | undefined;
}

/** By its URL, by a preset that has one, or both. */
function readUpstream(flags: UpstreamFlags, env: Record<string, string | undefined>): UpstreamOption | undefined {
  const preset = readPreset(flags.preset);
  if (flags.upstream === undefined && !preset) {
    for (const flag of ["upstream-key-env", "wire"] as const)
      if (flags[flag] !== undefined) throw new UsageError(`--${flag} needs --upstream or --preset`);
    return undefined;
  }
  const base_url = flags.upstream === undefined ? homeOf(preset) : readUrl(flags.upstream);
  const known = preset ?? presetByUrl(base_url);
  return {
    base_url,
    api_key: readKey(flags["upstream-key-env"], env) ?? usualKey(known, env),
    preset: known?.id,
    wire: readWire(flags.wire),
  };
}

function readPreset(id: string | undefined): Preset | undefined {
  const preset = presetById(id);
  if (id === undefined || preset) return preset;
  const ids = PRESETS.map((each) => each.id);
  const near = nearest(id, ids);
  throw new UsageError(
    `there is no preset \`${id}\`; ${near ? `did you mean ${near}? T` : "t"}here are: ${ids.join(", ")}`,
  );
}

/** Where a preset's host is at home. */
function homeOf(preset: Preset | undefined): string {
  const [port] = preset?.ports ?? [];
  if (preset?.base_url !== undefined && !preset.base_url.includes("{")) return preset.base_url;
  if (port !== undefined) return `http://127.0.0.1:${port}/v1`;
  const form = preset?.base_url === undefined ? "" : `, which is like ${preset.base_url}`;
  throw new UsageError(`--preset ${preset?.id} has no address of its own; give the host's by --upstream${form}`);
}

/** The key where this host's users keep it, when no other place was named. */
function usualKey(preset: Preset | undefined, env: Record<string, string | undefined>): string | undefined {
  return preset?.env_keys.map((name) => env[name]?.trim()).find((key) => key !== undefined && key !== "");
}

function readWire(text: string | undefined): WireName | undefined {
  const wire = WIRE_NAMES.find((name) => name === text);
  if (text === undefined || wire) return wire;
  throw new UsageError(`--wire ${text} must be one of ${WIRE_NAMES.join(", ")}`);
}

function readUrl(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new UsageError(`--upstream ${text} is no URL; write for example http://127.0.0.1:11434/v1`);
  }
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new UsageError(`--upstream ${text} must begin with http:// or https://`);
  if (url.username !== "" || url.password !== "")
    throw new UsageError(
      `--upstream must hold no name or password, since addresses are printed; give the host's key by --upstream-key-env NAME`,
    );
  const path = url.pathname.replace(/\/+$/, "");
  const tail = /\/(chat\/completions|responses|completions|messages|models)$/.exec(path);
  if (tail) {
    throw new UsageError(
      `--upstream ${text} has a path too much; leave out /${tail[1]}: ${url.origin}${path.slice(0, -tail[0].length)}`,
    );
  }
  return url.origin + (path === "" ? "/v1" : path) + url.search;
}

function readKey(name: string | undefined, env: Record<string, string | undefined>): string | undefined {
  if (name === undefined) return undefined;
  const key = env[name];
  if (key === undefined || key.trim() === "")
    throw new UsageError(`--upstream-key-env: the environment variable ${name} is not set; run: export ${name}=…`);
  return key.trim();
}

function readHeal(text: string | undefined): "auto" | "off" | undefined {
  if (text === undefined || text === "auto" || text === "off") return text;
  throw new UsageError(`--heal ${text} must be auto or off`);
}

/** Each takes two sockets, of which a system gives a process some ten thousands. */
const MOST_REQUESTS = 20_000;

function readCount(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= MOST_REQUESTS) return count;
  throw new UsageError(`${flag} ${text} must be a whole number from 1 to ${MOST_REQUESTS}`);
}

/** Timers of longer times fire at once. */
const MAX_MS = 2 ** 31 - 1;

function readMs(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = Number(text);
  if (!Number.isInteger(ms) || ms < 1 || ms > MAX_MS)
    throw new UsageError(`${flag} ${text} must be a whole number of milliseconds from 1 to ${MAX_MS}`);
  return ms;
}
