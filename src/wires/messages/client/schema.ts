/**
 * What a Messages body may hold, read liberally: unknown fields and betas pass, known ones must have their type.
 * Sources: Anthropic's SDK (1.13) and bodies sent by Claude Code 2.1.330.
 */
import * as z from "zod";
import {
  maybeFlag,
  maybeNumber,
  maybeText,
  object,
  optional,
  record,
  text,
  UserLocation,
} from "../../../core/liberal-schema.ts";

export const Block = object({ type: text });
export type Block = z.infer<typeof Block>;

const Content = z.union([text, z.array(Block)]);

export const MessageInput = object({
  role: z.enum(["user", "assistant", "system"]),
  content: Content.nullish(),
  output_config: optional(object({ effort: maybeText })),
});
export type MessageInput = z.infer<typeof MessageInput>;

export const TextBlock = object({ text });

const source = { type: text, media_type: maybeText, data: maybeText, url: maybeText, file_id: maybeText };

export const ImageBlock = object({ source: object(source) });

const DocumentSource = object({ ...source, content: Content.nullish() });
export type DocumentSource = z.infer<typeof DocumentSource>;

export const DocumentBlock = object({
  source: DocumentSource,
  title: maybeText,
  context: maybeText,
  citations: optional(object({ enabled: maybeFlag })),
});

export const SearchResultBlock = object({ source: maybeText, title: maybeText, content: optional(z.array(Block)) });

export const ToolUseBlock = object({ id: maybeText, name: text, input: z.unknown() });

export const ToolResultBlock = object({ tool_use_id: maybeText, content: Content.nullish(), is_error: maybeFlag });

export const ThinkingBlock = object({ thinking: maybeText, signature: maybeText });

export const ToolReference = object({ tool_name: text });

/** What a `system` message says of tools that came or went in mid-conversation. */
export const ToolChange = object({
  tool: object({ type: maybeText, definition: optional(record), tool_name: maybeText, name: maybeText }),
});

export const ToolInput = object({
  type: maybeText,
  name: text,
  description: maybeText,
  input_schema: optional(record),
  strict: maybeFlag,
  defer_loading: maybeFlag,
});
export type ToolInput = z.infer<typeof ToolInput>;

const names = z.array(text);
export const SearchTool = object({
  max_uses: optional(z.int().min(1)),
  allowed_domains: optional(names),
  blocked_domains: optional(names),
  user_location: optional(UserLocation),
});

export const ServerToolUse = object({ id: text, name: text, input: optional(record) });
export const SearchToolResult = object({ tool_use_id: text, content: z.unknown() });

const Format = object({ type: text, schema: optional(record) });

export const RequestBody = object({
  model: text.min(1),
  messages: z.array(record),
  system: optional(z.union([text, z.array(Block)])),
  stream: maybeFlag,
  max_tokens: optional(z.int().min(1)),
  temperature: optional(z.number().min(0).max(2)),
  top_p: optional(z.number().min(0).max(1)),
  top_k: maybeNumber,
  stop_sequences: optional(z.array(text)),
  thinking: optional(object({ type: text, budget_tokens: maybeNumber, display: maybeText })),
  output_config: optional(object({ effort: maybeText, format: optional(Format) })),
  /** Its older name. */
  output_format: optional(Format),
  tools: optional(z.array(record)),
  tool_choice: optional(
    object({ type: z.enum(["auto", "any", "tool", "none"]), name: maybeText, disable_parallel_tool_use: maybeFlag }),
  ),
  metadata: optional(object({ user_id: maybeText })),
  service_tier: maybeText,
  context_management: optional(object({ edits: optional(z.array(record)) })),
  thread: optional(z.unknown()),
  mcp_servers: optional(z.array(z.unknown())),
});
export type RequestBody = z.infer<typeof RequestBody>;
