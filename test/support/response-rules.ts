/** The rules of the Responses API's answers, each by a name that a self-test must break once. */

export const BODY_RULES = {
  "response-field": "the response object has every field that a strict reader asks for, with its type",
  "response-outcome": "status, error, incomplete_details and completed_at agree with one another",
  usage: "usage has every count, counts are not negative and add up",
  "item-shape": "an output item has the fields of its type",
  "item-status":
    "an item is completed, or a hosted call failed; only the last one (or the one before a refusal) may be incomplete, and only in an incomplete or failed response",
  "item-id": "item ids are unique and have their type's prefix; call ids are unique",
  "well-formed": "no string holds half a character",
} as const;

export const STREAM_RULES = {
  framing: "a frame is an `event:` line, one `data:` line and a blank line, or comments",
  json: "data is a JSON object with a type",
  "event-name": "`event:` equals `type`",
  done: "`data: [DONE]` comes last, once",
  sequence: "sequence_number counts all events from 0 without gaps",
  "known-event": "only documented events are sent (and keepalive)",
  opening: "response.created comes first, once; then response.in_progress, before any output",
  terminal: "exactly one terminal event, last",
  "error-event": "an error event has its fields flat and nested, and only response.failed follows it",
  snapshot: "the response in every event is the same one; at the start it is empty and in progress",
  "item-added": "output_item.added has the next output_index and an empty item that is in progress",
  "item-place": "an event within an item names the open item by item_id and output_index",
  "item-overlap": "one item is closed before the next opens",
  "item-done": "output_item.done keeps id, type, role, call_id and names of the added item, and is completed",
  "part-order": "parts are opened empty with the next index, one at a time, and closed before their item",
  "delta-sum": "deltas, done event, part, item and final output hold the same text",
  "call-done": "arguments or input are told whole once, before the call's output_item.done",
  "hosted-order": "a hosted item has the events of its type, in order, and a failed one says so",
  "call-incomplete": "a call that was cut is never announced by output_item.done",
  "final-output":
    "the terminal output is what output_item.done told, plus an incomplete item only where the answer broke off",
} as const;

export type BodyRule = keyof typeof BODY_RULES;
export type StreamRule = keyof typeof STREAM_RULES;
export type Rule = BodyRule | StreamRule;

export interface Problem {
  rule: Rule;
  /** Where: `event 4 (response.output_text.delta)` or a path in the response object. */
  at: string;
  what: string;
}

export type Report = (rule: Rule, at: string, what: string) => void;

export type Json = Record<string, unknown>;

export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
export const isText = (value: unknown): value is string => typeof value === "string";
export const isCount = (value: unknown): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 0;

/** The problems as text, one a line; for messages of failed tests. */
export function tell(problems: readonly Problem[]): string {
  return problems.map(({ rule, at, what }) => `${rule}: ${at}: ${what}`).join("\n");
}
