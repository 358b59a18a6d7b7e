/**
 * Every number that the simulation rests on, with where it comes from. What is said to be an assumption nobody has
 * published, as far as was found; change it here and look whether the result still stands.
 */
import type { Spread } from "./dice.ts";

const TRACELAB = "TraceLab (arXiv 2606.30560, github.com/uw-syfi/TraceLab): 4,265 sessions of Claude Code and Codex";
const CODEX = "measured with Codex 0.169";
const GUESS = "assumption";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** A turn is what follows one message of the user; a call is one request to a model within it. */
export const TRAFFIC = {
  every_min: 20,
  single_turn_share: 0.58,
  turns: { median: 8, sigma: 1.3, most: 150 } satisfies Spread,
  /** Calls after the first one of a turn: none for this share, else so many. */
  no_tool_share: 0.45,
  tool_calls: { median: 6, sigma: 1.2, most: 120 } satisfies Spread,
  /** The same of threads that have one turn only: whole tasks. */
  task_calls: { median: 10, sigma: 1, most: 200 } satisfies Spread,
  first_prompt_tokens: 18_000,
  user_tokens: { median: 280, sigma: 1.5, most: 10_000 } satisfies Spread,
  tool_tokens: { median: 450, sigma: 1.4, most: 10_000 } satisfies Spread,
  output_tokens: { median: 220, sigma: 1.3, most: 16_000 } satisfies Spread,
  tool_ms: { median: 0.3 * SECOND, sigma: 2.98, most: 10 * MINUTE } satisfies Spread,
  think_ms: { median: 1.4 * MINUTE, sigma: 2.1, most: 14 * HOUR } satisfies Spread,
  /** Of threads, in one message; the picture then stays in the history. */
  image_share: 0.1,
  image_tokens: 1500,
  efforts: [
    [undefined, 0.5],
    ["low", 0.1],
    ["medium", 0.2],
    ["high", 0.15],
    ["xhigh", 0.05],
  ] as const,
  characters_a_token: [3.7, 4.3] as const,
  /** Of the client's window. */
  compact_at: 0.9,
  summary_tokens: { median: 1500, sigma: 0.4, most: 4000 } satisfies Spread,
  title: { prompt_tokens: 700, output_tokens: 20 },
  /** Of the threads this share goes badly; signs of trouble a call, there and elsewhere. */
  hard_share: 0.1,
  hard_signs: 0.15,
  easy_signs: 0.01,
};

export interface RemoteFigures {
  first_ms: number;
  tokens_per_second: number;
  prompt_tokens_per_second: number;
  cache_ms: number;
  /** Reasoning in the history names the model that thought it; what is forwarded byte for byte has no such tag. */
  tagged: boolean;
}

export const REMOTE: Readonly<Record<string, RemoteFigures>> = {
  deepseek: { first_ms: 3400, tokens_per_second: 60, prompt_tokens_per_second: 10_000, cache_ms: HOUR, tagged: true },
  openai: {
    first_ms: 2000,
    tokens_per_second: 65,
    prompt_tokens_per_second: 10_000,
    cache_ms: 10 * MINUTE,
    tagged: false,
  },
  anthropic: {
    first_ms: 1700,
    tokens_per_second: 52,
    prompt_tokens_per_second: 10_000,
    cache_ms: 5 * MINUTE,
    tagged: true,
  },
};

export const LOCAL = {
  context_window: 65_536,
  prompt_tokens_per_second: 1000,
  tokens_per_second: 70,
  first_ms: 100,
  /** What each answer slows down to while another slot is busy. */
  shared_speed: 0.6,
  /** Beside the slots: `--cache-ram` of 8192 MiB at 96 KiB a token. */
  ram_tokens: 87_000,
};

export const FAILURES = {
  rate_limited: 0.02,
  retry_after_ms: [2 * SECOND, 20 * SECOND] as const,
  overloaded: 0.005,
  answer_ms: 300,
  /** The client's own pause when the shim gives up. */
  client_pause_ms: 5 * SECOND,
};

export interface Assumption {
  what: string;
  figure: string;
  source: string;
}

const minutes = (ms: number): string => `${ms / MINUTE} min`;
const spread = ({ median, sigma }: Spread): string => `log-normal, median ${median}, sigma ${sigma}`;
const percent = (share: number): string => `${Number((share * 100).toFixed(1))}%`;

export function assumptions(): Assumption[] {
  const T = TRAFFIC;
  const remotes = Object.entries(REMOTE);
  return [
    {
      what: "turns a thread",
      figure: `1 for ${percent(T.single_turn_share)}, else ${spread(T.turns)}, at most ${T.turns.most}`,
      source: `${TRACELAB}: p50 1, p90 18, p99 137, mean 9.2; 58.5% have one`,
    },
    {
      what: "calls after a turn's first",
      figure: `none for ${percent(T.no_tool_share)}, else ${spread(T.tool_calls)}; threads of one turn ${spread(T.task_calls)}`,
      source: "TraceLab: p25 0, p50 1, p90 20, p99 86, mean 7.8; a session p50 15",
    },
    {
      what: "tokens of a tool's result",
      figure: `${spread(T.tool_tokens)}, at most ${T.tool_tokens.most}`,
      source: `derived from TraceLab: 398.4M fresh in 314k tool-triggered steps, 1.27k (mean); the bound: ${CODEX} and our catalog entry`,
    },
    {
      what: "tokens of a user's message",
      figure: spread(T.user_tokens),
      source: "derived from TraceLab: 31.8M fresh in 36k user-triggered steps, 0.9k (mean)",
    },
    {
      what: "tokens of an answer",
      figure: spread(T.output_tokens),
      source: "TraceLab: 186.9M in 357,161 steps, 523 (mean)",
    },
    { what: "a tool's run time", figure: `log-normal, median 0.3 s, p90 13.6 s`, source: "TraceLab" },
    {
      what: "the user's think time",
      figure: "log-normal, median 1.4 min, p90 21 min",
      source: "TraceLab: p50 1.4 min, p90 20.6 min",
    },
    {
      what: "the first prompt",
      figure: `${T.first_prompt_tokens} tokens`,
      source: `${CODEX} (its terminal UI): 70 kB`,
    },
    {
      what: "characters a token",
      figure: `${T.characters_a_token.join(" to ")}, one for each thread`,
      source: "core/estimate.ts: code, o200k and cl100k",
    },
    {
      what: "compaction",
      figure: `at ${percent(T.compact_at)} of the client's window, which is the largest of the candidates'; no tools are sent, so nothing of it is cached; the history becomes ${spread(T.summary_tokens)} tokens`,
      source: `the request: ${CODEX}; 90% and the length: ${GUESS}. TraceLab: 9.7% of sessions have one`,
    },
    {
      what: "title request",
      figure: `one a thread, ${T.title.prompt_tokens} tokens`,
      source: `${CODEX}; its size: ${GUESS}`,
    },
    {
      what: "new threads",
      figure: `one each ${T.every_min} min (exponential), but for --every`,
      source: `${GUESS}: one or two developers`,
    },
    {
      what: "threads with a picture",
      figure: `${percent(T.image_share)}, ${T.image_tokens} tokens, kept in the history`,
      source: `${GUESS}: no figure was found`,
    },
    {
      what: "effort",
      figure: T.efforts.map(([word, share]) => `${word ?? "not asked for"} ${percent(share)}`).join(", "),
      source: GUESS,
    },
    {
      what: "signs of trouble",
      figure: `${percent(T.hard_signs)} of calls in ${percent(T.hard_share)} of threads, ${percent(T.easy_signs)} elsewhere, whichever model answers`,
      source: `${GUESS}; alike for all, since this says nothing of quality`,
    },
    {
      what: "caches elsewhere",
      figure: remotes.map(([name, { cache_ms }]) => `${name} ${minutes(cache_ms)}`).join(", "),
      source: `their documents, as gist.github.com/monperrus/9784f52d5144975fd11be7f642c4a8fc quotes them: "5 min"; "5 to 10 minutes of inactivity, up to an hour"; "hours to days" (taken as one hour). Refreshed by use; none shared between threads: ${GUESS}`,
    },
    {
      what: "cache in house",
      figure: `one thread a slot; what is displaced goes to ${LOCAL.ram_tokens} tokens of RAM, oldest out first`,
      source:
        "llama.cpp pull request 16391, --cache-ram 8192 by default; 96 KiB a token: 48 layers of 4 KV heads of 128 at 16 bits",
    },
    {
      what: "speed in house",
      figure: `${LOCAL.prompt_tokens_per_second} prompt tokens/s, ${LOCAL.tokens_per_second} tokens/s, ${percent(LOCAL.shared_speed)} of that while two slots are busy; window ${LOCAL.context_window}; price 0`,
      source: `llama.cpp pull request 15616 (30B.A3B, M2 Ultra: pp16384 1,023, tg 76); shared slots: ${GUESS}; electricity and the machine are not counted`,
    },
    {
      what: "speed elsewhere",
      figure: remotes
        .map(
          ([name, { first_ms, tokens_per_second: rate }]) =>
            `${name} first token ${first_ms / 1000} s, ${rate} tokens/s`,
        )
        .join("; "),
      source: `TraceLab (50 to 54 tokens/s for Claude; 55 to 74 and 1.5 to 2.9 s for Codex); first tokens of others: jonathanwrede.de, 60 tokens/s: tokenmix.ai (April 2026). Of earlier models of these hosts; 10,000 prompt tokens/s: ${GUESS}`,
    },
    {
      what: "failures elsewhere",
      figure: `${percent(FAILURES.rate_limited)} rate limited (retry after 2 to 20 s), ${percent(FAILURES.overloaded)} overloaded, each by itself, no outages`,
      source: `Portkey (LLMs in Prod): 429 at 1.7% and 5.6%, 5xx at 0.3 to 0.7%; Requesty, April 2026: 66% of failures are 429. The pause: ${GUESS}`,
    },
    { what: "prices, windows, efforts", figure: "as in the table of candidates", source: "src/config/catalogue.json" },
  ];
}

export const NOT_MODELLED = [
  "QUALITY OF THE ANSWERS. Every candidate is taken to need the same calls, with the same tokens, for the same task. A model that needs more tries costs more than is shown here, and may never get there.",
  "other tokenizers, and reasoning that is longer at one model than at another (the same tokens everywhere)",
  "outages, busy hours, and limits of tokens a minute; prices by time of day or length of prompt",
  "prefixes that several threads share (a cold start reads the whole prompt anew)",
  "subagents, reviews, and users who stop an answer; what the machine in house costs",
];
