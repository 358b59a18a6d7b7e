/** Reads token counts from all places where hosts put them. */
import type { Usage } from "../../core/reply.ts";

type Json = Record<string, unknown>;

/** Cached tokens stand in three places: OpenAI's details, DeepSeek's `prompt_cache_hit_tokens`, Moonshot's top level. */
export function usageOf(usage: Json, chunk: Json): Usage | undefined {
  const prompt = (usage.prompt_tokens_details ?? {}) as Json;
  const completion = (usage.completion_tokens_details ?? {}) as Json;
  const timings = (chunk.timings ?? {}) as Json;
  const input = numberOf(usage.prompt_tokens ?? usage.input_tokens);
  const output = numberOf(usage.completion_tokens ?? usage.output_tokens);
  if (input === undefined && output === undefined) return undefined;
  const cached = prompt.cached_tokens ?? usage.prompt_cache_hit_tokens ?? usage.cached_tokens ?? timings.cache_n;
  return {
    input_tokens: input ?? 0,
    cached_tokens: Math.min(numberOf(cached) ?? 0, input ?? 0),
    cache_write_tokens: numberOf(prompt.cache_write_tokens ?? usage.cache_creation_input_tokens) ?? 0,
    output_tokens: output ?? 0,
    reasoning_tokens: Math.min(numberOf(completion.reasoning_tokens) ?? 0, output ?? 0),
  };
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? Math.trunc(value) : undefined;
}
