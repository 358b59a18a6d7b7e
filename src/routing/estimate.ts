/** What a request will likely take at a candidate: tokens, money, time. */
import type { Candidate, Standing } from "./candidate.ts";
import { promptLimit } from "./conditions.ts";
import { expectedCost } from "./cost.ts";
import type { TurnFacts } from "./facts.ts";
import { firstTokenMs } from "./speed.ts";
import type { Warm } from "./warm.ts";

export type Estimate = ReturnType<typeof estimateOf>;

/** Characters per token, before any usage was reported (see core/estimate). */
const USUAL_RATIO = 4;
/** A reply in a coding thread: some words and a tool call. */
const USUAL_OUTPUT = 500;
/** Usual for a screenshot. */
const IMAGE_TOKENS = 1500;

/** Providers drop what was not used for this long; a local server keeps its slot until another thread takes it. */
const CACHE_LIFETIME_MS = 600_000;
const LOCAL_CACHE_LIFETIME_MS = 3_600_000;

export function promptTokens(facts: TurnFacts, { ratio = USUAL_RATIO }: Standing): number {
  return Math.ceil(facts.prompt_characters / ratio) + facts.images * IMAGE_TOKENS;
}

/** Tokens of the prompt that existed when a model last replied: the cache holds these at best. */
export function oldTokens(facts: TurnFacts, { ratio = USUAL_RATIO }: Standing): number {
  const { new_characters: fresh } = facts;
  if (fresh === undefined) return 0;
  return Math.max(0, Math.floor((facts.prompt_characters - fresh) / ratio));
}

/** What the cache of the thread's own candidate holds; without an entry in the table it counts as warm. */
export function cachedTokens(
  { provider, model, local }: Candidate,
  facts: TurnFacts,
  standing: Standing,
  warm: Warm | undefined,
  now_ms: number,
): number {
  const old = oldTokens(facts, standing);
  if (warm?.provider !== provider || warm.model !== model) return old;
  const lifetime = local ? LOCAL_CACHE_LIFETIME_MS : CACHE_LIFETIME_MS;
  return now_ms - warm.at_ms > lifetime ? 0 : Math.min(old, warm.input_tokens);
}

/** What is unknown is null. */
export function estimateOf(candidate: Candidate, facts: TurnFacts, standing: Standing, cached: number) {
  const { speed } = standing;
  const { info, local } = candidate;
  const whole = promptTokens(facts, standing);
  const prompt = facts.shortens ? Math.min(whole, promptLimit(candidate) ?? whole) : whole;
  const cached_tokens = Math.min(cached, prompt);
  const usual = Math.round(speed?.output_tokens ?? USUAL_OUTPUT);
  const output = Math.min(usual, facts.max_output_tokens ?? usual, info.max_output_tokens ?? usual);
  const first_ms = firstTokenMs(speed, prompt - cached_tokens);
  const rate = speed?.output_tokens_per_second;
  return {
    prompt_tokens: prompt,
    cached_tokens,
    output_tokens: output,
    cost_usd: expectedCost({ prompt, cached: cached_tokens, output }, info.price, local) ?? null,
    first_ms: first_ms ?? null,
    whole_ms: first_ms === undefined ? null : first_ms + (rate ? (output / rate) * 1000 : 0),
  };
}
