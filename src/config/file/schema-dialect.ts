/** The shape of a dialect in TOML: every flag of core/dialect, by its own name. */
import * as z from "zod";
import type { Dialect } from "../../core/dialect.ts";
import { flag, text, words } from "./schema-values.ts";

/** Words by effort; `false` stands for JSON's null, which TOML does not have. */
export const effortsSchema = z.union([words, z.record(text, z.union([text, z.literal(false)]))]);

const bodySchema = z.record(text, z.unknown());

const FLAGS = {
  late_system_role: z.enum(["user", "system"]).describe("role of a system message after the first user message"),
  merge_user_messages: flag.describe("join neighbouring user messages into one"),
  empty_content: z.enum(["null", "empty", "absent"]).describe("content of a message that has tool calls and no text"),
  text_with_calls: z.enum(["beside", "before"]).describe("where the text beside a tool call goes"),
  one_call_per_message: flag.describe("send parallel tool calls of the history one by one"),
  tool_call_id: z.enum(["any", "alnum9", "max40"]).describe("which tool call ids the provider accepts"),
  tool_result_name: flag.describe("send the tool's name with its result"),
  bridge_after_tool: text.describe("assistant message between a tool result and the next user message"),
  image_urls: flag.describe("the provider fetches images by their URL"),
  replay: z.enum(["always", "never"]).describe("send the model's reasoning back to it"),
  required_reasoning_field: z.enum(["", "reasoning_content", "reasoning"]).describe("field of every assistant message"),
  tool_schema: z.enum(["full", "plain", "mfjs"]).describe("how much JSON Schema a tool's parameters may use"),
  strict_tools: flag.describe("`strict` of a tool is sent"),
  tool_choice: z.enum(["full", "strings", "any", "no_required", "none"]).describe("accepted forms of tool_choice"),
  parallel_tool_calls: z.enum(["as_asked", "always", "never"]).describe("when parallel_tool_calls is sent"),
  max_tokens_field: z.enum(["max_tokens", "max_completion_tokens"]).describe("field that limits the reply's length"),
  max_output_tokens: z.int().min(0).describe("limit for providers that require one; 0: none known"),
  json_schema: z.enum(["json_schema", "json_object", "words", "value"]).describe("how a reply's JSON schema is sent"),
  json_object: z.enum(["json_object", "as_schema"]).describe("how a reply in JSON without a schema is requested"),
  schema_with_tools: z.enum(["send", "instruct"]).describe("what becomes of a JSON schema beside tools"),
  verbosity: flag.describe("the provider accepts verbosity"),
  logprobs: flag.describe("the provider returns log probabilities"),
  service_tier: flag.describe("the provider accepts service_tier"),
  stream_usage: flag.describe("request token counts at the end of a stream"),
  return_progress: flag.describe("request progress of prompt processing"),
  cache_key: flag.describe("send the thread's id as prompt_cache_key"),
  session_header: text.describe("header that carries the thread's id"),
  efforts: z.union([z.literal("any"), ...effortsSchema.options]).describe("efforts that the model accepts"),
  effort_on: bodySchema.describe("fields that request an effort; $effort and $budget are filled in"),
  effort_off: bodySchema.describe("fields that request the effort none"),
  effort_budgets: z.record(text, z.int().min(0)).describe("reasoning tokens by effort"),
  native_compaction: flag.describe("the provider compacts long threads itself"),
  message_threads: flag.describe("the provider stores threads of the Messages API"),
  keeps_responses: flag.describe("the provider stores responses itself, and serves them"),
  hosted_tools: flag.describe("the provider runs web_search and mcp tools itself"),
  heal: z.enum(["auto", "off"]).describe("turn text tool calls into real ones"),
  drop: words.describe("fields of the body that are dropped, by their path"),
  extra_body: bodySchema.describe("fields that are added to the body"),
} satisfies Record<keyof Dialect, z.ZodType>;

export const dialectSchema = z.strictObject(FLAGS).partial();
export type DialectToml = z.infer<typeof dialectSchema>;
