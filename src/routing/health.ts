/**
 * A circuit breaker for each upstream. What fails for every model of a provider (no connection, a refused key) opens the
 * provider's; what may concern one model opens the model's. After a pause one request at a time probes an open breaker,
 * which closes when that succeeds.
 */
import type { ErrorKind } from "../core/errors.ts";

interface KindFacts {
  /** Another upstream may succeed with the same request. */
  elsewhere: boolean;
  /** Whose breaker it opens; none where it shows nothing about the upstream's health. */
  concerns: "provider" | "model" | "none";
  /** `at_once`: the first failure opens it; `often`: several within a minute; `retry_after`: for as long as the upstream asks. */
  opens: "at_once" | "often" | "retry_after" | "never";
}

const NEUTRAL = { elsewhere: false, concerns: "none", opens: "never" } as const;

const KINDS: Record<ErrorKind, KindFacts> = {
  invalid_request: NEUTRAL,
  // What one upstream does not support, another may.
  unsupported: { elsewhere: true, concerns: "none", opens: "never" },
  not_found: NEUTRAL,
  model_not_found: { elsewhere: true, concerns: "none", opens: "never" },
  authentication: { elsewhere: true, concerns: "provider", opens: "at_once" },
  // A key may be valid for some of the models.
  permission: { elsewhere: true, concerns: "model", opens: "at_once" },
  context_overflow: { elsewhere: true, concerns: "none", opens: "never" },
  // The limit of bodies is each provider's own.
  payload_too_large: { elsewhere: true, concerns: "none", opens: "never" },
  content_filter: NEUTRAL,
  quota: { elsewhere: true, concerns: "provider", opens: "at_once" },
  // Rate limits are mostly each model's own.
  rate_limited: { elsewhere: true, concerns: "model", opens: "retry_after" },
  overloaded: { elsewhere: true, concerns: "model", opens: "often" },
  model_loading: { elsewhere: true, concerns: "none", opens: "never" },
  upstream_failed: { elsewhere: true, concerns: "model", opens: "often" },
  upstream_unreachable: { elsewhere: true, concerns: "provider", opens: "at_once" },
  upstream_misplaced: { elsewhere: true, concerns: "provider", opens: "at_once" },
  upstream_timeout: { elsewhere: true, concerns: "model", opens: "often" },
  upstream_protocol: { elsewhere: true, concerns: "model", opens: "often" },
  loop: NEUTRAL,
  aborted: NEUTRAL,
  internal: NEUTRAL,
};

/** Whether another candidate may help; only before the first item of a reply. */
export const mayFallBack = (kind: ErrorKind): boolean => KINDS[kind].elsewhere;

/** Whether it concerns every model of the provider, so that no attempt at another one can succeed. */
export const concernsProvider = (kind: ErrorKind): boolean => KINDS[kind].concerns === "provider";

export interface HealthView {
  /** `probing`: a request is testing the upstream. `half_open`: the next request may be that one. */
  state: "closed" | "open" | "half_open" | "probing";
  kind?: ErrorKind;
  until_ms?: number;
}

/** One request to an upstream, since it was sent. */
export interface Attempt {
  readonly provider: string;
  readonly model: string;
  readonly began_ms: number;
}

export interface Failure {
  kind: ErrorKind;
  retry_after_ms?: number | undefined;
}

/** So many failures within the window open a breaker. */
const FAILURES = 3;
const WINDOW_MS = 60_000;
const FIRST_PAUSE_MS = 5000;
const LONGEST_PAUSE_MS = 300_000;
/** A probe without a result for this long is forgotten. */
const PROBE_MS = 60_000;
const MAX_BREAKERS = 1024;

interface Breaker {
  failed_at: number[];
  open?: { kind: ErrorKind; since_ms: number; until_ms: number; pause_ms: number };
  probing_since?: number | undefined;
}

const CLOSED: HealthView = { state: "closed" };

export class Health {
  private readonly breakers = new Map<string, Breaker>();
  private readonly most: number;

  constructor({ upstreams = MAX_BREAKERS }: { upstreams?: number } = {}) {
    this.most = upstreams;
  }

  /** The worse of the provider's and the model's. */
  view(provider: string, model: string, now_ms: number): HealthView {
    if (this.breakers.size === 0) return CLOSED;
    const [whole, own] = [this.viewOf(provider, now_ms), this.viewOf(modelKey(provider, model), now_ms)];
    return BADNESS[whole.state] >= BADNESS[own.state] ? whole : own;
  }

  /** A request is sent. It is the probe of a breaker that waits for one. */
  begin(provider: string, model: string, now_ms: number): Attempt {
    for (const key of [provider, modelKey(provider, model)]) {
      const breaker = this.breakers.get(key);
      if (breaker && this.viewOf(key, now_ms).state === "half_open") breaker.probing_since = now_ms;
    }
    return { provider, model, began_ms: now_ms };
  }

  /** The reply has begun. A request sent before a breaker opened proves nothing. */
  succeeded(attempt: Attempt): void {
    for (const key of keysOf(attempt)) {
      const open = this.breakers.get(key)?.open;
      if (!open || attempt.began_ms >= open.since_ms) this.breakers.delete(key);
    }
  }

  failed(attempt: Attempt, failure: Failure, now_ms: number): void {
    const { concerns, opens } = KINDS[failure.kind];
    if (concerns === "none" || opens === "never") return this.abandoned(attempt);
    const key = concerns === "provider" ? attempt.provider : modelKey(attempt.provider, attempt.model);
    const breaker = this.breakerOf(key);
    this.abandoned(attempt);
    const { open } = breaker;
    // Many requests that fail together are one failure.
    if (open && attempt.began_ms < open.since_ms) {
      open.until_ms = Math.max(open.until_ms, now_ms + (failure.retry_after_ms ?? 0));
      return;
    }
    breaker.failed_at = [...breaker.failed_at.filter((at) => at > now_ms - WINDOW_MS), now_ms];
    if (!open && opens === "often" && breaker.failed_at.length < FAILURES) return;
    this.open(breaker, failure, now_ms);
  }

  /** It ended without a result for the upstream: the client disconnected, or the request was invalid. */
  abandoned(attempt: Attempt): void {
    for (const key of keysOf(attempt)) {
      const breaker = this.breakers.get(key);
      if (breaker?.probing_since === attempt.began_ms) breaker.probing_since = undefined;
    }
  }

  list(now_ms: number): { provider: string; model?: string; state: Exclude<HealthView["state"], "closed"> }[] {
    return [...this.breakers.keys()].flatMap((key) => {
      const { state } = this.viewOf(key, now_ms);
      const at = key.indexOf("/");
      if (state === "closed") return [];
      return [at === -1 ? { provider: key, state } : { provider: key.slice(0, at), model: key.slice(at + 1), state }];
    });
  }

  private open(breaker: Breaker, { kind, retry_after_ms }: Failure, now_ms: number): void {
    const before = breaker.open?.pause_ms;
    const pause_ms = before === undefined ? FIRST_PAUSE_MS : Math.min(before * 2, LONGEST_PAUSE_MS);
    const fixed = KINDS[kind].opens === "retry_after" ? (retry_after_ms ?? FIRST_PAUSE_MS) : undefined;
    breaker.open = {
      kind,
      since_ms: now_ms,
      until_ms: now_ms + (fixed ?? Math.max(pause_ms, retry_after_ms ?? 0)),
      // The length of one rate limit shows nothing about the next one.
      pause_ms: fixed === undefined ? pause_ms : FIRST_PAUSE_MS,
    };
    breaker.probing_since = undefined;
  }

  private viewOf(key: string, now_ms: number): HealthView {
    const breaker = this.breakers.get(key);
    if (!breaker?.open) return CLOSED;
    const { kind, until_ms } = breaker.open;
    if (now_ms < until_ms) return { state: "open", kind, until_ms };
    const { probing_since: since } = breaker;
    const probing = since !== undefined && now_ms < since + PROBE_MS;
    return { state: probing ? "probing" : "half_open", kind };
  }

  /** Bounded: the breaker that was used least recently is dropped. */
  private breakerOf(key: string): Breaker {
    const breaker = this.breakers.get(key) ?? { failed_at: [] };
    this.breakers.delete(key);
    this.breakers.set(key, breaker);
    const [oldest] = this.breakers.keys();
    if (this.breakers.size > this.most && oldest !== undefined) this.breakers.delete(oldest);
    return breaker;
  }
}

const BADNESS: Record<HealthView["state"], number> = { closed: 0, half_open: 1, probing: 2, open: 3 };

/** No id of a provider has a slash. */
const modelKey = (provider: string, model: string): string => `${provider}/${model}`;
const keysOf = ({ provider, model }: Attempt): string[] => [provider, modelKey(provider, model)];

/** Whether requests should go elsewhere for now. */
export const isDown = (view: HealthView | undefined): boolean => view?.state === "open" || view?.state === "probing";
