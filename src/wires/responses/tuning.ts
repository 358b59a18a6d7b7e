/** Fields that only tune an answer, and how hosts say that they do not take them. Never tools, formats or limits. */
import type { Tuning } from "../wire.ts";

// Parameters of the client's tools may be called as fields are: `properties.temperature` is none of ours.

export const TUNINGS: readonly Tuning[] = [
  {
    // A sealed thought is bound to the account and the model that sealed it; the thread goes on without.
    field: "input[].encrypted_content",
    words:
      /encrypted[ _]content.{0,200}(?:verif|decrypt|parsed|invalid)|invalid_encrypted_content|without its required (?:following item|['"`]?reasoning)|item with id ['"`]?rs_|cannot determine type of 'item'|item\['content'\] is not an array/i,
    without: { replay: "never" },
    once: true,
  },
  {
    field: "include",
    words: /encrypted content is not supported|['"`]include\b|\binclude\[/i,
    without: { drop: ["include"] },
  },
  {
    // OpenAI summarises only for organisations that it has verified.
    field: "reasoning.summary",
    words: /reasoning[ ._](?:param\w*[ ._])?summar/i,
    without: { drop: ["reasoning.summary"] },
  },
  {
    field: "reasoning.effort",
    words: /reasoning[ ._]effort|reasoning value/i,
    without: { drop: ["reasoning.effort"] },
  },
  {
    field: "reasoning",
    words: /['"`]reasoning['"`]|does not support (?:thinking|reasoning)/i,
    without: { drop: ["reasoning"] },
  },
  { field: "top_logprobs", words: /logprobs/i, without: { logprobs: false } },
  { field: "text.verbosity", words: /verbosity/i, without: { verbosity: false } },
  { field: "service_tier", words: /service_tier/i, without: { service_tier: false } },
  { field: "parallel_tool_calls", words: /parallel_tool_calls/i, without: { parallel_tool_calls: "never" } },
  { field: "tools.strict", words: /(?<!properties\.|properties', ')\bstrict\b/i, without: { strict_tools: false } },
  { field: "prompt_cache_key", words: /prompt_cache_key/i, without: { cache_key: false } },
  { field: "store", words: /['"`]store['"`]|\bstore:/i, without: { drop: ["store"] } },
  {
    field: "temperature",
    words: /(?<!properties\.|properties', ')\btemperature\b/i,
    without: { drop: ["temperature"] },
  },
  { field: "top_p", words: /(?<!properties\.|properties', ')\btop_p\b/i, without: { drop: ["top_p"] } },
];
