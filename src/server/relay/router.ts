/** Virtual models: whom a call on one goes to, and what is remembered of how that went. Plans are made in src/routing. */
import type { ConfiguredRoute, RouteCandidate } from "../../config/file/config-file.ts";
import type { Calibration } from "../../core/estimate.ts";
import { promptCharacters } from "../../core/estimate.ts";
import { ShimError } from "../../core/errors.ts";
import { makersMark } from "../../core/ids.ts";
import type { Usage } from "../../core/reply.ts";
import { candidatesOf, keyOf, type Candidate, type RoutingState, type Standing } from "../../routing/candidate.ts";
import { turnFacts } from "../../routing/facts.ts";
import { Health, type Attempt } from "../../routing/health.ts";
import { plan, type Decision, type Verdict } from "../../routing/plan.ts";
import { Speeds } from "../../routing/speed.ts";
import { WarmThreads, type Warm } from "../../routing/warm.ts";
import { isHelperRequest } from "../../agents/codex.ts";
import { Candidates } from "./candidates.ts";
import { chosenOf, type Chosen } from "../upstreams/catalog.ts";
import { elsewhereOf, isLocal } from "../windows/locality.ts";
import type { Incoming } from "./incoming.ts";
import { keptLocal } from "./local-only.ts";
import { troublesOf, type Found } from "../upstreams/probe.ts";
import { canBeAsked } from "./ways.ts";

export interface RouterOptions {
  routes: readonly ConfiguredRoute[];
  /** Nothing leaves the house, whatever a route says. */
  local_only: boolean;
  calibration: Calibration;
}

interface Routed extends Candidate {
  chosen: Chosen;
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

  /** By a new config: what had failed may have been set right. */
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

  /** Throws where none of the route's candidates can answer. */
  decide(
    route: ConfiguredRoute,
    incoming: Incoming,
    found: readonly Found[],
  ): { decision: Decision; candidates: Candidates } {
    const decision = this.decision(route, incoming, found);
    const [first, ...rest] = decision.tries;
    if (!first) {
      const { kind, message } = decision.refusal ?? {
        kind: "model_not_found",
        message: `route ${route.name} has no model`,
      };
      const why = decision.verdicts.length === 0 ? troublesOf(found, incoming.caller?.may) : "";
      throw new ShimError(kind, why === "" ? message : `${message}: ${why}`, { param: "model" });
    }
    return {
      decision,
      candidates: new Candidates(
        first.chosen,
        rest.map(({ chosen }) => chosen),
        patienceWith(decision),
      ),
    };
  }

  /** What would be done with this call, without asking anyone. */
  decision(route: ConfiguredRoute, asked: Incoming, found: readonly Found[]): Decision<Routed> {
    const bound = (this.local_only || route.local_only) && !asked.local_only;
    const incoming = bound ? keptLocal(asked).incoming : asked;
    const { wire, body, client, headers, turn_state, hosted } = incoming;
    const around = {
      ids: { next: () => "0".repeat(32) },
      now: () => 0,
      note: () => {},
      ...(hosted && { hosted }),
    };
    const { turn, thread, made_by, shortens } = wire.lift(body.json, client, around);
    const helper = isHelperRequest(headers);
    const rules = helper ? (route.helpers ?? route.candidates) : route.candidates;
    const candidates = this.candidates(rules, found, incoming);
    const prompt_characters = promptCharacters(body.text, body.characters);
    const facts = turnFacts(turn, { prompt_characters, shortens, helper, ...(thread !== undefined && { thread }) });
    const maker = candidates.find((each) => makersMark(each.provider, each.model) === made_by);
    const { name, prefer, local_only, providers } = route;
    const bounds = { name, prefer, local_only, ...(providers && { providers }) };
    const state = this.state(candidates, turn_state);
    const warm = this.warm.of(thread) ?? (maker && madeBy(maker));
    return plan(facts, bounds, candidates, { ...state, ...(warm && { warm }) }, performance.now());
  }

  /** One request to a candidate begins. Small ones besides the turns leave no mark on the thread. */
  try(chosen: Chosen, thread: string | undefined, { headers }: Incoming): Trial {
    return new Trial(this, chosen, isHelperRequest(headers) ? undefined : thread);
  }

  private candidates(rules: readonly RouteCandidate[] | "all", found: readonly Found[], incoming: Incoming): Routed[] {
    const known = found.flatMap((each) => each.models.map(({ id }) => routed(chosenOf(each, id))));
    const unlisted = ({ provider, model }: { provider?: string; model: string }): Routed | undefined => {
      const host = found.find((each) => each.provider.id === provider);
      return host && routed(chosenOf(host, model));
    };
    return candidatesOf<Routed>(rules, known, unlisted).filter(({ chosen }) => canBeAsked(incoming.wire, chosen));
  }

  /** Times are those of a clock that nobody sets: a breaker must not stay open for the hour that was set back. */
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

/** Told by the marks in the history, which models that do not think leave too: warm, for all that is known. */
function madeBy({ provider, model }: Candidate): Warm {
  return { provider, model, at_ms: performance.now(), input_tokens: Number.POSITIVE_INFINITY };
}

function routed(chosen: Chosen): Routed {
  const { provider, model, info, dialect } = chosen;
  const elsewhere = elsewhereOf(chosen)?.why;
  return {
    chosen,
    provider: provider.id,
    model,
    name: `${provider.id}/${model}`,
    local: isLocal(chosen),
    ...(elsewhere !== undefined && { elsewhere }),
    info,
    json_schema: dialect.json_schema === "json_schema" || dialect.json_schema === "value" ? "held" : "told",
    forces_tools: dialect.tool_choice !== "none" && dialect.tool_choice !== "no_required",
  };
}

/** Pauses of some seconds each are shorter than what a cold read of a long thread takes. */
const PATIENCE = 3;
/** So much dearer must the next one be. */
const DEARER = 1.5;

/** A busy host where the thread is warm is waited for, where the next would read it anew for more. */
function patienceWith({ verdicts }: Decision): number {
  const at = (place: number): Verdict | undefined => verdicts.find((verdict) => verdict.place === place);
  const [first, second] = [at(1)?.estimate, at(2)?.estimate];
  if (!first || !second || first.cached_tokens === 0) return 0;
  return (second.cost_usd ?? 0) > (first.cost_usd ?? 0) * DEARER ? PATIENCE : 0;
}

/** `provider/model`, or the provider alone. */
function beganBy(turn_state: string | undefined): RoutingState["began_by"] {
  if (turn_state === undefined || turn_state === "") return undefined;
  const at = turn_state.indexOf("/");
  if (at === -1) return { provider: turn_state };
  return { provider: turn_state.slice(0, at), model: turn_state.slice(at + 1) };
}

/** One request to one candidate; what came of it is told once. */
export class Trial {
  private readonly router: Router;
  private readonly health: Health;
  private readonly chosen: Chosen;
  private readonly thread: string | undefined;
  private readonly attempt: Attempt;
  private readonly began = performance.now();
  private first_at: number | undefined;
  private told = false;

  constructor(router: Router, chosen: Chosen, thread: string | undefined) {
    this.router = router;
    this.health = router.health;
    this.chosen = chosen;
    this.thread = thread;
    const now_ms = performance.now();
    this.attempt = this.health.begin(chosen.provider.id, chosen.model, now_ms);
    router.speeds.asked(this.key, now_ms);
    router.running.set(this.key, (router.running.get(this.key) ?? 0) + 1);
  }

  private get key(): string {
    return `${this.chosen.provider.id}/${this.chosen.model}`;
  }

  /** Something of the answer is there. */
  first(): void {
    if (this.first_at !== undefined) return;
    this.first_at = performance.now();
    this.health.succeeded(this.attempt);
  }

  /** Whether this is the first that is told. */
  private tell(): boolean {
    if (this.told) return false;
    this.told = true;
    const others = (this.router.running.get(this.key) ?? 1) - 1;
    if (others > 0) this.router.running.set(this.key, others);
    else this.router.running.delete(this.key);
    return true;
  }

  ended(usage: Usage | null): void {
    if (!this.tell()) return;
    this.first();
    if (!usage) return;
    const now = performance.now();
    const { input_tokens, cached_tokens, output_tokens } = usage;
    const first_at = this.first_at ?? now;
    const measured = {
      first_ms: first_at - this.began,
      output_ms: now - first_at,
      uncached_tokens: Math.max(0, input_tokens - cached_tokens),
      output_tokens,
    };
    this.router.speeds.learn(this.key, measured, performance.now());
    if (this.thread === undefined) return;
    const { provider, model } = this.chosen;
    const warm = { provider: provider.id, model, at_ms: performance.now(), input_tokens: input_tokens + output_tokens };
    this.router.warm.remember(this.thread, warm);
  }

  failed({ kind, retry_after_ms }: ShimError): void {
    if (!this.tell()) return;
    this.health.failed(this.attempt, { kind, retry_after_ms }, performance.now());
  }

  /** It ended without telling anything of the upstream. */
  abandoned(): void {
    if (!this.tell()) return;
    this.health.abandoned(this.attempt);
  }
}
