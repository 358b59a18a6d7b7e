/** Token counts of a Responses reply. */
import type { Usage } from "../../../core/reply.ts";

type Json = Record<string, unknown>;

/** Null when the upstream told nothing. */
export function usageOf(value: unknown): Usage | null {
  if (typeof value !== "object" || value === null) return null;
  const usage = value as Json;
  const input = countOf(usage.input_tokens);
  const output = countOf(usage.output_tokens);
  if (input === undefined && output === undefined) return null;
  const read = (usage.input_tokens_details ?? {}) as Json;
  const written = (usage.output_tokens_details ?? {}) as Json;
  return {
    input_tokens: input ?? 0,
    cached_tokens: Math.min(countOf(read.cached_tokens) ?? 0, input ?? 0),
    cache_write_tokens: countOf(read.cache_write_tokens) ?? 0,
    output_tokens: output ?? 0,
    reasoning_tokens: Math.min(countOf(written.reasoning_tokens) ?? 0, output ?? 0),
  };
}

function countOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? Math.trunc(value) : undefined;
}
