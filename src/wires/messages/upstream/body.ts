/**
 * The body of a Messages request: its parts as types, and how they become text. The tests hold these types against those
 * of Anthropic's own SDK. Blocks are written one by one, so that arguments of calls go back byte by byte as they came.
 */
import { safeArguments } from "../../lowering.ts";

export type CacheControl = { type: "ephemeral" };

export type TextBlock = { type: "text"; text: string; cache_control?: CacheControl };

export interface ImageBlock {
  type: "image";
  source:
    | { type: "base64"; media_type: "image/jpeg" | "image/png" | "image/gif" | "image/webp"; data: string }
    | { type: "url"; url: string };
}

export interface DocumentBlock {
  type: "document";
  source:
    | { type: "base64"; media_type: "application/pdf"; data: string }
    | { type: "text"; media_type: "text/plain"; data: string }
    | { type: "url"; url: string };
  title?: string;
}

export type ContentBlock = TextBlock | ImageBlock | DocumentBlock;

export type ToolResultBlock = { type: "tool_result"; tool_use_id: string; content: string | ContentBlock[] };

/** Without its `input`, which is written as it came. */
export type ToolUseHead = { type: "tool_use"; id: string; name: string };

export type ThinkingBlock =
  | { type: "thinking"; thinking: string; signature: string }
  | { type: "redacted_thinking"; data: string };

export interface ToolParam {
  name: string;
  description?: string;
  input_schema: { type: "object"; [word: string]: unknown };
  strict?: boolean;
  cache_control?: CacheControl;
}

export type ToolChoiceParam =
  | { type: "auto" | "any"; disable_parallel_tool_use?: boolean }
  | { type: "tool"; name: string; disable_parallel_tool_use?: boolean }
  | { type: "none" };

/** A block as JSON text, and what the order of a message depends on. */
export type Written = { type: "text" | "tool_use" | "tool_result" | "thinking" | "other"; json: string };

export type Message = { role: "user" | "assistant" | "system"; blocks: Written[] };

export function written(block: ContentBlock | ToolResultBlock | ThinkingBlock): Written {
  const json = JSON.stringify(block);
  switch (block.type) {
    case "text":
    case "tool_result":
      return { type: block.type, json };
    case "thinking":
    case "redacted_thinking":
      return { type: "thinking", json };
    default:
      return { type: "other", json };
  }
}

export function writtenCall(head: ToolUseHead, args: string): Written {
  return { type: "tool_use", json: `${JSON.stringify(head).slice(0, -1)},"input":${safeArguments(args).trim()}}` };
}

export function messagesText(messages: readonly Message[]): string {
  const texts = messages.map(({ role, blocks }) => {
    const content = blocks.map(({ json }) => json).join(",");
    return `{"role":"${role}","content":[${content}]}`;
  });
  return `[${texts.join(",")}]`;
}
