/**
 * A reply of a model, as a stream of six kinds of event. An item is a kind plus one growing string.
 * Grammar, held by `ItemWriter` and relied on by every encoder:
 *
 *     start (item_start item_delta* item_end)* (end | error)
 *     start (item_start item_delta* item_end)* item_start item_delta* error
 *
 * Items follow one another and never overlap; there is exactly one terminal event.
 */
import type { Citation } from "./citations.ts";
import type { ShimError } from "./errors.ts";
import type { Phase, ReasoningField, ReasoningOrigin } from "./turn.ts";

export type ItemHead =
  | { kind: "text"; phase?: Phase }
  | { kind: "refusal" }
  | { kind: "reasoning"; field: ReasoningField }
  | { kind: "tool_call"; call_id: string; name: string };

/** How likely a token was, and which others were. */
export interface LogProb extends TokenProb {
  top_logprobs: readonly TokenProb[];
}

export interface TokenProb {
  token: string;
  logprob: number;
  /** The token's UTF-8. */
  bytes: readonly number[];
}

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
  /** `logprobs`: of a text's tokens, where they were requested. */
  | { type: "item_delta"; delta: string; logprobs?: readonly LogProb[] }
  /** `details` are of reasoning, `citations` of text. A call that is not `complete` must never be announced as done. */
  | { type: "item_end"; complete: boolean; details?: ReasoningOrigin["details"]; citations?: readonly Citation[] }
  | ReplyEnd
  | { type: "error"; error: ShimError };

export interface ReplyEnd {
  type: "end";
  reason: EndReason;
  usage: Usage | null;
  /** The one of the client's at which the reply stopped, where the upstream reports it. */
  stop_sequence?: string;
  /** How the request was treated, in the upstream's own term. */
  service_tier?: string;
}

export type Emit = (event: ReplyEvent) => void;
