/** Kinds of errors, in samples beyond those of the rows: what each wire's reader was held to, held by the one for all. */
import { describe, expect, test } from "bun:test";
import type { ErrorKind } from "../../../src/core/errors.ts";
import { errorInReply, readHttpError } from "../../../src/core/upstream-errors/read.ts";

const read = (status: number, body: string | object) =>
  readHttpError(status, new Headers(), typeof body === "string" ? body : JSON.stringify(body), "host");

/** One sample for each wording of a prompt that is too long. The wordings are the hosts'; the figures are ours. */
const OVERFLOWS: [status: number, body: object][] = [
  [400, { error: { message: "Please shorten it.", type: "invalid_request_error", code: "context_length_exceeded" } }],
  [400, { error: { message: "Your input exceeds the context window of this model.", code: null } }],
  [400, { error: { message: "This model's maximum context length is 100 tokens. However, you requested 120." } }],
  [400, { error: { code: 400, message: "it does not fit", type: "exceed_context_size_error", n_ctx: 100 } }],
  [400, { error: { message: "the request exceeds the available context size, try increasing it" } }],
  [400, { error: { message: "The input (120 tokens) is longer than the model's context length (100 tokens)." } }],
  [413, { error: { message: "Please reduce the length of the messages or completion." } }],
  [
    422,
    { object: "error", message: "Prompt contains 120 tokens, too large for model with 100 maximum context length" },
  ],
  [400, { error: { message: "Your request exceeded model token limit: 100 (requested: 120)" } }],
  [400, { error: { code: "1261", message: "Prompt exceeds max length" } }],
  [400, { error: { message: "Range of input length should be [1, 100]" } }],
  [400, { error: { message: "invalid params, context window exceeds limit" } }],
  [400, { error: { message: "prompt too long; exceeded max context length by 20 tokens" } }],
  [422, { error: "`inputs` tokens + `max_new_tokens` must be <= 100. Given: 120", error_type: "validation" }],
  [422, { error: "`inputs` must have less than 100 tokens. Given: 120", error_type: "validation" }],
  [400, { error: "tokens to keep from the initial prompt is greater than the context length" }],
  [400, { error: { message: "The input token count (120) exceeds the maximum number of tokens allowed (100)." } }],
  [400, { error: { message: "prompt is too long: 120 tokens > 100 maximum" } }],
  [400, { error: "Trying to keep the first 120 tokens when context the overflows." }],
  [400, { error: "Cannot truncate prompt with n_keep (120) >= n_ctx (100)" }],
  [400, { error: { message: "The prompt (total length 120) is too long to fit into the model (100)" } }],
  [400, { error: { message: "no", code: 400, metadata: { error_type: "context_length_exceeded" } } }],
];

/** Hosts of the Chat wire. */
const CHAT_KINDS: [kind: ErrorKind, status: number, body: string | object][] = [
  [
    "rate_limited",
    429,
    { error: { message: "Rate limit reached: 100 tokens per minute, the maximum context length is not the matter" } },
  ],
  ["rate_limited", 429, { error: { code: "1302", message: "slow down" } }],
  ["rate_limited", 429, ""],
  ["rate_limited", 429, "<html><head><title>429 Too Many Requests</title></head></html>"],
  ["rate_limited", 500, { error: { message: "Rate limit: the input is too long for this minute" } }],
  // One request that is larger than a minute's share: too much by rate, not by window.
  [
    "rate_limited",
    413,
    {
      error: {
        message: "Request too large for model `m` on tokens per minute: Limit 60, Requested 80",
        type: "tokens",
        code: "rate_limit_exceeded",
      },
    },
  ],
  ["rate_limited", 429, { error: "Model is overloaded", error_type: "overloaded" }],
  ["rate_limited", 429, { success: false, errors: [{ code: 3040, message: "out of capacity" }] }],
  ["rate_limited", 429, [{ error: { code: 429, message: "You exceeded your quota. Please retry in 3.5s." } }]],
  ["rate_limited", 429, [{ error: { code: 429, message: "Resource has been exhausted (e.g. check quota)." } }]],
  ["quota", 429, [{ error: { code: 429, message: "Quota exceeded for requests per day" } }]],
  ["quota", 429, { success: false, errors: [{ code: 3036, message: "your daily free allocation is used" }] }],
  ["quota", 402, { error: { message: "Insufficient Balance", type: "unknown_error", code: "invalid_request_error" } }],
  ["quota", 400, { error: { message: "pay first", type: "billing_error" } }],
  [
    "quota",
    429,
    { error: { message: "You exceeded your plan.", type: "insufficient_quota", code: "insufficient_quota" } },
  ],
  ["quota", 402, { error: { message: "Insufficient credits", code: 402 } }],
  ["quota", 400, { error: { message: "Your credit balance is too low to go on", type: "invalid_request_error" } }],
  ["quota", 403, { error: { message: "You exceeded your current quota" } }],
  ["content_filter", 403, { error: { code: 403, message: "m requires moderation; your input was flagged" } }],
  ["content_filter", 403, { error: { code: "moderation_blocked", message: "no" } }],
  ["authentication", 401, { error: { message: "bad key", type: "authentication_error", code: 401 } }],
  ["authentication", 401, { error: "Unauthorized" }],
  ["authentication", 401, { success: false, errors: [{ code: 10000, message: "Authentication error" }] }],
  ["permission", 403, { error: { message: "this key may not use the model" } }],
  ["model_not_found", 404, { error: { message: "model 'm' not found", type: "not_found_error" } }],
  ["model_not_found", 404, { error: { message: "The model `m` does not exist.", code: "model_not_found" } }],
  ["model_not_found", 400, { object: "error", message: "Invalid model: m", type: "invalid_model", code: "1500" }],
  ["model_not_found", 400, { success: false, errors: [{ code: 5007, message: "No such model m" }] }],
  ["model_loading", 503, { error: { message: "Loading model", type: "unavailable_error", code: 503 } }],
  ["overloaded", 529, { error: { message: "try later" } }],
  ["overloaded", 503, { object: "error", message: "The request queue is full.", code: 503 }],
  ["overloaded", 498, { error: { message: "m is over capacity, back off and try again" } }],
  ["overloaded", 500, { error: { message: "busy", type: "overloaded_error" } }],
  [
    "unsupported",
    500,
    { error: { code: 500, message: "image input is not supported - hint: give it an mmproj", type: "server_error" } },
  ],
  ["unsupported", 400, { error: { message: '"m" does not support tools', type: "invalid_request_error" } }],
  ["unsupported", 404, { error: { message: "No endpoints found that support tool use.", code: 404 } }],
  ["unsupported", 501, { error: { code: 501, message: "start it otherwise", type: "not_supported_error" } }],
  ["unsupported", 400, { error: { message: '"auto" tool choice requires --enable-auto-tool-choice to be set' } }],
  ["invalid_request", 400, { error: { message: "temperature must be a number" } }],
  ["invalid_request", 422, { detail: [{ loc: ["body", "stop"], msg: "bad" }] }],
  ["invalid_request", 404, "404 page not found"],
  ["invalid_request", 400, ""],
  ["invalid_request", 400, { error: { message: "Too many requests, whatever the maximum context length is" } }],
  ["invalid_request", 400, { error: { message: "max_tokens must be at least 1" } }],
  ["upstream_failed", 400, { error: { message: "Failed to call a function.", code: "tool_use_failed" } }],
  ["content_filter", 400, { error: { message: "no", code: "content_filter" } }],
  ["permission", 403, "<!doctype html><html><head><title>Attention Required!</title></head></html>"],
  ["payload_too_large", 413, ""],
  ["payload_too_large", 413, { success: false, errors: [{ code: 3006, message: "Request is too large" }] }],
  ["upstream_timeout", 408, { success: false, errors: [{ code: 3007, message: "Request timeout" }] }],
  ["upstream_timeout", 524, "error code: 524"],
  ["upstream_failed", 530, "error code: 1033"],
  ["upstream_failed", 424, { error: "Request failed during generation: out of memory", error_type: "generation" }],
  ["payload_too_large", 413, "<html><head><title>413 Request Entity Too Large</title></head></html>"],
  ["upstream_timeout", 504, "<html><head><title>504 Gateway Time-out</title></head></html>"],
  [
    "upstream_failed",
    500,
    { error: { code: 500, message: "the output does not match the format", type: "server_error" } },
  ],
  ["upstream_failed", 502, ""],
  ["upstream_failed", 500, "[]"],
  ["upstream_failed", 500, "[null]"],
  ["upstream_failed", 500, { errors: [null] }],
];

/** Hosts of the Messages wire. */
const frame = (type: string, message = "no", more: object = {}): object => ({
  type: "error",
  error: { type, message, ...more },
  request_id: "req_01",
});
const invalid = (message: string): object => frame("invalid_request_error", message);
const coded = (type: string, error_code: string): object => frame(type, "no", { details: { error_code } });

const MESSAGES_KINDS: [kind: ErrorKind, status: number, body: string | object][] = [
  ["context_overflow", 400, invalid("prompt is too long: 120 tokens > 100 maximum")],
  ["context_overflow", 400, invalid("input length and `max_tokens` exceed context limit: 90 + 20 > 100")],
  ["context_overflow", 400, invalid("Input is too long for requested model.")],
  ["context_overflow", 400, invalid("invalid params, context window exceeds limit (2013)")],
  ["context_overflow", 400, { error: { code: "context_length_exceeded", message: "no" } }],
  ["context_overflow", 413, frame("request_too_large", "Prompt is too long")],
  ["context_overflow", 400, { error: "This model's maximum context length is 100 tokens" }],
  ["context_overflow", 400, { detail: "the input token count exceeds the maximum number of tokens allowed" }],
  ["quota", 400, invalid("Your credit balance is too low to access the API.")],
  ["quota", 400, invalid("You have reached your specified API usage limits.")],
  ["quota", 402, frame("billing_error")],
  ["quota", 402, ""],
  ["quota", 429, coded("rate_limit_error", "enforced_spend_limit_reached")],
  ["quota", 403, coded("permission_error", "linked_organization_spend_limit_reached")],
  ["rate_limited", 429, coded("rate_limit_error", "ramp_limit_exceeded")],
  ["rate_limited", 429, frame("rate_limit_error", "This request would exceed the maximum context length per minute")],
  ["rate_limited", 429, "<html><title>429 Too Many Requests</title></html>"],
  ["rate_limited", 500, { base_resp: { status_code: 1002, status_msg: "rate limit" } }],
  ["authentication", 401, frame("authentication_error", "invalid x-api-key")],
  ["authentication", 401, ""],
  ["permission", 403, frame("permission_error")],
  ["permission", 403, "no"],
  ["model_not_found", 404, frame("not_found_error", "model: claude-none")],
  ["model_not_found", 400, { error: { message: "unknown model 'x'" } }],
  ["model_not_found", 400, invalid("model 'x/y' does not exist")],
  ["invalid_request", 404, frame("not_found_error", "Not Found")],
  ["invalid_request", 404, "<html>nginx</html>"],
  ["payload_too_large", 413, frame("request_too_large", "Request exceeds the maximum size")],
  ["payload_too_large", 413, ""],
  ["upstream_timeout", 504, frame("timeout_error")],
  ["upstream_timeout", 524, ""],
  ["upstream_failed", 500, frame("api_error", "Internal server error")],
  ["upstream_failed", 500, frame("api_error", "billing service unreachable")],
  ["upstream_failed", 502, "<html><title>Bad gateway</title></html>"],
  ["overloaded", 529, frame("overloaded_error", "Overloaded")],
  ["overloaded", 529, ""],
  ["overloaded", 503, ""],
  ["unsupported", 400, invalid('"thinking.type.enabled" is not supported for this model.')],
  ["unsupported", 400, invalid("This model does not support image input")],
  ["invalid_request", 400, invalid("messages.1.content.0: unexpected block")],
  ["invalid_request", 409, frame("conflict_error")],
  ["invalid_request", 422, { detail: [{ msg: "field required" }] }],
];

/** Hosts of the Responses wire. */
const openai = (
  code: string | null,
  message = "no",
  type = "invalid_request_error",
  param: string | null = null,
): object => ({
  error: { message, type, param, code },
});

const RESPONSES_KINDS: [kind: ErrorKind, status: number, body: string | object][] = [
  ["context_overflow", 400, openai("context_length_exceeded")],
  ["context_overflow", 400, openai(null, "Your input exceeds the context window of this model.")],
  ["context_overflow", 400, openai(null, "This model's maximum context length is 100 tokens.")],
  [
    "context_overflow",
    400,
    {
      error: {
        code: 400,
        type: "exceed_context_size_error",
        message: "request (9 tokens) exceeds the available context size (8 tokens)",
      },
    },
  ],
  ["context_overflow", 400, openai(null, "The input (9 tokens) is longer than the model's context length (8 tokens).")],
  ["context_overflow", 400, openai(null, "Prompt is too long")],
  ["rate_limited", 429, openai("rate_limit_exceeded", "Rate limit reached: the maximum context length per minute")],
  ["rate_limited", 429, "<html><title>429 Too Many Requests</title></html>"],
  ["quota", 429, openai("insufficient_quota", "You exceeded your current quota", "insufficient_quota")],
  ["quota", 429, openai(null, "You exceeded your current quota, please check your plan and billing details.")],
  ["quota", 429, openai("usage_limit_reached")],
  ["quota", 402, openai(null, "Insufficient credits")],
  ["authentication", 401, openai("invalid_api_key")],
  ["authentication", 401, ""],
  ["permission", 403, openai(null, "You have no access")],
  ["content_filter", 403, openai(null, "Your input was flagged", "x")],
  [
    "content_filter",
    400,
    openai("invalid_prompt", "Your prompt was flagged as potentially violating our usage policy."),
  ],
  ["content_filter", 400, openai("content_filter", "The response was filtered")],
  ["content_filter", 400, openai("cyber_policy")],
  ["invalid_request", 400, openai("invalid_prompt", "The prompt is malformed")],
  ["model_not_found", 404, openai("model_not_found", "The model 'x' does not exist")],
  ["model_not_found", 404, openai("DeploymentNotFound", "The API deployment for this resource does not exist.")],
  [
    "model_not_found",
    404,
    { error: { message: "model 'x' not found", type: "not_found_error", param: null, code: null } },
  ],
  ["model_not_found", 400, openai(null, "model 'x' does not exist")],
  ["invalid_request", 404, { error: { message: "File Not Found", type: "not_found_error", code: 404 } }],
  ["invalid_request", 404, "<html>nginx</html>"],
  ["payload_too_large", 413, ""],
  ["upstream_timeout", 504, ""],
  ["upstream_failed", 500, openai("server_error", "The server had an error", "server_error")],
  ["upstream_failed", 502, "<html><title>Bad gateway</title></html>"],
  ["overloaded", 503, openai("server_is_overloaded")],
  ["overloaded", 503, ""],
  ["overloaded", 429, openai("slow_down")],
  ["model_loading", 503, { error: { message: "Loading model", type: "unavailable_error", code: 503 } }],
  [
    "unsupported",
    400,
    openai(
      "unsupported_parameter",
      "Unsupported parameter: 'temperature' is not supported with this model.",
      "invalid_request_error",
      "temperature",
    ),
  ],
  [
    "unsupported",
    400,
    openai("unsupported_value", "Unsupported value: 'reasoning.effort' does not support 'minimal' with this model."),
  ],
  ["unsupported", 400, openai(null, "image input is not supported")],
  [
    "unsupported",
    500,
    {
      error: {
        message: "image input is not supported - hint: you may need the mmproj",
        type: "server_error",
        code: 500,
      },
    },
  ],
  ["unsupported", 400, openai("invalid_encrypted_content", "The encrypted content gAAA...DQ== could not be verified.")],
  ["unsupported", 400, openai("unknown_parameter", "Unknown parameter: 'foo'.")],
  ["invalid_request", 422, { detail: [{ msg: "field required" }] }],
];

describe("an upstream's error", () => {
  test.each(OVERFLOWS)("is a context overflow: %i %j", (status, body) => {
    expect(read(status, body).kind).toBe("context_overflow");
  });

  test.each([...CHAT_KINDS, ...MESSAGES_KINDS, ...RESPONSES_KINDS])("is %s: %i %j", (kind, status, body) => {
    const error = read(status, body);
    expect(error).toMatchObject({ kind });
    expect(error.message.startsWith(`host returned ${status}`)).toBe(true);
  });
});

describe("an error within a reply", () => {
  test.each<[ErrorKind | undefined, object]>([
    ["upstream_failed", { error: { message: "worker lost", type: "server_error" } }],
    ["upstream_failed", { error: "worker lost" }],
    ["upstream_failed", { error: {} }],
    ["rate_limited", { error: { message: "slow down", code: 429 } }],
    ["rate_limited", { message: "Rate limit: 100 tokens per minute, maximum context length aside", code: 429 }],
    ["context_overflow", { error: { message: "no", http_status_code: 422, type: "context_length_exceeded" } }],
    ["context_overflow", { object: "error", message: "the maximum context length is 100", code: 400 }],
    ["overloaded", { x_groq: { error: "the model is over capacity" } }],
    ["overloaded", { success: false, errors: [{ code: 3040, message: "out of capacity" }] }],
    ["upstream_failed", { choices: [], base_resp: null, error: { message: "x", status_code: 500 } }],
    ["upstream_failed", { base_resp: { status_code: 1013, status_msg: "internal error" } }],
    [undefined, { choices: [], error: null }],
    [undefined, { choices: [], error: "" }],
    [undefined, { choices: [], x_groq: { id: "r" } }],
    [undefined, { choices: [{}], base_resp: { status_code: 0, status_msg: "" } }],
    [undefined, { success: true, errors: [] }],
    [undefined, { choices: [{ message: { content: "an error" } }] }],

    ["overloaded", frame("overloaded_error")],
    ["rate_limited", frame("rate_limit_error")],
    ["upstream_failed", frame("api_error")],
    ["upstream_timeout", frame("timeout_error")],
    ["authentication", frame("authentication_error")],
    ["quota", frame("billing_error")],
    ["context_overflow", invalid("prompt is too long: 120 tokens > 100 maximum")],
    ["invalid_request", invalid("no")],
    ["upstream_failed", { error: { message: "CUDA error" } }],
    ["upstream_failed", { error: "broken" }],
    ["upstream_failed", { type: "error" }],
    ["rate_limited", { base_resp: { status_code: 1002, status_msg: "Rate limit" } }],

    ["context_overflow", { type: "error", code: "context_length_exceeded", message: "no", param: null }],
    ["context_overflow", { type: "error", error: { code: "context_length_exceeded", message: "no" } }],
    ["rate_limited", { type: "error", code: "rate_limit_exceeded", message: "no" }],
    ["rate_limited", { error: { code: 429, message: "no" } }],
    ["rate_limited", { error: "Too many requests" }],
    ["quota", { error: { code: "insufficient_quota", message: "no" } }],
    ["overloaded", { error: { code: "server_is_overloaded", message: "no" } }],
    ["overloaded", { error: { message: "The engine is overloaded" } }],
    ["invalid_request", { error: { type: "invalid_request_error", message: "no" } }],
    ["upstream_failed", { error: { code: "server_error", message: "no" } }],
    ["upstream_failed", { error: "CUDA error" }],
    ["upstream_failed", { type: "error" }],
    ["upstream_failed", { object: "error", message: "no" }],
    ["upstream_failed", { message: "Internal server error" }],
  ])("is %p: %j", (kind, chunk) => {
    expect(errorInReply(chunk)?.kind).toBe(kind as ErrorKind);
  });

  test.each([
    {},
    { type: "something_new" },
    { type: "something.new", message: "x" },
    { base_resp: { status_code: 0, status_msg: "success" } },
    { error: null },
    { object: "response", error: null, output: [] },
    { type: "message_start", message: { id: "m", content: [], usage: {} } },
    { id: "c", object: "chat.completion.chunk", choices: null },
    { type: "response.output_text.delta", delta: "an error", message: "x" },
    { choices: [{ message: { content: "an error" } }], message: "x" },
  ])("%j is none", (frame) => {
    expect(errorInReply(frame)).toBeUndefined();
  });

  test("and no more is what is no object", () => {
    for (const frame of [[], [null], "error", 7, null, undefined]) expect(errorInReply(frame)).toBeUndefined();
  });
});
