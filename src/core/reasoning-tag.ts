/**
 * What a reasoning item carries in a field that its client hands back unread (`encrypted_content`, `signature`): the
 * upstream's own words and where they stood, so that they go back on the next turn. No memory in the shim; any replica can continue the thread. A version tag
 * tells our items from those of other servers.
 */
import type { ReasoningField, ReasoningItem, ReasoningOrigin } from "./turn.ts";

/** Begins what our reasoning items hold. */
export const REASONING_TAG = "juscode1:";
/** An id that was given here; other servers' are of other lengths. */
export const OWN_REASONING_ID = /^rs_[0-9a-f]{34}$/;
const FIELDS: Record<ReasoningField, true> = {
  reasoning_content: true,
  reasoning: true,
  reasoning_details: true,
  think: true,
  thinking: true,
  thinking_blocks: true,
  responses: true,
  extra_content: true,
};

export function sealReasoning(text: string, origin: ReasoningOrigin): string {
  return REASONING_TAG + JSON.stringify({ ...origin, text });
}

/** Undefined for what another server wrote, or somebody changed. */
export function unsealReasoning(sealed: string): ReasoningItem | undefined {
  if (!sealed.startsWith(REASONING_TAG)) return undefined;
  try {
    const { field, text, details, model } = JSON.parse(sealed.slice(REASONING_TAG.length)) as Record<string, unknown>;
    if (typeof text !== "string" || typeof field !== "string" || !Object.hasOwn(FIELDS, field)) return undefined;
    const origin: ReasoningOrigin = { field: field as ReasoningField };
    if (Array.isArray(details)) {
      origin.details = (details as unknown[]).filter(
        (each): each is Record<string, unknown> => typeof each === "object" && each !== null,
      );
    }
    if (typeof model === "string") origin.model = model;
    return { type: "reasoning", text, origin };
  } catch {
    return undefined;
  }
}
