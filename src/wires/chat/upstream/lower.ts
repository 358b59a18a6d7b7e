/**
 * Lowers a turn's history to the messages of a Chat Completions request, in one canonical form: each assistant turn
 * one message, each call answered at once, text as strings. What an upstream wants otherwise is its dialect's matter
 * (see adapt). The same history gives the same messages always, and a longer one begins with the shorter one's, so
 * that prompt caches hold.
 */
import { parseObject } from "../../../core/arguments.ts";
import type { Dialect } from "../../../core/dialect.ts";
import { ShimError } from "../../../core/errors.ts";
import { pairHistory } from "../../../core/history.ts";
import type { TakeNote } from "../../../core/notes.ts";
import type { FilePart, ImagePart, Item, Part, ReasoningItem } from "../../../core/turn.ts";
import type { ChatMessage, ContentPart, ToolCall } from "./body.ts";
import { lowerReasoning, withExtras } from "./lower-reasoning.ts";

/** Thoughts of another model mean nothing to this one, and some hosts want none back. */
export function own(items: readonly Item[], model: string, replay: Dialect["replay"], note: TakeNote): Item[] {
  return items.filter((item) => {
    if (item.type !== "reasoning") return true;
    if (replay === "never" && item.origin?.field !== "extra_content") return false;
    const thinker = item.origin?.model;
    if (thinker === undefined || thinker === model) return true;
    note("foreign_reasoning", thinker);
    return false;
  });
}

export function lowerItems(items: readonly Item[], note: TakeNote): ChatMessage[] {
  const lowering = new Lowering();
  const paired = pairHistory(items, (repair) => note("history_repaired", repair));
  const firstOther = paired.findIndex((item) => item.type !== "message" || item.role !== "system");
  const head = firstOther === -1 ? paired : paired.slice(0, firstOther);
  lowering.system(head);
  for (const item of paired.slice(head.length)) lowering.item(item);
  return lowering.finish();
}

/** What an assistant turn has said so far. */
interface Assistant {
  reasoning: ReasoningItem[];
  text: string[];
  calls: ToolCall[];
}

class Lowering {
  private readonly messages: ChatMessage[] = [];
  private assistant: Assistant | undefined;
  /** Images of the assistant and of tool results: only a user message can hold them, after the whole block. */
  private images: ContentPart[] = [];

  system(head: readonly Item[]): void {
    const texts = head
      .map((item) => (item.type === "message" ? systemText(item.parts) : ""))
      .filter((text) => text !== "");
    if (texts.length > 0) this.messages.push({ role: "system", content: texts.join("\n\n") });
  }

  item(item: Item): void {
    switch (item.type) {
      case "message":
        if (item.role === "assistant") this.assistantSaid(item.parts);
        else if (item.role === "user") this.user(item.parts.map(contentPart));
        else this.lateSystem(item.parts);
        return;
      case "reasoning":
        this.said().reasoning.push(item);
        return;
      case "tool_call":
        this.said().calls.push({
          id: item.call_id,
          type: "function",
          function: { name: item.name, arguments: safeArguments(item.arguments) },
        });
        return;
      case "tool_result":
        this.closeAssistant();
        return this.result(item.call_id, item.parts);
    }
  }

  finish(): ChatMessage[] {
    this.closeAssistant();
    this.flushImages();
    return this.messages;
  }

  private assistantSaid(parts: readonly Part[]): void {
    const media = parts.filter(isMedia);
    this.said().text.push(textOf(parts));
    if (media.length > 0) this.images.push({ type: "text", text: "Made by the assistant:" }, ...media.map(contentPart));
  }

  private said(): Assistant {
    this.flushImages();
    this.assistant ??= { reasoning: [], text: [], calls: [] };
    return this.assistant;
  }

  private closeAssistant(): void {
    const said = this.assistant;
    this.assistant = undefined;
    const words = said?.text.filter((text) => text !== "").join("\n\n") ?? "";
    if (!said || (words === "" && said.calls.length === 0)) return;
    const { fields, prefix, parts } = lowerReasoning(said.reasoning);
    const text = prefix + words;
    const content = text === "" && said.calls.length > 0 ? null : text;
    this.messages.push({
      role: "assistant",
      content: parts.length === 0 ? content : [...parts, ...(text === "" ? [] : [{ type: "text", text }])],
      ...fields,
      ...(said.calls.length > 0 && { tool_calls: withExtras(said.calls, said.reasoning) }),
    });
  }

  private result(call_id: string, parts: readonly Part[]): void {
    const media = parts.filter(isMedia);
    const text = textOf(parts);
    if (media.length === 0) return void this.messages.push({ role: "tool", tool_call_id: call_id, content: text });
    const note = `(${media.length === 1 ? "its attachment follows" : `its ${media.length} attachments follow`} in the next user message)`;
    this.messages.push({
      role: "tool",
      tool_call_id: call_id,
      content: text === "" ? note : `${text}\n${note}`,
    });
    this.images.push({ type: "text", text: `Attached to the output of call ${call_id}:` }, ...media.map(contentPart));
  }

  private flushImages(): void {
    const images = this.images;
    if (images.length === 0) return;
    this.images = [];
    this.user(images);
  }

  private lateSystem(parts: readonly Part[]): void {
    this.closeAssistant();
    this.flushImages();
    this.messages.push({ role: "system", content: joined(parts.map(contentPart)) });
  }

  private user(parts: ContentPart[]): void {
    this.closeAssistant();
    this.flushImages();
    this.messages.push({ role: "user", content: joined(parts) });
  }
}

/** Text as one string where there is nothing else: some hosts take no parts, and others cut a message into one per part. */
export function joined(parts: readonly ContentPart[]): string | ContentPart[] {
  // A part that says nothing makes many hosts refuse the whole.
  if (!parts.every((part) => part.type === "text"))
    return parts.filter((part) => part.type !== "text" || part.text !== "");
  return parts.map((part) => part.text).join("\n\n");
}

function contentPart(part: Part): ContentPart {
  switch (part.type) {
    case "text":
    case "refusal":
      return { type: "text", text: part.text };
    case "image": {
      const detail = part.detail === "original" ? "high" : part.detail;
      return { type: "image_url", image_url: { url: part.url, ...(detail && { detail }) } };
    }
    case "file":
      if (part.data === undefined) {
        throw new ShimError(
          "unsupported",
          `the upstream cannot fetch the file at ${part.url ?? "?"}; send its content as \`file_data\``,
        );
      }
      return {
        type: "file",
        file: { ...(part.filename && { filename: part.filename }), file_data: part.data },
      };
  }
}

function isMedia(part: Part): part is ImagePart | FilePart {
  return part.type === "image" || part.type === "file";
}

function systemText(parts: readonly Part[]): string {
  if (parts.some(isMedia)) {
    throw new ShimError(
      "unsupported",
      "a system or developer message to this upstream can hold text only; put images and files into a user message",
    );
  }
  return textOf(parts);
}

function textOf(parts: readonly Part[]): string {
  return parts
    .filter((part) => part.type === "text" || part.type === "refusal")
    .map((part) => part.text)
    .join("\n");
}

/**
 * Arguments go back verbatim when they are what they should be. Broken ones would make many hosts refuse the
 * whole history (llama-server 500, Ollama 400), so they travel as a string within an object.
 */
function safeArguments(text: string): string {
  if (text.trim() === "") return "{}";
  return parseObject(text) ? text : JSON.stringify({ unparsed_arguments: text });
}
