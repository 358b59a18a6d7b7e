/** Services with Chat Completions as their wire. */
import { service, type Preset } from "../preset.ts";

/** For models whose thinking can only be on or off. */
const SWITCH = { none: "none", high: "high" } as const;

const MINIMAX = {
  efforts: SWITCH,
  effort_on: { thinking: { type: "adaptive" } },
  effort_off: { thinking: { type: "disabled" } },
} as const;
/** Older models always think. */
const MINIMAX_MODELS = { "MiniMax-M2*": { efforts: {} } } as const;

export const HOSTED: readonly Preset[] = [
  service("together", "Together", "https://api.together.ai/v1", ["TOGETHER_API_KEY"], {
    dialect: {
      parallel_tool_calls: "never",
      efforts: { none: "none", low: "low", medium: "medium", high: "high" },
      effort_on: { reasoning: { enabled: true }, reasoning_effort: "$effort" },
      effort_off: { reasoning: { enabled: false } },
      // An error is better than a silently truncated prompt.
      extra_body: { context_length_exceeded_behavior: "error" },
    },
    source: "its SDK 0.52 (types of roles, content and reasoning), 2026-11",
  }),
  service("fireworks", "Fireworks", "https://api.fireworks.ai/inference/v1", ["FIREWORKS_API_KEY"], {
    dialect: {
      strict_tools: true,
      parallel_tool_calls: "never",
      cache_key: true,
      session_header: "x-session-affinity",
      efforts: { none: "none", low: "low", medium: "medium", high: "high" },
    },
    source: "its guides on reasoning and prompt caching, 2026-10; AI SDK's and LangChain's tables of efforts",
  }),
  service(
    "cloudflare",
    "Cloudflare Workers AI",
    "https://api.cloudflare.com/client/v4/accounts/{account_id}/ai/v1",
    ["CLOUDFLARE_API_TOKEN"],
    {
      dialect: {
        empty_content: "empty",
        tool_result_name: true,
        image_urls: false,
        strict_tools: true,
        // `required` is accepted and not enforced.
        tool_choice: "no_required",
        parallel_tool_calls: "never",
        session_header: "x-session-affinity",
        // JSON's null turns it off.
        efforts: { none: null, low: "low", medium: "medium", high: "high" },
      },
      models: {
        "@cf/deepseek-ai/*": {
          required_reasoning_field: "reasoning_content",
          efforts: { none: "none", high: "high", max: "max" },
          effort_on: { thinking: { type: "enabled" }, reasoning_effort: "$effort" },
          effort_off: { thinking: { type: "disabled" } },
        },
      },
      probe: "none",
      source: "its documentation and its provider for the AI SDK, 4.0, 2026-11",
    },
  ),
  service("groq", "Groq", "https://api.groq.com/openai/v1", ["GROQ_API_KEY"], {
    dialect: {
      max_tokens_field: "max_completion_tokens",
      strict_tools: true,
      // Many models refuse a schema beside tools.
      schema_with_tools: "instruct",
      logprobs: false,
      service_tier: true,
      efforts: {},
    },
    models: {
      "openai/gpt-oss-*": { efforts: { low: "low", medium: "medium", high: "high" } },
      "qwen/*": { efforts: { none: "none", high: "default" } },
    },
    source: "its SDK 1.6 and AI SDK's adapter 4.0, 2026-11",
  }),
  service("cerebras", "Cerebras", "https://api.cerebras.ai/v1", ["CEREBRAS_API_KEY"], {
    dialect: {
      max_tokens_field: "max_completion_tokens",
      image_urls: false,
      cache_key: true,
      efforts: { none: "none", low: "low", medium: "medium", high: "high" },
    },
    source: "its SDK 1.91, 2026-11",
  }),
  service("mistral", "Mistral", "https://api.mistral.ai/v1", ["MISTRAL_API_KEY"], {
    dialect: {
      tool_choice: "any",
      tool_call_id: "alnum9",
      tool_result_name: true,
      bridge_after_tool: "Done.",
      strict_tools: true,
      cache_key: true,
      logprobs: false,
      efforts: {},
    },
    source: "AI SDK's adapter 4.0, opencode's and pi-ai's tables, 2026-11",
  }),
  service("moonshot", "Moonshot", "https://api.moonshot.ai/v1", ["MOONSHOT_API_KEY", "KIMI_API_KEY"], {
    dialect: {
      tool_schema: "mfjs",
      // While thinking, it refuses an assistant message without it.
      required_reasoning_field: "reasoning_content",
      max_tokens_field: "max_completion_tokens",
      parallel_tool_calls: "never",
      cache_key: true,
      efforts: SWITCH,
      effort_on: { thinking: { type: "enabled" } },
      effort_off: { thinking: { type: "disabled" } },
      // It refuses values other than its own.
      drop: ["temperature", "top_p", "presence_penalty", "frequency_penalty"],
    },
    models: {
      "kimi-k2*": { json_schema: "json_object" },
      "kimi-k2.6*": { tool_choice: "no_required" },
      "kimi-k2.7-code*": { tool_choice: "no_required", efforts: { high: "high" } },
      "kimi-k3*": {
        efforts: { low: "low", high: "high", max: "max" },
        effort_on: { reasoning_effort: "$effort" },
        effort_off: {},
      },
    },
    source: "AI SDK's adapter 3.0 and pi-ai 1.5.2, 2026-11",
  }),
  service("zai", "Z.ai", "https://api.z.ai/api/paas/v4", ["ZAI_API_KEY", "Z_AI_API_KEY"], {
    dialect: {
      strict_tools: true,
      // Only `auto` is documented.
      tool_choice: "none",
      parallel_tool_calls: "never",
      json_schema: "json_object",
      efforts: SWITCH,
      // The model keeps earlier thinking: it expects it back.
      effort_on: { thinking: { type: "enabled", clear_thinking: false } },
      effort_off: { thinking: { type: "disabled" } },
      // Without it the arguments of a tool call come in one piece at the end.
      extra_body: { tool_stream: true },
    },
    models: {
      "glm-5.2*": {
        efforts: { none: "none", high: "high", max: "max" },
        effort_on: { thinking: { type: "enabled", clear_thinking: false }, reasoning_effort: "$effort" },
      },
      "glm-5.3*": {
        efforts: { low: "low", high: "high", max: "max" },
        effort_on: { thinking: { type: "enabled", clear_thinking: false }, reasoning_effort: "$effort" },
      },
    },
    source: "pi-ai 1.5.2 and its own documentation of thinking, 2026-11",
  }),
  service("dashscope", "DashScope", "https://dashscope-intl.aliyuncs.com/compatible-mode/v1", ["DASHSCOPE_API_KEY"], {
    dialect: {
      efforts: { none: "none", low: "low", medium: "medium", high: "high", max: "max" },
      effort_on: { enable_thinking: true, thinking_budget: "$budget" },
      effort_off: { enable_thinking: false },
    },
    models: {
      "qwen3.8*": {
        efforts: { low: "low", medium: "medium", xhigh: "xhigh" },
        effort_on: { enable_thinking: true, reasoning_effort: "$effort" },
      },
    },
    source: "AI SDK's adapter 2.0 (alibaba), 2026-11",
  }),
  service("minimax", "MiniMax", "https://api.minimax.io/anthropic/v1", ["MINIMAX_API_KEY"], {
    // It recommends its Messages endpoint to agents.
    auth: "x-api-key",
    wires: ["messages"],
    dialect: { ...MINIMAX, json_schema: "words" },
    models: MINIMAX_MODELS,
    probe: "none",
    source: "its documentation and AI SDK's adapter, 2026-11",
  }),
  service("minimax-chat", "MiniMax", "https://api.minimax.io/v1", ["MINIMAX_API_KEY"], {
    dialect: {
      ...MINIMAX,
      tool_choice: "none",
      parallel_tool_calls: "never",
      json_schema: "words",
      max_tokens_field: "max_completion_tokens",
      // Thinking apart from the text: it must be sent back whole.
      extra_body: { reasoning_split: true },
    },
    models: MINIMAX_MODELS,
    probe: "none",
    catalogue: "minimax",
    source: "its documentation and AgentScope's adapter, 2026-11",
  }),
  service(
    "gemini",
    "Gemini",
    "https://generativelanguage.googleapis.com/v1beta/openai",
    ["GEMINI_API_KEY", "GOOGLE_API_KEY"],
    {
      dialect: {
        tool_schema: "plain",
        parallel_tool_calls: "never",
        efforts: { minimal: "minimal", low: "low", medium: "medium", high: "high" },
      },
      source: "its documentation of the OpenAI-compatible endpoint, 2026; unverified",
    },
  ),
  service("huggingface", "Hugging Face", "https://router.huggingface.co/v1", ["HF_TOKEN"], {
    dialect: { efforts: { low: "low", medium: "medium", high: "high" } },
    source: "its documentation of the router, 2026; models run at several hosts, so only what all take is sent",
  }),
];
