/** Thoughts go back to the model that thought them, as the items that they were. */
import type { Dialect } from "../../../core/dialect.ts";
import type { TakeNote } from "../../../core/notes.ts";
import type { Item, ReasoningItem } from "../../../core/turn.ts";
import type { Thought } from "./body.ts";

type Json = Record<string, unknown>;

/** Without the thoughts that another model had or that came over another wire: they mean nothing here. */
export function own(items: readonly Item[], model: string, replay: Dialect["replay"], note: TakeNote): Item[] {
  return items.filter((item) => {
    if (item.type !== "reasoning") return true;
    if (replay === "never") return false;
    const { origin } = item;
    const ours = origin?.field === "responses" && (origin.model === undefined || origin.model === model);
    if (!ours) note("foreign_reasoning", origin?.model ?? "of unknown origin");
    return ours;
  });
}

/** Those that the upstream could read: what it keeps for itself comes sealed, and a summary alone says nothing to it. */
export function thoughtsOf({ origin }: ReasoningItem): Thought[] {
  return (origin?.details ?? []).filter(
    (item): item is Thought =>
      item["type"] === "reasoning" &&
      (isWord(item["encrypted_content"]) || (Array.isArray(item["content"]) && item["content"].length > 0)),
  );
}

/** A reasoning item of a reply in the form in which it may be sent back; what is empty is no field of a request. */
export function sendable(item: Json): Thought {
  const { id, summary, content, encrypted_content } = item;
  return {
    type: "reasoning",
    ...(isWord(id) && { id }),
    summary: Array.isArray(summary) ? (summary as unknown[]) : [],
    ...(Array.isArray(content) && content.length > 0 && { content: content as unknown[] }),
    ...(isWord(encrypted_content) && { encrypted_content }),
  };
}

function isWord(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
