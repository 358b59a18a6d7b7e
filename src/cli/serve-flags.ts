/** What the command line says of `serve`. Every error says which argument, what is wrong, and what to write instead. */
import { nearest } from "../config/file/nearest.ts";
import type { Preset } from "../config/preset.ts";
import { presetById, presetByUrl, PRESETS } from "../config/presets/index.ts";
import { WIRE_NAMES, type WireName } from "../core/provider.ts";
import { LOG_LEVELS } from "../server/log.ts";
import type { OutsideFlags } from "./outside.ts";
import { UsageError } from "./usage-error.ts";

export const DEFAULT_HOST = "127.0.0.1";
/** Spells JUSC on a phone's keypad; no model host is known to use it, and discovery never asks it. */
export const DEFAULT_PORT = 5872;

/** What the command line says; what it leaves unsaid the config file or a default decides (see settings.ts). */
export interface ServeFlags extends OutsideFlags {
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

/** The flags as they were written. */
export interface ServeValues extends UpstreamFlags {
  config?: string | undefined;
  listen?: string | undefined;
  "no-discover"?: boolean | undefined;
  "hold-ms"?: string | undefined;
  "heartbeat-ms"?: string | undefined;
  "idle-ms"?: string | undefined;
  "max-requests"?: string | undefined;
  heal?: string | undefined;
  quiet?: boolean | undefined;
  "log-level"?: string | undefined;
  "log-format"?: string | undefined;
  record?: string | undefined;
  "record-texts"?: boolean | undefined;
}

export function readServe(values: ServeValues, env: Record<string, string | undefined>): ServeFlags {
  const listen = values.listen === undefined ? undefined : readListen(values.listen);
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
    log_level: readOneOf("--log-level", LOG_LEVELS, values["log-level"]),
    log_format: readOneOf("--log-format", ["text", "json"], values["log-format"]),
    record: values.record,
    record_texts: readTexts(values),
  };
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

function readOneOf<Word extends string>(
  flag: string,
  words: readonly Word[],
  text: string | undefined,
): Word | undefined {
  const word = words.find((each) => each === text);
  if (text === undefined || word !== undefined) return word;
  throw new UsageError(`${flag} ${text} must be one of ${words.join(", ")}`);
}

function readTexts({ record, "record-texts": texts = false }: ServeValues): boolean {
  if (texts && record === undefined) throw new UsageError("--record-texts needs --record DIR");
  return texts;
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
