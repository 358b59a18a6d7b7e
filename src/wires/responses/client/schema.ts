/**
 * What a Responses body may hold, read liberally: unknown fields pass, known ones must have their type.
 * Sources: the OpenAI SDK's types (7.57), Open Responses 2026-04-24, and bodies sent by Codex CLI 0.169.
 */
import * as z from "zod";
import { maybeFlag, maybeText, object, optional, record, text, UserLocation } from "../../../core/liberal-schema.ts";

export const ContentPart = object({
  type: text,
  text: maybeText,
  refusal: maybeText,
  image_url: optional(z.union([text, object({ url: text })])),
  detail: maybeText,
  file_id: maybeText,
  file_url: maybeText,
  file_data: maybeText,
  filename: maybeText,
});
export type ContentPart = z.infer<typeof ContentPart>;

const Content = z.union([text, z.array(ContentPart)]);

export const MessageInput = object({
  role: z.enum(["system", "developer", "user", "assistant"]),
  content: Content.nullish(),
  phase: optional(z.enum(["commentary", "final_answer"])),
});

export const ReasoningInput = object({
  summary: optional(z.array(object({ text: maybeText }))),
  content: optional(z.array(object({ text: maybeText }))),
  encrypted_content: maybeText,
});

export const FunctionCallInput = object({
  call_id: maybeText,
  name: text,
  namespace: maybeText,
  arguments: z.union([text, record]).nullish(),
});

export const CustomCallInput = object({ call_id: maybeText, name: text, namespace: maybeText, input: maybeText });

export const ToolSearchCallInput = object({ call_id: maybeText, arguments: z.unknown() });

export const CallOutputInput = object({ call_id: maybeText, name: maybeText, output: Content.nullish() });

export const ToolsInput = object({ call_id: maybeText, tools: optional(z.array(record)) });

export const AgentMessageInput = object({
  author: maybeText,
  content: optional(z.array(object({ text: maybeText, encrypted_content: maybeText }))),
});

export const FunctionTool = object({
  type: text,
  name: text.min(1),
  description: maybeText,
  parameters: optional(record),
  strict: maybeFlag,
});

export const CustomTool = object({
  name: text.min(1),
  description: maybeText,
  format: optional(object({ type: maybeText, syntax: maybeText, definition: maybeText })),
});

export const NamespaceTool = object({ name: text, description: maybeText, tools: z.array(record) });

export const SearchTool = object({
  type: text,
  filters: optional(object({ allowed_domains: optional(z.array(text)) })),
  user_location: optional(UserLocation),
  search_context_size: optional(z.enum(["low", "medium", "high"])),
  search_content_types: optional(z.array(text)),
  external_web_access: maybeFlag,
  indexed_web_access: maybeFlag,
});

const ToolFilter = object({ tool_names: optional(z.array(text)), read_only: maybeFlag });
export type ToolFilter = z.infer<typeof ToolFilter>;

export const McpServer = object({
  server_label: text.min(1),
  server_url: maybeText,
  connector_id: maybeText,
  tunnel_id: maybeText,
  server_description: maybeText,
  authorization: maybeText,
  headers: optional(z.record(z.string(), text)),
  allowed_tools: optional(z.union([z.array(text), ToolFilter])),
  require_approval: optional(
    z.union([z.enum(["always", "never"]), object({ always: optional(ToolFilter), never: optional(ToolFilter) })]),
  ),
});

export type McpServer = z.infer<typeof McpServer>;

export const McpListInput = object({
  server_label: text,
  tools: z.array(
    object({ name: text, description: maybeText, input_schema: optional(record), annotations: optional(record) }),
  ),
  error: optional(z.unknown()),
});

export const McpCallInput = object({
  id: text,
  server_label: text,
  name: text,
  arguments: text,
  output: maybeText,
  error: optional(z.union([text, record])),
});

export const McpApprovalRequestInput = object({ id: text, server_label: text, name: text, arguments: text });

export const McpApprovalResponseInput = object({ approval_request_id: text, approve: z.boolean(), reason: maybeText });

const ToolChoiceObject = object({
  type: text,
  name: maybeText,
  namespace: maybeText,
  server_label: maybeText,
  mode: optional(z.enum(["auto", "none", "required"])),
  tools: optional(z.array(object({ type: maybeText, name: maybeText, namespace: maybeText, server_label: maybeText }))),
});
export type ToolChoiceObject = z.infer<typeof ToolChoiceObject>;

/** Of what names something to OpenAI's server. */
const LONGEST_IDENTIFIER = 64;

const TextFormat = object({
  type: z.enum(["text", "json_object", "json_schema"]),
  name: optional(text.max(LONGEST_IDENTIFIER).regex(/^[\w-]*$/)),
  description: maybeText,
  schema: optional(record),
  strict: maybeFlag,
});

/** Codex' word for none is `none`; that of older SDKs for the field, `generate_summary`. */
const SUMMARY = z.enum(["auto", "concise", "detailed", "none"]);

const Reasoning = z
  .looseObject({
    effort: maybeText,
    summary: optional(SUMMARY),
    generate_summary: optional(SUMMARY),
    context: maybeText,
    mode: maybeText,
  })
  .transform(({ summary, generate_summary, ...others }) => {
    const wish = summary ?? generate_summary;
    return { ...others, summary: wish === "none" ? null : wish };
  });

/** OpenAI's SDKs of 2025 wrote it with a hyphen. */
const Retention = z
  .enum(["in_memory", "in-memory", "24h"])
  .transform((value) => (value === "in-memory" ? "in_memory" : value));

/** In tokens. */
const LEAST_THRESHOLD = 1000;

/** What a response can be asked to hold besides. */
export const INCLUDABLE = [
  "code_interpreter_call.outputs",
  "computer_call_output.output.image_url",
  "file_search_call.results",
  "message.input_image.image_url",
  "message.output_text.logprobs",
  "reasoning.encrypted_content",
  "web_search_call.action.sources",
  "web_search_call.results",
] as const;

export const RequestBody = object({
  model: text.min(1),
  input: optional(z.union([text, z.array(record)])),
  instructions: maybeText,
  stream: maybeFlag,
  stream_options: optional(object({ include_obfuscation: maybeFlag })),
  background: maybeFlag,
  previous_response_id: maybeText,
  conversation: optional(z.union([text, record])),
  prompt: optional(record),
  tools: optional(z.array(record)),
  tool_choice: optional(z.union([z.enum(["auto", "none", "required"]), ToolChoiceObject])),
  parallel_tool_calls: maybeFlag,
  reasoning: optional(Reasoning),
  text: optional(object({ format: optional(TextFormat), verbosity: optional(z.enum(["low", "medium", "high"])) })),
  include: optional(z.array(z.enum(INCLUDABLE))),
  max_output_tokens: optional(z.int().min(1)),
  max_tool_calls: optional(z.int().min(1)),
  temperature: optional(z.number().min(0).max(2)),
  top_p: optional(z.number().min(0).max(1)),
  presence_penalty: optional(z.number().min(-2).max(2)),
  frequency_penalty: optional(z.number().min(-2).max(2)),
  top_logprobs: optional(z.int().min(0).max(20)),
  truncation: optional(z.enum(["auto", "disabled"])),
  service_tier: maybeText,
  store: maybeFlag,
  metadata: optional(z.record(z.string(), text)),
  prompt_cache_key: maybeText,
  prompt_cache_retention: optional(Retention),
  prompt_cache_options: optional(record),
  safety_identifier: optional(text.max(LONGEST_IDENTIFIER)),
  user: maybeText,
  context_management: optional(
    z.array(object({ type: text, compact_threshold: optional(z.int().min(LEAST_THRESHOLD)) })).min(1),
  ),
  moderation: optional(object({ model: text })),
});
export type RequestBody = z.infer<typeof RequestBody>;
