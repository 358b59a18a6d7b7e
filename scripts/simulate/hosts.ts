/** Hosts as they really are here, which a plan does not see: what their caches hold, who waits, what fails. */
import type { Price } from "../../src/core/provider.ts";
import type { Usage } from "../../src/core/reply.ts";
import type { Failure } from "../../src/routing/health.ts";
import { FAILURES, LOCAL, type RemoteFigures } from "./assumptions.ts";
import type { Clock } from "./clock.ts";
import type { Dice } from "./dice.ts";

export interface Job {
  /** Whose cache it may find and leaves. */
  cache_key: string;
  /** Grows with each compaction: of an older history only the beginning is the same. */
  epoch: number;
  prompt_tokens: number;
  /** What of it stands at the beginning of every prompt of the thread. */
  base_tokens: number;
  output_tokens: number;
  /** Without tools the prompt begins otherwise: nothing is found, and nothing left that would be found. */
  apart: boolean;
  dice: Dice;
}

export type Outcome =
  | { failure: Failure; first_ms?: undefined }
  | { failure?: undefined; first_ms: number; usage: Usage };

export interface Host {
  /** The prompt may be no longer. */
  readonly limit: number;
  ask(job: Job, done: (outcome: Outcome) => void): void;
}

interface Kept {
  key: string;
  epoch: number;
  tokens: number;
  at_ms: number;
}

const found = (kept: Kept | undefined, { epoch, base_tokens, prompt_tokens }: Job): number =>
  kept ? Math.min(kept.epoch === epoch ? kept.tokens : Math.min(kept.tokens, base_tokens), prompt_tokens) : 0;

function usageOf(job: Job, cached_tokens: number, price: Price | undefined): Usage {
  const { prompt_tokens: input_tokens, output_tokens } = job;
  // Where writing has its price, all that was not read is written.
  const cache_write_tokens = price?.cache_write === undefined ? 0 : input_tokens - cached_tokens;
  return { input_tokens, cached_tokens, cache_write_tokens, output_tokens, reasoning_tokens: 0 };
}

const leaves = ({ cache_key, epoch, prompt_tokens, output_tokens }: Job, at_ms: number): Kept => ({
  key: cache_key,
  epoch,
  tokens: prompt_tokens + output_tokens,
  at_ms,
});

export class RemoteHost implements Host {
  readonly limit: number;
  private readonly kept = new Map<string, Kept>();
  private readonly clock: Clock;
  private readonly figures: RemoteFigures;
  private readonly price: Price | undefined;

  constructor(clock: Clock, figures: RemoteFigures, limit: number, price: Price | undefined) {
    this.clock = clock;
    this.figures = figures;
    this.limit = limit;
    this.price = price;
  }

  ask(job: Job, done: (outcome: Outcome) => void): void {
    const { clock, figures } = this;
    const { dice } = job;
    const [fails, slow, fast] = [dice.next(), dice.logNormal(NOISE), dice.logNormal(NOISE)];
    if (fails < FAILURES.rate_limited + FAILURES.overloaded) {
      const limited = fails < FAILURES.rate_limited;
      const retry_after_ms = limited ? dice.between(...FAILURES.retry_after_ms) : undefined;
      const failure: Failure = { kind: limited ? "rate_limited" : "overloaded", retry_after_ms };
      return clock.after(FAILURES.answer_ms, () => done({ failure }));
    }
    const began = clock.now_ms;
    const kept = this.kept.get(job.cache_key);
    const cached = job.apart || !kept || began - kept.at_ms > figures.cache_ms ? 0 : found(kept, job);
    // Counted from when the request came, as one of them says; each use counts.
    if (!job.apart) this.kept.set(job.cache_key, leaves(job, began));
    const read_ms = ((job.prompt_tokens - cached) / figures.prompt_tokens_per_second) * 1000;
    const first_ms = figures.first_ms * slow + read_ms;
    const whole_ms = first_ms + (job.output_tokens / (figures.tokens_per_second * fast)) * 1000;
    clock.after(whole_ms, () => done({ first_ms, usage: usageOf(job, cached, this.price) }));
  }
}

const NOISE = { median: 1, sigma: 0.3, most: 4 };

interface Waiting {
  job: Job;
  asked_ms: number;
  done(outcome: Outcome): void;
}

/** A llama-server: a few slots, each with the history of one thread, some RAM for those that were displaced. */
export class LocalHost implements Host {
  readonly limit = LOCAL.context_window;
  private readonly slots: { kept?: Kept; busy: boolean }[];
  private ram: Kept[] = [];
  private readonly waiting: Waiting[] = [];
  private readonly clock: Clock;

  constructor(clock: Clock, slots: number) {
    this.clock = clock;
    this.slots = Array.from({ length: slots }, () => ({ busy: false }));
  }

  ask(job: Job, done: (outcome: Outcome) => void): void {
    if (job.prompt_tokens >= this.limit)
      return this.clock.after(FAILURES.answer_ms, () => done({ failure: { kind: "context_overflow" } }));
    this.waiting.push({ job, asked_ms: this.clock.now_ms, done });
    this.serve();
  }

  private serve(): void {
    const [next] = this.waiting;
    const free = this.slots.filter(({ busy }) => !busy);
    if (!next || free.length === 0) return;
    this.waiting.shift();
    const { job, asked_ms, done } = next;
    const { now_ms } = this.clock;
    const slot =
      free.find(({ kept }) => kept?.key === job.cache_key) ??
      free.toSorted((a, b) => (a.kept?.at_ms ?? -1) - (b.kept?.at_ms ?? -1))[0];
    if (!slot) return;
    if (slot.kept && slot.kept.key !== job.cache_key) {
      this.displace(slot.kept);
      delete slot.kept;
    }
    const kept = slot.kept ?? this.ram.find(({ key }) => key === job.cache_key);
    this.ram = this.ram.filter(({ key }) => key !== job.cache_key);
    const cached = job.apart ? 0 : found(kept, job);
    const speed = this.slots.some(({ busy }) => busy) ? LOCAL.shared_speed : 1;
    const read_ms = ((job.prompt_tokens - cached) / LOCAL.prompt_tokens_per_second) * 1000;
    const first_ms = now_ms - asked_ms + LOCAL.first_ms + read_ms / speed;
    const whole_ms = first_ms + (job.output_tokens / (LOCAL.tokens_per_second * speed)) * 1000;
    slot.busy = true;
    this.clock.at(asked_ms + whole_ms, () => {
      slot.busy = false;
      if (job.apart) delete slot.kept;
      else slot.kept = leaves(job, this.clock.now_ms);
      done({ first_ms, usage: usageOf(job, cached, undefined) });
      this.serve();
    });
  }

  private displace(kept: Kept): void {
    this.ram.push(kept);
    let sum = this.ram.reduce((all, { tokens }) => all + tokens, 0);
    while (sum > LOCAL.ram_tokens) sum -= this.ram.shift()?.tokens ?? sum;
  }
}
