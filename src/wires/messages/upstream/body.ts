/**
 * The body of a Messages request: its parts as types, and how they become text. The tests hold these types against those
 * of Anthropic's own SDK. Blocks are written one by one, so that arguments of calls go back byte by byte as they came.
 */
import { parseObject } from "../../../core/arguments.ts";

export interface TextBlock {
  type: "text";
  text: string;
  cache_control?: CacheControl;
}

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

export type ResultContent = string | (TextBlock | ImageBlock | DocumentBlock)[];

export interface ToolResultBlock {
  type: "tool_result";
  tool_use_id: string;
  content: ResultContent;
}

/** Without its `input`, which is written as it came. */
export interface ToolUseHead {
  type: "tool_use";
  id: string;
  name: string;
}

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

export interface CacheControl {
  type: "ephemeral";
}

/** A block as JSON text, and what the order of a message depends on. */
export interface Written {
  type: "text" | "tool_use" | "tool_result" | "thinking" | "other";
  json: string;
}

export interface Message {
  role: "user" | "assistant" | "system";
  blocks: Written[];
}

export function written(block: TextBlock | ImageBlock | DocumentBlock | ToolResultBlock | ThinkingBlock): Written {
  switch (block.type) {
    case "text":
    case "tool_result":
      return { type: block.type, json: jsonOf(block) };
    case "thinking":
    case "redacted_thinking":
      return { type: "thinking", json: jsonOf(block) };
    default:
      return { type: "other", json: jsonOf(block) };
  }
}

export function writtenCall(head: ToolUseHead, args: string): Written {
  return { type: "tool_use", json: `${jsonOf(head).slice(0, -1)},"input":${inputOf(args)}}` };
}

/** Broken arguments would make the host refuse the whole history, so they travel as a string within an object. */
function inputOf(args: string): string {
  if (args.trim() === "") return "{}";
  return parseObject(args) ? mended(args.trim()) : jsonOf({ unparsed_arguments: args });
}

export function jsonOf(value: object): string {
  return mended(JSON.stringify(value));
}

/** Half a surrogate pair, which JSON can hold only as an escape, makes servers refuse the whole body; whole pairs stay. */
function mended(json: string): string {
  if (!/\\u[dD]/.test(json)) return json;
  return json.replaceAll(
    /\\(?:[^u]|u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|u[dD][89a-fA-F][\da-fA-F]{2})/g,
    (escape) => (escape.length === 6 ? "\\ufffd" : escape),
  );
}

export function messagesText(messages: readonly Message[]): string {
  return `[${messages.map(messageText).join(",")}]`;
}

function messageText({ role, blocks }: Message): string {
  return `{"role":"${role}","content":[${blocks.map(({ json }) => json).join(",")}]}`;
}
