/** Routes: the candidates for a request, and what is remembered of their attempts. Plans are made in src/routing. */
import type { ConfiguredRoute, RouteCandidate } from "../../config/file/config-file.ts";
import type { Calibration } from "../../core/estimate.ts";
import { promptCharacters } from "../../core/estimate.ts";
import { ShimError } from "../../core/errors.ts";
import { originMark } from "../../core/ids.ts";
import type { Usage } from "../../core/reply.ts";
import { candidatesOf, keyOf, type Candidate, type RoutingState, type Standing } from "../../routing/candidate.ts";
import { turnFacts } from "../../routing/facts.ts";
import { Health, type Attempt } from "../../routing/health.ts";
import { plan, type Decision } from "../../routing/plan.ts";
import { Speeds } from "../../routing/speed.ts";
import { WarmThreads } from "../../routing/warm.ts";
import { isHelperRequest } from "../../agents/codex.ts";
import { Candidates } from "./candidates.ts";
import { modelCandidate, type ModelCandidate } from "../upstreams/catalog.ts";
import { elsewhereOf, isLocal } from "../windows/locality.ts";
import type { Incoming } from "./incoming.ts";
import { keptLocal } from "./local-only.ts";
import { troublesOf, type FoundProvider } from "../upstreams/probe.ts";
import { canBeAsked } from "./ways.ts";

interface RouterOptions {
  routes: readonly ConfiguredRoute[];
  /** Nothing leaves your network, whatever a route says. */
  local_only: boolean;
  calibration: Calibration;
}

interface Routed extends Candidate {
  candidate: ModelCandidate;
}

export class Router {
  routes: readonly ConfiguredRoute[];
  local_only: boolean;
  health = new Health();
  readonly speeds = new Speeds();
  readonly warm = new WarmThreads();
  /** Requests on their way, by candidate. */
  readonly running = new Map<string, number>();
  private readonly calibration: Calibration;

  constructor({ routes, local_only, calibration }: RouterOptions) {
    this.routes = routes;
    this.local_only = local_only;
    this.calibration = calibration;
  }

  /** For a new config: what had failed may have been repaired. */
  configure({ routes, local_only }: Omit<RouterOptions, "calibration">): void {
    this.routes = routes;
    this.local_only = local_only;
    this.health = new Health();
  }

  /** Names match without regard to case. */
  routeNamed(name: string): ConfiguredRoute | undefined {
    const lower = name.toLowerCase();
    return this.routes.find((route) => route.name.toLowerCase() === lower);
  }

  /** Throws where none of the route's candidates is capable. */
  decide(
    route: ConfiguredRoute,
    incoming: Incoming,
    found: readonly FoundProvider[],
  ): { decision: Decision; candidates: Candidates } {
    const decision = this.decision(route, incoming, found);
    const [first, ...rest] = decision.tries.map(({ candidate }) => candidate);
    if (first) return { decision, candidates: new Candidates(first, rest, patienceWith(decision)) };
    const none = { kind: "model_not_found", message: `route ${route.name} has no model` } as const;
    const { kind, message } = decision.refusal ?? none;
    const why = decision.verdicts.length === 0 ? troublesOf(found, incoming.caller?.may) : "";
    throw new ShimError(kind, why === "" ? message : `${message}: ${why}`, { param: "model" });
  }

  /** What would be done with this request. Nothing is sent to an upstream. */
  decision(route: ConfiguredRoute, request: Incoming, found: readonly FoundProvider[]): Decision<Routed> {
    const bound = (this.local_only || route.local_only) && !request.local_only;
    const incoming = bound ? keptLocal(request).incoming : request;
    const { wire, body, client, headers, turn_state, hosted } = incoming;
    const around = { ids: { next: () => "0".repeat(32) }, now: () => 0, note: () => {}, ...(hosted && { hosted }) };
    const { turn, thread, made_by, shortens } = wire.lift(body.json, client, around);
    const helper = isHelperRequest(headers);
    const rules = helper ? (route.helpers ?? route.candidates) : route.candidates;
    const candidates = this.candidates(rules, found, incoming);
    const prompt_characters = promptCharacters(body.text, body.characters);
    const facts = turnFacts(turn, { prompt_characters, shortens, helper, ...(thread !== undefined && { thread }) });
    const maker = candidates.find((each) => originMark(each.provider, each.model) === made_by);
    const { name, prefer, local_only, providers } = route;
    const bounds = { name, prefer, local_only, ...(providers && { providers }) };
    const state = this.state(candidates, turn_state);
    // The marks in the history are left by models that do not think, too: warm, for all that is known.
    const made = maker && {
      provider: maker.provider,
      model: maker.model,
      at_ms: performance.now(),
      input_tokens: Infinity,
    };
    const warm = this.warm.of(thread) ?? made;
    return plan(facts, bounds, candidates, { ...state, ...(warm && { warm }) }, performance.now());
  }

  /** An attempt at a candidate begins. Helper requests leave no mark on the thread. */
  track(candidate: ModelCandidate, thread: string | undefined, { headers }: Incoming): TrackedAttempt {
    return new TrackedAttempt(this, candidate, isHelperRequest(headers) ? undefined : thread);
  }

  private candidates(
    rules: readonly RouteCandidate[] | "all",
    found: readonly FoundProvider[],
    incoming: Incoming,
  ): Routed[] {
    const known = found.flatMap((each) => each.models.map(({ id }) => routed(modelCandidate(each, id))));
    const unlisted = ({ provider, model }: { provider?: string; model: string }): Routed | undefined => {
      const host = found.find((each) => each.provider.id === provider);
      return host && routed(modelCandidate(host, model));
    };
    return candidatesOf<Routed>(rules, known, unlisted).filter(({ candidate }) => canBeAsked(incoming.wire, candidate));
  }

  /** Times are those of a clock that cannot be set: a breaker must not stay open for the hour that was set back. */
  private state(candidates: readonly Routed[], turn_state: string | undefined): RoutingState {
    const now_ms = performance.now();
    const standings: Record<string, Standing> = {};
    for (const { provider, model } of candidates) {
      const key = keyOf({ provider, model });
      const speed = this.speeds.of(key, now_ms);
      standings[key] = {
        health: this.health.view(provider, model, now_ms),
        ratio: this.calibration.ratio(key),
        running: this.running.get(key) ?? 0,
        ...(speed && { speed }),
      };
    }
    const began_by = beganBy(turn_state);
    return { local_only: this.local_only, standings, ...(began_by && { began_by }) };
  }
}

function routed(candidate: ModelCandidate): Routed {
  const { provider, model, info, dialect } = candidate;
  const elsewhere = elsewhereOf(candidate)?.why;
  return {
    candidate,
    provider: provider.id,
    model,
    name: `${provider.id}/${model}`,
    local: isLocal(candidate),
    ...(elsewhere !== undefined && { elsewhere }),
    info,
    json_schema: dialect.json_schema === "json_schema" || dialect.json_schema === "value" ? "held" : "told",
    forces_tools: dialect.tool_choice !== "none" && dialect.tool_choice !== "no_required",
  };
}

/** Pauses of some seconds each are shorter than what a cold read of a long thread takes. */
const PATIENCE = 3;
/** So much more expensive must the next one be. */
const MORE_EXPENSIVE = 1.5;

/** A busy upstream where the thread is warm is waited for, where the next would read it anew for more. */
function patienceWith({ verdicts }: Decision): number {
  const [first, second] = [1, 2].map((place) => verdicts.find((verdict) => verdict.place === place)?.estimate);
  if (!first || !second || first.cached_tokens === 0) return 0;
  return (second.cost_usd ?? 0) > (first.cost_usd ?? 0) * MORE_EXPENSIVE ? PATIENCE : 0;
}

/** `provider/model`, or the provider alone. */
function beganBy(turn_state: string | undefined): RoutingState["began_by"] {
  if (turn_state === undefined || turn_state === "") return undefined;
  const at = turn_state.indexOf("/");
  if (at === -1) return { provider: turn_state };
  return { provider: turn_state.slice(0, at), model: turn_state.slice(at + 1) };
}

/** One attempt at one candidate. Its result is reported once, for health, speed and warm threads. */
export class TrackedAttempt {
  private readonly router: Router;
  private readonly health: Health;
  private readonly candidate: ModelCandidate;
  private readonly key: string;
  private readonly thread: string | undefined;
  private readonly attempt: Attempt;
  private readonly began = performance.now();
  private first_at: number | undefined;
  private reported = false;

  constructor(router: Router, candidate: ModelCandidate, thread: string | undefined) {
    this.router = router;
    this.health = router.health;
    this.candidate = candidate;
    this.key = `${candidate.provider.id}/${candidate.model}`;
    this.thread = thread;
    this.attempt = this.health.begin(candidate.provider.id, candidate.model, this.began);
    router.speeds.asked(this.key, this.began);
    router.running.set(this.key, (router.running.get(this.key) ?? 0) + 1);
  }

  /** Something of the reply is there. */
  first(): void {
    if (this.first_at !== undefined) return;
    this.first_at = performance.now();
    this.health.succeeded(this.attempt);
  }

  /** Whether this is the first report. */
  private report(): boolean {
    if (this.reported) return false;
    this.reported = true;
    const others = (this.router.running.get(this.key) ?? 1) - 1;
    if (others > 0) this.router.running.set(this.key, others);
    else this.router.running.delete(this.key);
    return true;
  }

  ended(usage: Usage | null): void {
    if (!this.report()) return;
    this.first();
    if (!usage) return;
    const at_ms = performance.now();
    const { input_tokens, cached_tokens, output_tokens } = usage;
    const first_at = this.first_at ?? at_ms;
    const [first_ms, output_ms] = [first_at - this.began, at_ms - first_at];
    const uncached_tokens = Math.max(0, input_tokens - cached_tokens);
    this.router.speeds.learn(this.key, { first_ms, output_ms, uncached_tokens, output_tokens }, at_ms);
    if (this.thread === undefined) return;
    const { provider, model } = this.candidate;
    const warm = { provider: provider.id, model, at_ms, input_tokens: input_tokens + output_tokens };
    this.router.warm.remember(this.thread, warm);
  }

  failed({ kind, retry_after_ms }: ShimError): void {
    if (this.report()) this.health.failed(this.attempt, { kind, retry_after_ms }, performance.now());
  }

  /** It ended, and says nothing about the upstream. */
  abandoned(): void {
    if (this.report()) this.health.abandoned(this.attempt);
  }
}
