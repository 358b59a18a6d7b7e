/** Thoughts go back to the model that thought them, as the items that they were. */
import { listOf, type Loose } from "../../../core/json.ts";
import type { ReasoningItem } from "../../../core/turn.ts";
import type { Thought } from "./body.ts";

/** Those that the upstream could read: what it keeps for itself comes sealed, and a summary alone says nothing to it. */
export function thoughtsOf({ origin }: ReasoningItem): Thought[] {
  return (origin?.details ?? []).filter(
    (item): item is Thought =>
      item.type === "reasoning" &&
      (isWord(item.encrypted_content) || (Array.isArray(item.content) && item.content.length > 0)),
  );
}

/** A reasoning item of a reply in the form in which it may be sent back; what is empty is no field of a request. */
export function sendable(item: Loose<"id" | "summary" | "content" | "encrypted_content">): Thought {
  const { id, summary, content, encrypted_content } = item;
  return {
    type: "reasoning",
    ...(isWord(id) && { id }),
    summary: listOf(summary),
    ...(listOf(content).length > 0 && { content }),
    ...(isWord(encrypted_content) && { encrypted_content }),
  };
}

function isWord(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
