/**
 * Our seal of a reasoning item, which its client sends back unread (`encrypted_content`, `signature`): the upstream's own
 * text and where it stood, so that it goes back on the next turn. Nothing is stored, so any replica can continue the
 * thread. A version at its beginning distinguishes our items from those of other servers.
 */
import { isJsonObject, parsedJson } from "./json-fields.ts";
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
  const value = parsedJson(sealed.slice(REASONING_TAG.length));
  const { field, text, details, model } = isJsonObject(value) ? value : {};
  if (typeof text !== "string" || !isField(field)) return undefined;
  const origin: ReasoningOrigin = { field };
  if (Array.isArray(details)) origin.details = details.filter(isJsonObject);
  if (typeof model === "string") origin.model = model;
  return { type: "reasoning", text, origin };
}

const isField = (field: unknown): field is ReasoningField => typeof field === "string" && Object.hasOwn(FIELDS, field);
