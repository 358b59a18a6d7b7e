/** Services that support an agent's own wire well enough for a pass-through. */
import { service, type Preset } from "../preset.ts";

/** OpenAI's rules for Chat, which only older models need: newer ones refuse tools with reasoning there. */
const OPENAI_CHAT = {
  late_system_role: "system",
  merge_user_messages: false,
  tool_call_id: "max40",
  strict_tools: true,
  max_tokens_field: "max_completion_tokens",
  verbosity: true,
  service_tier: true,
  cache_key: true,
  native_compaction: true,
  keeps_responses: true,
  hosted_tools: true,
} as const;

/** What current Claude models accept; without `display` newer ones do not return their thinking. */
const CLAUDE = {
  efforts: { none: "none", low: "low", medium: "medium", high: "high", xhigh: "xhigh", max: "max" },
  effort_on: { thinking: { type: "adaptive", display: "summarized" }, output_config: { effort: "$effort" } },
  effort_off: { thinking: { type: "disabled" } },
  strict_tools: true,
  late_system_role: "system",
} as const;

const BY_BUDGET = { effort_on: { thinking: { type: "enabled", budget_tokens: "$budget" } } } as const;
const ALWAYS = { low: "low", medium: "medium", high: "high", xhigh: "xhigh", max: "max" } as const;
const UP_TO_XHIGH = { none: "none", low: "low", medium: "medium", high: "high", xhigh: "xhigh" } as const;

const CLAUDES = {
  // They always think, and so refuse a forced tool call.
  "claude-opus-5-5*": { efforts: ALWAYS, tool_choice: "no_required", drop: ["temperature", "top_p"] },
  "claude-fable-5*": { efforts: ALWAYS, tool_choice: "no_required", drop: ["temperature", "top_p"] },
  "claude-sonnet-5-5*": { effort_off: { thinking: { type: "between_tools" } }, tool_choice: "no_required" },
  // Their replies end at 64,000 tokens, so that the largest budget leaves nothing for the text.
  "claude-haiku-4-5*": { ...BY_BUDGET, efforts: UP_TO_XHIGH },
  "claude-sonnet-4-5*": { ...BY_BUDGET, efforts: UP_TO_XHIGH },
  "claude-opus-4-5*": BY_BUDGET,
  "claude-opus-4-1*": { ...BY_BUDGET, efforts: { none: "none", low: "low", medium: "medium", high: "high" } },
} as const;

export const NATIVE: readonly Preset[] = [
  service("openai", "OpenAI", "https://api.openai.com/v1", ["OPENAI_API_KEY"], {
    wires: ["responses"],
    dialect: OPENAI_CHAT,
    source: "its API reference and SDK 7.57, 2026-11; field reports on tools with reasoning over Chat",
  }),
  service("azure", "Azure OpenAI", "https://{resource}.openai.azure.com/openai/v1", ["AZURE_OPENAI_API_KEY"], {
    auth: "api-key",
    wires: ["responses"],
    dialect: OPENAI_CHAT,
    probe: "none",
    source: "its documentation of the v1 API, 2026; a model's name is that of the deployment",
  }),
  service("deepseek", "DeepSeek", "https://api.deepseek.com", ["DEEPSEEK_API_KEY"], {
    // Requests of the Responses wire pass through; others are translated to Chat, whose fields the dialect knows.
    wires: ["chat", "responses"],
    dialect: {
      empty_content: "empty",
      required_reasoning_field: "reasoning_content",
      parallel_tool_calls: "never",
      json_schema: "json_object",
      // `minimal` and `medium` would count as low and high; its two documentations disagree on `xhigh`.
      efforts: { none: "none", low: "low", high: "high", max: "max" },
      effort_on: { thinking: { type: "enabled" }, reasoning_effort: "$effort" },
      effort_off: { thinking: { type: "disabled" } },
      hosted_tools: true,
    },
    source: "its guides on thinking and the Responses API, 2026-10; validation as reported by three projects",
  }),
  service("openrouter", "OpenRouter", "https://openrouter.ai/api/v1", ["OPENROUTER_API_KEY"], {
    // Requests of the Responses wire pass through; others are translated to Chat, whose fields the dialect knows.
    wires: ["chat", "responses"],
    dialect: {
      max_tokens_field: "max_completion_tokens",
      strict_tools: true,
      late_system_role: "system",
      effort_on: { reasoning: { effort: "$effort" } },
      effort_off: { reasoning: { effort: "$effort" } },
      cache_key: true,
      session_header: "x-session-id",
      hosted_tools: true,
    },
    source: "its SDK 1.3.19 and documentation, 2026-11",
  }),
  service("anthropic", "Anthropic", "https://api.anthropic.com/v1", ["ANTHROPIC_API_KEY"], {
    auth: "x-api-key",
    wires: ["messages"],
    dialect: { ...CLAUDE, message_threads: true, hosted_tools: true },
    models: CLAUDES,
    source: "its API reference and SDK 1.13, 2026-11",
  }),
  service("juscode", "jusCode", "https://api.juscode.co/v1", ["JUSCODE_API_KEY"], {
    auth: "x-api-key",
    wires: ["messages"],
    dialect: CLAUDE,
    models: CLAUDES,
    source: "its own word: the Messages wire, 2026-11; fields as at Anthropic, unverified",
  }),
];
