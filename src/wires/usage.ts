/** Token counts of Chat and Responses replies, from all places where upstreams put them. */
import { isJsonObject } from "../core/json-fields.ts";
import { countOf, objectOf } from "../core/json.ts";
import type { Usage } from "../core/reply.ts";

/**
 * Undefined when the upstream told nothing. Cached tokens stand in OpenAI's details, in DeepSeek's
 * `prompt_cache_hit_tokens`, at Moonshot's top level, or in llama-server's `timings` of the chunk.
 */
export function usageOf(usage: unknown, chunk?: unknown): Usage | undefined {
  if (!isJsonObject(usage)) return undefined;
  const input = countOf(usage.prompt_tokens ?? usage.input_tokens);
  const output = countOf(usage.completion_tokens ?? usage.output_tokens);
  if (input === undefined && output === undefined) return undefined;
  const read = objectOf(usage.prompt_tokens_details ?? usage.input_tokens_details);
  const written = objectOf(usage.completion_tokens_details ?? usage.output_tokens_details);
  const cached =
    read.cached_tokens ??
    usage.prompt_cache_hit_tokens ??
    usage.cached_tokens ??
    objectOf(objectOf(chunk).timings).cache_n;
  return {
    input_tokens: input ?? 0,
    cached_tokens: Math.min(countOf(cached) ?? 0, input ?? 0),
    cache_write_tokens: countOf(read.cache_write_tokens ?? usage.cache_creation_input_tokens) ?? 0,
    output_tokens: output ?? 0,
    reasoning_tokens: Math.min(countOf(written.reasoning_tokens) ?? 0, output ?? 0),
  };
}
