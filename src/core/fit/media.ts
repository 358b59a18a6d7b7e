/** Images and files that stand where this wire cannot hold them move to the next user message. */
import { isSaidByModel } from "../history.ts";
import type { FilePart, ImagePart, Item, Part, ToolResultItem } from "../turn.ts";

/** Media follow in a user message behind the whole block of calls and results, which nothing may interrupt. */
export function withMovedMedia(items: readonly Item[], result_media: boolean): Item[] {
  const out: Item[] = [];
  let moved: Part[] = [];
  let open_calls = 0;
  let after_result = false;
  const flush = (): void => {
    if (moved.length > 0) out.push({ type: "message", role: "user", parts: moved });
    moved = [];
  };
  for (const item of items) {
    if (item.type === "tool_result") {
      open_calls--;
      const media = result_media ? [] : item.parts.filter(isMedia);
      out.push(media.length === 0 ? item : withNotice(item, media.length));
      if (media.length > 0) moved.push(text(`Attached to the output of call ${item.call_id}:`), ...media);
      after_result = true;
      continue;
    }
    // What the model says in one turn stays together.
    if (open_calls === 0 && (after_result || !isOfModel(item))) flush();
    after_result = false;
    if (item.type === "tool_call") open_calls++;
    const media = item.type === "message" && item.role === "assistant" ? item.parts.filter(isMedia) : [];
    if (item.type !== "message" || media.length === 0) {
      out.push(item);
      continue;
    }
    const spoken = item.parts.filter((part) => !isMedia(part));
    if (spoken.length > 0) out.push({ ...item, parts: spoken });
    moved.push(text("Made by the assistant:"), ...media);
  }
  flush();
  return out;
}

/** Whether it is part of a model's turn: text, reasoning or a tool call. */
export const isOfModel = (item: Item): boolean => item.type === "tool_call" || isSaidByModel(item);

function withNotice(result: ToolResultItem, count: number): ToolResultItem {
  const notice = `(${count === 1 ? "its attachment follows" : `its ${count} attachments follow`} in the next user message)`;
  const words = textOf(result.parts);
  return { ...result, parts: [text(words === "" ? notice : `${words}\n${notice}`)] };
}

const text = (words: string): Part => ({ type: "text", text: words });

export const isMedia = (part: Part): part is ImagePart | FilePart => part.type === "image" || part.type === "file";

/** The words of a message or tool result as one string. */
export function textOf(parts: readonly Part[]): string {
  return parts
    .filter((part) => part.type === "text" || part.type === "refusal")
    .map((part) => part.text)
    .join("\n");
}
