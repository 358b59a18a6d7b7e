/**
 * How one upstream wants its requests. One flat record; each flag says one thing and has a default that is safe with
 * every known upstream. Reading a reply needs no flags. Merged once, when a model is first used:
 * default ← preset ← the preset's models ← catalogue ← what the upstream reports ← the user's provider ← the user's model.
 */

import type { WireName } from "./provider.ts";

export type JsonObject = { readonly [key: string]: unknown };

/** Names of efforts that clients use, from the least to the most. */
export const EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh", "max"] as const;

/** The efforts that a model takes, each with the upstream's word (null: JSON's null); empty where it cannot reason. */
export type EffortTable = { readonly [effort: string]: string | null };

export interface Dialect {
  /** Role of a system or developer message after the first user message. Many templates refuse `system` there. */
  late_system_role: "user" | "system";
  /** Join neighbouring user messages into one. Mistral's and Gemma's templates refuse two in a row. */
  merge_user_messages: boolean;
  /** What stands beside `tool_calls` when the assistant said nothing: JSON null, the empty string, or no field at all. */
  empty_content: "null" | "empty" | "absent";
  /** Where the text stands that an assistant said with a call: beside it, or in a message of its own before (TGI). */
  text_with_calls: "beside" | "before";
  /** Send parallel calls of the history one by one, each with its result: gpt-oss templates render only the first. */
  one_call_per_message: boolean;
  /** Which ids of calls are taken back: all, nine letters and digits (Mistral), or at most 40 characters (OpenAI). */
  tool_call_id: "any" | "alnum9" | "max40";
  /** Send the tool's name with its result. */
  tool_result_name: boolean;
  /** What the assistant says between a tool's result and the next user message; "" for nothing. Mistral refuses the two side by side. */
  bridge_after_tool: string;
  /** Images by `https:` URL are fetched by the upstream; otherwise they must be data. */
  image_urls: boolean;
  /** Send what the model thought back to it. */
  replay: "always" | "never";
  /** Field that every assistant message must have, if only as an empty string; "" for none. DeepSeek V4 refuses others. */
  required_reasoning_field: "" | "reasoning_content" | "reasoning";

  /** Which JSON Schema a tool's parameters may use: all of it, the few words Ollama and Gemini keep, or Moonshot's MFJS. */
  tool_schema: "full" | "plain" | "mfjs";
  /** `strict` of a tool is sent. */
  strict_tools: boolean;
  /** Which forms of `tool_choice` are taken: all, only strings, `any` for `required`, all but `required`, or none at all. */
  tool_choice: "full" | "strings" | "any" | "no_required" | "none";
  /** Send `parallel_tool_calls` as the client does, always (llama-server takes its absence for false), or never. */
  parallel_tool_calls: "as_asked" | "always" | "never";

  /** Name of the field that limits the reply's length. Ollama 0.33 ignores `max_completion_tokens`. */
  max_tokens_field: "max_tokens" | "max_completion_tokens";
  /** Most tokens that a reply may have, for upstreams that always want a limit; 0 when unknown. */
  max_output_tokens: number;
  /** How a JSON schema for the reply is sent: as `json_schema`, as `json_object` and in words, only in words, or as TGI's `value`. */
  json_schema: "json_schema" | "json_object" | "words" | "value";
  /** How a reply in any JSON object is requested: by that word, or by a schema that allows every object. */
  json_object: "json_object" | "as_schema";
  /** A JSON schema for the reply beside tools: sent as such, or put in words where it would forbid every call. */
  schema_with_tools: "send" | "instruct";
  /** The upstream takes `verbosity`. */
  verbosity: boolean;
  /** The upstream reports log probabilities of tokens. */
  logprobs: boolean;
  /** The upstream takes `service_tier`. */
  service_tier: boolean;
  /** Request token counts at the end of a stream. */
  stream_usage: boolean;
  /** Request reports of how far the prompt has been read. */
  return_progress: boolean;
  /** Send the thread's name as `prompt_cache_key`. */
  cache_key: boolean;
  /** Header that carries the thread's name, so that its requests meet the same cache; "" for none. */
  session_header: string;

  /** Efforts that the model takes, or "any" where the upstream takes every word. */
  efforts: EffortTable | "any";
  /** Fields that request an effort. `$effort` stands for the upstream's word, `$budget` for the number of tokens. */
  effort_on: JsonObject;
  /** Fields that request the effort `none`. */
  effort_off: JsonObject;
  /** Tokens to think by each effort, where the upstream wants a number. */
  effort_budgets: { readonly [effort: string]: number };

  /** The upstream sums up long threads itself on request (`compaction_trigger`, `/responses/compact`). */
  native_compaction: boolean;
  /** The upstream keeps threads of the Messages API, which are continued by the id of a message. */
  message_threads: boolean;
  /** The upstream keeps responses itself: its ids can be continued, fetched and deleted there. Otherwise that is done here. */
  keeps_responses: boolean;
  /** The upstream runs hosted tools itself (web search, MCP servers). Otherwise they are run here. */
  hosted_tools: boolean;
  /** Text tool calls become real ones (see core/text-calls), or stay text. */
  heal: "auto" | "off";
  /** Fields of the body that are left out, by their path (`temperature`, `reasoning.summary`). */
  drop: readonly string[];
  /** Fields that are added to the body, the last word. */
  extra_body: JsonObject;
}

const CHAT: readonly WireName[] = ["chat"];
const NOT_MESSAGES: readonly WireName[] = ["chat", "responses"];

/** Flags that only some upstream wires honor: the others have no word for what it says, or say it in one way only. */
export const FLAG_WIRES: { readonly [Flag in keyof Dialect]?: readonly WireName[] } = {
  merge_user_messages: NOT_MESSAGES, // roles alternate in Messages anyway
  empty_content: CHAT,
  text_with_calls: CHAT,
  tool_result_name: CHAT,
  required_reasoning_field: CHAT,
  max_tokens_field: CHAT,
  json_object: NOT_MESSAGES,
  verbosity: NOT_MESSAGES,
  logprobs: NOT_MESSAGES,
  service_tier: NOT_MESSAGES,
  stream_usage: CHAT,
  return_progress: CHAT,
  cache_key: NOT_MESSAGES,
  native_compaction: ["responses"],
  message_threads: ["messages"],
  keeps_responses: ["responses"],
};

/** Part of a dialect: what a preset, a provider or a model says about it. */
export type DialectPatch = { readonly [Key in keyof Dialect]?: Dialect[Key] | undefined };

export const DEFAULT_DIALECT: Readonly<Dialect> = Object.freeze({
  late_system_role: "user",
  merge_user_messages: true,
  empty_content: "null",
  text_with_calls: "beside",
  one_call_per_message: false,
  tool_call_id: "any",
  tool_result_name: false,
  bridge_after_tool: "",
  image_urls: true,
  replay: "always",
  required_reasoning_field: "",
  tool_schema: "full",
  strict_tools: false,
  tool_choice: "full",
  parallel_tool_calls: "as_asked",
  max_tokens_field: "max_tokens",
  max_output_tokens: 0,
  json_schema: "json_schema",
  json_object: "json_object",
  schema_with_tools: "send",
  verbosity: false,
  logprobs: true,
  service_tier: false,
  stream_usage: true,
  return_progress: false,
  cache_key: false,
  session_header: "",
  efforts: "any",
  effort_on: { reasoning_effort: "$effort" },
  effort_off: { reasoning_effort: "$effort" },
  effort_budgets: { minimal: 512, low: 1024, medium: 4096, high: 16_384, xhigh: 32_768, max: 65_536 },
  native_compaction: false,
  message_threads: false,
  keeps_responses: false,
  hosted_tools: false,
  heal: "auto",
  drop: [],
  extra_body: {},
});

/** Later patches win; lists and tables are replaced whole, but `drop` and `extra_body` add up. */
export function mergeDialect(...patches: readonly (DialectPatch | undefined)[]): Readonly<Dialect> {
  const merged: Dialect = { ...DEFAULT_DIALECT };
  for (const patch of patches) {
    if (!patch) continue;
    const { drop = [], extra_body = {}, ...rest } = patch;
    const given = Object.entries(rest).filter(([, value]) => value !== undefined);
    Object.assign(merged, Object.fromEntries(given));
    merged.drop = [...new Set([...merged.drop, ...drop])];
    merged.extra_body = { ...merged.extra_body, ...extra_body };
  }
  return Object.freeze(merged);
}
