/**
 * What a client hands back unread in `reasoning_details`, so that a thought goes to its model again as it came from it:
 * the entries of an upstream that has them itself, or one of our own which seals the words and where they stood.
 */
import { isJsonObject } from "../../../core/json-fields.ts";
import { REASONING_TAG, sealReasoning, unsealReasoning } from "../../../core/reasoning-tag.ts";
import type { ReasoningItem, ReasoningOrigin } from "../../../core/turn.ts";

type Entry = Record<string, unknown>;

export function detailsToKeep(text: string, origin: ReasoningOrigin): readonly Entry[] {
  const { details = [] } = origin;
  if (origin.field === "reasoning_details") return details;
  // The client's own field says it already.
  if (origin.field === "reasoning_content" && details.length === 0) return [];
  // The type of entries that clients pass over.
  return [{ type: "reasoning.encrypted", data: sealReasoning(text, origin) }];
}

export function isOwnEntry(entry: unknown): boolean {
  return sealedIn(entry) !== undefined;
}

/** Undefined for entries of upstreams, and for one of ours that somebody changed. */
export function ownThought(entry: unknown): ReasoningItem | undefined {
  const sealed = sealedIn(entry);
  return sealed === undefined ? undefined : unsealReasoning(sealed);
}

function sealedIn(entry: unknown): string | undefined {
  const data = isJsonObject(entry) ? entry.data : undefined;
  return typeof data === "string" && data.startsWith(REASONING_TAG) ? data : undefined;
}
