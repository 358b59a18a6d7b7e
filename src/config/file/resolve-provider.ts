/** One table of [model_providers] as a record that can be asked, and what else the config says of it. */
import type { DialectPatch, EffortTable } from "../../core/dialect.ts";
import type { ProviderRecord } from "../../core/provider.ts";
import { IDLE_PROVIDER_KEYS } from "./codex-keys.ts";
import type { ConfiguredProvider } from "./config-file.ts";
import { defined, type Findings } from "./findings.ts";
import { nearest } from "./nearest.ts";
import type { Preset } from "../preset.ts";
import { presetById, presetByUrl, PRESETS } from "../presets/index.ts";
import { resolveAddress, type Address } from "./resolve-address.ts";
import { headersOf } from "./resolve-headers.ts";
import { resolveKey } from "./resolve-key.ts";
import { isInHouse, resolveTransport } from "./resolve-transport.ts";
import { resolveProvider } from "../resolve.ts";
import type { DialectToml } from "./schema-dialect.ts";
import type { ProviderToml } from "./schema.ts";
import type { KeyPath } from "./toml-positions.ts";

/** Codex's own caps. */
const MAX_RETRIES = 100;

/** Ids are the first part of `id/model`. */
const ID = /^[A-Za-z0-9][\w.-]*$/;

export function resolveOne(
  id: string,
  toml: ProviderToml,
  idle_ms: number | undefined,
  found: Findings,
): ConfiguredProvider | undefined {
  const path: KeyPath = ["model_providers", id];
  checkId(id, path, found);
  warnOfIdle(toml, path, found);
  const preset = presetOf(id, toml, path, found);
  const address = resolveAddress(toml.base_url, preset, path, found);
  const home = address && isHome(toml, address, preset) ? preset : undefined;
  const { source, api_key, auth_command } = resolveKey(toml, home, path, found);
  const transport = resolveTransport(toml, path, found);
  const given = {
    ...limits(toml, idle_ms),
    name: toml.name || undefined,
    preset: preset?.id,
    wires: wiresOf(toml, preset, path, found),
    api_key,
    headers: headersOf(toml, path, found),
    ...transport,
    account_objects: toml.account_objects,
    dialect: providerDialect(toml),
  };
  if (!address) return undefined;
  const { base_url, query, local } = address;
  const record = resolveProvider({ id, base_url, query: { ...query, ...toml.query_params }, ...defined(given) });
  return {
    record,
    key: source,
    ...(auth_command && { auth_command }),
    local: isInHouse(local, transport, toml.local),
    passthrough: toml.passthrough ?? "auto",
  };
}

function checkId(id: string, path: KeyPath, found: Findings): void {
  if (ID.test(id)) return;
  const fix = id.replaceAll(/[^\w.-]+/g, "-").replace(/^[^A-Za-z0-9]+|-$/g, "") || "host";
  found.problem(
    path,
    "the id of a provider is made of letters, digits, `-`, `_` and `.` only, since models are called id/model",
    `write: [model_providers.${fix}]`,
  );
}

function warnOfIdle(toml: ProviderToml, path: KeyPath, found: Findings): void {
  const given = toml as Readonly<Record<string, unknown>>;
  for (const [key, why] of Object.entries(IDLE_PROVIDER_KEYS)) {
    // What is false by default and given as false says nothing.
    if (given[key] !== undefined && given[key] !== false) found.warn([...path, key], `means nothing here: ${why}`);
  }
}

/** The preset that is named, that of the address, or with neither that of the id. */
function presetOf(id: string, { preset, base_url }: ProviderToml, path: KeyPath, found: Findings): Preset | undefined {
  if (preset === undefined) return base_url === undefined ? presetById(id) : presetByUrl(base_url);
  const known = presetById(preset);
  if (known) return known;
  const ids = PRESETS.map((each) => each.id);
  const near = nearest(preset, ids);
  found.problem(
    [...path, "preset"],
    "there is no such preset",
    near === undefined
      ? `leave it out, or take one of: ${ids.join(", ")}`
      : `did you mean "${near}"? There are: ${ids.join(", ")}`,
  );
  return undefined;
}

/** The preset's own service, or its program at its usual place, and not somebody else's that is like it. */
function isHome({ base_url }: ProviderToml, address: Address, preset: Preset | undefined): boolean {
  if (base_url === undefined) return true;
  return preset?.base_url !== undefined && presetByUrl(address.base_url) === preset;
}

function wiresOf(
  { wire_api }: ProviderToml,
  preset: Preset | undefined,
  path: KeyPath,
  found: Findings,
): ProviderRecord["wires"] | undefined {
  if (wire_api !== undefined) return [...new Set([wire_api].flat())];
  if (!preset) found.warn(path, 'does not say its wire_api: "chat" is assumed');
  return undefined;
}

function limits(toml: ProviderToml, idle_ms: number | undefined) {
  const capped = (retries: number | undefined): number | undefined => retries && Math.min(retries, MAX_RETRIES);
  return {
    request_max_retries: capped(toml.request_max_retries),
    stream_max_retries: capped(toml.stream_max_retries),
    stream_idle_timeout_ms: toml.stream_idle_timeout_ms ?? idle_ms,
    connect_timeout_ms: toml.connect_timeout_ms,
  };
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

/** A list means each word as it is. */
export function effortTable(efforts: readonly string[] | Readonly<Record<string, string | false>>): EffortTable {
  const entries = Array.isArray(efforts)
    ? efforts.map((word: string) => [word, word] as const)
    : Object.entries(efforts);
  return Object.fromEntries(entries.map(([effort, word]) => [effort, word === false ? null : word]));
}
