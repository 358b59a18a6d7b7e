/**
 * What a model answers, as a stream of six kinds of event. An item is a kind plus one growing string.
 * Grammar, held by `ItemWriter` and relied on by every encoder:
 *
 *     start (item_start item_delta* item_end)* (end | error)
 *     start (item_start item_delta* item_end)* item_start item_delta* error
 *
 * Items follow one another and never overlap; there is exactly one terminal event.
 */
import type { ShimError } from "./errors.ts";
import type { ReasoningField, ReasoningOrigin } from "./turn.ts";

export type ItemHead =
  | { kind: "text" }
  | { kind: "refusal" }
  | { kind: "reasoning"; field: ReasoningField }
  | { kind: "tool_call"; call_id: string; name: string };

export type EndReason = "stop" | "tool_calls" | "length" | "content_filter";

/** Token counts as the upstream reported them. `input_tokens` includes cached ones, `output_tokens` reasoning ones. */
export interface Usage {
  input_tokens: number;
  cached_tokens: number;
  cache_write_tokens: number;
  output_tokens: number;
  reasoning_tokens: number;
}

export type ReplyEvent =
  | { type: "start" }
  | { type: "item_start"; item: ItemHead }
  | { type: "item_delta"; delta: string }
  /**
   * `details` belong to a reasoning item (see `ReasoningOrigin`). `complete` is false when the upstream cut the item:
   * such a tool call must never be announced as done.
   */
  | { type: "item_end"; complete: boolean; details?: ReasoningOrigin["details"] }
  /** `stop_sequence`: the one of the client's at which the answer stopped, where the upstream tells. */
  | { type: "end"; reason: EndReason; usage: Usage | null; stop_sequence?: string }
  | { type: "error"; error: ShimError };

export type Emit = (event: ReplyEvent) => void;
