/** Fields, values and numbers that an upstream does not take. */
import type { RefusalTopic } from "../row.ts";
import { anthropic, flat, google, openai, pydantic } from "./shapes.ts";

export const REFUSED_FIELDS: RefusalTopic = {
  kind: "refused",
  rows: [
    {
      id: "field-use-instead",
      words: [
        "unsupported parameter: {path} is not supported {} use {instead} instead",
        "use {instead} instead of {path}",
      ],
      refusal: { what: "field" },
      sample: {
        status: 400,
        body: openai(
          "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
          { code: "unsupported_parameter", param: "max_tokens" },
        ),
        refusal: { what: "field", path: "max_tokens", instead: "max_completion_tokens" },
      },
      source: "OpenAI, models that reason",
      date: "2026-09",
    },
    {
      id: "thinking-type",
      words: ["{path} is not supported {for|with} this model. use {instead}"],
      refusal: { what: "field" },
      sample: {
        status: 400,
        body: anthropic(
          "invalid_request_error",
          '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.',
        ),
        refusal: { what: "field", path: "thinking.type.enabled", instead: "thinking.type.adaptive" },
      },
      source: "Anthropic, Messages API",
      date: "2026-10",
    },
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
    {
      id: "field-extra",
      words: [
        "{path}: extra inputs are not permitted",
        "extra inputs are not permitted, field: {path}",
        "extra fields not permitted: {path}",
        "extra inputs are not permitted",
        "extra fields not permitted",
      ],
      refusal: { what: "field" },
      sample: {
        status: 422,
        body: pydantic(
          "extra_forbidden",
          ["body", "messages", 2, "assistant", "reasoning_content"],
          "Extra inputs are not permitted",
          "I look.",
        ),
        refusal: { what: "reasoning_field", path: "messages[2].assistant.reasoning_content", wants: "absent" },
      },
      source:
        "Mistral, Fireworks, SambaNova (NousResearch/hermes-agent#20154); Anthropic: context_management (Wei-Shaw/sub2api#1968)",
      date: "2026-08",
    },
    {
      id: "field-of-a-tool",
      words: ["unknown name {word} at 'tools"],
      refusal: { what: "schema" },
      sample: {
        status: 400,
        body: google(
          400,
          "INVALID_ARGUMENT",
          "Invalid JSON payload received. Unknown name \"additionalProperties\" at 'tools[0].function_declarations[0].parameters': Cannot find field.",
        ),
        refusal: { what: "schema", word: "additionalProperties" },
      },
      source: "Gemini behind gateways (hermes-agent#23088)",
      date: "2026-07",
    },
    {
      id: "field-unknown",
      words: [
        "{unknown|unsupported|unrecognized|unexpected|invalid} {parameter|parameters|parameter(s)|field|fields|property|argument|keyword argument|name}{:| in the request:| in request:|} {path}",
        "unrecognized request argument{s|} supplied: {path}",
        "unrecognized request argument: {path}",
        "property {path} is unsupported",
        "does not support parameter {path}",
        "additional properties are not allowed ({path}",
        "{unexpected|unknown|unsupported} keys{ in the request|}: {path}",
        "unexpected fields{}: {path}",
      ],
      refusal: { what: "field" },
      sample: {
        status: 400,
        body: openai("Unknown parameter: 'input[3].phase'.", { code: "unknown_parameter", param: "input[3].phase" }),
        refusal: { what: "field", path: "input[3].phase" },
      },
      source:
        "OpenAI; Cerebras and Groq: property … is unsupported; xAI: does not support parameter; NIM: Unsupported parameter(s); serde and Go: unknown field; transformers serve 5.24",
      date: "2026-11",
    },
    {
      id: "field-deprecated",
      words: ["{path} is deprecated for this model", "{path}: not allowed", "{path} is not {allowed|permitted}"],
      refusal: { what: "field" },
      sample: {
        status: 400,
        body: anthropic("invalid_request_error", "`temperature` is deprecated for this model."),
        refusal: { what: "field", path: "temperature" },
      },
      source: "Anthropic, Messages API",
      date: "2026-10",
    },
    {
      id: "field-missing",
      words: [
        "missing required parameter: {path}",
        "{path}: field required",
        "{path} is a required property",
        "missing field {path}",
      ],
      refusal: { what: "missing_field" },
      sample: {
        status: 422,
        body: pydantic("missing", ["body", "max_tokens"], "Field required", {}),
        refusal: { what: "missing_field", path: "max_tokens" },
      },
      source: "FastAPI servers; OpenAI: Missing required parameter; Dynamo 1.6.1's mocker wants max_tokens",
      date: "2026-11",
    },
    {
      id: "previous-response",
      words: ["does not support 'previous_response_id'", "previous_response_id is not supported"],
      refusal: { what: "field", path: "previous_response_id" },
      sample: {
        status: 400,
        body: flat("llama.cpp does not support 'previous_response_id'.", { type: "invalid_request_error" }),
        refusal: { what: "field", path: "previous_response_id" },
      },
      source: "llama-server b11669, measured",
      date: "2026-10",
    },
  ],
};

/** What is left of refusals once models that are not there are known: any other word for "not supported". */
export const REFUSED_UNNAMED: RefusalTopic = {
  kind: "refused",
  rows: [
    {
      id: "not-supported-field",
      status: [400, 405, 406, 415, 422],
      words: ["{path} {is|are} not supported", "{path} {is|are} unsupported", "unsupported {value} {path}"],
      refusal: { what: "unnamed" },
      sample: {
        status: 400,
        body: openai("response_format is not supported"),
        refusal: { what: "unnamed", path: "response_format" },
      },
      source: "upstreams of every kind",
      date: "2026-11",
    },
    {
      id: "not-supported",
      status: [400, 405, 406, 415, 422],
      words: ["{does not|doesn't|not} support", "unsupported", "no endpoints found that"],
      refusal: { what: "unnamed" },
      sample: {
        status: 400,
        body: openai("This deployment doesn't support log probabilities."),
        refusal: { what: "unnamed" },
      },
      source: "upstreams of every kind",
      date: "2026-11",
    },
    {
      id: "not-supported-code",
      names: ["not_supported_error", "unsupported_parameter", "unsupported_value"],
      refusal: { what: "unnamed" },
      sample: {
        status: 501,
        body: flat("This server was started without --embeddings.", { type: "not_supported_error", code: 501 }),
        refusal: { what: "unnamed" },
      },
      source: "llama-server b11669; OpenAI",
      date: "2026-10",
    },
  ],
};
