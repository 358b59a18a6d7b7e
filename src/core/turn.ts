/**
 * One model turn, in the words of the Responses API: what every client wire is lifted to
 * and every upstream wire is lowered from. A field is here because at least two wires have it;
 * what only one client knows (tool kinds, namespaces, echoed settings) stays with that wire's encoder.
 */

export interface TextPart {
  type: "text";
  text: string;
}

export interface ImagePart {
  type: "image";
  /** `https:` or `data:` URL. */
  url: string;
  detail?: "auto" | "low" | "high" | "original";
}

export interface FilePart {
  type: "file";
  filename?: string;
  /** `data:` URL with the whole content. */
  data?: string;
  url?: string;
}

/** The text of a model that declined to reply; only in assistant messages. */
interface RefusalPart {
  type: "refusal";
  text: string;
}

export type Part = TextPart | ImagePart | FilePart | RefusalPart;

export interface MessageItem {
  type: "message";
  /** `system` covers the developer role too. */
  role: "system" | "user" | "assistant";
  parts: Part[];
  /** Of the assistant's. */
  phase?: Phase;
}

/** Whether an assistant's message comments or is the final answer. Models that report it want it back. */
export type Phase = "commentary" | "final_answer";

/** What a model thought before it spoke. */
export interface ReasoningItem {
  type: "reasoning";
  text: string;
  /** How it came from the upstream, when our own seal says so; needed to send it back in the same form. */
  origin?: ReasoningOrigin;
}

/** Where a reasoning text was found in an upstream's reply. */
export interface ReasoningOrigin {
  field: ReasoningField;
  /** The model that thought it, by its upstream's name: another model could not use it. */
  model?: string;
  /**
   * What an upstream wants back unchanged beside the text: the entries of `reasoning_details` (OpenRouter), the signed
   * blocks of a Messages reply, the sealed items of a Responses reply, or `{call_id, extra_content}` of calls that carry
   * a thought signature (Gemini).
   */
  details?: readonly Record<string, unknown>[];
}

/**
 * The field of the Chat message; `think` for a `<think>` block at the head of the content, `thinking` for a part of
 * the content (Mistral), `extra_content` for what hangs on a tool call. `thinking_blocks` came over the Messages wire,
 * `responses` over the Responses wire.
 */
export type ReasoningField =
  | "reasoning_content"
  | "reasoning"
  | "reasoning_details"
  | "think"
  | "thinking"
  | "thinking_blocks"
  | "responses"
  | "extra_content";

export interface ToolCallItem {
  type: "tool_call";
  call_id: string;
  /** The flat name, as declared in `Turn.tools`. */
  name: string;
  /** JSON text, exactly as it was received; may be broken when a model wrote it so. */
  arguments: string;
}

export interface ToolResultItem {
  type: "tool_result";
  /** Empty when the client gave none. */
  call_id: string;
  /** Name of the tool, where the client sends it; used only for results that belong to no call. */
  name?: string;
  parts: Part[];
}

export type Item = MessageItem | ReasoningItem | ToolCallItem | ToolResultItem;

export interface Tool {
  /** `[a-zA-Z0-9_-]{1,64}`, unique within the turn. */
  name: string;
  description?: string;
  /** JSON Schema of the arguments. */
  parameters?: Record<string, unknown>;
  strict?: boolean;
}

export type ToolChoice = "auto" | "none" | "required" | { name: string };

export interface JsonSchemaFormat {
  type: "json_schema";
  name: string;
  description?: string;
  schema: Record<string, unknown>;
  strict?: boolean;
}

export type TextFormat = { type: "text" } | { type: "json_object" } | JsonSchemaFormat;

/** Settings as the client gave them. Absent means not given; nothing is ever filled in. */
export interface Settings {
  max_output_tokens?: number;
  temperature?: number;
  top_p?: number;
  presence_penalty?: number;
  frequency_penalty?: number;
  /** Texts before which the reply ends. */
  stop?: string[];
  /** Any string; what an upstream can take is its dialect's matter. */
  effort?: string;
  /** How many words: `low`, `medium` or `high`. */
  verbosity?: string;
  /** Log probabilities of the reply's tokens are requested, and of so many others beside each. */
  top_logprobs?: number;
  /** How the upstream is to treat the request: its price and its haste. */
  service_tier?: string;
  format?: TextFormat;
  tool_choice?: ToolChoice;
  parallel_tool_calls?: boolean;
}

/** Something of the request that this turn could not carry over. Logged, counted and reported, never silent. */
export interface Ignored {
  /** Path in the client's body, e.g. `tools[3]`. */
  field: string;
  /** What stands there, e.g. `web_search`. */
  what: string;
  why: string;
}

export interface Turn {
  /** The model's name as the client sent it. */
  model: string;
  items: Item[];
  tools: Tool[];
  settings: Settings;
  ignored: Ignored[];
}
