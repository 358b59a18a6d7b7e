/**
 * What a Chat Completions body may hold, read liberally: unknown fields pass, known ones must have their type.
 * Sources: the OpenAI SDK's types (7.57), and bodies sent by opencode, Cline, pi, Qwen Code and the Vercel AI SDK.
 */
import * as z from "zod";
import { optional, record, text } from "../../../core/liberal-schema.ts";

export const ContentPart = z.looseObject({
  type: text,
  text: optional(text),
  refusal: optional(text),
  image_url: optional(z.union([text, z.looseObject({ url: text, detail: optional(text) })])),
  detail: optional(text),
  file: optional(z.looseObject({ filename: optional(text), file_data: optional(text), file_id: optional(text) })),
  thinking: z.unknown().optional(),
});
export type ContentPart = z.infer<typeof ContentPart>;

const Content = optional(z.union([text, z.array(ContentPart)]));

export const SpokenMessage = z.looseObject({ content: Content, name: optional(text) });

export const ToolCall = z.looseObject({
  id: optional(text),
  type: optional(text),
  function: optional(z.looseObject({ name: text, arguments: z.union([text, record]).nullish() })),
  custom: optional(z.looseObject({ name: text, input: optional(text) })),
  extra_content: optional(record),
});
export type ToolCall = z.infer<typeof ToolCall>;

export const AssistantMessage = z.looseObject({
  content: Content,
  name: optional(text),
  refusal: optional(text),
  tool_calls: optional(z.array(ToolCall)),
  function_call: optional(z.looseObject({ name: text, arguments: optional(text) })),
  reasoning_content: z.unknown().optional(),
  reasoning: z.unknown().optional(),
  reasoning_text: z.unknown().optional(),
  reasoning_details: z.unknown().optional(),
  thinking_blocks: z.unknown().optional(),
});
export type AssistantMessage = z.infer<typeof AssistantMessage>;

export const ToolMessage = z.looseObject({ content: Content, tool_call_id: optional(text), name: optional(text) });

export const FunctionTool = z.looseObject({
  name: text,
  description: optional(text),
  parameters: optional(record),
  strict: optional(z.boolean()),
});

export const CustomTool = z.looseObject({
  name: text,
  description: optional(text),
  format: optional(
    z.looseObject({
      type: optional(text),
      grammar: optional(z.looseObject({ syntax: optional(text), definition: optional(text) })),
    }),
  ),
});

const Named = z.looseObject({ name: text });

const ToolReference = z.looseObject({ type: optional(text), function: optional(Named), custom: optional(Named) });
export type ToolReference = z.infer<typeof ToolReference>;

const ToolChoiceObject = z.looseObject({
  type: optional(text),
  function: optional(Named),
  custom: optional(Named),
  allowed_tools: optional(
    z.looseObject({ mode: optional(z.enum(["auto", "required"])), tools: optional(z.array(ToolReference)) }),
  ),
});
export type ToolChoiceObject = z.infer<typeof ToolChoiceObject>;

const ResponseFormat = z.looseObject({
  type: z.enum(["text", "json_object", "json_schema"]),
  json_schema: optional(
    z.looseObject({
      name: optional(text),
      description: optional(text),
      schema: optional(record),
      strict: optional(z.boolean()),
    }),
  ),
});
export type ResponseFormat = z.infer<typeof ResponseFormat>;

export const SearchOptions = z.looseObject({
  search_context_size: optional(z.enum(["low", "medium", "high"])),
  user_location: optional(
    z.looseObject({
      approximate: optional(
        z.looseObject({
          city: optional(text),
          region: optional(text),
          country: optional(text),
          timezone: optional(text),
        }),
      ),
    }),
  ),
});

export const RequestBody = z.looseObject({
  model: text.min(1),
  messages: z.array(record).min(1),
  stream: optional(z.boolean()),
  stream_options: optional(z.looseObject({ include_usage: optional(z.boolean()) })),
  n: optional(z.int()),
  tools: optional(z.array(record)),
  functions: optional(z.array(record)),
  tool_choice: optional(z.union([z.enum(["auto", "none", "required", "any"]), ToolChoiceObject])),
  function_call: optional(z.union([z.enum(["auto", "none"]), Named])),
  parallel_tool_calls: optional(z.boolean()),
  response_format: optional(ResponseFormat),
  max_tokens: optional(z.int()),
  max_completion_tokens: optional(z.int()),
  temperature: optional(z.number()),
  top_p: optional(z.number()),
  presence_penalty: optional(z.number()),
  frequency_penalty: optional(z.number()),
  stop: optional(z.union([text, z.array(text)])),
  reasoning_effort: optional(text),
  reasoning: optional(
    z.looseObject({ effort: optional(text), enabled: optional(z.boolean()), max_tokens: optional(z.number()) }),
  ),
  thinking: optional(z.looseObject({ type: optional(text), budget_tokens: optional(z.number()) })),
  enable_thinking: optional(z.boolean()),
  thinking_budget: optional(z.number()),
  chat_template_kwargs: optional(
    z.looseObject({ enable_thinking: optional(z.boolean()), thinking: optional(z.boolean()) }),
  ),
  modalities: optional(z.array(text)),
  logprobs: optional(z.boolean()),
  top_logprobs: optional(z.int()),
  service_tier: optional(text),
  verbosity: optional(text),
  store: optional(z.boolean()),
  web_search_options: z.unknown().optional(),
  user: optional(text),
  session_id: optional(text),
  prompt_cache_key: optional(text),
});
export type RequestBody = z.infer<typeof RequestBody>;
