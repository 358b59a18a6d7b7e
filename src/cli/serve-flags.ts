/** The command line of `serve`. Every error names the argument, what is wrong with it, and what to write instead. */
import { choicesText } from "../config/file/nearest.ts";
import { parseListen } from "../config/file/resolve-server.ts";
import type { Preset } from "../config/preset.ts";
import { presetById, presetByUrl, presetHome, PRESETS } from "../config/presets/index.ts";
import { DEFAULT_HOST, DEFAULT_PORT } from "./defaults.ts";
import type { FlagValues } from "./flags.ts";
import { UsageError } from "./usage-error.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** What the command line sets; the rest is set by the config file or a default (see settings.ts). */
export type ServeFlags = ReturnType<typeof readServe>;

export type UpstreamOption = NonNullable<ReturnType<typeof readUpstream>>;

export function readServe(values: FlagValues, env: Env) {
  const { config, heal, quiet = false, record, "record-texts": record_texts = false } = values;
  if (record_texts && record === undefined) throw new UsageError("--record-texts needs --record DIR");
  return {
    config,
    listen: values.listen === undefined ? undefined : readListen(values.listen),
    upstream: readUpstream(values, env),
    discover: values["no-discover"] === true ? false : undefined,
    hold_ms: values["hold-ms"],
    heartbeat_ms: values["heartbeat-ms"],
    idle_ms: values["idle-ms"],
    max_requests: values["max-requests"],
    heal,
    quiet,
    log_level: values["log-level"],
    log_format: values["log-format"],
    record,
    record_texts,
  };
}

function readListen(text: string): { host: string; port: number } {
  const address = parseListen(text);
  if (address) return address;
  throw new UsageError(
    `--listen ${text} is not an address; use HOST:PORT or PORT, for example ${DEFAULT_HOST}:${DEFAULT_PORT}`,
  );
}

/** By its URL, by a preset that has one, or both. */
function readUpstream(flags: FlagValues, env: Env) {
  const { upstream, preset: id, wire, "upstream-key-env": variable } = flags;
  const preset = presetById(id);
  if (id !== undefined && !preset) {
    const ids = PRESETS.map((each) => each.id);
    throw new UsageError(`unknown preset \`${id}\`; ${choicesText(id, ids)}`);
  }
  if (upstream === undefined && !preset) {
    for (const flag of ["upstream-key-env", "wire"] as const)
      if (flags[flag] !== undefined) throw new UsageError(`--${flag} needs --upstream or --preset`);
    return undefined;
  }
  const base_url = upstream === undefined ? homeOf(preset) : readUrl(upstream);
  const known = preset ?? presetByUrl(base_url);
  const api_key = variable === undefined ? usualKey(known, env) : readKey(variable, env);
  return { base_url, api_key, preset: known?.id, wire };
}

function homeOf(preset: Preset | undefined): string {
  const home = preset && presetHome(preset);
  if (home !== undefined && !home.includes("{")) return home;
  const form = home === undefined ? "" : `, which looks like ${home}`;
  throw new UsageError(`--preset ${preset?.id} has no address of its own; add the provider's by --upstream${form}`);
}

/** The key in the provider's usual environment variable. */
function usualKey(preset: Preset | undefined, env: Env): string | undefined {
  return preset?.env_keys.map((name) => env[name]?.trim()).find((key) => key !== undefined && key !== "");
}

function readUrl(text: string): string {
  const url = URL.parse(text);
  if (!url) throw new UsageError(`--upstream ${text} is not a URL; for example http://127.0.0.1:11434/v1`);
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new UsageError(`--upstream ${text} must begin with http:// or https://`);
  if (url.username !== "" || url.password !== "")
    throw new UsageError(
      "--upstream must not contain a user name or password, since addresses are printed; give the key by --upstream-key-env NAME",
    );
  const path = url.pathname.replace(/\/+$/, "");
  const tail = /\/(chat\/completions|responses|completions|messages|models)$/.exec(path);
  if (tail) {
    const base = url.origin + path.slice(0, -tail[0].length);
    throw new UsageError(`--upstream ${text} must end before /${tail[1]}: ${base}`);
  }
  return url.origin + (path === "" ? "/v1" : path) + url.search;
}

function readKey(name: string, env: Env): string {
  const key = env[name]?.trim();
  if (key) return key;
  throw new UsageError(`--upstream-key-env: the environment variable ${name} is not set; run: export ${name}=…`);
}
