/** What Codex CLI's config has to say, in its versions. Measured with 0.101, 0.107, 0.133, 0.134 and 0.169. */
import { tomlText, type TomlChange } from "../core/toml-edit.ts";
import { tomlName } from "../core/toml-scan.ts";
import { PROVIDER_ID, type Endpoint } from "./endpoint.ts";

export interface CodexTarget extends Endpoint {
  /** Absolute path of the model catalog; absent for none. */
  catalog_file?: string;
  /** Codex asks the shim for its models by itself at each start, instead of reading the catalog. */
  live?: boolean;
}

export type Version = readonly [number, number, number];

/** `--profile NAME` reads `NAME.config.toml` from here on, and is refused where config.toml has a profile of that name. */
const PROFILE_FILES_SINCE: Version = [0, 134, 0];

/** `codex --version` says `codex-cli 0.169.0`. */
export function readVersion(text: string): Version | undefined {
  const found = /(\d+)\.(\d+)\.(\d+)/.exec(text);
  return found ? [Number(found[1]), Number(found[2]), Number(found[3])] : undefined;
}

/** A version that nobody knows is taken for a new one. */
export function hasProfileFiles(version: Version | undefined): boolean {
  if (!version) return true;
  const difference = version.map((part, i) => part - (PROFILE_FILES_SINCE[i] ?? 0)).find((each) => each !== 0);
  return (difference ?? 0) >= 0;
}

/**
 * Where the settings go: to the top of a file, which is the own profile file or the config itself, or into the
 * profile's table within the config, for old versions.
 */
type Place = "top" | "profile_table";

export function codexChanges(target: CodexTarget, place: Place): TomlChange[] {
  const before = place === "top" ? [] : ["profiles", PROVIDER_ID];
  const { model, catalog_file, live = false } = target;
  const catalog = [...before, "model_catalog_json"];
  return [
    { path: [...before, "model"], set: model },
    { path: [...before, "model_provider"], set: PROVIDER_ID },
    catalog_file === undefined || live ? { path: catalog, remove: true } : { path: catalog, set: catalog_file },
    ...providerChanges(target),
  ];
}

const PROVIDER = ["model_providers", PROVIDER_ID] as const;

function providerChanges({ base_url, key_env, live = false }: CodexTarget): TomlChange[] {
  const set = (key: string, value: string): TomlChange => ({ path: [...PROVIDER, key], set: value });
  const remove = (key: string): TomlChange => ({ path: [...PROVIDER, key], remove: true });
  return [
    set("name", PROVIDER_ID),
    set("base_url", base_url),
    set("wire_api", "responses"),
    // Codex takes a key by one way only.
    ...(live ? [remove("env_key"), ...authChanges(key_env)] : [remove("auth"), ...keyChanges(key_env)]),
    // With a login at OpenAI this would send its token to us.
    remove("requires_openai_auth"),
  ];
}

function keyChanges(key_env: string | undefined): TomlChange[] {
  if (key_env === undefined) return [{ path: [...PROVIDER, "env_key"], remove: true }];
  return [{ path: [...PROVIDER, "env_key"], set: key_env }];
}

/** Codex fetches the list of models only from a provider whose key a command prints. */
function authChanges(key_env: string | undefined): TomlChange[] {
  const [command, word] = key_env === undefined ? ["echo", "unused"] : ["printenv", key_env];
  return [
    { path: [...PROVIDER, "auth", "command"], set: command },
    { path: [...PROVIDER, "auth", "args"], set: [word] },
  ];
}

export const PROFILE_HEAD = `# Written by juscode-shim setup codex; used by: codex --profile ${PROVIDER_ID}
`;

/** All of it on Codex's command line; a file is needed for the catalog alone. */
export function codexArguments({ base_url, model, key_env, catalog_file }: CodexTarget): string[] {
  const provider = {
    name: PROVIDER_ID,
    base_url,
    wire_api: "responses",
    requires_openai_auth: false,
    ...(key_env !== undefined && { env_key: key_env }),
  };
  const settings = {
    model,
    model_provider: PROVIDER_ID,
    [tomlName(PROVIDER)]: provider,
    ...(catalog_file !== undefined && { model_catalog_json: catalog_file }),
  };
  return Object.entries(settings).flatMap(([key, value]) => ["-c", `${key}=${tomlText(value)}`]);
}

/**
 * The catalog file, from what the shim answers to `GET /v1/models`. Codex 0.107, 0.133 and 0.134 do not load at all
 * where the fields that are added here are missing; 0.169 does not look at them.
 */
export function codexCatalogText(list: unknown): string | undefined {
  const models = (list as { models?: unknown } | null)?.models;
  if (!Array.isArray(models) || models.length === 0) return undefined;
  const entries = (models as Record<string, unknown>[]).map((entry) => ({
    supports_reasoning_summaries: ((entry["supported_reasoning_levels"] as unknown[] | undefined) ?? []).length > 0,
    supports_parallel_tool_calls: true,
    ...entry,
  }));
  return `${JSON.stringify({ models: entries }, null, 2)}\n`;
}

/** The window that the catalog gives a model. */
export function windowIn(list: unknown, model: string): number | undefined {
  const models = (list as { models?: { slug?: unknown; context_window?: unknown }[] } | null)?.models ?? [];
  const window = models.find(({ slug }) => slug === model)?.context_window;
  return typeof window === "number" ? window : undefined;
}
