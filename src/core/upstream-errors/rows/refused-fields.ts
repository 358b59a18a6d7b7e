/** Fields that an upstream does not know, support or find. */
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
