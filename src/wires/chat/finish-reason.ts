/** How a Chat reply ended, in the words of all known hosts. */
import type { EndReason } from "../../core/reply.ts";

/** What hosts call an end at which nothing is missing; others are taken for one with more care. */
export const NORMAL_ENDS: ReadonlySet<string> = new Set([
  "",
  "stop",
  "tool_calls",
  "function_call",
  "eos",
  "end_turn",
  "tool_use",
  "stop_sequence",
  "eos_token",
]);

/** Undefined for a reply that failed by its own word. */
export function endReason(finish: string): EndReason | undefined {
  switch (finish.toLowerCase()) {
    case "length":
    case "max_tokens":
    case "max_output_tokens":
    case "model_length":
    case "model_context_window_exceeded":
      return "length";
    case "content_filter":
    case "sensitive":
    case "safety":
    case "recitation":
    case "prohibited_content":
    case "blocklist":
      return "content_filter";
    case "error":
    case "failed":
    case "cancelled":
    case "timeout":
    case "network_error":
    case "insufficient_system_resource":
    case "malformed_function_call":
    case "abort":
      return undefined;
    default:
      return "stop";
  }
}
