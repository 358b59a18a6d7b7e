/** Writes a fitted history as the system text and messages of a Messages request: roles alternate, each call is answered in the next message. */
import { append } from "../../../core/append.ts";
import { isMedia, textOf } from "../../../core/fit/media.ts";
import { objectOf } from "../../../core/json.ts";
import type { Item, Part, ReasoningItem, ToolResultItem, FilePart, ImagePart } from "../../../core/turn.ts";
import { unsupported } from "../../errors.ts";
import { systemText } from "../../lowering.ts";
import {
  type Message,
  type ThinkingBlock,
  type Written,
  written,
  writtenCall,
  type ContentBlock,
  type DocumentBlock,
  type ImageBlock,
} from "./body.ts";

export function lowerItems(items: readonly Item[]): Message[] {
  const lowering = new Lowering();
  for (const item of items) lowering.item(item);
  return lowering.finish();
}

class Lowering {
  private readonly messages: Message[] = [];
  private readonly ids = new CallIds();

  item(item: Item): void {
    switch (item.type) {
      case "message":
        return item.role === "system"
          ? this.system(item.parts)
          : this.add(item.role, blocksOf(item.parts).map(written));
      case "reasoning":
        return this.add("assistant", thinkingBlocks(item).map(written));
      case "tool_call":
        return this.add("assistant", [
          writtenCall({ type: "tool_use", id: this.ids.of(item.call_id), name: item.name }, item.arguments),
        ]);
      case "tool_result":
        return this.result(item);
    }
  }

  finish(): Message[] {
    this.settle();
    this.trimEnd();
    // Only a user can begin: what the assistant said first answers what is not kept.
    if (this.messages[0]?.role === "assistant")
      this.messages.unshift({
        role: "user",
        blocks: [written({ type: "text", text: "(The beginning of the conversation is not kept.)" })],
      });
    return this.messages;
  }

  private result({ call_id, parts }: ToolResultItem): void {
    this.add("user", [
      written({ type: "tool_result", tool_use_id: this.ids.of(call_id), content: resultContent(parts) }),
    ]);
  }

  private system(parts: readonly Part[]): void {
    const text = systemText(parts);
    if (text.trim() !== "") this.add("system", [written({ type: "text", text })]);
  }

  /** What the assistant said last is to be gone on with, and upstreams refuse blanks at its end. */
  private trimEnd(): void {
    const last = this.messages.at(-1);
    const block = last?.role === "assistant" ? last.blocks.pop() : undefined;
    if (!last || !block) return;
    const { text } = objectOf(block.type === "text" ? JSON.parse(block.json) : undefined);
    last.blocks.push(typeof text === "string" ? written({ type: "text", text: text.trimEnd() }) : block);
  }

  private add(role: Message["role"], blocks: readonly Written[]): void {
    if (blocks.length === 0) return;
    if (this.messages.at(-1)?.role !== role) this.settle();
    const last = this.messages.at(-1);
    if (last?.role === role) append(last.blocks, blocks);
    else this.messages.push({ role, blocks: [...blocks] });
  }

  /** A thought that nothing follows stays away: no message of the assistant may end with one. */
  private settle(): void {
    const last = this.messages.at(-1);
    if (last?.role !== "assistant") return;
    while (last.blocks.at(-1)?.type === "thinking") last.blocks.pop();
    if (last.blocks.length === 0) this.messages.pop();
  }
}

/**
 * Thoughts go back to the model that thought them, block by block, unchanged and in their place: newer models refuse a
 * block before which anything has changed, and one that was moved or left out among others. None for a thought that
 * came over another wire, or was cut off before it was signed.
 */
function thinkingBlocks({ origin }: ReasoningItem): ThinkingBlock[] {
  if (origin?.field !== "thinking_blocks") return [];
  return (origin.details ?? []).filter((block): block is ThinkingBlock & Record<string, unknown> =>
    block.type === "thinking"
      ? typeof block.thinking === "string" && typeof block.signature === "string"
      : block.type === "redacted_thinking" && typeof block.data === "string",
  );
}

/** Whether the turn began without a thought: upstreams refuse to begin thinking with a budget in its middle. */
export function goesOnWithoutThought(messages: readonly Message[]): boolean {
  const asked = messages.findLastIndex(({ role, blocks }) => role === "user" && blocks[0]?.type !== "tool_result");
  const turn = messages.slice(asked + 1).filter(({ role }) => role === "assistant");
  if (turn.length === 0) return false;
  return turn[0]?.blocks[0]?.type !== "thinking" && turn.at(-1)?.blocks[0]?.type !== "thinking";
}

/** Ids as every upstream takes them: `[a-zA-Z0-9_-]`, at most 64 of them. Different ones stay different. */
class CallIds {
  private readonly given = new Map<string, string>();
  private readonly used = new Set<string>();
  /** By what names that are made begin with: the number that the next one gets. */
  private readonly next = new Map<string, number>();

  of(id: string): string {
    const known = this.given.get(id);
    if (known !== undefined) return known;
    const base = id.replaceAll(/[^a-zA-Z0-9_-]/g, "_").slice(0, MAX_ID) || "call";
    const stem = base.slice(0, MAX_ID - 7);
    let name = base;
    let next = this.next.get(stem) ?? 2;
    for (; this.used.has(name); next++) name = `${stem}_${next}`;
    this.next.set(stem, next);
    this.used.add(name);
    this.given.set(id, name);
    return name;
  }
}

const MAX_ID = 64;

function blocksOf(parts: readonly Part[]): ContentBlock[] {
  return parts.flatMap((part): ContentBlock[] => {
    switch (part.type) {
      case "text":
      case "refusal":
        // Text of blanks is refused, and says nothing.
        return part.text.trim() === "" ? [] : [{ type: "text", text: part.text }];
      case "image":
        return [imageBlock(part)];
      case "file":
        return [documentBlock(part)];
    }
  });
}

/** Of a tool's output the text is one string, as the tool wrote it, unless something else stands beside it. */
function resultContent(parts: readonly Part[]): string | ContentBlock[] {
  return parts.some(isMedia) ? blocksOf(parts) : textOf(parts);
}

function imageBlock({ url }: ImagePart): ImageBlock {
  if (!url.startsWith("data:")) return { type: "image", source: { type: "url", url } };
  const { type, data } = base64Of(url);
  switch (type) {
    case "image/jpeg":
    case "image/png":
    case "image/gif":
    case "image/webp":
      return { type: "image", source: { type: "base64", media_type: type, data } };
    // A common slip, which the upstream would refuse.
    case "image/jpg":
      return { type: "image", source: { type: "base64", media_type: "image/jpeg", data } };
    default:
      throw unsupported(`the upstream takes no images of type ${type}; send PNG, JPEG, GIF or WebP`);
  }
}

const TEXT_TYPE = /^(?:text\/|application\/(?:[\w.-]+\+)?(?:json|xml|yaml|x-yaml|toml|javascript|x-sh|sql)$)/;

function documentBlock({ filename, data: given, url }: FilePart): DocumentBlock {
  const title = filename ? { title: filename } : {};
  if (given === undefined) {
    if (url !== undefined && /^https:.*\.pdf(?:[?#]|$)/i.test(url))
      return { type: "document", source: { type: "url", url }, ...title };
    throw unsupported(
      `the upstream fetches PDF files only, not ${url ?? "a file without an address"}; send its content as \`file_data\``,
    );
  }
  const { type, data } = base64Of(given);
  if (type === "application/pdf")
    return { type: "document", source: { type: "base64", media_type: type, data }, ...title };
  const text = TEXT_TYPE.test(type) ? decoded(data) : undefined;
  if (text !== undefined)
    return { type: "document", source: { type: "text", media_type: "text/plain", data: text }, ...title };
  throw unsupported(
    `the upstream takes no files of type ${type}${filename ? ` (${filename})` : ""}; send a PDF, text in UTF-8, or an image`,
  );
}

/** The type and content of a `data:` URL, without its parameters. */
function base64Of(url: string): { type: string; data: string } {
  const comma = url.indexOf(",");
  const [type = "", ...parameters] = url.slice("data:".length, Math.max(comma, 0)).toLowerCase().split(";");
  if (!url.startsWith("data:") || comma === -1 || !parameters.some((each) => each.trim() === "base64"))
    throw unsupported("an image or file came in a form that is no `data:…;base64,…` URL; send it so");
  return { type: type.trim() || "text/plain", data: url.slice(comma + 1) };
}

/** Undefined for what is no text after all. */
function decoded(base64: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
