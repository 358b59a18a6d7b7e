/** A config as it may be shown: everything that counts, and no secret. */
import type {
  ConfigFile,
  ConfiguredProvider,
  KeyOrigin,
  RouteCandidate,
  SearchSettings,
  StoreConfig,
} from "./config-file.ts";
import { environmentProxy } from "../proxies.ts";
import { shownPlace } from "./resolve-store.ts";

/** Headers, query and the command's arguments may hold keys: of them only the names are shown. */
export interface ShownProvider {
  id: string;
  name: string;
  preset: string | null;
  base_url: string;
  wires: readonly string[];
  key: string;
  local: boolean;
  /** Variable of the environment whose proxy it would go through, and does not, since it is local; null for none. */
  proxy_passed_by: string | null;
  /** Null: by clients whose key is bound to no models. */
  account_objects: boolean | null;
  passthrough: string;
  headers: readonly string[];
  query: readonly string[];
  request_max_retries: number;
  stream_max_retries: number;
  stream_idle_timeout_ms: number;
  connect_timeout_ms: number;
  ca_file: string | null;
  /** Without name and password. */
  proxy: string | null;
  /** Flags that the user sets. */
  dialect: readonly string[];
}

export interface ShownConfig {
  file: string;
  providers: ShownProvider[];
  models: {
    name: string;
    aliases: readonly string[];
    provider: string | null;
    model: string;
    context_window: number | null;
  }[];
  routes: {
    name: string;
    candidates: readonly string[] | "all";
    prefer: string;
    local_only: boolean;
    providers: readonly string[] | "all";
    helpers: readonly string[];
  }[];
  server: ConfigFile["server"];
  costs: ConfigFile["costs"];
  /** The place without its password. */
  store: Omit<StoreConfig, "place"> & { place: string };
  mcp_servers: {
    label: string;
    url: string;
    key: string;
    allowed_tools: readonly string[] | "all";
    approval: string;
  }[];
  web_search: { service: string; url: string; key: string; max_results: number; timeout_ms: number } | null;
}

const ALL = "all" as const;

/** `env` is what the server would start with. */
export function shownConfig(config: ConfigFile, env: Readonly<Record<string, string | undefined>> = {}): ShownConfig {
  const { file, providers, models, routes, server, costs, store, web_search, mcp_servers } = config;
  return {
    file,
    providers: providers.map((each) => shownProvider(each, env)),
    models: models.map(({ name, aliases, provider = null, model, facts }) => ({
      name,
      aliases,
      provider,
      model,
      context_window: facts.context_window ?? null,
    })),
    routes: routes.map(({ name, candidates, prefer, local_only, providers = ALL, helpers = [] }) => ({
      name,
      candidates: candidates === "all" ? candidates : candidates.map(shownCandidate),
      prefer,
      local_only,
      providers,
      helpers: helpers.map(shownCandidate),
    })),
    server,
    costs,
    store: { ...store, place: shownPlace(store.place) },
    web_search: web_search ? shownSearch(web_search) : null,
    mcp_servers: mcp_servers.map(({ label, url, key, allowed_tools = ALL, require_approval }) => ({
      label,
      url: new URL(url).origin + new URL(url).pathname,
      key: shownKey(key),
      allowed_tools,
      approval: require_approval ?? "as clients say",
    })),
  };
}

function shownSearch({ service, url, key, max_results, timeout_ms }: SearchSettings): ShownConfig["web_search"] {
  return { service: service.id, url, key: shownKey(key), max_results, timeout_ms };
}

function shownProvider(
  { record, key, local, passthrough }: ConfiguredProvider,
  env: Readonly<Record<string, string | undefined>>,
): ShownProvider {
  const { id, name, preset = null, base_url, wires, ca_file = null, proxy, account_objects = null } = record;
  const { request_max_retries, stream_max_retries, stream_idle_timeout_ms, connect_timeout_ms } = record;
  return {
    id,
    name,
    preset,
    base_url,
    wires,
    key: shownKey(key),
    local,
    proxy_passed_by: local && proxy === undefined ? (environmentProxy(base_url, env) ?? null) : null,
    account_objects,
    passthrough,
    headers: Object.keys(record.headers),
    query: Object.keys(record.query),
    request_max_retries,
    stream_max_retries,
    stream_idle_timeout_ms,
    connect_timeout_ms,
    ca_file,
    proxy: proxy ? new URL(proxy).origin : (proxy ?? null),
    dialect: Object.keys(record.dialect ?? {}),
  };
}

export function shownKey(key: KeyOrigin): string {
  switch (key.kind) {
    case "none":
      return "none";
    case "env":
      return `from env ${key.name} (set)`;
    case "file":
      return `from file ${key.path}`;
    case "inline":
      return "written in the config";
    case "command":
      return `by command ${key.command}`;
  }
}

function shownCandidate({ name, efforts, providers }: RouteCandidate): string {
  const bounds = [
    ...(efforts ? [`efforts ${efforts.join("/")}`] : []),
    ...(providers ? [`by ${providers.join("/")}`] : []),
  ];
  return bounds.length === 0 ? name : `${name} (${bounds.join(", ")})`;
}
