/**
 * Thoughts go back to the model that thought them, block by block, unchanged and in their place: newer models refuse a
 * block before which anything has changed, and one that was moved or left out among others.
 */
import type { ReasoningItem } from "../../../core/turn.ts";
import type { Message, ThinkingBlock } from "./body.ts";

/** None for a thought that came over another wire, or was cut off before it was signed. */
export function thinkingBlocks({ origin }: ReasoningItem): ThinkingBlock[] {
  if (origin?.field !== "thinking_blocks") return [];
  return (origin.details ?? []).filter((block): block is ThinkingBlock & Record<string, unknown> =>
    block.type === "thinking"
      ? typeof block.thinking === "string" && typeof block.signature === "string"
      : block.type === "redacted_thinking" && typeof block.data === "string",
  );
}

/**
 * Whether the model would go on with a turn that it began without a thought. Where thinking has a budget, hosts refuse
 * to begin it in the middle.
 */
export function goesOnWithoutThought(messages: readonly Message[]): boolean {
  const asked = messages.findLastIndex(({ role, blocks }) => role === "user" && blocks[0]?.type !== "tool_result");
  const turn = messages.slice(asked + 1).filter(({ role }) => role === "assistant");
  if (turn.length === 0) return false;
  return turn[0]?.blocks[0]?.type !== "thinking" && turn.at(-1)?.blocks[0]?.type !== "thinking";
}
