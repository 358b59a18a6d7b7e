/** Token counts, which come in two events: the prompt's at the start, the response's with the end. */
import { countOf, objectOf } from "../../core/json.ts";
import type { Usage } from "../../core/reply.ts";

/** Counts only grow in a reply, and upstreams repeat them, or send zeros where they know nothing yet: the highest is true. */
export class UsageCounter {
  private readonly counts = { input: 0, read: 0, written: 0, output: 0, thought: 0 };
  private told = false;
  service_tier: string | undefined;

  add(usage: unknown): void {
    const said = objectOf(usage);
    if (typeof said.service_tier === "string") this.service_tier = said.service_tier;
    this.raise("input", said.input_tokens);
    this.raise("output", said.output_tokens);
    this.raise("read", said.cache_read_input_tokens);
    this.raise("written", said.cache_creation_input_tokens);
    this.raise("thought", objectOf(said.output_tokens_details).thinking_tokens);
  }

  /** Null when the upstream told nothing. */
  get usage(): Usage | null {
    if (!this.told) return null;
    const { input, read, written, output, thought } = this.counts;
    return {
      // What was read from the cache and written to it is not part of the upstream's `input_tokens`.
      input_tokens: input + read + written,
      cached_tokens: read,
      cache_write_tokens: written,
      output_tokens: output,
      reasoning_tokens: Math.min(thought, output),
    };
  }

  private raise(key: keyof UsageCounter["counts"], value: unknown): void {
    const count = countOf(value);
    if (count === undefined) return;
    this.told = true;
    this.counts[key] = Math.max(this.counts[key], count);
  }
}
