/** Fields that only tune an answer, and how hosts say that they do not take them. Never tools, formats or limits. */
import type { Tuning } from "../wire.ts";

export const TUNINGS: readonly Tuning[] = [
  {
    field: "reasoning.effort",
    // Ollama 0.33 refuses it for every model that does not think; others refuse single values.
    words:
      /does not support thinking|reasoning[_ .]?(?:effort|value)|enable_thinking|thinking_budget|\bchat_template_kwargs\b/i,
    without: { efforts: {} },
  },
  { field: "parallel_tool_calls", words: /parallel_tool_calls/i, without: { parallel_tool_calls: "never" } },
  { field: "tools.strict", words: /\bstrict\b/i, without: { strict_tools: false } },
  {
    // llama-server refuses it of a stream with tools, DeepSeek of models that think.
    field: "top_logprobs",
    words: /logprobs|log probabilities/i,
    without: { logprobs: false },
    once: true,
  },
  { field: "text.verbosity", words: /verbosity/i, without: { verbosity: false } },
  { field: "service_tier", words: /service_tier/i, without: { service_tier: false } },
  { field: "stream_options", words: /stream_options|include_usage/i, without: { stream_usage: false } },
  { field: "prompt_cache_key", words: /prompt_cache_key/i, without: { cache_key: false } },
  { field: "return_progress", words: /return_progress/i, without: { return_progress: false } },
];
