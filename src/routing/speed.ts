/** The recent speed of each candidate: running means, in which a new reply counts a quarter. */

export interface SpeedFigures {
  /** Until the first token, without the prompt's processing; absent before the first reply. */
  first_ms?: number;
  /** Of a prompt that is not in the cache. */
  prompt_tokens_per_second?: number;
  output_tokens_per_second?: number;
  output_tokens?: number;
  /** Requests that were sent, with or without a reply. */
  asked: number;
  at_ms: number;
}

/** Of one reply: until the first token, and from there to the last one. */
type Measured = Record<"first_ms" | "output_ms" | "uncached_tokens" | "output_tokens", number>;

const NEW = 0.25;
/** The time of a shorter prompt is mostly network latency. */
const LONG_PROMPT = 8000;
/** A shorter reply shows no speed. */
const LONG_ANSWER = 16;
/** Older measurements are forgotten: upstreams change, and a slow hour must not count for ever. */
const FRESH_MS = 3_600_000;
const MAX_CANDIDATES = 1024;

export class Speeds {
  private readonly figures = new Map<string, SpeedFigures>();

  of(key: string, now_ms: number): SpeedFigures | undefined {
    const known = this.figures.get(key);
    return known && now_ms - known.at_ms < FRESH_MS ? known : undefined;
  }

  /** A request is sent: a candidate that was not measured gets one chance, not two hundred at once. */
  asked(key: string, now_ms: number): void {
    const known = this.of(key, now_ms);
    this.put(key, known ? { ...known, asked: known.asked + 1 } : { asked: 1, at_ms: now_ms });
  }

  learn(key: string, measured: Measured, now_ms: number): void {
    const known = this.of(key, now_ms) ?? { asked: 1, at_ms: now_ms };
    const { first_ms, output_ms, uncached_tokens, output_tokens } = measured;
    const next: SpeedFigures = { ...known, at_ms: now_ms, output_tokens: mean(known.output_tokens, output_tokens) };
    // The network latency is known from short prompts, and is not part of the processing.
    const reading_ms = first_ms - (known.first_ms ?? 0);
    if (uncached_tokens >= LONG_PROMPT && reading_ms > 0)
      next.prompt_tokens_per_second = mean(known.prompt_tokens_per_second, (uncached_tokens / reading_ms) * 1000);
    else next.first_ms = mean(known.first_ms, first_ms);
    if (output_tokens >= LONG_ANSWER && output_ms > 0)
      next.output_tokens_per_second = mean(known.output_tokens_per_second, (output_tokens / output_ms) * 1000);
    this.put(key, next);
  }

  private put(key: string, figures: SpeedFigures): void {
    this.figures.delete(key);
    this.figures.set(key, figures);
    const [oldest] = this.figures.keys();
    if (this.figures.size > MAX_CANDIDATES && oldest !== undefined) this.figures.delete(oldest);
  }
}

function mean(known: number | undefined, seen: number): number {
  return known === undefined ? seen : known + (seen - known) * NEW;
}

/** Undefined where nothing was measured. */
export function firstTokenMs(figures: SpeedFigures | undefined, uncached_tokens: number): number | undefined {
  const { first_ms, prompt_tokens_per_second: rate } = figures ?? {};
  if (first_ms === undefined && rate === undefined) return undefined;
  return (first_ms ?? 0) + (rate ? (uncached_tokens / rate) * 1000 : 0);
}
