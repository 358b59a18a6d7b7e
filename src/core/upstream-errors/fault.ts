/**
 * An error of an upstream, as data: read once from its words, code and status (see read.ts), and used by
 * the retry policy, by learned refusals and by the client wires. Nothing reads those words a second time.
 */
import type { ErrorKind } from "../errors.ts";

/** In tokens, as far as the upstream gave them. */
export interface OverflowNumbers {
  /** Tokens of the prompt. */
  prompt_tokens?: number;
  /** The context window, or the part of it that a prompt may take. */
  window_tokens?: number;
  /** Tokens that were requested for the reply. */
  output_tokens?: number;
}

/** One thing in a request that the upstream does not take. Paths are written `messages[2].reasoning_content`. */
export type Refusal =
  /** A field that it does not know or support; `instead` is the one that it wants. */
  | { what: "field"; path?: string; instead?: string }
  | { what: "missing_field"; path?: string } // A field that it demands.
  /** A value of a field that it takes otherwise, with those that it takes where it lists them. */
  | { what: "value"; path?: string; value?: string; supported?: readonly string[] }
  /** A number or a length out of bounds; the bounds where it names them. */
  | { what: "limit"; path?: string; given?: number; most?: number; least?: number }
  | { what: "combination"; path?: string } // Fields that it takes, but not together.
  | { what: "role"; role?: string }
  | { what: "order"; rule: OrderRule }
  /** What a message holds: nothing, null beside tool calls, or a list of parts. */
  | { what: "content"; form: "empty" | "null" | "parts" }
  | { what: "tools" } // Any tools at all.
  | { what: "tool_kind"; type?: string } // A tool of this type.
  /** A choice of tools; `thinking`: it is refused only while the model thinks. */
  | { what: "tool_choice"; value?: string; thinking?: true }
  | { what: "schema"; path?: string; word?: string } // A word in a tool's or a format's JSON Schema.
  | { what: "item"; type?: string } // An input item or a content part of this type.
  | { what: "image"; why: "not_taken" | "address" | "format" | "too_large" | "too_many" }
  /** A thought of an earlier turn: refused, or demanded (`wants: "present"`). */
  | { what: "reasoning_field"; path?: string; wants: "absent" | "present" }
  | { what: "signature"; wants: "absent" | "present" } // A sealed or signed thought: foreign, changed or missing.
  | { what: "id"; path?: string; most?: number } // An id that is unknown to it, too long, or of another form.
  | { what: "streaming"; wants: "absent" | "present" } // A stream, or a reply in one piece.
  /** Something that it does not support, in words that no row knows; the field where it names one. */
  | { what: "unnamed"; path?: string };

/** What a thread of messages must look like. */
type OrderRule =
  | "system_first"
  | "alternate"
  | "user_after_tool"
  | "assistant_last"
  | "needs_user"
  | "results_follow_calls";

/** What can be done depends on the kind; FAULT_KINDS lists them all. */
type Kinds =
  | { kind: "overflow"; numbers: OverflowNumbers }
  | { kind: "refused"; refusal: Refusal }
  | { kind: Exclude<FaultKind, "overflow" | "refused"> };

/** The kind as clients know it. Each wire maps that to its own status and code. */
const FAULT_KINDS = {
  /** The prompt, or prompt and reply together, are longer than the model can hold: shorten, or use a model that holds more. */
  overflow: "context_overflow",
  quota: "quota", // The account is used up: no later try helps, another account does.
  rate_limit: "rate_limited", // Too many requests or tokens in a span of time: wait.
  authentication: "authentication", // The key is wrong or missing.
  permission: "permission", // The key is right, but may not do this.
  model_not_found: "model_not_found",
  loading: "model_loading", // The model is still loaded: wait, for seconds or minutes.
  overloaded: "overloaded", // Too busy just now: wait, or use another upstream.
  timeout: "upstream_timeout",
  content_filter: "content_filter",
  /** The model wrote something that the upstream could not read, such as a broken tool call: the same request may succeed. */
  model_slip: "upstream_failed",
  payload_too_large: "payload_too_large",
  failure: "upstream_failed", // It broke in a way of its own.
  /** It does not take the request, and does not say what in it (or says it in words that no row knows). */
  invalid_request: "invalid_request",
  refused: "unsupported", // It does not take one thing in the request, which is named: send it again without that.
} as const satisfies Record<string, ErrorKind>;

export type FaultKind = keyof typeof FAULT_KINDS;

export type UpstreamFault = Kinds & {
  /** Id of the row of the table that matched. */
  readonly row: string;
  /** HTTP status, or the one that stands in the body of a reply that began well. */
  readonly status?: number;
  /** The upstream's own name for the failure, and the field that the error names outside of its message. */
  readonly code?: string;
  readonly param?: string;
  /** How long to wait before another attempt. */
  readonly retry_after_ms?: number;
};

export function errorKindOf(fault: UpstreamFault): ErrorKind {
  if (fault.kind === "refused" && isWrongEverywhere(fault.refusal)) return "invalid_request";
  return FAULT_KINDS[fault.kind];
}

/** Whether another upstream would refuse it, too. */
function isWrongEverywhere(refusal: Refusal): boolean {
  if (refusal.what === "order") return refusal.rule === "results_follow_calls";
  return refusal.what === "missing_field" || (refusal.what === "limit" && refusal.least !== undefined);
}
