/**
 * What a reasoning item carries in `encrypted_content`: the upstream's own words and where they stood, so that
 * they go back on the next turn. No memory in the shim; any replica can continue the thread. A version tag
 * tells our items from those of other servers.
 */
import type { ReasoningItem, ReasoningOrigin } from "../../core/turn.ts";

const TAG = "juscode1:";
const FIELDS: readonly string[] = ["reasoning_content", "reasoning", "reasoning_details", "think"];

export function sealReasoning(text: string, origin: ReasoningOrigin): string {
  return TAG + JSON.stringify({ field: origin.field, text });
}

/** Undefined for what another server wrote, or somebody changed. */
export function unsealReasoning(sealed: string): ReasoningItem | undefined {
  if (!sealed.startsWith(TAG)) return undefined;
  try {
    const { field, text } = JSON.parse(sealed.slice(TAG.length)) as Record<string, unknown>;
    if (typeof text !== "string" || typeof field !== "string" || !FIELDS.includes(field)) return undefined;
    return { type: "reasoning", text, origin: { field: field as ReasoningOrigin["field"] } };
  } catch {
    return undefined;
  }
}
