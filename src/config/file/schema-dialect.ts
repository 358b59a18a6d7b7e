/** The shape of a dialect in TOML: every flag of core/dialect, by its own name. */
import * as z from "zod";
import type { Dialect } from "../../core/dialect.ts";

/** Words by effort; `false` stands for JSON's null, which TOML does not have. */
export const effortsSchema = z.union([
  z.array(z.string().min(1)),
  z.record(z.string(), z.union([z.string(), z.literal(false)])),
]);

const bodySchema = z.record(z.string(), z.unknown());

const FLAGS = {
  late_system_role: z.enum(["user", "system"]).describe("role of a system message after the first user message"),
  merge_user_messages: z.boolean().describe("join neighbouring user messages into one"),
  empty_content: z.enum(["null", "empty", "absent"]).describe("what stands beside tool calls without a text"),
  text_with_calls: z.enum(["beside", "before"]).describe("where the text stands that was said with a call"),
  one_call_per_message: z.boolean().describe("send parallel calls of the history one by one"),
  tool_call_id: z.enum(["any", "alnum9", "max40"]).describe("which ids of calls the host takes back"),
  tool_result_name: z.boolean().describe("tell the tool's name with its result"),
  bridge_after_tool: z.string().describe("what the assistant says between a result and the user's next word"),
  image_urls: z.boolean().describe("the host fetches images by their URL"),
  replay: z.enum(["always", "never"]).describe("send what the model thought back to it"),
  required_reasoning_field: z
    .enum(["", "reasoning_content", "reasoning"])
    .describe("field that every assistant message must have"),
  tool_schema: z.enum(["full", "plain", "mfjs"]).describe("how much JSON Schema a tool's parameters may use"),
  strict_tools: z.boolean().describe("`strict` of a tool is sent"),
  tool_choice: z
    .enum(["full", "strings", "any", "no_required", "none"])
    .describe("forms of tool_choice that are taken"),
  parallel_tool_calls: z.enum(["as_asked", "always", "never"]).describe("when parallel_tool_calls is sent"),
  max_tokens_field: z.enum(["max_tokens", "max_completion_tokens"]).describe("field that limits the answer's length"),
  max_output_tokens: z.int().min(0).describe("limit for hosts that want to be told one always; 0: none known"),
  json_schema: z
    .enum(["json_schema", "json_object", "words", "value"])
    .describe("how a JSON schema for the answer is sent"),
  json_object: z.enum(["json_object", "as_schema"]).describe("how an answer in any JSON object is asked for"),
  schema_with_tools: z.enum(["send", "instruct"]).describe("a JSON schema for the answer beside tools"),
  verbosity: z.boolean().describe("the host takes verbosity"),
  logprobs: z.boolean().describe("the host tells log probabilities of tokens"),
  service_tier: z.boolean().describe("the host takes service_tier"),
  stream_usage: z.boolean().describe("ask for token counts at the end of a stream"),
  return_progress: z.boolean().describe("ask how far the prompt has been read"),
  cache_key: z.boolean().describe("send the conversation's name as prompt_cache_key"),
  session_header: z.string().describe("header that carries the conversation's name"),
  efforts: z.union([z.literal("any"), ...effortsSchema.options]).describe("efforts that the model takes"),
  effort_on: bodySchema.describe("fields that ask for an effort; $effort and $budget are filled in"),
  effort_off: bodySchema.describe("fields that ask for the effort none"),
  effort_budgets: z.record(z.string(), z.int().min(0)).describe("tokens to think by each effort"),
  native_compaction: z.boolean().describe("the host sums up long threads itself"),
  message_threads: z.boolean().describe("the host keeps threads of the Messages API"),
  keeps_responses: z.boolean().describe("the host keeps responses itself, and they are asked for there"),
  hosted_tools: z.boolean().describe("the host runs web_search and mcp tools itself"),
  heal: z.enum(["auto", "off"]).describe("calls that were left in the text become real ones"),
  drop: z.array(z.string().min(1)).describe("fields of the body that are left out, by their path"),
  extra_body: bodySchema.describe("fields that are added to the body"),
} satisfies Record<keyof Dialect, z.ZodType>;

export const dialectSchema = z.strictObject(FLAGS).partial();
export type DialectToml = z.infer<typeof dialectSchema>;
