/** What the server runs with: the command line wins over the config file, and that over the defaults. */
import { isDeepStrictEqual } from "node:util";
import type { ConfigFile, ConfiguredModel, ConfiguredRoute } from "../config/file/config-file.ts";
import { DEFAULT_STORE } from "../config/file/resolve-store.ts";
import type { ProviderInput } from "../config/resolve.ts";
import type { ModelFacts } from "../core/provider.ts";
import { BODY_TIMES } from "../server/access/slow-body.ts";
import { keySource } from "../server/upstreams/key-source.ts";
import { defaultCeiling } from "../server/memory/ceiling.ts";
import type { NamedProvider } from "../server/provider-search.ts";
import { DEFAULT_HOST, DEFAULT_MAX_REQUESTS, DEFAULT_PORT } from "./defaults.ts";
import { operationSettings } from "./operations.ts";
import type { ServeFlags, UpstreamOption } from "./serve-flags.ts";

const DEFAULT_MAX_WAITING = 100;
const DEFAULT_MAX_WAIT_MS = 5000;
const DEFAULT_HOLD_MS = 2000;
const DEFAULT_HEARTBEAT_MS = 10_000;
const DEFAULT_IDLE_MS = 30 * 60_000;
const DEFAULT_MAX_BODY_MB = 64;
const DEFAULT_MAX_ANSWER_MB = 128;
const MB = 1024 * 1024;

export type Settings = ReturnType<typeof settingsOf>;

/** Without a config, one route chooses among all models that are discovered. */
const AUTO: ConfiguredRoute = { name: "jusCode-auto", candidates: "all", prefer: "cheapest", local_only: false };

export function settingsOf(flags: ServeFlags, config: ConfigFile | undefined) {
  const { upstream } = flags;
  const { server, providers = [], models = [], routes = [AUTO] } = config ?? {};
  const { host, port } = flags.listen ?? server?.listen ?? { host: DEFAULT_HOST, port: DEFAULT_PORT };
  const heal = flags.heal ?? server?.heal;
  const common: Partial<ProviderInput> = {
    stream_idle_timeout_ms: flags.idle_ms ?? server?.idle_ms ?? DEFAULT_IDLE_MS,
    ...(heal === "off" && { dialect: { heal } }),
    models: factsOf(models, undefined),
  };
  const named: readonly NamedProvider[] = upstream
    ? [{ input: { ...common, id: "upstream", ...inputOf(upstream) } }]
    : providers.map(({ record, key, auth_command, local, passthrough }) => {
        const source = keySource(key, auth_command);
        const input = {
          ...record,
          local,
          passthrough,
          ...(flags.idle_ms !== undefined && { stream_idle_timeout_ms: flags.idle_ms }),
          ...(heal === "off" && { dialect: { heal, ...record.dialect } }),
          models: { ...factsOf(models, record.id), ...record.models },
        };
        return { input, ...(source && { key: source }) };
      });
  const remote = providers.filter(({ local }) => !local).map(({ record }) => record.id);
  return {
    /** Path of the config; undefined where there is none. */
    file: config?.file,
    host,
    port,
    hold_ms: flags.hold_ms ?? server?.hold_ms ?? DEFAULT_HOLD_MS,
    heartbeat_ms: flags.heartbeat_ms ?? server?.heartbeat_ms ?? DEFAULT_HEARTBEAT_MS,
    room: {
      places: flags.max_requests ?? server?.max_requests ?? DEFAULT_MAX_REQUESTS,
      waiting: server?.max_waiting ?? DEFAULT_MAX_WAITING,
      wait_ms: server?.max_wait_ms ?? DEFAULT_MAX_WAIT_MS,
    },
    max_body_bytes: (server?.max_body_mb ?? DEFAULT_MAX_BODY_MB) * MB,
    max_answer_bytes: (server?.max_answer_mb ?? DEFAULT_MAX_ANSWER_MB) * MB,
    /** For all requests and replies at once. */
    memory_bytes: server?.max_memory_mb === undefined ? defaultCeiling() : server.max_memory_mb * MB,
    operations: operationSettings(flags, host, config),
    body_times: { ...BODY_TIMES, ...(server?.body_timeout_ms !== undefined && { whole_ms: server.body_timeout_ms }) },
    named,
    // An upstream on the command line is the only one.
    discover: upstream ? false : (flags.discover ?? server?.discover ?? true),
    common,
    /** The upstream of the command line gets every model name. */
    one_upstream: upstream !== undefined,
    /** Ids of providers that are never used, since only local ones may be. */
    excluded: upstream || !server?.local_only ? [] : remote,
    models,
    routes,
    local_only: server?.local_only ?? false,
    costs: config?.costs ?? { enabled: true },
    store: config?.store ?? DEFAULT_STORE,
    web_search: config?.web_search,
    mcp_servers: config?.mcp_servers ?? [],
  };
}

/** What of a changed config takes effect only after the next start. */
export function afterNextStart(before: Settings, now: Settings): string[] {
  const rows: [what: string, value: (settings: Settings) => unknown][] = [
    ["address to listen on", ({ host, port }) => [host, port]],
    ["keys_file", ({ operations }) => operations.keys_file],
    ["require_keys", ({ operations }) => operations.require_keys],
    ["cert_file or key_file", ({ operations }) => operations.tls],
    ["log_level", ({ operations }) => operations.log_level],
    ["log_format", ({ operations }) => operations.log_format],
    ["metrics", ({ operations }) => operations.metrics],
    ["keep_turns", ({ operations }) => operations.keep_turns],
    ["max_requests", ({ room }) => room.places],
    ["max_waiting", ({ room }) => room.waiting],
    ["max_wait_ms", ({ room }) => room.wait_ms],
    ["max_memory_mb", ({ memory_bytes }) => memory_bytes],
    ["[costs] enabled", ({ costs }) => costs.enabled],
    ["[store]", ({ store }) => store],
  ];
  return rows.filter(([, value]) => !isDeepStrictEqual(value(before), value(now))).map(([what]) => what);
}

function inputOf({ base_url, api_key, preset, wire }: UpstreamOption): Partial<ProviderInput> {
  return {
    base_url,
    ...(api_key !== undefined && { api_key }),
    // A provider with a preset is known by the preset's name.
    ...(preset === undefined ? { name: "the upstream" } : { id: preset, preset }),
    ...(wire && { wires: [wire] }),
  };
}

/** What the user states about models that this provider may have, by the provider's own names. */
function factsOf(models: readonly ConfiguredModel[], provider: string | undefined): Record<string, ModelFacts> {
  const own = models.filter((each) => each.provider === undefined || each.provider === provider);
  return Object.fromEntries(own.map(({ model, facts }) => [model, facts]));
}
