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

export interface SystemMessage {
  role: "system";
  content: string | ContentPart[];
}

export interface UserMessage {
  role: "user";
  content: string | ContentPart[];
}

export interface AssistantMessage {
  role: "assistant";
  content?: string | object[] | null;
  tool_calls?: readonly ToolCall[];
  [reasoning: string]: unknown;
}

export interface ToolMessage {
  role: "tool";
  tool_call_id: string;
  name?: string;
  content: string;
}

export type ChatMessage = SystemMessage | UserMessage | AssistantMessage | ToolMessage;
