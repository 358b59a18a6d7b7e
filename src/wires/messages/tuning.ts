/** Fields that only tune an answer, and how hosts say that they do not take them. Never tools, formats or limits. */
import type { Tuning } from "../wire.ts";

export const TUNINGS: readonly Tuning[] = [
  {
    // A thought is bound to all that stood before it. Where a client has rewritten its history, the thread goes on without.
    field: "input[].encrypted_content",
    words:
      /bound to a different|invalid `?signature`?|`?thinking`? (?:or `?redacted_thinking`? )?blocks?.{0,80}cannot be modified/i,
    without: { replay: "never" },
    once: true,
  },
  {
    field: "reasoning.effort",
    words:
      /thinking\.(?:type|adaptive|enabled|disabled)|adaptive thinking|budget_tokens|does not support thinking|\beffort\b/i,
    without: { efforts: {} },
  },
  { field: "cache_control", words: /cache_control/i, without: { drop: ["cache_control"] } },
  { field: "parallel_tool_calls", words: /disable_parallel_tool_use/i, without: { parallel_tool_calls: "never" } },
  { field: "tools.strict", words: /(?<!properties\.)\bstrict\b/i, without: { strict_tools: false } },
  { field: "temperature", words: /(?<!properties\.)\btemperature\b/i, without: { drop: ["temperature"] } },
  { field: "top_p", words: /(?<!properties\.)\btop_p\b/i, without: { drop: ["top_p"] } },
];
