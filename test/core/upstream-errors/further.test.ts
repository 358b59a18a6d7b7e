/** Wordings that were seen beside the samples of the rows: other hosts, other versions, other envelopes. */
import { describe, expect, test } from "bun:test";
import type { OverflowNumbers, Refusal, UpstreamFault } from "../../../src/core/upstream-errors/fault.ts";
import { errorInReply, readHttpError } from "../../../src/core/upstream-errors/read.ts";
import { textOf } from "../../support/error-rows.ts";

const faultOf = (status: number, body: unknown, headers: Record<string, string> = {}): UpstreamFault | undefined =>
  readHttpError(status, new Headers(headers), textOf(body), "host").upstream;

const said = (message: string, more: object = {}): object => ({
  error: { message, type: "invalid_request_error", param: null, code: null, ...more },
});

const numbers = (prompt_tokens?: number, window_tokens?: number, output_tokens?: number): OverflowNumbers => ({
  ...(prompt_tokens !== undefined && { prompt_tokens }),
  ...(window_tokens !== undefined && { window_tokens }),
  ...(output_tokens !== undefined && { output_tokens }),
});

describe("by how much a prompt is too long", () => {
  test.each<[OverflowNumbers, string]>([
    [
      numbers(8500, 8192),
      "This model's maximum context length is 8192 tokens. However, your messages resulted in 8500 tokens. Please reduce the length of the messages.",
    ],
    [
      numbers(9000, 8192, 1000),
      "This model's maximum context length is 8192 tokens. However, you requested 10000 tokens (9000 in the messages, 1000 in the completion). Please reduce the length of the messages or completion.",
    ],
    [
      numbers(9000, 8192, 500),
      "This endpoint's maximum context length is 8,192 tokens. However, you requested about 9,500 tokens (9,000 of text input, 500 in the output). Please reduce the length of either one, or use the context-compression plugin.",
    ],
    [numbers(265_330, 262_144), "Input length (265330) exceeds model's maximum context length (262144)."],
    [numbers(5152, 2048), "Prompt too long: 5152 tokens exceeds max_seq_len 2048 (leave room for output tokens)"],
    [numbers(537_812, 131_072), "This model's maximum prompt length is 131072 but the request contains 537812 tokens."],
    [numbers(40_000, 32_768), "Prompt has 40000 tokens, but the configured context size is 32768 tokens"],
    [
      numbers(40_000, 32_768, 1000),
      "Requested token count exceeds the model's maximum context length of 32768 tokens. You requested a total of 41000 tokens: 40000 tokens from the input messages and 1000 tokens for the completion.",
    ],
    [
      numbers(40_000, 32_768),
      "Failed to generate completions: ValueError: Input length 40000 is longer than the model's context length 32768",
    ],
    [numbers(130_112, 128_000), "Too many input tokens. Max input tokens: 128000, request input token count: 130112"],
    [numbers(300_000, 262_144), "Invalid request: Your request exceeded model token limit: 262144 (requested: 300000)"],
    [
      numbers(40_000, 32_768),
      "The decoder prompt (length 40000) is longer than the maximum model length of 32768. Make sure that `max_model_len` is no smaller than the number of text tokens.",
    ],
    [numbers(40_000, 32_768), "Prompt length 40000 exceeds context window of 32768 tokens"],
    [
      numbers(5000, 4096),
      "Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough.",
    ],
    [
      numbers(40_960, 32_768),
      "Prompt contains 40960 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
    ],
    [numbers(140_000, 128_000), "prompt token count of 140000 exceeds the limit of 128000"],
    [
      numbers(300_000, 272_000),
      "Input tokens exceed the configured limit of 272000 tokens. Your messages resulted in 300000 tokens. Please reduce the length of the messages.",
    ],
    [
      numbers(undefined, 129_024),
      "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 129024]",
    ],
    [numbers(), "prompt too long; exceeded max context length by 20 tokens"],
    [numbers(), "Prompt exceeds max length"],
    [numbers(), "input length exceeds the context length"],
    // Words of a host that nobody has seen yet, with two numbers.
    [numbers(91_000, 65_536), "context window exceeded: 91000 against 65536"],
    [numbers(91_000, 65_536), "context size has been exceeded (65536 < 91000)"],
  ])("%j: %s", (expected, message) => {
    for (const [status, body] of [
      [400, said(message)],
      [500, { detail: message }],
      [413, { type: "error", error: { type: "invalid_request_error", message } }],
    ] as const)
      expect(faultOf(status, body)).toMatchObject({ kind: "overflow", numbers: expected });
    const inReply = errorInReply(said(message))?.upstream;
    expect(inReply).toMatchObject({ kind: "overflow" });
    expect(inReply?.kind === "overflow" && inReply.numbers).toEqual(expected);
  });

  test("is no matter of the window where it is one of a minute's share, or of a value", () => {
    for (const message of [
      "Rate limit: your input exceeds the context of 9000 tokens per minute",
      "Throttling error: Too many tokens, please wait before trying again.",
    ])
      expect(faultOf(429, said(message))?.kind).toBe("rate_limit");
    expect(faultOf(400, said("Tool argument is wrong: text length exceeds 1000 characters"))?.kind).toBe(
      "invalid_request",
    );
  });
});

describe("kinds", () => {
  test.each<[UpstreamFault["kind"], number, unknown]>([
    [
      "quota",
      429,
      {
        type: "error",
        error: { type: "1113", message: "Insufficient balance or no resource package. Please recharge." },
      },
    ],
    ["quota", 429, said("余额不足或无可用资源包,请充值。")],
    ["quota", 401, { type: "error", error: { type: "CreditsError", message: "No payment method. Add one here." } }],
    [
      "quota",
      403,
      {
        code: "The caller does not have permission to execute the specified operation",
        error:
          "Your newly created team doesn't have any credits or licenses yet. You can purchase those on the console.",
      },
    ],
    [
      "quota",
      402,
      {
        error:
          "You have exceeded your monthly included credits for Inference Providers. Subscribe to PRO to get 20x more monthly included credits.",
      },
    ],
    ["quota", 402, said("Prompt tokens limit exceeded: 69120 > 36608. To increase, upgrade to a paid account")],
    [
      "quota",
      429,
      said("The usage limit has been reached", {
        type: "usage_limit_reached",
        plan_type: "plus",
        resets_in_seconds: 3600,
      }),
    ],
    [
      "quota",
      429,
      said("Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day", {
        code: 429,
      }),
    ],
    ["quota", 400, { code: "Arrearage", message: "Access denied, please make sure your account is in good standing." }],
    [
      "rate_limit",
      429,
      { message: "Request was rejected due to rate limiting. Details:TPM limit reached.", data: null },
    ],
    [
      "rate_limit",
      429,
      [{ error: { code: 429, message: "Resource exhausted. Please try again later.", status: "RESOURCE_EXHAUSTED" } }],
    ],
    [
      "rate_limit",
      429,
      [
        {
          error: {
            code: 429,
            message: "Resource has been exhausted (e.g. check quota).",
            status: "RESOURCE_EXHAUSTED",
          },
        },
      ],
    ],
    [
      "rate_limit",
      429,
      said(
        "You exceeded your current quota, please check your plan. For details, see: https://example.com/error-code#token-limit",
        { type: "insufficient_quota", code: "insufficient_quota" },
      ),
    ],
    [
      "rate_limit",
      429,
      said("Tokens per minute limit exceeded - too many tokens processed.", { type: "too_many_tokens_error" }),
    ],
    ["overloaded", 503, said("The server is overloaded or not ready yet.", { type: "server_error" })],
    [
      "overloaded",
      503,
      { error: { code: 503, message: "The model is overloaded. Please try again later.", status: "UNAVAILABLE" } },
    ],
    [
      "content_filter",
      400,
      said("Input data may contain inappropriate content.", {
        code: "data_inspection_failed",
        type: "data_inspection_failed",
      }),
    ],
    ["content_filter", 400, { error: { code: "1301", message: "系统检测到输入或生成内容可能包含不安全或敏感内容" } }],
    ["content_filter", 400, { base_resp: { status_code: 1026, status_msg: "input new_sensitive" } }],
    [
      "model_not_found",
      400,
      said("The requested model is not supported.", { code: "model_not_supported", param: "model" }),
    ],
    ["model_not_found", 404, { error: { message: "The model `x` does not exist.", type: "NotFoundError", code: 404 } }],
    [
      "model_not_found",
      404,
      {
        error: "404 Client Error. (Request ID: Root=1) Repository Not Found for url: https://example.com/api/models/x.",
      },
    ],
    [
      "model_not_found",
      503,
      said("model_not_found: no available channel for model x under group default", { code: "model_not_found" }),
    ],
    [
      "model_slip",
      400,
      said(
        "tool call validation failed: parameters for tool bash did not match schema: errors: [missing properties: 'description']",
        { code: "tool_use_failed" },
      ),
    ],
    [
      "model_slip",
      500,
      said('error parsing tool call: raw=\'{"cmd": "ls\', err=unexpected end of JSON input', { type: "api_error" }),
    ],
    ["loading", 503, { error: "Model mistralai/Mistral-7B is currently loading", estimated_time: 20 }],
    ["failure", 500, { error: "error loading model: unable to allocate CUDA0 buffer" }],
    ["failure", 500, said("Failed to load model. Error: out of memory")],
    ["authentication", 403, said("Invalid API key.")],
    ["authentication", 400, said("Incorrect API key provided: xa***.")],
  ])("%s: %i %j", (kind, status, body) => {
    expect(faultOf(status, body)?.kind).toBe(kind);
  });
});

describe("what is refused", () => {
  test.each<[Refusal, unknown]>([
    [
      { what: "reasoning_field", path: "messages[2].reasoning", wants: "absent" },
      said("Extra inputs are not permitted, field: 'messages[2].reasoning', value: 'I look.'"),
    ],
    [
      { what: "reasoning_field", path: "messages[2].assistant.reasoning_content", wants: "absent" },
      {
        message:
          "messages.2.assistant.reasoning_content: property 'messages.2.assistant.reasoning_content' is unsupported",
        type: "invalid_request_error",
        param: "validation_error",
        code: "wrong_api_format",
      },
    ],
    [
      { what: "field", path: "reasoningEffort" },
      {
        code: "Client specified an invalid argument",
        error: "Model grok-4-1-fast does not support parameter reasoningEffort.",
      },
    ],
    [
      { what: "field", path: "stream_options" },
      { detail: [{ type: "extra_forbidden", loc: ["body", "stream_options"], msg: "Extra inputs are not permitted" }] },
    ],
    [
      { what: "field", path: "context_management" },
      {
        type: "error",
        error: { type: "invalid_request_error", message: "context_management: Extra inputs are not permitted" },
      },
    ],
    [
      { what: "field", path: "system[1].cache_control.ephemeral.scope" },
      { message: "system.1.cache_control.ephemeral.scope: Extra inputs are not permitted" },
    ],
    [{ what: "field", path: "strict" }, said("Unrecognized request argument supplied: strict")],
    [
      { what: "field", path: "seed" },
      "Failed to deserialize the JSON body into the target type: unknown field `seed`, expected one of `model`, `messages` at line 1 column 9",
    ],
    [{ what: "field", path: "store" }, { error: 'json: unknown field "store"' }],
    [{ what: "field", path: "client_metadata" }, { detail: "Unexpected fields in the request: {'client_metadata'}" }],
    [
      { what: "limit", path: "max_tokens", given: 8192, most: 4096 },
      said("max_tokens (8192) exceeds the maximum allowed output tokens (4096) for this model"),
    ],
    [
      { what: "limit", given: 100_000, most: 16_384 },
      said(
        "max_tokens is too large: 100000. This model supports at most 16384 completion tokens, whereas you provided 100000.",
      ),
    ],
    [
      { what: "limit", path: "max_tokens", most: 393_216 },
      said("Invalid max_tokens value, the valid range of max_tokens is [1, 393216]"),
    ],
    [
      { what: "limit", path: "max_tokens", most: 8192 },
      said("<400> InternalError.Algo.InvalidParameter: Range of max_tokens should be [1, 8192]"),
    ],
    [
      { what: "limit", path: "max_tokens", most: 32_768 },
      said(
        "`max_tokens` must be less than or equal to `32768`, the maximum value for `max_tokens` is less than the `context_window` for this model",
      ),
    ],
    [
      { what: "limit", most: 8192 },
      {
        message:
          "The maximum tokens you requested exceeds the model limit of 8192. Try again with a maximum tokens value that is lower than 8192.",
      },
    ],
    [
      { what: "limit", path: "max_completion_tokens", most: 12_288, given: 32_000 },
      {
        error: {
          code: "InvalidParameter",
          message:
            "The parameter `max_completion_tokens` specified in the request are not valid: integer above maximum value, expected a value <= 12288, but got 32000 instead.",
          param: "max_completion_tokens",
          type: "BadRequest",
        },
      },
    ],
    [
      { what: "id", path: "input[1943].id", most: 64 },
      said(
        "Invalid 'input[1943].id': string too long. Expected a string with maximum length 64, but got a string with length 74 instead.",
        { param: "input[1943].id", code: "string_above_max_length" },
      ),
    ],
    [
      { what: "id", path: "input" },
      said("Item with id 'rs_1' not found. Items are not persisted when `store` is set to false.", { param: "input" }),
    ],
    [
      { what: "value", path: "reasoning_effort", supported: ["none", "low", "high"] },
      {
        detail: [
          {
            type: "literal_error",
            loc: ["body", "reasoning_effort"],
            msg: "Input should be 'none', 'low' or 'high'",
            input: "ultra",
          },
        ],
      },
    ],
    [
      { what: "value", value: "xhigh", path: "reasoning.effort", supported: ["low", "high"] },
      said("Unsupported value: 'xhigh' is not supported with the 'm' model. Supported values are: 'low' and 'high'.", {
        param: "reasoning.effort",
        code: "unsupported_value",
      }),
    ],
    [
      { what: "value", path: "reasoning.effort", value: "minimal", supported: ["low", "medium"] },
      said(
        "Unsupported value: 'reasoning.effort' does not support 'minimal' with this model. Supported values are: 'low' and 'medium'.",
        { param: "reasoning.effort", code: "unsupported_value" },
      ),
    ],
    [{ what: "tool_choice", thinking: true }, said("Thinking mode does not support this tool_choice")],
    [
      { what: "tool_choice", thinking: true },
      said(
        "<400> InternalError.Algo.InvalidParameter: The tool_choice parameter does not support being set to required or object in thinking mode",
      ),
    ],
    [{ what: "tool_choice", thinking: true }, said("Thinking may not be enabled when tool_choice forces tool use.")],
    [{ what: "tool_kind", type: "Custom" }, said("Custom tools with a grammar format are not supported.")],
    [{ what: "tool_kind" }, said("Invalid request: [json.exception.out_of_range.403] key 'function' not found")],
    [{ what: "tools" }, said('No endpoints found that support tool use. Try disabling "bash".', { code: 404 })],
    [
      { what: "schema" },
      said(
        "Invalid request: tools.function.parameters is not a valid moonshot flavored json schema, details: <At path 'properties.jobs.items': conflicting keywords>",
      ),
    ],
    [
      { what: "schema", word: "oneOf" },
      said("tools.0.custom.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level"),
    ],
    [
      { what: "schema" },
      said("Unable to generate parser for this template. JSON schema error at #/properties/p: unknown type"),
    ],
    [
      { what: "image", why: "not_taken" },
      "Failed to deserialize the JSON body into the target type: messages[1]: unknown variant `image_url`, expected `text` at line 1",
    ],
    [{ what: "image", why: "not_taken" }, said("m is not a multimodal model")],
    [{ what: "image", why: "not_taken" }, said("No endpoints found that support image input", { code: 404 })],
    [
      { what: "order", rule: "results_follow_calls" },
      said(
        '<400> InternalError.Algo.InvalidParameter: An assistant message with "tool_calls" must be followed by tool messages responding to each "tool_call_id". The following tool_call_ids did not have response messages: message[15].role',
      ),
    ],
    [{ what: "order", rule: "results_follow_calls" }, said("No tool output found for function call call_1.")],
    [
      { what: "order", rule: "assistant_last" },
      {
        object: "error",
        message: "Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant",
        type: "invalid_request_message_order",
        code: "3230",
      },
    ],
    [
      { what: "order", rule: "system_first" },
      { object: "error", message: "System message must be at the beginning.", type: "BadRequestError", code: 400 },
    ],
    [
      { what: "reasoning_field", path: "content[].thinking", wants: "present" },
      said("The `content[].thinking` in the thinking mode must be passed back to the API."),
    ],
    [
      { what: "reasoning_field", path: "reasoning_content", wants: "present" },
      said("thinking is enabled but reasoning_content is missing in assistant tool call message at index 2"),
    ],
    [
      { what: "signature", wants: "absent" },
      said(
        "The encrypted content for item rs_1 could not be verified. Reason: Encrypted content organization_id did not match the target organization.",
      ),
    ],
    [
      { what: "signature", wants: "absent" },
      {
        error: {
          message:
            'litellm.BadRequestError: OpenAIException - {"error":{"message":"The encrypted content gAAA could not be verified.","code":"invalid_encrypted_content"}}. Received Model Group=m',
          code: "400",
        },
      },
    ],
    [
      { what: "combination", path: "stream_options" },
      said("Stream options can only be defined when `stream=True`.", { param: "stream_options" }),
    ],
    [
      { what: "missing_field", path: "input[0].content" },
      said("Missing required parameter: 'input[0].content'.", { param: "input[0].content" }),
    ],
    [{ what: "unnamed", path: "response_format" }, said("response_format is not supported")],
  ])("%j: %j", (refusal, body) => {
    const fault = faultOf(400, body);
    expect(fault?.kind === "refused" ? fault.refusal : fault).toEqual(refusal);
  });
});
