/**
 * How one upstream wants its requests. One flat record; each flag says one thing and has a default that is
 * safe with every known host. Reading a reply needs no flags.
 */
export interface Dialect {
  /** Name of the field that limits the answer's length. Ollama 0.33 ignores `max_completion_tokens`. */
  max_tokens_field: "max_tokens" | "max_completion_tokens";
  /** Join neighbouring user messages into one. Mistral's and Gemma's templates refuse two in a row. */
  merge_user_messages: boolean;
  /** Role of a system or developer message after the first user message. Many templates refuse `system` there. */
  late_system_role: "user" | "system";
  /** What stands beside `tool_calls` when the assistant said nothing: JSON null or the empty string. */
  empty_content: "null" | "empty";
  /** A JSON schema for the answer beside tools: sent as such, or told in words where it would forbid every call. */
  schema_with_tools: "send" | "instruct";
  /** Ask for news of how far the prompt has been read. */
  return_progress: boolean;
  /** Calls that the server left in the text become real ones (see wires/chat/leaks), or stay text. */
  heal: "auto" | "off";
}

export const DEFAULT_DIALECT: Readonly<Dialect> = Object.freeze({
  max_tokens_field: "max_tokens",
  merge_user_messages: true,
  late_system_role: "user",
  empty_content: "null",
  schema_with_tools: "send",
  return_progress: false,
  heal: "auto",
});
