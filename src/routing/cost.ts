/** The cost of a request, and the expected cost of one: USD by tokens and prices. */
import type { Price } from "../core/provider.ts";
import type { Usage } from "../core/reply.ts";

const MILLION = 1_000_000;

/** Input without a price of its own costs what other input does. */
export function costOf(usage: Usage, price: Price): number {
  const { input_tokens, cached_tokens, cache_write_tokens, output_tokens } = usage;
  // Some upstreams count cached tokens on top of the input.
  const rest = Math.max(0, input_tokens - cached_tokens - cache_write_tokens);
  const { input, output, cached_input = input, cache_write = input } = price;
  return (
    (rest * input + cached_tokens * cached_input + cache_write_tokens * cache_write + output_tokens * output) / MILLION
  );
}

/** `cached` is a part of the prompt. */
type ExpectedTokens = Record<"prompt" | "cached" | "output", number>;

/** A local model costs nothing unless it has a price; undefined where the price is unknown. */
export function expectedCost(tokens: ExpectedTokens, price: Price | undefined, local: boolean): number | undefined {
  if (!price) return local ? 0 : undefined;
  // What is not cached yet is written to the cache, where that has a price of its own.
  const { input, output, cached_input = input, cache_write = input } = price;
  const { prompt, cached } = tokens;
  return ((prompt - cached) * cache_write + cached * cached_input + tokens.output * output) / MILLION;
}
