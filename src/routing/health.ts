/**
 * A circuit breaker for each upstream. What fails for every model of a provider (no connection, a key that is
 * refused) opens the provider's; what may be one model's matter opens the model's. An open one is asked again after a
 * pause, by one request at a time, and closes when that succeeds.
 */
import type { ErrorKind } from "../core/errors.ts";

interface KindFacts {
  /** Another upstream may succeed with the same request. */
  elsewhere: boolean;
  /** Whose breaker it concerns; none for what says nothing of the upstream's health. */
  concerns: "provider" | "model" | "none";
  /** `at_once`: the first one opens; `often`: only several in a row of time; `told`: for as long as the upstream says. */
  opens: "at_once" | "often" | "told" | "never";
}

const NOBODYS = { elsewhere: false, concerns: "none", opens: "never" } as const;

const KINDS: Record<ErrorKind, KindFacts> = {
  invalid_request: NOBODYS,
  // What one wire or host does not have, another may.
  unsupported: { elsewhere: true, concerns: "none", opens: "never" },
  not_found: NOBODYS,
  model_not_found: { elsewhere: true, concerns: "none", opens: "never" },
  authentication: { elsewhere: true, concerns: "provider", opens: "at_once" },
  // A key may be good for some of the models.
  permission: { elsewhere: true, concerns: "model", opens: "at_once" },
  context_overflow: { elsewhere: true, concerns: "none", opens: "never" },
  // Bodies are bounded by each host's own front door.
  payload_too_large: { elsewhere: true, concerns: "none", opens: "never" },
  content_filter: NOBODYS,
  quota: { elsewhere: true, concerns: "provider", opens: "at_once" },
  // Limits are mostly each model's own.
  rate_limited: { elsewhere: true, concerns: "model", opens: "told" },
  overloaded: { elsewhere: true, concerns: "model", opens: "often" },
  model_loading: { elsewhere: true, concerns: "none", opens: "never" },
  upstream_failed: { elsewhere: true, concerns: "model", opens: "often" },
  upstream_unreachable: { elsewhere: true, concerns: "provider", opens: "at_once" },
  upstream_misplaced: { elsewhere: true, concerns: "provider", opens: "at_once" },
  upstream_timeout: { elsewhere: true, concerns: "model", opens: "often" },
  upstream_protocol: { elsewhere: true, concerns: "model", opens: "often" },
  loop: NOBODYS,
  aborted: NOBODYS,
  internal: NOBODYS,
};

/** Whether another candidate may help; only before the first item of an answer. */
export function mayFallBack(kind: ErrorKind): boolean {
  return KINDS[kind].elsewhere;
}

/** Whether it concerns every model of the provider, so that none of them is worth a try. */
export function concernsProvider(kind: ErrorKind): boolean {
  return KINDS[kind].concerns === "provider";
}

export interface HealthView {
  /** `probing`: a request is on its way that will tell. `half_open`: the next request may be that one. */
  state: "closed" | "open" | "half_open" | "probing";
  /** What opened it. */
  kind?: ErrorKind;
  /** When it is asked again. */
  until_ms?: number;
}

/** One request to an upstream, from when it is sent. */
export interface Attempt {
  readonly provider: string;
  readonly model: string;
  readonly began_ms: number;
}

export interface Failure {
  kind: ErrorKind;
  retry_after_ms?: number | undefined;
}

interface HealthLimits {
  /** So many failures within the window open a breaker. */
  failures: number;
  window_ms: number;
  first_pause_ms: number;
  longest_pause_ms: number;
  /** After this a probe that nobody has heard of is forgotten. */
  probe_ms: number;
  upstreams: number;
}

const HEALTH_LIMITS: HealthLimits = {
  failures: 3,
  window_ms: 60_000,
  first_pause_ms: 5000,
  longest_pause_ms: 300_000,
  probe_ms: 60_000,
  upstreams: 1024,
};

interface Breaker {
  failed_at: number[];
  open?: { kind: ErrorKind; since_ms: number; until_ms: number; pause_ms: number };
  probing_since?: number | undefined;
}

const CLOSED: HealthView = { state: "closed" };

export class Health {
  private readonly breakers = new Map<string, Breaker>();
  private readonly limits: HealthLimits;

  constructor(limits: Partial<HealthLimits> = {}) {
    this.limits = { ...HEALTH_LIMITS, ...limits };
  }

  /** The worse of the provider's and the model's. */
  view(provider: string, model: string, now_ms: number): HealthView {
    if (this.breakers.size === 0) return CLOSED;
    const [whole, own] = [this.viewOf(provider, now_ms), this.viewOf(modelKey(provider, model), now_ms)];
    return BADNESS[whole.state] >= BADNESS[own.state] ? whole : own;
  }

  /** A request is sent. Where a breaker waits for its probe, this is it. */
  begin(provider: string, model: string, now_ms: number): Attempt {
    for (const key of [provider, modelKey(provider, model)]) {
      const breaker = this.breakers.get(key);
      if (breaker && this.viewOf(key, now_ms).state === "half_open") breaker.probing_since = now_ms;
    }
    return { provider, model, began_ms: now_ms };
  }

  /** The answer has begun. What was sent before a breaker opened proves nothing. */
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
    breaker.failed_at = [...breaker.failed_at.filter((at) => at > now_ms - this.limits.window_ms), now_ms];
    if (!open && opens === "often" && breaker.failed_at.length < this.limits.failures) return;
    this.open(breaker, failure, now_ms);
  }

  /** It ended without telling anything of the upstream: the client went away, or the request was wrong. */
  abandoned(attempt: Attempt): void {
    for (const key of keysOf(attempt)) {
      const breaker = this.breakers.get(key);
      if (breaker?.probing_since === attempt.began_ms) breaker.probing_since = undefined;
    }
  }

  /** Breakers that are not closed. */
  list(now_ms: number): { provider: string; model?: string; state: Exclude<HealthView["state"], "closed"> }[] {
    return [...this.breakers.keys()].flatMap((key) => {
      const { state } = this.viewOf(key, now_ms);
      const at = key.indexOf("/");
      if (state === "closed") return [];
      return [at === -1 ? { provider: key, state } : { provider: key.slice(0, at), model: key.slice(at + 1), state }];
    });
  }

  private open(breaker: Breaker, { kind, retry_after_ms }: Failure, now_ms: number): void {
    const { first_pause_ms, longest_pause_ms } = this.limits;
    const before = breaker.open?.pause_ms;
    const pause_ms = before === undefined ? first_pause_ms : Math.min(before * 2, longest_pause_ms);
    const told = KINDS[kind].opens === "told" ? (retry_after_ms ?? first_pause_ms) : undefined;
    breaker.open = {
      kind,
      since_ms: now_ms,
      until_ms: now_ms + (told ?? Math.max(pause_ms, retry_after_ms ?? 0)),
      // A limit that is told anew each time says nothing of how long the next one lasts.
      pause_ms: told === undefined ? pause_ms : first_pause_ms,
    };
    breaker.probing_since = undefined;
  }

  private viewOf(key: string, now_ms: number): HealthView {
    const breaker = this.breakers.get(key);
    if (!breaker?.open) return CLOSED;
    const { kind, until_ms } = breaker.open;
    if (now_ms < until_ms) return { state: "open", kind, until_ms };
    const { probing_since: since } = breaker;
    const probing = since !== undefined && now_ms < since + this.limits.probe_ms;
    return { state: probing ? "probing" : "half_open", kind };
  }

  /** Bounded: the one that has been quiet for longest goes. */
  private breakerOf(key: string): Breaker {
    const breaker = this.breakers.get(key) ?? { failed_at: [] };
    this.breakers.delete(key);
    this.breakers.set(key, breaker);
    const [oldest] = this.breakers.keys();
    if (this.breakers.size > this.limits.upstreams && oldest !== undefined) this.breakers.delete(oldest);
    return breaker;
  }
}

const BADNESS: Record<HealthView["state"], number> = { closed: 0, half_open: 1, probing: 2, open: 3 };

/** No id of a provider has a slash. */
const modelKey = (provider: string, model: string): string => `${provider}/${model}`;
const keysOf = ({ provider, model }: Attempt): string[] => [provider, modelKey(provider, model)];

/** Whether requests should go elsewhere for now. */
export function isDown(view: HealthView | undefined): boolean {
  return view?.state === "open" || view?.state === "probing";
}
