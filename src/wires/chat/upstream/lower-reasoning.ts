/** Thoughts go back to the upstream in the form in which they came from it; those of unknown origin stay away. */
import type { ReasoningItem } from "../../../core/turn.ts";
import type { ToolCall } from "./body.ts";

export interface LoweredReasoning {
  /** Beside the content. */
  fields: Record<string, unknown>;
  /** Before the text of the content. */
  prefix: string;
  /** Before the text, which then is a part of a list. */
  parts: object[];
}

const NOTHING: LoweredReasoning = { fields: {}, prefix: "", parts: [] };

export function lowerReasoning(reasoning: readonly ReasoningItem[]): LoweredReasoning {
  const known = reasoning.filter((item) => item.origin !== undefined && item.origin.field !== "extra_content");
  const field = known[0]?.origin?.field;
  // One message has thoughts of one form only.
  const same = known.filter((item) => item.origin?.field === field);
  const text = same.map((item) => item.text).join("\n");
  switch (field) {
    case undefined:
    case "thinking_blocks":
    case "responses":
    case "extra_content":
      return NOTHING;
    case "think":
      return { ...NOTHING, prefix: `<think>${text}</think>\n\n` };
    case "thinking":
      return { ...NOTHING, parts: [{ type: "thinking", thinking: [{ type: "text", text }], closed: true }] };
    case "reasoning_details": {
      const details = same.flatMap((item) => item.origin?.details ?? [{ type: "reasoning.text", text: item.text }]);
      return { ...NOTHING, fields: { reasoning_details: details } };
    }
    default:
      return { ...NOTHING, fields: { [field]: text } };
  }
}

/** What hung on these calls goes back with them. */
export function withExtras(calls: readonly ToolCall[], reasoning: readonly ReasoningItem[]): readonly ToolCall[] {
  const extras = new Map<unknown, unknown>();
  for (const item of reasoning) {
    if (item.origin?.field !== "extra_content") continue;
    for (const { call_id, extra_content } of item.origin.details ?? []) extras.set(call_id, extra_content);
  }
  if (extras.size === 0) return calls;
  return calls.map((call) => (extras.has(call.id) ? { ...call, extra_content: extras.get(call.id) } : call));
}
