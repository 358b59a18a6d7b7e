/** Fields that an upstream does not know, support or find. */
import { anthropic, flat, google, pydantic, refusals } from "./row.ts";

export const REFUSED_FIELDS = refusals({
  "field-use-instead, 2026-09, OpenAI, models that reason": {
    words: "unsupported parameter: {path} is not supported {} use {instead} instead / use {instead} instead of {path}",
    refusal: { what: "field" },
    body: "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    with: { code: "unsupported_parameter", param: "max_tokens" },
    found: { path: "max_tokens", instead: "max_completion_tokens" },
  },
  "thinking-type, 2026-10, Anthropic, Messages API": {
    words: "{path} is not supported {for|with} this model. use {instead}",
    refusal: { what: "field" },
    body: anthropic(
      '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.',
    ),
    found: { path: "thinking.type.enabled", instead: "thinking.type.adaptive" },
  },
  "field-extra, 2026-08, Mistral, Fireworks, SambaNova (NousResearch/hermes-agent#20154); Anthropic: context_management (Wei-Shaw/sub2api#1968)":
    {
      words: `
        {path}: extra inputs are not permitted / extra inputs are not permitted, field: {path} /
        extra fields not permitted: {path} / extra inputs are not permitted / extra fields not permitted`,
      refusal: { what: "field" },
      at: 422,
      body: pydantic(
        "extra_forbidden",
        ["body", "messages", 2, "assistant", "reasoning_content"],
        "Extra inputs are not permitted",
        "I look.",
      ),
      found: { what: "reasoning_field", path: "messages[2].assistant.reasoning_content", wants: "absent" },
    },
  "field-of-a-tool, 2026-07, Gemini behind gateways (hermes-agent#23088)": {
    words: "unknown name {word} at 'tools",
    refusal: { what: "schema" },
    body: google(
      400,
      "INVALID_ARGUMENT",
      "Invalid JSON payload received. Unknown name \"additionalProperties\" at 'tools[0].function_declarations[0].parameters': Cannot find field.",
    ),
    found: { word: "additionalProperties" },
  },
  "field-unknown, 2026-11, OpenAI; Cerebras and Groq: property … is unsupported; xAI: does not support parameter; NIM: Unsupported parameter(s); serde and Go: unknown field; transformers serve 5.24":
    {
      words: `
        {unknown|unsupported|unrecognized|unexpected|invalid} {parameter|parameters|parameter(s)|field|fields|property|argument|keyword argument|name}{:| in the request:| in request:|} {path} /
        unrecognized request argument{s|} supplied: {path} / unrecognized request argument: {path} /
        property {path} is unsupported / does not support parameter {path} /
        additional properties are not allowed ({path} /
        {unexpected|unknown|unsupported} keys{ in the request|}: {path} / unexpected fields{}: {path}`,
      refusal: { what: "field" },
      body: "Unknown parameter: 'input[3].phase'.",
      with: { code: "unknown_parameter", param: "input[3].phase" },
      found: { path: "input[3].phase" },
    },
  "field-deprecated, 2026-10, Anthropic, Messages API": {
    words: "{path} is deprecated for this model / {path}: not allowed / {path} is not {allowed|permitted}",
    refusal: { what: "field" },
    body: anthropic("`temperature` is deprecated for this model."),
    found: { path: "temperature" },
  },
  "field-missing, 2026-11, FastAPI servers; OpenAI: Missing required parameter; Dynamo 1.6.1's mocker wants max_tokens":
    {
      words: `
        missing required parameter: {path} / {path}: field required / {path} is a required property /
        missing field {path}`,
      refusal: { what: "missing_field" },
      at: 422,
      body: pydantic("missing", ["body", "max_tokens"], "Field required", {}),
      found: { path: "max_tokens" },
    },
  "previous-response, 2026-10, llama-server b11669, measured": {
    words: "does not support 'previous_response_id' / previous_response_id is not supported",
    refusal: { what: "field", path: "previous_response_id" },
    body: flat("llama.cpp does not support 'previous_response_id'.", { type: "invalid_request_error" }),
  },
});

/** What is left of refusals once models that are not there are known: any other word for "not supported". */
export const REFUSED_UNNAMED = refusals({
  "not-supported-field, 2026-11, upstreams of every kind": {
    status: [400, 405, 406, 415, 422],
    words: "{path} {is|are} not supported / {path} {is|are} unsupported / unsupported {value} {path}",
    refusal: { what: "unnamed" },
    body: "response_format is not supported",
    found: { path: "response_format" },
  },
  "not-supported, 2026-11, upstreams of every kind": {
    status: [400, 405, 406, 415, 422],
    words: "{does not|doesn't|not} support / unsupported / no endpoints found that",
    refusal: { what: "unnamed" },
    body: "This deployment doesn't support log probabilities.",
  },
  "not-supported-code, 2026-10, llama-server b11669; OpenAI": {
    names: "not_supported_error unsupported_parameter unsupported_value",
    refusal: { what: "unnamed" },
    at: 501,
    body: flat("This server was started without --embeddings.", { type: "not_supported_error", code: 501 }),
  },
});
