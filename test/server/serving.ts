/** The server in this process, on a port of its own, with everything that `serve` would give it. */
import type { ConfiguredRoute } from "../../src/config/file/config-file.ts";
import type { ProviderInput } from "../../src/config/resolve.ts";
import { createApp } from "../../src/server/app.ts";
import { Catalog } from "../../src/server/upstreams/catalog.ts";
import { RefusalMemory } from "../../src/core/refusals/memory.ts";
import { listen } from "../../src/server/listen.ts";
import { textLog } from "../../src/server/log.ts";
import { PrefixWatch } from "../../src/server/relay/prefix.ts";
import { NO_COSTS } from "../../src/server/costs/store.ts";
import { Router } from "../../src/server/relay/router.ts";
import type { MemoryBudget } from "../../src/server/memory/budget.ts";
import { ConcurrencyLimit } from "../../src/server/room.ts";
import { PromptWatch } from "../../src/server/relay/prompts.ts";
import type { RetryLimits } from "../../src/routing/retry-policy.ts";
import type { FoundProvider } from "../../src/server/upstreams/probe.ts";
import type { AccessGuard } from "../../src/server/access/guard.ts";
import type { State } from "../../src/server/state/state.ts";
import { httpProvider } from "../../src/server/upstreams/upstream.ts";

export const INSTANCE = "00000000deadbeef";

export interface ServingOptions {
  hold_ms?: number;
  heartbeat_ms?: number;
  max_requests?: number;
  max_waiting?: number;
  max_wait_ms?: number;
  routes?: readonly ConfiguredRoute[];
  local_only?: boolean;
  state?: State;
  door?: AccessGuard;
  retry_limits?: Partial<RetryLimits>;
  memory?: MemoryBudget;
  max_answer_bytes?: number;
}

export interface Serving extends AsyncDisposable {
  /** Without `/v1`. */
  origin: string;
  /** Base URL with `/v1`, as clients want it. */
  url: string;
  /** What was logged, one line a request. */
  lines: string[];
  /** Lets the last search for hosts be long ago. */
  age(): void;
}

/** One upstream by its base URL, or whatever a search finds. */
export async function serving(
  upstream: string | (() => Promise<FoundProvider[]>),
  {
    hold_ms = 60_000,
    heartbeat_ms = 10_000,
    max_requests = 250,
    max_waiting = 0,
    max_wait_ms = 60_000,
    routes = [],
    local_only = false,
    state,
    door,
    retry_limits,
    memory,
    max_answer_bytes,
  }: ServingOptions = {},
): Promise<Serving> {
  const search = typeof upstream === "string" ? async () => [foundAt(upstream)] : upstream;
  const lines: string[] = [];
  const catalog = new Catalog(search);
  const prompts = new PromptWatch((line) => void lines.push(line));
  let ids = 0;
  const app = createApp({
    catalog,
    log: textLog(
      (line) => void lines.push(line),
      () => new Date(0),
    ),
    instance: INSTANCE,
    nextId: () => (++ids).toString(16).padStart(32, "0"),
    prefixes: new PrefixWatch(),
    counters: {},
    room: new ConcurrencyLimit({ places: max_requests, waiting: max_waiting, wait_ms: max_wait_ms }),
    refusals: new RefusalMemory(() => performance.now()),
    prompts,
    router: new Router({ routes, local_only, calibration: prompts.calibration }),
    costs: NO_COSTS,
    hold_ms,
    heartbeat_ms,
    max_body_bytes: 64 * 1024 * 1024,
    version: "0.0.0-test",
    state,
    ...(door && { door }),
    ...(retry_limits && { retry_limits }),
    ...(memory && { memory }),
    ...(max_answer_bytes !== undefined && { max_answer_bytes }),
  });
  const server = await listen(app.fetch, "127.0.0.1", 0);
  const origin = `http://127.0.0.1:${server.port}`;
  return {
    origin,
    url: `${origin}/v1`,
    lines,
    age: () => void Object.assign(catalog, { searchedAt: -1e9 }),
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

export function foundAt(
  base_url: string,
  models: string[] = [],
  id = "upstream",
  more: Partial<ProviderInput> = {},
): FoundProvider {
  return {
    provider: httpProvider({ id, name: "the upstream", base_url, api_key: "test-key", ...more }),
    models: models.map((model) => ({ id: model })),
  };
}

export { until } from "../support/patience.ts";
