/** A provider's key: from the environment, a file, the config itself, or a command that is run later. */
import { dirname, resolve } from "node:path";
import type { AuthCommand, KeyOrigin } from "./config-file.ts";
import type { Findings } from "./findings.ts";
import type { Preset } from "../preset.ts";
import { readNamed, resolvePath } from "./resolve-files.ts";
import type { AuthToml, ProviderToml } from "./schema.ts";
import type { KeyPath } from "../../core/toml-positions.ts";

export interface ResolvedKey {
  source: KeyOrigin;
  api_key?: string;
  auth_command?: AuthCommand;
}

/** Codex's own. */
const AUTH_TIMEOUT_MS = 5000;
const AUTH_REFRESH_MS = 300_000;

const WAYS = ["env_key", "api_key_file", "experimental_bearer_token", "auth"] as const;
const NONE: ResolvedKey = { source: { kind: "none" } };

/** `home`: the preset whose own address this is, so that its users' key may go there unasked. */
export function resolveKey(
  provider: ProviderToml,
  home: Preset | undefined,
  path: KeyPath,
  found: Findings,
): ResolvedKey {
  const given = WAYS.filter((way) => provider[way] !== undefined);
  const [way, second] = given;
  if (second !== undefined) {
    found.problem([...path, second], `there is already a key, by ${way}`, `keep one of ${given.join(", ")}`);
    return NONE;
  }
  const { env_key, api_key_file, experimental_bearer_token, auth } = provider;
  if (env_key !== undefined) return fromEnv(env_key, provider.env_key_instructions, path, found);
  if (api_key_file !== undefined) return fromFile(api_key_file, [...path, "api_key_file"], found);
  if (auth !== undefined) return fromCommand(auth, path, found);
  if (experimental_bearer_token !== undefined) {
    const api_key = clean(experimental_bearer_token, [...path, "experimental_bearer_token"], found);
    return api_key === undefined ? NONE : { source: { kind: "inline" }, api_key };
  }
  return home ? usual(home, path, found) : NONE;
}

function fromEnv(name: string, instructions: string | undefined, path: KeyPath, found: Findings): ResolvedKey {
  const key = [...path, "env_key"];
  const value = found.variable(name);
  if (!isVariable(name)) {
    found.problem(
      key,
      "is no name of an environment variable; is it the key itself?",
      'write the variable\'s name, env_key = "HOST_API_KEY", and run: export HOST_API_KEY=…',
    );
    return NONE;
  }
  if (value === undefined || value.trim() === "") {
    const what = value === undefined ? "is not set" : "is set, but empty";
    const how = instructions === undefined ? "" : ` (${instructions})`;
    found.problem(key, `the environment variable ${name} ${what}`, `run: export ${name}=…${how}`);
    return NONE;
  }
  const api_key = clean(value, key, found);
  return api_key === undefined ? NONE : { source: { kind: "env", name }, api_key };
}

function isVariable(name: string): boolean {
  return /^[A-Za-z_]\w*$/.test(name) && !looksLikeKey(name);
}

/** Long mixed words may be keys in the wrong place, and are not printed. */
function looksLikeKey(text: string): boolean {
  return text.length >= 16 && !/[/.]/.test(text) && /[a-z]/.test(text) && /\d/.test(text);
}

function fromFile(written: string, path: KeyPath, found: Findings): ResolvedKey {
  const file = resolvePath(written, path, found);
  const shown = looksLikeKey(written) ? "of this name; is it the key itself?" : undefined;
  const text = file === undefined ? undefined : readNamed(file, path, found, shown);
  if (file === undefined || text === undefined) return NONE;
  if (text.trim() === "") {
    found.problem(path, `${file} is empty`, "write the key into it");
    return NONE;
  }
  const api_key = clean(text, path, found);
  return api_key === undefined ? NONE : { source: { kind: "file", path: file }, api_key };
}

function fromCommand(auth: AuthToml, path: KeyPath, found: Findings): ResolvedKey {
  const { command, args = [], timeout_ms = AUTH_TIMEOUT_MS, refresh_interval_ms = AUTH_REFRESH_MS } = auth;
  const cwd =
    auth.cwd === undefined ? dirname(resolve(found.file)) : resolvePath(auth.cwd, [...path, "auth", "cwd"], found);
  if (cwd === undefined) return NONE;
  return {
    source: { kind: "command", command },
    auth_command: { command, args, timeout_ms, refresh_interval_ms, cwd },
  };
}

/** Where nothing is said, the variable that the host's users usually have. */
function usual(home: Preset, path: KeyPath, found: Findings): ResolvedKey {
  const name = home.env_keys.find((each) => (found.variable(each) ?? "").trim() !== "");
  if (name !== undefined) return fromEnv(name, undefined, path, found);
  if (home.base_url !== undefined && home.env_keys.length > 0) {
    found.warn(path, `has no key; run: export ${home.env_keys.join("=… or ")}=…, or say where it is by env_key`);
  }
  return NONE;
}

/** A key goes into a header: no line breaks, nothing outside of ASCII. */
function clean(text: string, path: KeyPath, found: Findings): string | undefined {
  const key = text.trim();
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  found.problem(
    path,
    "the key holds spaces, line breaks or other characters that no key has",
    "look for what else got into it: quotation marks, a second line, a comment",
  );
  return undefined;
}
