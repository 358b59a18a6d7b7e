/** One policy over all the traffic: the real plan for each call, then what really came of it. */
import { ERROR_KINDS } from "../../src/core/errors.ts";
import { Calibration } from "../../src/core/estimate.ts";
import type { Usage } from "../../src/core/reply.ts";
import { keyOf, type Candidate, type Route, type RoutingState, type Standing } from "../../src/routing/candidate.ts";
import { costOf } from "../../src/routing/cost.ts";
import type { TurnFacts } from "../../src/routing/facts.ts";
import { Health, isDown, type Failure } from "../../src/routing/health.ts";
import { plan, type Decision } from "../../src/routing/plan.ts";
import { Speeds } from "../../src/routing/speed.ts";
import { WarmThreads } from "../../src/routing/warm.ts";
import { FAILURES, REMOTE } from "./assumptions.ts";
import type { Policy } from "./candidates.ts";
import { Clock } from "./clock.ts";
import { Dice } from "./dice.ts";
import { nextTry, type Tried } from "./next-try.ts";
import { LocalHost, RemoteHost, type Host, type Job } from "./hosts.ts";

export type Kind = "call" | "title" | "compaction";

export interface Answered {
  kind: Kind;
  thread: number;
  /** Of the thread. */
  turn: number;
  by: string;
  usage: Usage;
  cost_usd: number;
  /** As the plan expected of the one that answered. */
  expected_usd: number | null;
  /** From when the client asked first, with all that failed before. */
  first_ms: number;
  whole_ms: number;
  /** Candidates that failed before. */
  fell_back: number;
  /** Of the plan, for its first. */
  reason: string;
  /** It left the house though the local one could have been asked: why. */
  outside: string | undefined;
}

export interface Request {
  kind: Kind;
  thread: number;
  turn: number;
  /** Of the thread; its chance. */
  call: number;
  facts: TurnFacts;
  began_by?: { provider: string; model: string } | undefined;
  job: Omit<Job, "dice">;
}

export class Simulation {
  readonly clock = new Clock();
  readonly answered: Answered[] = [];
  /** Requests that no candidate answered; the client asks again. */
  given_up = 0;
  /** Requests that no candidate may be sent, by the plan: the client cuts them. */
  refused = 0;
  private readonly hosts: ReadonlyMap<string, Host>;
  private readonly health = new Health();
  private readonly speeds = new Speeds();
  private readonly warm = new WarmThreads();
  private readonly calibration = new Calibration();
  private readonly policy: Policy;
  private readonly route: Route;
  private readonly seed: number;

  constructor(policy: Policy, seed: number, slots: number) {
    this.policy = policy;
    this.seed = seed;
    this.route = { name: "jusCode-auto", prefer: policy.prefer, local_only: false };
    this.hosts = new Map(policy.candidates.map((each) => [keyOf(each), this.hostOf(each, slots)]));
  }

  private hostOf({ provider, local, info }: Candidate, slots: number): Host {
    if (local) return new LocalHost(this.clock, slots);
    const figures = REMOTE[provider];
    if (!figures) throw new Error(`no figures for ${provider}`);
    return new RemoteHost(this.clock, figures, info.context_window ?? Infinity, info.price);
  }

  ask(request: Request, done: (by: Candidate, usage: Usage) => void, asked_ms = this.clock.now_ms, again = 0): void {
    const { policy, clock } = this;
    const { facts } = request;
    const seen = policy.sticky ? facts : strange(facts);
    const decision = plan(seen, this.route, policy.candidates, this.stateOf(request), clock.now_ms);
    const [first] = decision.tries;
    if (!first) {
      if (decision.refusal?.kind !== "context_overflow")
        throw new Error(`${policy.name}: ${decision.refusal?.message}`);
      this.refused++;
      return this.ask(cut(request), done, asked_ms, again);
    }
    const tried: Tried[] = [];
    const attempt = (candidate: Candidate, retry = 0): void => {
      const { provider, model } = candidate;
      const key = keyOf(candidate);
      const begun = this.health.begin(provider, model, clock.now_ms);
      const begun_ms = clock.now_ms;
      this.speeds.asked(key, begun_ms);
      const dice = new Dice(
        this.seed,
        3,
        request.thread,
        request.call,
        KINDS.indexOf(request.kind),
        again,
        retry,
        PROVIDERS.indexOf(provider),
      );
      this.hostFor(key).ask({ ...request.job, dice }, (outcome) => {
        if (outcome.failure) {
          const { failure } = outcome;
          const pause_ms = retry < (policy.retries ?? 0) ? pauseBefore(retry + 1, failure) : undefined;
          if (pause_ms !== undefined) return clock.after(pause_ms, () => attempt(candidate, retry + 1));
          this.health.failed(begun, failure, clock.now_ms);
          tried.push({ provider, model, kind: failure.kind });
          const next = nextTry(decision, tried);
          if (next) return attempt(next);
          this.given_up++;
          const client_ms = Math.max(FAILURES.client_pause_ms, failure.retry_after_ms ?? 0);
          return clock.after(client_ms, () => this.ask(request, done, asked_ms, again + 1));
        }
        this.health.succeeded(begun);
        const { usage } = outcome;
        const first_ms = begun_ms - asked_ms + outcome.first_ms;
        this.learn(request, candidate, outcome.first_ms, clock.now_ms - begun_ms, usage);
        const outside = outsideOf(decision);
        this.answered.push({
          kind: request.kind,
          thread: request.thread,
          turn: request.turn,
          by: key,
          usage,
          cost_usd: candidate.info.price ? costOf(usage, candidate.info.price) : 0,
          expected_usd: decision.verdicts.find((each) => keyOf(each) === key)?.estimate.cost_usd ?? null,
          first_ms,
          whole_ms: clock.now_ms - asked_ms,
          fell_back: tried.length,
          reason: decision.reason,
          outside,
        });
        done(candidate, usage);
      });
    };
    attempt(first);
  }

  private hostFor(key: string): Host {
    const host = this.hosts.get(key);
    if (!host) throw new Error(`no host ${key}`);
    return host;
  }

  /** As server/router does after an answer. */
  private learn(
    { kind, facts }: Request,
    candidate: Candidate,
    first_ms: number,
    whole_ms: number,
    usage: Usage,
  ): void {
    const key = keyOf(candidate);
    const { provider, model } = candidate;
    const { now_ms } = this.clock;
    const { input_tokens, cached_tokens, output_tokens } = usage;
    const measured = {
      first_ms,
      output_ms: whole_ms - first_ms,
      uncached_tokens: input_tokens - cached_tokens,
      output_tokens,
    };
    this.speeds.learn(key, measured, now_ms);
    this.calibration.learn(key, facts.prompt_characters, input_tokens);
    if (kind !== "call" || facts.thread === undefined) return;
    this.warm.remember(facts.thread, { provider, model, at_ms: now_ms, input_tokens: input_tokens + output_tokens });
  }

  private stateOf({ facts, began_by }: Request): RoutingState {
    const { now_ms } = this.clock;
    const standings: Record<string, Standing> = {};
    for (const each of this.policy.candidates) {
      const key = keyOf(each);
      const speed = this.speeds.of(key, now_ms);
      const health = this.health.view(each.provider, each.model, now_ms);
      standings[key] = { health, ratio: this.calibration.ratio(key), ...(speed && { speed }) };
    }
    const warm = this.policy.sticky ? this.warm.of(facts.thread) : undefined;
    return { local_only: false, standings, ...(this.policy.sticky && began_by && { began_by }), ...(warm && { warm }) };
  }
}

/** As server/second-tries has it, without the chance in it. */
function pauseBefore(retry: number, { kind, retry_after_ms: told }: Failure): number | undefined {
  if (!ERROR_KINDS[kind].retry) return undefined;
  if (told !== undefined) return told > 30_000 ? undefined : told;
  return Math.min(250 * 2 ** (retry - 1), 8000);
}

const PROVIDERS = Object.keys(REMOTE);
const KINDS: readonly Kind[] = ["call", "title", "compaction"];

/** Codex leaves out the oldest items until it fits. */
function cut({ facts, job, ...rest }: Request): Request {
  const less = (size: number): number => Math.floor(size * 0.95);
  return {
    ...rest,
    facts: { ...facts, prompt_characters: less(facts.prompt_characters) },
    job: { ...job, prompt_tokens: less(job.prompt_tokens) },
  };
}

/** As if nobody had ever answered in this thread. */
function strange(facts: TurnFacts): TurnFacts {
  const { thinks_now: _, ...rest } = facts;
  return { ...rest, thought_by: [] };
}

function outsideOf({ tries, verdicts, reason }: Decision): string | undefined {
  if (tries[0]?.local !== false) return undefined;
  const local = verdicts.find((each) => each.local);
  if (!local || local.place === null || isDown(local.health)) return undefined;
  if (reason.startsWith("continues the turn")) return "in the middle of a turn";
  return /moved up|stays above|in spite of/.test(reason) ? "in trouble" : "other";
}
