/** Refusals of each wire: fields that only tune a reply. Never tools, formats or limits. */
import type { WireName } from "../provider.ts";
import type { RefusalRow } from "./row.ts";

/** A row as it is written; its field is the key. What is absent is what the field's own name says. */
interface RowText extends Omit<RefusalRow, "wire" | "field" | "words" | "source" | "date"> {
  words?: RegExp;
  source: string;
}

/** When all of them were seen. */
const DATE = "2026-11-24";

const rowsOf = (wire: WireName, rows: Readonly<Record<string, RowText>>): RefusalRow[] =>
  Object.entries(rows).map(([field, { words = new RegExp(field, "i"), cut, ...row }]) => ({
    wire,
    field,
    words,
    date: DATE,
    ...((cut || !row.set) && { cut: cut ?? [field] }),
    ...row,
  }));

// Parameters of the client's tools may have the names of fields: `properties.temperature` is a parameter.
export const REFUSAL_ROWS: Readonly<Record<WireName, readonly RefusalRow[]>> = {
  chat: rowsOf("chat", {
    "reasoning.effort": {
      // Every model that does not think refuses it at some upstreams; others refuse single values.
      words:
        /does not support thinking|reasoning[_ .]?(?:effort|value)|enable_thinking|thinking_budget|\bchat_template_kwargs\b/i,
      cut: ["reasoning_effort", "reasoning", "thinking", "enable_thinking", "thinking_budget", "chat_template_kwargs"],
      effort: true,
      sample: '"qwen3-coder" does not support thinking',
      source: "Ollama 0.33, /v1/chat/completions",
    },
    parallel_tool_calls: {
      sample: "Unrecognized request argument supplied: parallel_tool_calls",
      source: "Azure OpenAI, API versions before 2024-08",
    },
    "tools.strict": {
      words: /\bstrict\b/i,
      cut: ["tools[].function.strict"],
      sample: "tools[0].function.strict: extra fields not permitted",
      source: "pydantic's words, as vLLM and others use them",
    },
    top_logprobs: {
      words: /logprobs|log probabilities/i,
      cut: ["logprobs", "top_logprobs"],
      once: true,
      sample: "logprobs is not supported with tools + stream",
      source: "llama-server build 11669; DeepSeek's models that think",
    },
    "text.verbosity": {
      words: /verbosity/i,
      cut: ["verbosity"],
      sample: "Unrecognized request argument supplied: verbosity",
      source: "OpenAI, models before GPT-5",
    },
    service_tier: { sample: "service_tier is not supported for this model", source: "Groq, Cerebras" },
    stream_options: {
      words: /stream_options|include_usage/i,
      sample: "extra fields not permitted: stream_options",
      source: "Mistral, TGI before 3",
    },
    prompt_cache_key: { sample: "Unrecognized request argument supplied: prompt_cache_key", source: "Azure OpenAI" },
    return_progress: { sample: "Unknown field: return_progress", source: "proxies before llama-server" },
  }),

  messages: rowsOf("messages", {
    "input[].encrypted_content": {
      // A thought is bound to all that stood before it. Where a client has rewritten its history, the thread goes on without.
      words:
        /bound to a different|invalid `?signature`?|`?thinking`? (?:or `?redacted_thinking`? )?blocks?.{0,80}cannot be modified/i,
      cut: ["messages[].content[type=thinking]", "messages[].content[type=redacted_thinking]"],
      once: true,
      sample: "messages.1.content.0: Invalid `signature` in `thinking` block",
      source: "Anthropic, /v1/messages",
    },
    "reasoning.effort": {
      words:
        /thinking\.(?:type|adaptive|enabled|disabled)|adaptive thinking|budget_tokens|does not support thinking|\beffort\b/i,
      cut: ["thinking", "output_config.effort"],
      effort: true,
      sample: "This model does not support the effort parameter.",
      source: "Anthropic, /v1/messages",
    },
    cache_control: {
      cut: [
        "cache_control",
        "system[].cache_control",
        "tools[].cache_control",
        "messages[].content[].cache_control",
        "messages[].content[].content[].cache_control",
      ],
      sample: "cache_control: Extra inputs are not permitted",
      source: "vLLM, LiteLLM, /v1/messages",
    },
    parallel_tool_calls: {
      words: /disable_parallel_tool_use/i,
      cut: ["tool_choice.disable_parallel_tool_use"],
      sample: "tool_choice.auto.disable_parallel_tool_use: Extra inputs are not permitted",
      source: "pydantic's words, as vLLM and LiteLLM use them",
    },
    "tools.strict": {
      words: /(?<!properties\.)\bstrict\b/i,
      cut: ["tools[].strict"],
      sample: "tools.0.strict: Extra inputs are not permitted",
      source: "Anthropic, models before structured outputs",
    },
    temperature: {
      words: /(?<!properties\.)\btemperature\b/i,
      sample: "`temperature` is deprecated for this model.",
      source: "Anthropic, /v1/messages",
    },
    top_p: { words: /(?<!properties\.)\btop_p\b/i, sample: "top_p: not allowed", source: "Anthropic, /v1/messages" },
  }),

  responses: rowsOf("responses", {
    "input[].encrypted_content": {
      // A sealed thought is bound to the account and the model that sealed it; the thread goes on without.
      words:
        /encrypted[ _]content.{0,200}(?:verif|decrypt|parsed|invalid)|invalid_encrypted_content|without its required (?:following item|['"`]?reasoning)|item with id ['"`]?rs_|cannot determine type of 'item'|item\['content'\] is not an array/i,
      cut: ["input[type=reasoning]"],
      once: true,
      sample: "The encrypted content gAAA... could not be verified.",
      source: "OpenAI, /v1/responses",
    },
    include: {
      words: /encrypted content is not supported|['"`]include\b|\binclude\[/i,
      sample: "Encrypted content is not supported with this model.",
      source: "OpenAI, /v1/responses",
    },
    // OpenAI summarizes only for organizations that it has verified.
    "reasoning.summary": {
      words: /reasoning[ ._](?:param\w*[ ._])?summar/i,
      cut: ["reasoning.summary", "reasoning.generate_summary"],
      sample: "Your organization must be verified to generate reasoning summaries.",
      source: "OpenAI, /v1/responses",
    },
    "reasoning.effort": {
      words: /reasoning[ ._]effort|reasoning value/i,
      effort: true,
      sample: "Unsupported parameter: 'reasoning.effort' is not supported with this model.",
      source: "OpenAI, /v1/responses",
    },
    reasoning: {
      words: /['"`]reasoning['"`]|does not support (?:thinking|reasoning)/i,
      effort: true,
      sample: "Unknown parameter: 'reasoning'.",
      source: "OpenAI, models that do not reason",
    },
    top_logprobs: {
      words: /logprobs/i,
      sample: "Unsupported parameter: 'top_logprobs' is not supported with reasoning models.",
      source: "OpenAI, /v1/responses",
    },
    "text.verbosity": {
      words: /verbosity/i,
      sample:
        "Unsupported value: 'low' is not supported with this model. Supported values are: 'medium'. ['text.verbosity']",
      source: "OpenAI, /v1/responses",
    },
    service_tier: { sample: "Invalid service_tier argument", source: "OpenAI, /v1/responses" },
    parallel_tool_calls: {
      sample: "Unknown parameter: 'parallel_tool_calls'.",
      source: "OpenAI, models without tools",
    },
    "tools.strict": {
      words: /(?<!properties\.|properties', ')\bstrict\b/i,
      // Its absence means true in this API.
      set: [["tools[].strict", "false"]],
      sample: "Invalid schema for function 'f': strict schemas need additionalProperties: false",
      source: "OpenAI, /v1/responses",
    },
    prompt_cache_key: { sample: "Unknown parameter: 'prompt_cache_key'.", source: "OpenRouter, /v1/responses" },
    store: {
      words: /['"`]store['"`]|\bstore:/i,
      sample: "Unknown parameter: 'store'.",
      source: "hosts that keep nothing",
    },
    temperature: {
      words: /(?<!properties\.|properties', ')\btemperature\b/i,
      sample: "Unsupported parameter: 'temperature' is not supported with this model.",
      source: "OpenAI, reasoning models",
    },
    top_p: {
      words: /(?<!properties\.|properties', ')\btop_p\b/i,
      sample: "Unsupported parameter: 'top_p' is not supported with this model.",
      source: "OpenAI, reasoning models",
    },
  }),
};
