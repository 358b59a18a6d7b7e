/** Reads the command line. Every error says which argument, what is wrong, and what to write instead. */
import { parseArgs } from "node:util";
import { closest, distance } from "fastest-levenshtein";
import type { Preset } from "../config/preset.ts";
import { presetById, presetByUrl, PRESETS } from "../config/presets/index.ts";
import { WIRE_NAMES, type WireName } from "../core/provider.ts";
import { isLoopback } from "../server/loopback.ts";

export const DEFAULT_HOST = "127.0.0.1";
/** Spells JUSC on a phone's keypad; no model host is known to use it, and discovery never asks it. */
export const DEFAULT_PORT = 5872;

export interface ServeOptions {
  host: string;
  port: number;
  upstream: UpstreamOption | undefined;
  discover: boolean;
  hold_ms: number;
  heartbeat_ms: number;
  idle_ms: number;
  heal: "auto" | "off";
  quiet: boolean;
}

export interface UpstreamOption {
  base_url: string;
  api_key: string | undefined;
  preset: string | undefined;
  /** The only wire that it is asked by; its preset's when undefined. */
  wire: WireName | undefined;
}

export type Command = { name: "help" } | { name: "version" } | { name: "serve"; options: ServeOptions };

/** A mistake of the user's; printed without a stack trace. */
export class UsageError extends Error {}

const FLAGS = {
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "V" },
  listen: { type: "string", short: "l" },
  upstream: { type: "string", short: "u" },
  "upstream-key-env": { type: "string" },
  preset: { type: "string", short: "p" },
  wire: { type: "string" },
  "no-discover": { type: "boolean" },
  "hold-ms": { type: "string" },
  "heartbeat-ms": { type: "string" },
  "idle-ms": { type: "string" },
  heal: { type: "string" },
  quiet: { type: "boolean", short: "q" },
} as const;

export function readCommand(args: readonly string[], env: Record<string, string | undefined>): Command {
  const { values, positionals } = parse(args);
  const [name = "serve", ...rest] = positionals;
  if (values.help || name === "help") return { name: "help" };
  if (values.version || name === "version") return { name: "version" };
  if (name !== "serve") throw new UsageError(`there is no command \`${name}\`; there are: serve, help, version`);
  if (rest.length > 0) throw new UsageError(`\`${rest[0]}\` is one word too many; options begin with --`);
  const { host, port } = readListen(values.listen);
  if (!isLoopback(host)) {
    throw new UsageError(
      `--listen ${host} would let other machines in, and this version has no keys to keep strangers out; listen on ${DEFAULT_HOST} and reach it through an SSH tunnel`,
    );
  }
  return {
    name: "serve",
    options: {
      host,
      port,
      upstream: readUpstream(values, env),
      discover: values["no-discover"] !== true,
      hold_ms: readMs("--hold-ms", values["hold-ms"], 2000),
      heartbeat_ms: readMs("--heartbeat-ms", values["heartbeat-ms"], 10_000),
      idle_ms: readMs("--idle-ms", values["idle-ms"], 30 * 60_000),
      heal: readHeal(values.heal),
      quiet: values.quiet === true,
    },
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

function readListen(text: string | undefined): { host: string; port: number } {
  if (text === undefined) return { host: DEFAULT_HOST, port: DEFAULT_PORT };
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

function readHeal(text: string | undefined): "auto" | "off" {
  if (text === undefined || text === "auto" || text === "off") return text ?? "auto";
  throw new UsageError(`--heal ${text} must be auto or off`);
}

/** Timers of longer times fire at once. */
const MAX_MS = 2 ** 31 - 1;

function readMs(flag: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const ms = Number(text);
  if (!Number.isInteger(ms) || ms < 1 || ms > MAX_MS)
    throw new UsageError(`${flag} ${text} must be a whole number of milliseconds from 1 to ${MAX_MS}`);
  return ms;
}

/** The candidate that differs least, if it is close at all. */
function nearest(word: string, candidates: readonly string[]): string | undefined {
  const best = closest(word, candidates);
  return distance(word, best) <= Math.max(2, word.length / 3) ? best : undefined;
}
