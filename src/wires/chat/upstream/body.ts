/** A Chat Completions request, as far as one is written here. */

export type ContentPart =
  | { type: "text"; text: string }
  | { type: "image_url"; image_url: { url: string; detail?: string } }
  | { type: "file"; file: { filename?: string; file_data: string } };

export interface ToolCall {
  id: string;
  type: "function";
  function: { name: string; arguments: string };
  extra_content?: unknown;
}

export interface AssistantMessage {
  role: "assistant";
  content?: string | object[] | null;
  tool_calls?: readonly ToolCall[];
  [reasoning: string]: unknown;
}

export type ChatMessage =
  | { role: "system" | "user"; content: string | ContentPart[] }
  | AssistantMessage
  | { role: "tool"; tool_call_id: string; name?: string; content: string };
