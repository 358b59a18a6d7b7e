/**
 * What a Responses body may hold, read liberally: unknown fields pass, known ones must have their type.
 * Sources: the OpenAI SDK's types (7.57), Open Responses 2026-04-24, and bodies sent by Codex CLI 0.169.
 */
import * as z from "zod";
import { optional, record, text } from "../../../core/liberal-schema.ts";

export const ContentPart = z.looseObject({
  type: text,
  text: optional(text),
  refusal: optional(text),
  image_url: optional(z.union([text, z.looseObject({ url: text })])),
  detail: optional(text),
  file_id: optional(text),
  file_url: optional(text),
  file_data: optional(text),
  filename: optional(text),
});
export type ContentPart = z.infer<typeof ContentPart>;

const Content = z.union([text, z.array(ContentPart)]);

export const MessageInput = z.looseObject({
  role: z.enum(["system", "developer", "user", "assistant"]),
  content: Content.nullish(),
  phase: optional(z.enum(["commentary", "final_answer"])),
});

export const ReasoningInput = z.looseObject({
  summary: optional(z.array(z.looseObject({ text: optional(text) }))),
  content: optional(z.array(z.looseObject({ text: optional(text) }))),
  encrypted_content: optional(text),
});

export const FunctionCallInput = z.looseObject({
  call_id: optional(text),
  name: text,
  namespace: optional(text),
  arguments: z.union([text, record]).nullish(),
});

export const CustomCallInput = z.looseObject({
  call_id: optional(text),
  name: text,
  namespace: optional(text),
  input: optional(text),
});

export const ToolSearchCallInput = z.looseObject({ call_id: optional(text), arguments: z.unknown() });

export const CallOutputInput = z.looseObject({
  call_id: optional(text),
  name: optional(text),
  output: Content.nullish(),
});

export const ToolsInput = z.looseObject({ call_id: optional(text), tools: optional(z.array(record)) });

export const AgentMessageInput = z.looseObject({
  author: optional(text),
  content: optional(z.array(z.looseObject({ text: optional(text), encrypted_content: optional(text) }))),
});

export const FunctionTool = z.looseObject({
  type: text,
  name: text.min(1),
  description: optional(text),
  parameters: optional(record),
  strict: optional(z.boolean()),
});

export const CustomTool = z.looseObject({
  name: text.min(1),
  description: optional(text),
  format: optional(z.looseObject({ type: optional(text), syntax: optional(text), definition: optional(text) })),
});

export const NamespaceTool = z.looseObject({ name: text, description: optional(text), tools: z.array(record) });

const Location = z.looseObject({
  city: optional(text),
  region: optional(text),
  country: optional(text),
  timezone: optional(text),
});

export const SearchTool = z.looseObject({
  type: text,
  filters: optional(z.looseObject({ allowed_domains: optional(z.array(text)) })),
  user_location: optional(Location),
  search_context_size: optional(z.enum(["low", "medium", "high"])),
  search_content_types: optional(z.array(text)),
  external_web_access: optional(z.boolean()),
  indexed_web_access: optional(z.boolean()),
});

const ToolFilter = z.looseObject({ tool_names: optional(z.array(text)), read_only: optional(z.boolean()) });

export const McpTool = z.looseObject({
  server_label: text.min(1),
  server_url: optional(text),
  connector_id: optional(text),
  tunnel_id: optional(text),
  server_description: optional(text),
  authorization: optional(text),
  headers: optional(z.record(z.string(), text)),
  allowed_tools: optional(z.union([z.array(text), ToolFilter])),
  require_approval: optional(
    z.union([
      z.enum(["always", "never"]),
      z.looseObject({ always: optional(ToolFilter), never: optional(ToolFilter) }),
    ]),
  ),
});

export const McpListInput = z.looseObject({
  server_label: text,
  tools: z.array(
    z.looseObject({
      name: text,
      description: optional(text),
      input_schema: optional(record),
      annotations: optional(record),
    }),
  ),
  error: optional(z.unknown()),
});

export const McpCallInput = z.looseObject({
  id: text,
  server_label: text,
  name: text,
  arguments: text,
  output: optional(text),
  error: optional(z.union([text, record])),
});

export const McpApprovalRequestInput = z.looseObject({ id: text, server_label: text, name: text, arguments: text });

export const McpApprovalResponseInput = z.looseObject({
  approval_request_id: text,
  approve: z.boolean(),
  reason: optional(text),
});

const ToolChoiceObject = z.looseObject({
  type: text,
  name: optional(text),
  namespace: optional(text),
  server_label: optional(text),
  mode: optional(z.enum(["auto", "none", "required"])),
  tools: optional(
    z.array(
      z.looseObject({
        type: optional(text),
        name: optional(text),
        namespace: optional(text),
        server_label: optional(text),
      }),
    ),
  ),
});
export type ToolChoiceObject = z.infer<typeof ToolChoiceObject>;

/** Of what names something to OpenAI's server. */
const LONGEST_IDENTIFIER = 64;

const TextFormat = z.looseObject({
  type: z.enum(["text", "json_object", "json_schema"]),
  name: optional(text.max(LONGEST_IDENTIFIER).regex(/^[\w-]*$/)),
  description: optional(text),
  schema: optional(record),
  strict: optional(z.boolean()),
});

/** Codex' word for none is `none`; that of older SDKs for the field, `generate_summary`. */
const SUMMARY = z.enum(["auto", "concise", "detailed", "none"]);

const Reasoning = z
  .looseObject({
    effort: optional(text),
    summary: optional(SUMMARY),
    generate_summary: optional(SUMMARY),
    context: optional(text),
    mode: optional(text),
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

/** Names of further inputs that reach beyond this request; refused where nothing is stored. */
export const STATEFUL_FIELDS = ["previous_response_id", "conversation"] as const;

/** What an answer can be asked to hold besides. */
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

export const RequestBody = z.looseObject({
  model: text.min(1),
  input: optional(z.union([text, z.array(record)])),
  instructions: optional(text),
  stream: optional(z.boolean()),
  stream_options: optional(z.looseObject({ include_obfuscation: optional(z.boolean()) })),
  background: optional(z.boolean()),
  previous_response_id: optional(text),
  conversation: optional(z.union([text, record])),
  prompt: optional(record),
  tools: optional(z.array(record)),
  tool_choice: optional(z.union([z.enum(["auto", "none", "required"]), ToolChoiceObject])),
  parallel_tool_calls: optional(z.boolean()),
  reasoning: optional(Reasoning),
  text: optional(
    z.looseObject({ format: optional(TextFormat), verbosity: optional(z.enum(["low", "medium", "high"])) }),
  ),
  include: optional(z.array(z.enum(INCLUDABLE))),
  max_output_tokens: optional(z.int().min(1)),
  max_tool_calls: optional(z.int().min(1)),
  temperature: optional(z.number().min(0).max(2)),
  top_p: optional(z.number().min(0).max(1)),
  presence_penalty: optional(z.number().min(-2).max(2)),
  frequency_penalty: optional(z.number().min(-2).max(2)),
  top_logprobs: optional(z.int().min(0).max(20)),
  truncation: optional(z.enum(["auto", "disabled"])),
  service_tier: optional(text),
  store: optional(z.boolean()),
  metadata: optional(z.record(z.string(), text)),
  prompt_cache_key: optional(text),
  prompt_cache_retention: optional(Retention),
  prompt_cache_options: optional(record),
  safety_identifier: optional(text.max(LONGEST_IDENTIFIER)),
  user: optional(text),
  context_management: optional(
    z.array(z.looseObject({ type: text, compact_threshold: optional(z.int().min(LEAST_THRESHOLD)) })).min(1),
  ),
  moderation: optional(z.looseObject({ model: text })),
});
export type RequestBody = z.infer<typeof RequestBody>;
