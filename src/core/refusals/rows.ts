/** Refusals of each wire: fields that only tune a reply. Never tools, formats or limits. */
import type { WireName } from "../provider.ts";

/** A refusal and its remedy: an edit of the body's JSON text, for translated and forwarded requests alike. */
export interface RefusalRow {
  /** Wire of the body. */
  wire: WireName;
  /** By which the remedy is reported: a path in the words of the client's wire. */
  field: string;
  /** How upstreams word the refusal. Tested against the first words of their message. */
  words: RegExp;
  /** Paths that are cut out of the body (see json-paths.ts). */
  cut?: readonly string[];
  /** Paths that get another value, as JSON. */
  set?: readonly (readonly [path: string, json: string])[];
  /** What is cut requests the effort. */
  effort?: true;
  /** The refusal concerns this one request: other requests of the same model are sent as they are. */
  once?: true;
  /** A message in which the refusal was seen; the tests read it through the wire's own envelope. */
  sample: string;
  /** Where it was seen, and when. */
  source: string;
  date: string;
}

/** A row as it is written. The key is its head: `field, source`. What is absent is what the field's own name says. */
interface RowText extends Omit<RefusalRow, "wire" | "field" | "words" | "source" | "date"> {
  words?: RegExp;
}

const DATE = "2026-11-24"; // When all of them were seen.

const rowsOf = (wire: WireName, rows: Readonly<Record<string, RowText>>): RefusalRow[] =>
  Object.entries(rows).map(([head, row]) => {
    const [field = "", ...source] = head.split(", ");
    const cut = row.set ? {} : { cut: [field] };
    return { wire, field, words: new RegExp(field, "i"), ...cut, ...row, source: source.join(", "), date: DATE };
  });

// Parameters of the client's tools may have the names of fields: `properties.temperature` is a parameter.
export const REFUSAL_ROWS: Readonly<Record<WireName, readonly RefusalRow[]>> = {
  chat: rowsOf("chat", {
    "reasoning.effort, Ollama 0.33, /v1/chat/completions": {
      // Every model that does not think refuses it at some upstreams; others refuse single values.
      words:
        /does not support thinking|reasoning[_ .]?(?:effort|value)|enable_thinking|thinking_budget|\bchat_template_kwargs\b/i,
      cut: ["reasoning_effort", "reasoning", "thinking", "enable_thinking", "thinking_budget", "chat_template_kwargs"],
      effort: true,
      sample: '"qwen3-coder" does not support thinking',
    },
    "parallel_tool_calls, Azure OpenAI, API versions before 2024-08": {
      sample: "Unrecognized request argument supplied: parallel_tool_calls",
    },
    "tools.strict, pydantic's words, as vLLM and others use them": {
      words: /\bstrict\b/i,
      cut: ["tools[].function.strict"],
      sample: "tools[0].function.strict: extra fields not permitted",
    },
    "top_logprobs, llama-server build 11669; DeepSeek's models that think": {
      words: /logprobs|log probabilities/i,
      cut: ["logprobs", "top_logprobs"],
      once: true,
      sample: "logprobs is not supported with tools + stream",
    },
    "text.verbosity, OpenAI, models before GPT-5": {
      words: /verbosity/i,
      cut: ["verbosity"],
      sample: "Unrecognized request argument supplied: verbosity",
    },
    "service_tier, Groq, Cerebras": { sample: "service_tier is not supported for this model" },
    "stream_options, Mistral, TGI before 3": {
      words: /stream_options|include_usage/i,
      sample: "extra fields not permitted: stream_options",
    },
    "prompt_cache_key, Azure OpenAI": { sample: "Unrecognized request argument supplied: prompt_cache_key" },
    "return_progress, proxies before llama-server": { sample: "Unknown field: return_progress" },
  }),

  messages: rowsOf("messages", {
    "input[].encrypted_content, Anthropic, /v1/messages": {
      // A thought is bound to all that stood before it. Where a client has rewritten its history, the thread goes on without.
      words:
        /bound to a different|invalid `?signature`?|`?thinking`? (?:or `?redacted_thinking`? )?blocks?.{0,80}cannot be modified/i,
      cut: ["messages[].content[type=thinking]", "messages[].content[type=redacted_thinking]"],
      once: true,
      sample: "messages.1.content.0: Invalid `signature` in `thinking` block",
    },
    "reasoning.effort, Anthropic, /v1/messages": {
      words:
        /thinking\.(?:type|adaptive|enabled|disabled)|adaptive thinking|budget_tokens|does not support thinking|\beffort\b/i,
      cut: ["thinking", "output_config.effort"],
      effort: true,
      sample: "This model does not support the effort parameter.",
    },
    "cache_control, vLLM, LiteLLM, /v1/messages": {
      cut: [
        "cache_control",
        "system[].cache_control",
        "tools[].cache_control",
        "messages[].content[].cache_control",
        "messages[].content[].content[].cache_control",
      ],
      sample: "cache_control: Extra inputs are not permitted",
    },
    "parallel_tool_calls, pydantic's words, as vLLM and LiteLLM use them": {
      words: /disable_parallel_tool_use/i,
      cut: ["tool_choice.disable_parallel_tool_use"],
      sample: "tool_choice.auto.disable_parallel_tool_use: Extra inputs are not permitted",
    },
    "tools.strict, Anthropic, models before structured outputs": {
      words: /(?<!properties\.)\bstrict\b/i,
      cut: ["tools[].strict"],
      sample: "tools.0.strict: Extra inputs are not permitted",
    },
    "temperature, Anthropic, /v1/messages": {
      words: /(?<!properties\.)\btemperature\b/i,
      sample: "`temperature` is deprecated for this model.",
    },
    "top_p, Anthropic, /v1/messages": { words: /(?<!properties\.)\btop_p\b/i, sample: "top_p: not allowed" },
  }),

  responses: rowsOf("responses", {
    "input[].encrypted_content, OpenAI, /v1/responses": {
      // A sealed thought is bound to the account and the model that sealed it; the thread goes on without.
      words:
        /encrypted[ _]content.{0,200}(?:verif|decrypt|parsed|invalid)|invalid_encrypted_content|without its required (?:following item|['"`]?reasoning)|item with id ['"`]?rs_|cannot determine type of 'item'|item\['content'\] is not an array/i,
      cut: ["input[type=reasoning]"],
      once: true,
      sample: "The encrypted content gAAA... could not be verified.",
    },
    "include, OpenAI, /v1/responses": {
      words: /encrypted content is not supported|['"`]include\b|\binclude\[/i,
      sample: "Encrypted content is not supported with this model.",
    },
    // OpenAI summarizes only for organizations that it has verified.
    "reasoning.summary, OpenAI, /v1/responses": {
      words: /reasoning[ ._](?:param\w*[ ._])?summar/i,
      cut: ["reasoning.summary", "reasoning.generate_summary"],
      sample: "Your organization must be verified to generate reasoning summaries.",
    },
    "reasoning.effort, OpenAI, /v1/responses": {
      words: /reasoning[ ._]effort|reasoning value/i,
      effort: true,
      sample: "Unsupported parameter: 'reasoning.effort' is not supported with this model.",
    },
    "reasoning, OpenAI, models that do not reason": {
      words: /['"`]reasoning['"`]|does not support (?:thinking|reasoning)/i,
      effort: true,
      sample: "Unknown parameter: 'reasoning'.",
    },
    "top_logprobs, OpenAI, /v1/responses": {
      words: /logprobs/i,
      sample: "Unsupported parameter: 'top_logprobs' is not supported with reasoning models.",
    },
    "text.verbosity, OpenAI, /v1/responses": {
      words: /verbosity/i,
      sample:
        "Unsupported value: 'low' is not supported with this model. Supported values are: 'medium'. ['text.verbosity']",
    },
    "service_tier, OpenAI, /v1/responses": { sample: "Invalid service_tier argument" },
    "parallel_tool_calls, OpenAI, models without tools": { sample: "Unknown parameter: 'parallel_tool_calls'." },
    "tools.strict, OpenAI, /v1/responses": {
      words: /(?<!properties\.|properties', ')\bstrict\b/i,
      // Its absence means true in this API.
      set: [["tools[].strict", "false"]],
      sample: "Invalid schema for function 'f': strict schemas need additionalProperties: false",
    },
    "prompt_cache_key, OpenRouter, /v1/responses": { sample: "Unknown parameter: 'prompt_cache_key'." },
    "store, hosts that keep nothing": { words: /['"`]store['"`]|\bstore:/i, sample: "Unknown parameter: 'store'." },
    "temperature, OpenAI, reasoning models": {
      words: /(?<!properties\.|properties', ')\btemperature\b/i,
      sample: "Unsupported parameter: 'temperature' is not supported with this model.",
    },
    "top_p, OpenAI, reasoning models": {
      words: /(?<!properties\.|properties', ')\btop_p\b/i,
      sample: "Unsupported parameter: 'top_p' is not supported with this model.",
    },
  }),
};
