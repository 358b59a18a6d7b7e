/** Short names for what a turn is made of, and for its lowering. */
import { DEFAULT_DIALECT, type Dialect } from "../../../../src/core/dialect.ts";
import type {
  Item,
  MessageItem,
  Part,
  ReasoningItem,
  ToolCallItem,
  ToolResultItem,
  Turn,
} from "../../../../src/core/turn.ts";
import { chatUpstream } from "../../../../src/wires/chat/upstream/upstream.ts";
import { testSurroundings } from "../../../support/around.ts";

export interface Body extends Record<string, unknown> {
  messages: Record<string, unknown>[];
}

export function lowerText(turn: Partial<Turn>, dialect: Partial<Dialect> = {}): string {
  const whole: Turn = { model: "m", items: [], tools: [], settings: {}, ignored: [], ...turn };
  return chatUpstream.lower(whole, { ...DEFAULT_DIALECT, ...dialect }, testSurroundings()).body;
}
export const lower = (turn: Partial<Turn>, dialect?: Partial<Dialect>): Body =>
  JSON.parse(lowerText(turn, dialect)) as Body;
export const messages = (items: Item[], dialect?: Partial<Dialect>): Body["messages"] =>
  lower({ items }, dialect).messages;

const text = (words: string): Part => ({ type: "text", text: words });
const message = (role: MessageItem["role"], ...parts: (string | Part)[]): MessageItem => ({
  type: "message",
  role,
  parts: parts.map((part) => (typeof part === "string" ? text(part) : part)),
});
export const system = (...parts: (string | Part)[]): MessageItem => message("system", ...parts);
export const user = (...parts: (string | Part)[]): MessageItem => message("user", ...parts);
export const assistant = (...parts: (string | Part)[]): MessageItem => message("assistant", ...parts);
export const think = (words: string, origin?: ReasoningItem["origin"]): ReasoningItem => ({
  type: "reasoning",
  text: words,
  ...(origin && { origin }),
});
export const call = (call_id: string, args = "{}"): ToolCallItem => ({
  type: "tool_call",
  call_id,
  name: "f",
  arguments: args,
});
export const result = (call_id: string, ...parts: (string | Part)[]): ToolResultItem => ({
  type: "tool_result",
  call_id,
  parts: parts.map((part) => (typeof part === "string" ? text(part) : part)),
});
export const IMAGE: Part = { type: "image", url: "data:image/png;base64,AA==" };
export const sent = (id: string, args = "{}"): object => ({
  id,
  type: "function",
  function: { name: "f", arguments: args },
});
