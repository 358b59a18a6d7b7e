/** The settings of Codex CLI, in its versions. Measured with 0.101, 0.107, 0.133, 0.134 and 0.169. */
import type { JsonObject } from "../core/dialect.ts";
import { isJsonObject } from "../core/json-fields.ts";
import { tomlText, type TomlChange } from "../core/toml-edit.ts";
import { tomlName } from "../core/toml-scan.ts";
import { PROVIDER_ID, type Endpoint } from "./endpoint.ts";

interface CodexTarget extends Endpoint {
  /** Absolute path of the model catalog; absent for none. */
  catalog_file?: string;
  /** Codex asks the shim for its models at each start, instead of reading the catalog. */
  live?: boolean;
}

export type Version = readonly [number, number, number];

/** From here on `--profile NAME` reads `NAME.config.toml`, and is refused where config.toml has a profile of that name. */
const PROFILE_FILES_SINCE: Version = [0, 134, 0];

/** `codex --version` says `codex-cli 0.169.0`. */
export function readVersion(text: string): Version | undefined {
  const found = /(\d+)\.(\d+)\.(\d+)/.exec(text);
  return found ? [Number(found[1]), Number(found[2]), Number(found[3])] : undefined;
}

/** An unknown version counts as a new one. */
export function hasProfileFiles(version: Version | undefined): boolean {
  if (!version) return true;
  const difference = version.map((part, i) => part - (PROFILE_FILES_SINCE[i] ?? 0)).find((each) => each !== 0);
  return (difference ?? 0) >= 0;
}

const PROVIDER = ["model_providers", PROVIDER_ID] as const;

/**
 * `place`: the top of a file, which is our profile file or the config itself, or our profile's table within the config,
 * for old versions.
 */
export function codexChanges(target: CodexTarget, place: "top" | "profile_table"): TomlChange[] {
  const before = place === "top" ? [] : ["profiles", PROVIDER_ID];
  const { base_url, key_env, model, catalog_file, live = false } = target;
  const change = (path: readonly string[], value: string | readonly string[] | undefined): TomlChange =>
    value === undefined ? { path, remove: true } : { path, set: value };
  const provider = (key: string, value?: string): TomlChange => change([...PROVIDER, key], value);
  // Codex lists the models only of a provider whose key a command prints, and accepts one way to give a key.
  const [command, word] = key_env === undefined ? ["echo", "unused"] : ["printenv", key_env];
  const key = live
    ? [
        provider("env_key"),
        change([...PROVIDER, "auth", "command"], command),
        change([...PROVIDER, "auth", "args"], [word]),
      ]
    : [provider("auth"), provider("env_key", key_env)];
  return [
    change([...before, "model"], model),
    change([...before, "model_provider"], PROVIDER_ID),
    change([...before, "model_catalog_json"], live ? undefined : catalog_file),
    provider("name", PROVIDER_ID),
    provider("base_url", base_url),
    provider("wire_api", "responses"),
    ...key,
    // With a login at OpenAI this would send its token to us.
    provider("requires_openai_auth"),
  ];
}

export const PROFILE_HEAD = `# Written by juscode-shim setup codex; used by: codex --profile ${PROVIDER_ID}
`;

/** The settings on Codex's command line; only the catalog needs a file. */
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
 * The catalog file, from the shim's reply to `GET /v1/models`. Codex 0.107, 0.133 and 0.134 do not load without the
 * fields that are added here; 0.169 ignores them.
 */
export function codexCatalogText(list: unknown): string | undefined {
  const models = modelsIn(list);
  if (models.length === 0) return undefined;
  const entries = models.map((entry) => {
    const levels = entry["supported_reasoning_levels"];
    const supports_reasoning_summaries = Array.isArray(levels) && levels.length > 0;
    return { supports_reasoning_summaries, supports_parallel_tool_calls: true, ...entry };
  });
  return `${JSON.stringify({ models: entries }, null, 2)}\n`;
}

/** The context window that the catalog gives a model. */
export function windowIn(list: unknown, model: string): number | undefined {
  const window = modelsIn(list).find(({ slug }) => slug === model)?.["context_window"];
  return typeof window === "number" ? window : undefined;
}

function modelsIn(list: unknown): JsonObject[] {
  const models = isJsonObject(list) ? list["models"] : undefined;
  return Array.isArray(models) ? models.filter(isJsonObject) : [];
}
