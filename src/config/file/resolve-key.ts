/** A provider's key: from the environment, a file, the config itself, or a command that is run later. */
import { dirname, resolve } from "node:path";
import type { Preset } from "../preset.ts";
import type { AuthCommand, KeyOrigin } from "./config-file.ts";
import type { Setting } from "./findings.ts";
import { isVariable, noVariable, readSecret, readVariable, resolvePath } from "./resolve-files.ts";
import type { AuthToml, ProviderToml } from "./schema.ts";

export interface ResolvedKey {
  source: KeyOrigin;
  api_key?: string;
  auth_command?: AuthCommand;
}

/** Codex's own defaults. */
const AUTH_TIMEOUT_MS = 5000;
const AUTH_REFRESH_MS = 300_000;

const WAYS = ["env_key", "api_key_file", "experimental_bearer_token", "auth"] as const;
const NONE: ResolvedKey = { source: { kind: "none" } };

/** `home` is the preset whose own address this is: only there its usual key is sent without being named. */
export function resolveKey(provider: ProviderToml, home: Preset | undefined, setting: Setting): ResolvedKey {
  const given = WAYS.filter((way) => provider[way] !== undefined);
  const [way, second] = given;
  if (second !== undefined) {
    setting.at(second).problem(`the key is already given by ${way}`, `keep one of ${given.join(", ")}`);
    return NONE;
  }
  const { env_key, api_key_file, experimental_bearer_token, auth, env_key_instructions } = provider;
  if (env_key !== undefined) return fromEnv(env_key, setting.at("env_key"), env_key_instructions) ?? NONE;
  if (api_key_file !== undefined) return fromFile(api_key_file, setting.at("api_key_file")) ?? NONE;
  if (auth !== undefined) return fromCommand(auth, setting) ?? NONE;
  if (experimental_bearer_token !== undefined)
    return clean(experimental_bearer_token, { kind: "inline" }, setting.at("experimental_bearer_token")) ?? NONE;
  return (home && usual(home, setting)) ?? NONE;
}

function fromEnv(name: string, setting: Setting, instructions?: string): ResolvedKey | undefined {
  if (!isVariable(name) || looksLikeKey(name)) return noVariable(setting, "key", "env_key", "HOST_API_KEY");
  const value = readVariable(name, setting, instructions);
  return value === undefined ? undefined : clean(value, { kind: "env", name }, setting);
}

/** Long mixed words may be keys in the wrong place, and are not printed. */
function looksLikeKey(text: string): boolean {
  return text.length >= 16 && !/[/.]/.test(text) && /[a-z]/.test(text) && /\d/.test(text);
}

function fromFile(written: string, setting: Setting): ResolvedKey | undefined {
  const path = resolvePath(written, setting);
  const shown = looksLikeKey(written) ? "of this name; is it the key itself?" : undefined;
  const text = path === undefined ? undefined : readSecret(path, setting, "key", shown);
  return path === undefined || text === undefined ? undefined : clean(text, { kind: "file", path }, setting);
}

function fromCommand(auth: AuthToml, setting: Setting): ResolvedKey | undefined {
  const { command, args = [], timeout_ms = AUTH_TIMEOUT_MS, refresh_interval_ms = AUTH_REFRESH_MS } = auth;
  const beside = dirname(resolve(setting.found.file));
  const cwd = auth.cwd === undefined ? beside : resolvePath(auth.cwd, setting.at("auth", "cwd"));
  if (cwd === undefined) return undefined;
  return {
    source: { kind: "command", command },
    auth_command: { command, args, timeout_ms, refresh_interval_ms, cwd },
  };
}

/** The provider's usual environment variable. */
function usual({ env_keys, base_url }: Preset, setting: Setting): ResolvedKey | undefined {
  const name = env_keys.find((each) => (setting.variable(each) ?? "").trim() !== "");
  if (name !== undefined) return fromEnv(name, setting.at("env_key"));
  if (base_url !== undefined && env_keys.length > 0)
    setting.warn(`has no key; run: export ${env_keys.join("=… or ")}=…, or name its variable by env_key`);
  return undefined;
}

/** A key goes into a header: no line breaks, and ASCII only. */
function clean(text: string, source: KeyOrigin, setting: Setting): ResolvedKey | undefined {
  const api_key = text.trim();
  if (/^[\x21-\x7e]+$/.test(api_key)) return { source, api_key };
  return setting.problem(
    "the key holds spaces, line breaks or other characters that no key has",
    "look for what else got into it: quotation marks, a second line, a comment",
  );
}
