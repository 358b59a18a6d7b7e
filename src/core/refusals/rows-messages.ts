/** Refusals of the Messages wire: fields that only tune an answer. Never tools, formats or limits. */
import type { RefusalRow } from "./row.ts";

const DATE = "2026-11-24";

export const MESSAGES_ROWS: readonly RefusalRow[] = [
  {
    wire: "messages",
    // A thought is bound to all that stood before it. Where a client has rewritten its history, the thread goes on without.
    field: "input[].encrypted_content",
    words:
      /bound to a different|invalid `?signature`?|`?thinking`? (?:or `?redacted_thinking`? )?blocks?.{0,80}cannot be modified/i,
    cut: ["messages[].content[type=thinking]", "messages[].content[type=redacted_thinking]"],
    once: true,
    sample: "messages.1.content.0: Invalid `signature` in `thinking` block",
    source: "Anthropic, /v1/messages",
    date: DATE,
  },
  {
    wire: "messages",
    field: "reasoning.effort",
    words:
      /thinking\.(?:type|adaptive|enabled|disabled)|adaptive thinking|budget_tokens|does not support thinking|\beffort\b/i,
    cut: ["thinking", "output_config.effort"],
    effort: true,
    sample: "This model does not support the effort parameter.",
    source: "Anthropic, /v1/messages",
    date: DATE,
  },
  {
    wire: "messages",
    field: "cache_control",
    words: /cache_control/i,
    cut: [
      "cache_control",
      "system[].cache_control",
      "tools[].cache_control",
      "messages[].content[].cache_control",
      "messages[].content[].content[].cache_control",
    ],
    sample: "cache_control: Extra inputs are not permitted",
    source: "vLLM, LiteLLM, /v1/messages",
    date: DATE,
  },
  {
    wire: "messages",
    field: "parallel_tool_calls",
    words: /disable_parallel_tool_use/i,
    cut: ["tool_choice.disable_parallel_tool_use"],
    sample: "tool_choice.auto.disable_parallel_tool_use: Extra inputs are not permitted",
    source: "pydantic's words, as vLLM and LiteLLM use them",
    date: DATE,
  },
  {
    wire: "messages",
    field: "tools.strict",
    words: /(?<!properties\.)\bstrict\b/i,
    cut: ["tools[].strict"],
    sample: "tools.0.strict: Extra inputs are not permitted",
    source: "Anthropic, models before structured outputs",
    date: DATE,
  },
  {
    wire: "messages",
    field: "temperature",
    words: /(?<!properties\.)\btemperature\b/i,
    cut: ["temperature"],
    sample: "`temperature` is deprecated for this model.",
    source: "Anthropic, /v1/messages",
    date: DATE,
  },
  {
    wire: "messages",
    field: "top_p",
    words: /(?<!properties\.)\btop_p\b/i,
    cut: ["top_p"],
    sample: "top_p: not allowed",
    source: "Anthropic, /v1/messages",
    date: DATE,
  },
];
