/**
 * What a Chat Completions body may hold, read liberally: unknown fields pass, known ones must have their type.
 * Sources: the OpenAI SDK's types (7.57), and bodies sent by opencode, Cline, pi, Qwen Code and the Vercel AI SDK.
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

export const ContentPart = object({
  type: text,
  text: maybeText,
  refusal: maybeText,
  image_url: optional(z.union([text, object({ url: text, detail: maybeText })])),
  detail: maybeText,
  file: optional(object({ filename: maybeText, file_data: maybeText, file_id: maybeText })),
  thinking: z.unknown().optional(),
});
export type ContentPart = z.infer<typeof ContentPart>;

const Content = optional(z.union([text, z.array(ContentPart)]));

export const SpokenMessage = object({ content: Content, name: maybeText });

export const ToolCall = object({
  id: maybeText,
  type: maybeText,
  function: optional(object({ name: text, arguments: z.union([text, record]).nullish() })),
  custom: optional(object({ name: text, input: maybeText })),
  extra_content: optional(record),
});
export type ToolCall = z.infer<typeof ToolCall>;

export const AssistantMessage = object({
  content: Content,
  name: maybeText,
  refusal: maybeText,
  tool_calls: optional(z.array(ToolCall)),
  function_call: optional(object({ name: text, arguments: maybeText })),
  reasoning_content: z.unknown().optional(),
  reasoning: z.unknown().optional(),
  reasoning_text: z.unknown().optional(),
  reasoning_details: z.unknown().optional(),
  thinking_blocks: z.unknown().optional(),
});
export type AssistantMessage = z.infer<typeof AssistantMessage>;

export const ToolMessage = object({ content: Content, tool_call_id: maybeText, name: maybeText });

export const FunctionTool = object({
  name: text,
  description: maybeText,
  parameters: optional(record),
  strict: maybeFlag,
});

export const CustomTool = object({
  name: text,
  description: maybeText,
  format: optional(
    object({ type: maybeText, grammar: optional(object({ syntax: maybeText, definition: maybeText })) }),
  ),
});

const Named = object({ name: text });

const ToolReference = object({ type: maybeText, function: optional(Named), custom: optional(Named) });
export type ToolReference = z.infer<typeof ToolReference>;

const ToolChoiceObject = object({
  type: maybeText,
  function: optional(Named),
  custom: optional(Named),
  allowed_tools: optional(
    object({ mode: optional(z.enum(["auto", "required"])), tools: optional(z.array(ToolReference)) }),
  ),
});
export type ToolChoiceObject = z.infer<typeof ToolChoiceObject>;

const ResponseFormat = object({
  type: z.enum(["text", "json_object", "json_schema"]),
  json_schema: optional(
    object({ name: maybeText, description: maybeText, schema: optional(record), strict: maybeFlag }),
  ),
});
export type ResponseFormat = z.infer<typeof ResponseFormat>;

export const SearchOptions = object({
  search_context_size: optional(z.enum(["low", "medium", "high"])),
  user_location: optional(object({ approximate: optional(UserLocation) })),
});

export const RequestBody = object({
  model: text.min(1),
  messages: z.array(record).min(1),
  stream: maybeFlag,
  stream_options: optional(object({ include_usage: maybeFlag })),
  n: optional(z.int()),
  tools: optional(z.array(record)),
  functions: optional(z.array(record)),
  tool_choice: optional(z.union([z.enum(["auto", "none", "required", "any"]), ToolChoiceObject])),
  function_call: optional(z.union([z.enum(["auto", "none"]), Named])),
  parallel_tool_calls: maybeFlag,
  response_format: optional(ResponseFormat),
  max_tokens: optional(z.int()),
  max_completion_tokens: optional(z.int()),
  temperature: maybeNumber,
  top_p: maybeNumber,
  presence_penalty: maybeNumber,
  frequency_penalty: maybeNumber,
  stop: optional(z.union([text, z.array(text)])),
  reasoning_effort: maybeText,
  reasoning: optional(object({ effort: maybeText, enabled: maybeFlag, max_tokens: maybeNumber })),
  thinking: optional(object({ type: maybeText, budget_tokens: maybeNumber })),
  enable_thinking: maybeFlag,
  thinking_budget: maybeNumber,
  chat_template_kwargs: optional(object({ enable_thinking: maybeFlag, thinking: maybeFlag })),
  modalities: optional(z.array(text)),
  logprobs: maybeFlag,
  top_logprobs: optional(z.int()),
  service_tier: maybeText,
  verbosity: maybeText,
  store: maybeFlag,
  web_search_options: z.unknown().optional(),
  user: maybeText,
  session_id: maybeText,
  prompt_cache_key: maybeText,
});
export type RequestBody = z.infer<typeof RequestBody>;
