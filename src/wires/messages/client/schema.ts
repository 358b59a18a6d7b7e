/**
 * What a Messages body may hold, read liberally: unknown fields and betas pass, known ones must have their type.
 * Sources: Anthropic's SDK (1.13) and bodies sent by Claude Code 2.1.330.
 */
import * as z from "zod";
import { optional, record, text } from "../../../core/liberal-schema.ts";

export const Block = z.looseObject({ type: text });
export type Block = z.infer<typeof Block>;

const Content = z.union([text, z.array(Block)]);

export const MessageInput = z.looseObject({
  role: z.enum(["user", "assistant", "system"]),
  content: Content.nullish(),
  output_config: optional(z.looseObject({ effort: optional(text) })),
});
export type MessageInput = z.infer<typeof MessageInput>;

export const TextBlock = z.looseObject({ text });

export const ImageBlock = z.looseObject({
  source: z.looseObject({
    type: text,
    media_type: optional(text),
    data: optional(text),
    url: optional(text),
    file_id: optional(text),
  }),
});

export const DocumentBlock = z.looseObject({
  source: z.looseObject({
    type: text,
    media_type: optional(text),
    data: optional(text),
    url: optional(text),
    file_id: optional(text),
    content: Content.nullish(),
  }),
  title: optional(text),
  context: optional(text),
  citations: optional(z.looseObject({ enabled: optional(z.boolean()) })),
});

export const SearchResultBlock = z.looseObject({
  source: optional(text),
  title: optional(text),
  content: optional(z.array(Block)),
});

export const ToolUseBlock = z.looseObject({ id: optional(text), name: text, input: z.unknown() });

export const ToolResultBlock = z.looseObject({
  tool_use_id: optional(text),
  content: Content.nullish(),
  is_error: optional(z.boolean()),
});

export const ThinkingBlock = z.looseObject({ thinking: optional(text), signature: optional(text) });

export const ToolReference = z.looseObject({ tool_name: text });

/** What a `system` message says of tools that came or went in mid-conversation. */
export const ToolChange = z.looseObject({
  tool: z.looseObject({
    type: optional(text),
    definition: optional(record),
    tool_name: optional(text),
    name: optional(text),
  }),
});

export const ToolInput = z.looseObject({
  type: optional(text),
  name: text,
  description: optional(text),
  input_schema: optional(record),
  strict: optional(z.boolean()),
  defer_loading: optional(z.boolean()),
});
export type ToolInput = z.infer<typeof ToolInput>;

const names = z.array(text);
export const SearchTool = z.looseObject({
  max_uses: optional(z.int().min(1)),
  allowed_domains: optional(names),
  blocked_domains: optional(names),
  user_location: optional(
    z.looseObject({ city: optional(text), region: optional(text), country: optional(text), timezone: optional(text) }),
  ),
});

export const ServerToolUse = z.looseObject({ id: text, name: text, input: optional(record) });
export const SearchToolResult = z.looseObject({ tool_use_id: text, content: z.unknown() });

export const Format = z.looseObject({ type: text, schema: optional(record) });

export const RequestBody = z.looseObject({
  model: text.min(1),
  messages: z.array(record),
  system: optional(z.union([text, z.array(Block)])),
  stream: optional(z.boolean()),
  max_tokens: optional(z.int().min(1)),
  temperature: optional(z.number().min(0).max(2)),
  top_p: optional(z.number().min(0).max(1)),
  top_k: optional(z.number()),
  stop_sequences: optional(z.array(text)),
  thinking: optional(z.looseObject({ type: text, budget_tokens: optional(z.number()), display: optional(text) })),
  output_config: optional(z.looseObject({ effort: optional(text), format: optional(Format) })),
  /** Its older name. */
  output_format: optional(Format),
  tools: optional(z.array(record)),
  tool_choice: optional(
    z.looseObject({
      type: z.enum(["auto", "any", "tool", "none"]),
      name: optional(text),
      disable_parallel_tool_use: optional(z.boolean()),
    }),
  ),
  metadata: optional(z.looseObject({ user_id: optional(text) })),
  service_tier: optional(text),
  context_management: optional(z.looseObject({ edits: optional(z.array(record)) })),
  thread: optional(z.unknown()),
  mcp_servers: optional(z.array(z.unknown())),
});
export type RequestBody = z.infer<typeof RequestBody>;
