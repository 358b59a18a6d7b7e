/** What the server runs with: the command line wins over the config file, and that over the defaults. */
import type {
  ConfigFile,
  ConfiguredModel,
  ConfiguredRoute,
  McpServerSettings,
  SearchSettings,
  StoreConfig,
} from "../config/file/config-file.ts";
import { DEFAULT_STORE } from "../config/file/resolve-store.ts";
import type { ProviderInput } from "../config/resolve.ts";
import type { ModelFacts } from "../core/provider.ts";
import { BODY_TIMES, type BodyTimes } from "../server/access/slow-body.ts";
import { keySource } from "../server/upstreams/key-source.ts";
import { defaultCeiling } from "../server/memory/ceiling.ts";
import type { RoomLimits } from "../server/room.ts";
import type { NamedProvider } from "../server/provider-search.ts";
import { DEFAULT_HOST, DEFAULT_MAX_REQUESTS, DEFAULT_PORT } from "./defaults.ts";
import { outsideOf, type OutsideSettings } from "./outside.ts";
import type { ServeFlags, UpstreamOption } from "./serve-flags.ts";

const DEFAULT_MAX_WAITING = 100;
const DEFAULT_MAX_WAIT_MS = 5000;
const DEFAULT_HOLD_MS = 2000;
const DEFAULT_HEARTBEAT_MS = 10_000;
const DEFAULT_IDLE_MS = 30 * 60_000;
const DEFAULT_MAX_BODY_MB = 64;
const DEFAULT_MAX_ANSWER_MB = 128;
const MB = 1024 * 1024;

export interface Settings {
  host: string;
  port: number;
  hold_ms: number;
  heartbeat_ms: number;
  room: RoomLimits;
  max_body_bytes: number;
  max_answer_bytes: number;
  /** For all requests and replies at once. */
  memory_bytes: number;
  outside: OutsideSettings;
  body_times: BodyTimes;
  /** Hosts that are always served. */
  named: readonly NamedProvider[];
  discover: boolean;
  /** What is said of each host that is found on this machine. */
  common: Partial<ProviderInput>;
  /** The one upstream was named on the command line: it gets every name. */
  one_upstream: boolean;
  /** Ids of providers that are never asked, since nothing may leave the house. */
  excluded: readonly string[];
  models: readonly ConfiguredModel[];
  routes: readonly ConfiguredRoute[];
  /** Nothing leaves the house. */
  local_only: boolean;
  costs: { enabled: boolean; reference_model?: string };
  store: StoreConfig;
  web_search?: SearchSettings | undefined;
  mcp_servers: readonly McpServerSettings[];
}

/** Without a config it chooses among all that is found. */
const AUTO: ConfiguredRoute = { name: "jusCode-auto", candidates: "all", prefer: "cheapest", local_only: false };

export function settingsOf(flags: ServeFlags, config: ConfigFile | undefined): Settings {
  const { upstream } = flags;
  const server = config?.server;
  const { host, port } = flags.listen ?? server?.listen ?? { host: DEFAULT_HOST, port: DEFAULT_PORT };
  const idle_ms = flags.idle_ms ?? server?.idle_ms ?? DEFAULT_IDLE_MS;
  const heal = flags.heal ?? server?.heal;
  const common: Partial<ProviderInput> = {
    stream_idle_timeout_ms: idle_ms,
    ...(heal === "off" && { dialect: { heal } }),
    models: factsOf(config?.models ?? [], undefined),
  };
  return {
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
    memory_bytes: server?.max_memory_mb === undefined ? defaultCeiling() : server.max_memory_mb * MB,
    outside: outsideOf(flags, host, config),
    body_times: { ...BODY_TIMES, ...(server?.body_timeout_ms !== undefined && { whole_ms: server.body_timeout_ms }) },
    named: upstream
      ? [{ input: { ...common, id: "upstream", ...namedBy(upstream) } }]
      : configured(config, flags, heal),
    // An upstream on the command line is the only one.
    discover: upstream ? false : (flags.discover ?? server?.discover ?? true),
    common,
    one_upstream: upstream !== undefined,
    excluded: upstream || !server?.local_only ? [] : elsewhere(config),
    models: config?.models ?? [],
    routes: config?.routes ?? [AUTO],
    local_only: server?.local_only ?? false,
    costs: config?.costs ?? { enabled: true },
    store: config?.store ?? DEFAULT_STORE,
    web_search: config?.web_search,
    mcp_servers: config?.mcp_servers ?? [],
  };
}

/** Names of settings that count only after the next start. */
export function roomAfterNextStart(before: Settings, now: Settings): string[] {
  const names = { places: "max_requests", waiting: "max_waiting", wait_ms: "max_wait_ms" } as const;
  const changed = (["places", "waiting", "wait_ms"] as const).filter((key) => before.room[key] !== now.room[key]);
  return [...changed.map((key) => names[key]), ...(before.memory_bytes === now.memory_bytes ? [] : ["max_memory_mb"])];
}

function elsewhere(config: ConfigFile | undefined): string[] {
  return (config?.providers ?? []).filter(({ local }) => !local).map(({ record }) => record.id);
}

function namedBy({ base_url, api_key, preset, wire }: UpstreamOption): Partial<ProviderInput> {
  return {
    base_url,
    ...(api_key !== undefined && { api_key }),
    // Who has a preset is known by its name.
    ...(preset === undefined ? { name: "the upstream" } : { id: preset, preset }),
    ...(wire && { wires: [wire] }),
  };
}

function configured(
  config: ConfigFile | undefined,
  flags: ServeFlags,
  heal: "auto" | "off" | undefined,
): NamedProvider[] {
  return (config?.providers ?? []).map(({ record, key, auth_command, local, passthrough }) => {
    const source = keySource(key, auth_command);
    return {
      input: {
        ...record,
        local,
        passthrough,
        ...(flags.idle_ms !== undefined && { stream_idle_timeout_ms: flags.idle_ms }),
        ...(heal === "off" && { dialect: { heal, ...record.dialect } }),
        models: { ...factsOf(config?.models ?? [], record.id), ...record.models },
      },
      ...(source && { key: source }),
    };
  });
}

/** What the user says of models that this provider may have, by the host's own names. */
function factsOf(models: readonly ConfiguredModel[], provider: string | undefined): Record<string, ModelFacts> {
  const own = models.filter((each) => each.provider === undefined || each.provider === provider);
  return Object.fromEntries(own.map(({ model, facts }) => [model, facts]));
}
