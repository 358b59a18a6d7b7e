/** Refusals of the Responses wire: fields that only tune an answer. Never tools, formats or limits. */
import type { RefusalRow } from "./row.ts";

const DATE = "2026-11-24";

// Parameters of the client's tools may have the names of fields: `properties.temperature` is a parameter.

export const RESPONSES_ROWS: readonly RefusalRow[] = [
  {
    wire: "responses",
    // A sealed thought is bound to the account and the model that sealed it; the thread goes on without.
    field: "input[].encrypted_content",
    words:
      /encrypted[ _]content.{0,200}(?:verif|decrypt|parsed|invalid)|invalid_encrypted_content|without its required (?:following item|['"`]?reasoning)|item with id ['"`]?rs_|cannot determine type of 'item'|item\['content'\] is not an array/i,
    cut: ["input[type=reasoning]"],
    once: true,
    sample: "The encrypted content gAAA... could not be verified.",
    source: "OpenAI, /v1/responses",
    date: DATE,
  },
  {
    wire: "responses",
    field: "include",
    words: /encrypted content is not supported|['"`]include\b|\binclude\[/i,
    cut: ["include"],
    sample: "Encrypted content is not supported with this model.",
    source: "OpenAI, /v1/responses",
    date: DATE,
  },
  {
    wire: "responses",
    // OpenAI summarizes only for organizations that it has verified.
    field: "reasoning.summary",
    words: /reasoning[ ._](?:param\w*[ ._])?summar/i,
    cut: ["reasoning.summary", "reasoning.generate_summary"],
    sample: "Your organization must be verified to generate reasoning summaries.",
    source: "OpenAI, /v1/responses",
    date: DATE,
  },
  {
    wire: "responses",
    field: "reasoning.effort",
    words: /reasoning[ ._]effort|reasoning value/i,
    cut: ["reasoning.effort"],
    effort: true,
    sample: "Unsupported parameter: 'reasoning.effort' is not supported with this model.",
    source: "OpenAI, /v1/responses",
    date: DATE,
  },
  {
    wire: "responses",
    field: "reasoning",
    words: /['"`]reasoning['"`]|does not support (?:thinking|reasoning)/i,
    cut: ["reasoning"],
    effort: true,
    sample: "Unknown parameter: 'reasoning'.",
    source: "OpenAI, models that do not reason",
    date: DATE,
  },
  {
    wire: "responses",
    field: "top_logprobs",
    words: /logprobs/i,
    cut: ["top_logprobs"],
    sample: "Unsupported parameter: 'top_logprobs' is not supported with reasoning models.",
    source: "OpenAI, /v1/responses",
    date: DATE,
  },
  {
    wire: "responses",
    field: "text.verbosity",
    words: /verbosity/i,
    cut: ["text.verbosity"],
    sample:
      "Unsupported value: 'low' is not supported with this model. Supported values are: 'medium'. ['text.verbosity']",
    source: "OpenAI, /v1/responses",
    date: DATE,
  },
  {
    wire: "responses",
    field: "service_tier",
    words: /service_tier/i,
    cut: ["service_tier"],
    sample: "Invalid service_tier argument",
    source: "OpenAI, /v1/responses",
    date: DATE,
  },
  {
    wire: "responses",
    field: "parallel_tool_calls",
    words: /parallel_tool_calls/i,
    cut: ["parallel_tool_calls"],
    sample: "Unknown parameter: 'parallel_tool_calls'.",
    source: "OpenAI, models without tools",
    date: DATE,
  },
  {
    wire: "responses",
    field: "tools.strict",
    words: /(?<!properties\.|properties', ')\bstrict\b/i,
    // Its absence means true in this API.
    set: [["tools[].strict", "false"]],
    sample: "Invalid schema for function 'f': strict schemas need additionalProperties: false",
    source: "OpenAI, /v1/responses",
    date: DATE,
  },
  {
    wire: "responses",
    field: "prompt_cache_key",
    words: /prompt_cache_key/i,
    cut: ["prompt_cache_key"],
    sample: "Unknown parameter: 'prompt_cache_key'.",
    source: "OpenRouter, /v1/responses",
    date: DATE,
  },
  {
    wire: "responses",
    field: "store",
    words: /['"`]store['"`]|\bstore:/i,
    cut: ["store"],
    sample: "Unknown parameter: 'store'.",
    source: "hosts that keep nothing",
    date: DATE,
  },
  {
    wire: "responses",
    field: "temperature",
    words: /(?<!properties\.|properties', ')\btemperature\b/i,
    cut: ["temperature"],
    sample: "Unsupported parameter: 'temperature' is not supported with this model.",
    source: "OpenAI, reasoning models",
    date: DATE,
  },
  {
    wire: "responses",
    field: "top_p",
    words: /(?<!properties\.|properties', ')\btop_p\b/i,
    cut: ["top_p"],
    sample: "Unsupported parameter: 'top_p' is not supported with this model.",
    source: "OpenAI, reasoning models",
    date: DATE,
  },
];
