/** What the command line says of `serve`. Every error says which argument, what is wrong, and what to write instead. */
import { nearest } from "../config/file/nearest.ts";
import type { Preset } from "../config/preset.ts";
import { presetById, presetByUrl, PRESETS } from "../config/presets/index.ts";
import type { WireName } from "../core/provider.ts";
import { DEFAULT_HOST, DEFAULT_PORT } from "./defaults.ts";
import type { FlagValues } from "./flags.ts";
import type { OutsideFlags } from "./outside.ts";
import { UsageError } from "./usage-error.ts";

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

export function readServe(values: FlagValues, env: Record<string, string | undefined>): ServeFlags {
  const listen = values.listen === undefined ? undefined : readListen(values.listen);
  return {
    config: values.config,
    listen,
    upstream: readUpstream(values, env),
    discover: values["no-discover"] === true ? false : undefined,
    hold_ms: values["hold-ms"],
    heartbeat_ms: values["heartbeat-ms"],
    idle_ms: values["idle-ms"],
    max_requests: values["max-requests"],
    heal: values.heal,
    quiet: values.quiet === true,
    log_level: values["log-level"],
    log_format: values["log-format"],
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

/** By its URL, by a preset that has one, or both. */
function readUpstream(flags: FlagValues, env: Record<string, string | undefined>): UpstreamOption | undefined {
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
    wire: flags.wire,
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

function readTexts({ record, "record-texts": texts = false }: FlagValues): boolean {
  if (texts && record === undefined) throw new UsageError("--record-texts needs --record DIR");
  return texts;
}
