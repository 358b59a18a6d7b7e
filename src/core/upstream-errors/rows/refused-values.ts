/** Values, numbers and combinations of fields that an upstream does not take. */
import type { RefusalTopic } from "../row.ts";
import { anthropic, openai } from "./shapes.ts";

export const REFUSED_VALUES: RefusalTopic = {
  kind: "refused",
  rows: [
    {
      id: "limit-max-tokens",
      words: [
        "is too large: {given}. this model supports at most {most}",
        "{path}: {given} > {most}, which is the maximum allowed",
        "{path} ({given}) {exceeds|exceed} {the |}maximum {allowed |}{output |}{tokens |}({most})",
        "parameter {path} {}expected a value <= {most}, but got {given}",
        "invalid {path}: {}expected a value <= {most}, but got {given}",
        "expected a value <= {most}, but got {given}",
        "{path} must be less than or equal to '{most}",
        "range of {path} {should be|is} [1, {most}]",
        "maximum tokens you requested exceeds the model limit of {most}",
        "{path} {cannot|must not} {exceed|be greater than|be larger than} {most}",
        "{path} {should|must} be {<=|at most|less than or equal to} {most}",
      ],
      refusal: { what: "limit" },
      sample: {
        status: 400,
        body: anthropic(
          "invalid_request_error",
          "max_tokens: 32000 > 8192, which is the maximum allowed number of output tokens for claude-3-5-haiku",
        ),
        refusal: { what: "limit", path: "max_tokens", given: 32_000, most: 8192 },
      },
      source:
        "Anthropic; OpenAI; Volcengine Ark (Gitlawb/openclaude#331); DeepSeek: valid range; DashScope; Groq; Bedrock",
      date: "2026-10",
    },
    {
      id: "limit-least",
      words: [
        "invalid {path}: {}expected a value >= {least}, but got {given}",
        "expected a value >= {least}, but got {given}",
        "{path}: input should be greater than or equal to {least}",
        "{path} must be greater than or equal to {least}",
      ],
      refusal: { what: "limit" },
      sample: {
        status: 400,
        body: openai(
          "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got 1 instead.",
          { code: "integer_below_min_value", param: "max_output_tokens" },
        ),
        refusal: { what: "limit", path: "max_output_tokens", given: 1, least: 16 },
      },
      source: "OpenAI, Responses API; Anthropic: thinking.budget_tokens",
      date: "2026-10",
    },
    {
      id: "limit-length",
      words: [
        "invalid {path}: {string|array} too long. expected {} maximum length {most}, but got {} length {given}",
        "{path}: {string|list} should have at most {most}",
      ],
      refusal: { what: "limit" },
      sample: {
        status: 400,
        body: openai(
          "Invalid 'tools': array too long. Expected an array with maximum length 128, but got an array with length 174 instead.",
          { code: "array_above_max_length", param: "tools" },
        ),
        refusal: { what: "limit", path: "tools", most: 128, given: 174 },
      },
      source: "OpenAI; ids too long: openai/codex#39133; Anthropic: tools.0.custom.name",
      date: "2026-08",
    },
    {
      id: "value-supported",
      words: [
        "unsupported value: {path} does not support {value} with this model. supported values are: {supported}",
        "{invalid|unsupported} value: {value}{ is not supported| is not supported with|}{}. supported values are: {supported}",
        "invalid {path}: {value}. {} {must be one of|supported values are|allowed values are|expected one of}:{} {supported}",
        "{path}: input should be {supported}",
        "{path} {must|should} be one of{:|} {supported}",
        "unknown variant {value}, expected one of {supported}",
      ],
      refusal: { what: "value" },
      sample: {
        status: 400,
        body: openai("Invalid value: 'medium'. Supported values are: 'low' and 'high'.", {
          code: "invalid_value",
          param: "reasoning_effort",
        }),
        refusal: { what: "value", path: "reasoning_effort", value: "medium", supported: ["low", "high"] },
      },
      source: "OpenAI; vLLM and SGLang in pydantic's words; serde servers",
      date: "2026-10",
    },
    {
      id: "value",
      names: ["unsupported_value", "invalid_value"],
      words: [
        "unsupported value: {path} does not support {value}",
        "{invalid|unsupported} value: {value}",
        "invalid value for {path}",
      ],
      refusal: { what: "value" },
      sample: {
        status: 400,
        body: openai(
          "Unsupported value: 'temperature' does not support 0.7 with this model. Only the default (1) value is supported.",
          { code: "unsupported_value", param: "temperature" },
        ),
        refusal: { what: "value", path: "temperature", value: "0.7" },
      },
      source: "OpenAI, models that reason",
      date: "2026-09",
    },
    {
      id: "value-effort",
      words: [
        "invalid reasoning value: {value}",
        "think value {value} is not supported",
        "invalid think value: {value}",
      ],
      refusal: { what: "value", path: "reasoning_effort" },
      sample: {
        status: 400,
        body: openai('invalid reasoning value: \'banana\' (must be "high", "medium", "low", "max", or "none")'),
        refusal: { what: "value", path: "reasoning_effort", value: "banana" },
      },
      source: "Ollama, source of 2026-08-21",
      date: "2026-08",
    },
    {
      id: "value-beta",
      words: ["unexpected value(s) {value} for the 'anthropic-beta' header"],
      refusal: { what: "value", path: "anthropic-beta" },
      sample: {
        status: 400,
        body: anthropic(
          "invalid_request_error",
          "Unexpected value(s) `context-management-2025-06-27` for the `anthropic-beta` header. Please consult our documentation or try again without the header.",
        ),
        refusal: { what: "value", path: "anthropic-beta", value: "context-management-2025-06-27" },
      },
      source: "Anthropic; Vertex and Bedrock behind gateways (anthropics/claude-code#69618)",
      date: "2026-06",
    },
    {
      id: "no-thinking",
      words: [
        "does not support {thinking|reasoning}",
        "{adaptive thinking|extended thinking|reasoning effort} is not supported",
        "does not support the effort parameter",
      ],
      refusal: { what: "field", path: "reasoning_effort" },
      sample: {
        status: 400,
        body: openai('"llama3.2:3b" does not support thinking'),
        refusal: { what: "field", path: "reasoning_effort" },
      },
      source: "Ollama 0.33; Anthropic: effort; Bedrock: adaptive thinking",
      date: "2026-10",
    },
    {
      id: "combination",
      words: [
        "{path} and {value} cannot both be",
        "{stream_options|stream options} can only be {defined|set|used}",
        "json mode cannot be combined with tool",
        "grammar and tools are mutually exclusive",
        "cannot use custom grammar constraints with tools",
        "{path} {cannot be used|can't be used|cannot be combined} with",
        "{path} must be greater than {value}budget_tokens",
      ],
      refusal: { what: "combination" },
      sample: {
        status: 400,
        body: anthropic(
          "invalid_request_error",
          "`temperature` and `top_p` cannot both be specified for this model. Please use only one.",
        ),
        refusal: { what: "combination", path: "temperature" },
      },
      source: "Anthropic; Groq: json mode; TGI: grammar and tools; llama-server: custom grammar",
      date: "2026-09",
    },
  ],
};
