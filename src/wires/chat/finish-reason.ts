/** How a Chat reply ended, in the words of all known upstreams. */
import type { EndReason } from "../../core/reply.ts";

/** What upstreams call an end at which nothing is missing; others are taken for one with more care. */
export const NORMAL_ENDS: ReadonlySet<string> = new Set([
  "",
  ..."stop tool_calls function_call eos end_turn tool_use stop_sequence eos_token".split(" "),
]);

const CUT = /^(?:length|max_tokens|max_output_tokens|model_length|model_context_window_exceeded)$/;
const FILTERED = /^(?:content_filter|sensitive|safety|recitation|prohibited_content|blocklist)$/;
const FAILED =
  /^(?:error|failed|cancelled|timeout|network_error|insufficient_system_resource|malformed_function_call|abort)$/;

/** Undefined for a reply that failed by its own word. */
export function endReason(finish: string): EndReason | undefined {
  const word = finish.toLowerCase();
  if (CUT.test(word)) return "length";
  if (FILTERED.test(word)) return "content_filter";
  return FAILED.test(word) ? undefined : "stop";
}
