/** A config as it may be shown: everything that matters, and no secret. */
import { environmentProxy } from "../proxies.ts";
import type { ConfigFile, ConfigInputs, ConfiguredProvider, KeyOrigin, RouteCandidate } from "./config-file.ts";
import { shownPlace } from "./resolve-store.ts";

export type ShownConfig = ReturnType<typeof shownConfig>;

const ALL = "all" as const;

/** `env` is the environment that the server would start with. */
export function shownConfig(config: ConfigFile, env: ConfigInputs["env"] = {}) {
  const { file, providers, models, routes, server, costs, store, web_search, mcp_servers } = config;
  return {
    file,
    providers: providers.map((each) => shownProvider(each, env)),
    models: models.map(shownModel),
    routes: routes.map(({ name, candidates, prefer, local_only, providers = ALL, helpers = [] }) => ({
      name,
      candidates: candidates === ALL ? candidates : candidates.map(shownCandidate),
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
      approval: require_approval ?? "the client decides",
    })),
  };
}

function shownSearch({ service, url, key, max_results, timeout_ms }: NonNullable<ConfigFile["web_search"]>) {
  return { service: service.id, url, key: shownKey(key), max_results, timeout_ms };
}

function shownModel({ name, aliases, provider, model, facts }: ConfigFile["models"][number]) {
  return { name, aliases, provider: provider ?? null, model, context_window: facts.context_window ?? null };
}

/** Headers, query and the command's arguments may hold keys: only their names are shown. */
function shownProvider({ record, key, local, passthrough }: ConfiguredProvider, env: ConfigInputs["env"]) {
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
    /** The variable whose proxy is not used, since the provider is local; null for none. */
    proxy_passed_by: local && proxy === undefined ? (environmentProxy(base_url, env) ?? null) : null,
    /** Null: for clients whose key has no list of models. */
    account_objects,
    passthrough,
    headers: Object.keys(record.headers),
    query: Object.keys(record.query),
    request_max_retries,
    stream_max_retries,
    stream_idle_timeout_ms,
    connect_timeout_ms,
    ca_file,
    /** Without name and password. */
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
  const bounds = [efforts && `efforts ${efforts.join("/")}`, providers && `by ${providers.join("/")}`].filter(Boolean);
  return bounds.length === 0 ? name : `${name} (${bounds.join(", ")})`;
}
