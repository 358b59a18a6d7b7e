/**
 * What a model thought, in every field in which a Chat client sends it back: it becomes a reasoning item that knows its
 * field, so that it goes to the upstream as it came from the client. A `<think>` block stays in the text where it stands.
 */
import { objectsIn } from "../../../core/json.ts";
import { textOf } from "../../../core/parse.ts";
import type { ReasoningField, ReasoningItem } from "../../../core/turn.ts";
import { detailText } from "../reasoning-details.ts";
import { isOwnEntry, ownThought } from "./kept-reasoning.ts";
import type { AssistantMessage, ContentPart } from "./schema.ts";

/** Fields of plain text; the first that says anything counts, since some clients send the same words in two. */
const TEXT_FIELDS = [
  ["reasoning_content", "reasoning_content"],
  ["reasoning", "reasoning"],
  ["reasoning_text", "reasoning_content"],
] as const satisfies [keyof AssistantMessage, ReasoningField][];

export function liftReasoning(message: AssistantMessage): ReasoningItem[] {
  const words = plainWords(message);
  const kept = objectsIn(message.reasoning_details);
  const ours = kept.map(ownThought).filter((item) => item !== undefined);
  if (ours.length > 0) return ours;
  // Fuller copies of the plain fields, and what the upstream wants back.
  const details = kept.filter((entry) => !isOwnEntry(entry));
  if (details.length > 0) {
    const text = details.map(detailText).join("") || (words?.text ?? "");
    return [{ type: "reasoning", text, origin: { field: "reasoning_details", details } }];
  }
  const blocks = objectsIn(message.thinking_blocks);
  if (blocks.length > 0) {
    const text = textsIn(blocks, "thinking") || (words?.text ?? "");
    return [{ type: "reasoning", text, origin: { field: "thinking_blocks", details: blocks } }];
  }
  if (words) return [words];
  const thought = Array.isArray(message.content) ? message.content.map(thinkingText).join("") : "";
  return thought === "" ? [] : [{ type: "reasoning", text: thought, origin: { field: "thinking" } }];
}

/** What hangs on a call and must come back with it. */
export function liftExtra(call_id: string, extra_content: Record<string, unknown>): ReasoningItem {
  return { type: "reasoning", text: "", origin: { field: "extra_content", details: [{ call_id, extra_content }] } };
}

function plainWords(message: AssistantMessage): ReasoningItem | undefined {
  for (const [key, field] of TEXT_FIELDS) {
    const text = message[key];
    if (typeof text === "string" && text !== "") return { type: "reasoning", text, origin: { field } };
  }
  return undefined;
}

/** Mistral's parts: a string, or a list of text parts. */
function thinkingText({ type, thinking, text }: ContentPart): string {
  if (type !== "thinking") return "";
  if (typeof thinking === "string") return thinking;
  return Array.isArray(thinking) ? textsIn(thinking, "text") : (text ?? "");
}

function textsIn(list: unknown, field: string): string {
  return objectsIn(list)
    .map((each) => textOf(each[field]))
    .join("");
}
