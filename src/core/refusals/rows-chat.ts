/** Refusals of the Chat wire: fields that only tune an answer. Never tools, formats or limits. */
import type { RefusalRow } from "./row.ts";

const DATE = "2026-11-24";

export const CHAT_ROWS: readonly RefusalRow[] = [
  {
    wire: "chat",
    field: "reasoning.effort",
    // Every model that does not think refuses it at some hosts; others refuse single values.
    words:
      /does not support thinking|reasoning[_ .]?(?:effort|value)|enable_thinking|thinking_budget|\bchat_template_kwargs\b/i,
    cut: ["reasoning_effort", "reasoning", "thinking", "enable_thinking", "thinking_budget", "chat_template_kwargs"],
    effort: true,
    sample: '"qwen3-coder" does not support thinking',
    source: "Ollama 0.33, /v1/chat/completions",
    date: DATE,
  },
  {
    wire: "chat",
    field: "parallel_tool_calls",
    words: /parallel_tool_calls/i,
    cut: ["parallel_tool_calls"],
    sample: "Unrecognized request argument supplied: parallel_tool_calls",
    source: "Azure OpenAI, API versions before 2024-08",
    date: DATE,
  },
  {
    wire: "chat",
    field: "tools.strict",
    words: /\bstrict\b/i,
    cut: ["tools[].function.strict"],
    sample: "tools[0].function.strict: extra fields not permitted",
    source: "pydantic's words, as vLLM and others use them",
    date: DATE,
  },
  {
    wire: "chat",
    field: "top_logprobs",
    words: /logprobs|log probabilities/i,
    cut: ["logprobs", "top_logprobs"],
    once: true,
    sample: "logprobs is not supported with tools + stream",
    source: "llama-server build 11669; DeepSeek's models that think",
    date: DATE,
  },
  {
    wire: "chat",
    field: "text.verbosity",
    words: /verbosity/i,
    cut: ["verbosity"],
    sample: "Unrecognized request argument supplied: verbosity",
    source: "OpenAI, models before GPT-5",
    date: DATE,
  },
  {
    wire: "chat",
    field: "service_tier",
    words: /service_tier/i,
    cut: ["service_tier"],
    sample: "service_tier is not supported for this model",
    source: "Groq, Cerebras",
    date: DATE,
  },
  {
    wire: "chat",
    field: "stream_options",
    words: /stream_options|include_usage/i,
    cut: ["stream_options"],
    sample: "extra fields not permitted: stream_options",
    source: "Mistral, TGI before 3",
    date: DATE,
  },
  {
    wire: "chat",
    field: "prompt_cache_key",
    words: /prompt_cache_key/i,
    cut: ["prompt_cache_key"],
    sample: "Unrecognized request argument supplied: prompt_cache_key",
    source: "Azure OpenAI",
    date: DATE,
  },
  {
    wire: "chat",
    field: "return_progress",
    words: /return_progress/i,
    cut: ["return_progress"],
    sample: "Unknown field: return_progress",
    source: "proxies before llama-server",
    date: DATE,
  },
];
