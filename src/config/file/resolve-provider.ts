/** One table of [model_providers] as a provider record, and what else the config states about it. */
import type { DialectPatch, EffortTable } from "../../core/dialect.ts";
import type { Preset } from "../preset.ts";
import { presetById, presetByUrl, PRESETS } from "../presets/index.ts";
import { resolveProvider } from "../resolve.ts";
import { IDLE_PROVIDER_KEYS } from "./codex-keys.ts";
import type { ConfiguredProvider } from "./config-file.ts";
import { defined, type Setting } from "./findings.ts";
import { nearest } from "./nearest.ts";
import { resolveAddress } from "./resolve-address.ts";
import { resolveKey } from "./resolve-key.ts";
import { headersOf, isLocal, resolveTransport } from "./resolve-transport.ts";
import type { DialectToml } from "./schema-dialect.ts";
import type { ProviderToml } from "./schema.ts";

/** Codex's own cap. */
const MAX_RETRIES = 100;

export function resolveOne(
  id: string,
  toml: ProviderToml,
  table: Setting,
  idle_ms: number | undefined,
): ConfiguredProvider | undefined {
  checkId(id, table);
  for (const [key, why] of Object.entries(IDLE_PROVIDER_KEYS)) {
    const value = (toml as Readonly<Record<string, unknown>>)[key];
    // A flag that is false by default changes nothing when it is given as false.
    if (value !== undefined && value !== false) table.at(key).warn(`has no effect here: ${why}`);
  }
  const preset = presetOf(id, toml, table);
  const address = resolveAddress(toml.base_url, preset, table);
  const home = address && isHome(toml, address.base_url, preset) ? preset : undefined;
  const { source, api_key, auth_command } = resolveKey(toml, home, table);
  const transport = resolveTransport(toml, table);
  if (toml.wire_api === undefined && !preset) table.warn('has no wire_api: "chat" is assumed');
  const given = {
    request_max_retries: toml.request_max_retries && Math.min(toml.request_max_retries, MAX_RETRIES),
    stream_max_retries: toml.stream_max_retries && Math.min(toml.stream_max_retries, MAX_RETRIES),
    stream_idle_timeout_ms: toml.stream_idle_timeout_ms ?? idle_ms,
    connect_timeout_ms: toml.connect_timeout_ms,
    name: toml.name || undefined,
    preset: preset?.id,
    wires: toml.wire_api && [...new Set([toml.wire_api].flat())],
    api_key,
    headers: headersOf(toml, table),
    ...transport,
    account_objects: toml.account_objects,
    dialect: providerDialect(toml),
  };
  if (!address) return undefined;
  const { base_url, query, local } = address;
  return {
    record: resolveProvider({ id, base_url, query: { ...query, ...toml.query_params }, ...defined(given) }),
    key: source,
    ...(auth_command && { auth_command }),
    local: isLocal(local, transport, toml.local),
    passthrough: toml.passthrough ?? "auto",
  };
}

/** Ids are the first part of `id/model`. */
function checkId(id: string, table: Setting): void {
  if (/^[A-Za-z0-9][\w.-]*$/.test(id)) return;
  const fix = id.replaceAll(/[^\w.-]+/g, "-").replace(/^[^A-Za-z0-9]+|-$/g, "") || "host";
  const message = "a provider's id has only letters, digits, `-`, `_` and `.`, since clients send id/model";
  table.problem(message, `write: [model_providers.${fix}]`);
}

/** The preset that is named, that of the address, or with neither that of the id. */
function presetOf(id: string, { preset, base_url }: ProviderToml, table: Setting): Preset | undefined {
  if (preset === undefined) return base_url === undefined ? presetById(id) : presetByUrl(base_url);
  const ids = PRESETS.map((each) => each.id);
  const near = nearest(preset, ids);
  const advice = near === undefined ? "leave it out, or use" : `did you mean "${near}"? Use`;
  return presetById(preset) ?? table.at("preset").problem("unknown preset", `${advice} one of: ${ids.join(", ")}`);
}

/** True for the preset's own service, or its program at its usual port, and not for a compatible one elsewhere. */
function isHome({ base_url }: ProviderToml, resolved: string, preset: Preset | undefined): boolean {
  return base_url === undefined || (preset?.base_url !== undefined && presetByUrl(resolved) === preset);
}

function providerDialect({ dialect, drop, extra_body }: ProviderToml): DialectPatch | undefined {
  if (!dialect && !drop && !extra_body) return undefined;
  return {
    ...dialectPatch(dialect),
    ...((drop ?? dialect?.drop) && { drop: [...(dialect?.drop ?? []), ...(drop ?? [])] }),
    ...((extra_body ?? dialect?.extra_body) && { extra_body: { ...dialect?.extra_body, ...extra_body } }),
  };
}

export function dialectPatch(toml: DialectToml | undefined): DialectPatch | undefined {
  if (!toml) return undefined;
  const { efforts, ...rest } = toml;
  if (efforts === undefined) return rest;
  return { ...rest, efforts: efforts === "any" ? "any" : effortTable(efforts) };
}

/** In a list each word stands for itself; `false` stands for JSON's null. */
export function effortTable(efforts: readonly string[] | Readonly<Record<string, string | false>>): EffortTable {
  const entries = Object.entries(efforts).map(([effort, word]) => [
    Array.isArray(efforts) ? word : effort,
    word === false ? null : word,
  ]);
  return Object.fromEntries(entries) as EffortTable;
}
