import { describe, expect, test } from "bun:test";
import type { ErrorKind } from "../../../../src/core/errors.ts";
import { TUNINGS } from "../../../../src/wires/responses/tuning.ts";
import { errorInReply, readHttpError } from "../../../../src/wires/responses/upstream-errors.ts";

const read = (status: number, body: string | object, headers: Record<string, string> = {}) =>
  readHttpError(status, new Headers(headers), typeof body === "string" ? body : JSON.stringify(body), "host");

const error = (
  code: string | null,
  message = "no",
  type = "invalid_request_error",
  param: string | null = null,
): object => ({
  error: { message, type, param, code },
});

/** The wordings are the hosts'; the figures are ours. */
const KINDS: [kind: ErrorKind, status: number, body: string | object][] = [
  ["context_overflow", 400, error("context_length_exceeded")],
  ["context_overflow", 400, error(null, "Your input exceeds the context window of this model.")],
  ["context_overflow", 400, error(null, "This model's maximum context length is 100 tokens.")],
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
  ["context_overflow", 400, error(null, "The input (9 tokens) is longer than the model's context length (8 tokens).")],
  ["context_overflow", 400, error(null, "Prompt is too long")],
  ["rate_limited", 429, error("rate_limit_exceeded", "Rate limit reached: the maximum context length per minute")],
  ["rate_limited", 429, "<html><title>429 Too Many Requests</title></html>"],
  ["quota", 429, error("insufficient_quota", "You exceeded your current quota", "insufficient_quota")],
  ["quota", 429, error(null, "You exceeded your current quota, please check your plan and billing details.")],
  ["quota", 429, error("usage_limit_reached")],
  ["quota", 402, error(null, "Insufficient credits")],
  ["authentication", 401, error("invalid_api_key")],
  ["authentication", 401, ""],
  ["permission", 403, error(null, "You have no access")],
  ["content_filter", 403, error(null, "Your input was flagged", "x")],
  [
    "content_filter",
    400,
    error("invalid_prompt", "Your prompt was flagged as potentially violating our usage policy."),
  ],
  ["content_filter", 400, error("content_filter", "The response was filtered")],
  ["content_filter", 400, error("cyber_policy")],
  ["invalid_request", 400, error("invalid_prompt", "The prompt is malformed")],
  ["model_not_found", 404, error("model_not_found", "The model 'x' does not exist")],
  ["model_not_found", 404, error("DeploymentNotFound", "The API deployment for this resource does not exist.")],
  [
    "model_not_found",
    404,
    { error: { message: "model 'x' not found", type: "not_found_error", param: null, code: null } },
  ],
  ["model_not_found", 400, error(null, "model 'x' does not exist")],
  ["invalid_request", 404, { error: { message: "File Not Found", type: "not_found_error", code: 404 } }],
  ["invalid_request", 404, "<html>nginx</html>"],
  ["payload_too_large", 413, ""],
  ["upstream_timeout", 504, ""],
  ["upstream_failed", 500, error("server_error", "The server had an error", "server_error")],
  ["upstream_failed", 502, "<html><title>Bad gateway</title></html>"],
  ["overloaded", 503, error("server_is_overloaded")],
  ["overloaded", 503, ""],
  ["overloaded", 429, error("slow_down")],
  ["model_loading", 503, { error: { message: "Loading model", type: "unavailable_error", code: 503 } }],
  [
    "unsupported",
    400,
    error(
      "unsupported_parameter",
      "Unsupported parameter: 'temperature' is not supported with this model.",
      "invalid_request_error",
      "temperature",
    ),
  ],
  [
    "unsupported",
    400,
    error("unsupported_value", "Unsupported value: 'reasoning.effort' does not support 'minimal' with this model."),
  ],
  ["unsupported", 400, error(null, "image input is not supported")],
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
  [
    "invalid_request",
    400,
    error("invalid_encrypted_content", "The encrypted content gAAA...DQ== could not be verified."),
  ],
  ["invalid_request", 400, error("unknown_parameter", "Unknown parameter: 'foo'.")],
  ["invalid_request", 422, { detail: [{ msg: "field required" }] }],
];

describe("kinds", () => {
  test.each(KINDS)("%s: %i %j", (kind, status, body) => {
    expect(read(status, body).kind).toBe(kind);
  });

  test.each<[ErrorKind, object]>([
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
  ])("%s within a reply: %j", (kind, body) => {
    expect(errorInReply(body as Record<string, unknown>)?.kind).toBe(kind);
  });

  test.each([
    {},
    { type: "something.new", message: "x" },
    { error: null },
    { object: "response", error: null, output: [] },
  ])("%j is no error", (body) => {
    expect(errorInReply(body)).toBeUndefined();
  });
});

describe("what is told", () => {
  test("who spoke, what it said, and what to do", () => {
    expect(read(401, error("invalid_api_key", "Incorrect API key provided: sk-abcdefghij.")).message).toBe(
      "host answered 401: Incorrect API key provided: [key]. (check the upstream's key)",
    );
    expect(read(500, "").message).toBe("host answered 500: without a word");
    expect(read(502, "<html><title>Bad gateway</title><body>long</body></html>").message).toBe(
      "host answered 502: Bad gateway",
    );
    expect(read(400, error(null, "x".repeat(5000))).message.length).toBeLessThan(1100);
    expect(errorInReply({ type: "error", error: {} })?.message).toBe(
      "the upstream failed while it answered: it gave no reason",
    );
  });

  test("which field, where the words do not say it", () => {
    expect(read(400, error("x", "Bad value.", "t", "text.format")).message).toBe(
      "host answered 400: Bad value. ['text.format']",
    );
    expect(read(400, error("x", "Bad 'text.format'.", "t", "text.format")).message).toBe(
      "host answered 400: Bad 'text.format'.",
    );
  });

  test.each<[string, Record<string, string>, number | undefined]>([
    ["Try again in 1.5s.", {}, 1500],
    ["Please try again in 20ms.", {}, 20],
    ["Slow down.", { "retry-after": "3" }, 3000],
    ["Slow down.", {}, undefined],
  ])("how long to wait: %s %j", (words, headers, ms) => {
    expect(read(429, error("rate_limit_exceeded", words), headers).retry_after_ms).toBe(ms);
  });
});

describe("fields that only tune", () => {
  test.each<[string, string | null, string | undefined]>([
    [
      "The encrypted content gAAA...DQ== could not be verified. Reason: Encrypted content could not be decrypted or parsed.",
      null,
      "input[].encrypted_content",
    ],
    [
      "Item 'rs_1' of type 'reasoning' was provided without its required following item.",
      "input",
      "input[].encrypted_content",
    ],
    [
      "Item with id 'rs_1' not found. Items are not persisted when `store` is set to false.",
      "input",
      "input[].encrypted_content",
    ],
    [
      "Item 'fc_1' of type 'function_call' was provided without its required 'reasoning' item: 'rs_1'.",
      "input",
      "input[].encrypted_content",
    ],
    ["Encrypted content is not supported with this model.", "include", "include"],
    ["Your organization must be verified to generate reasoning summaries.", "reasoning.summary", "reasoning.summary"],
    [
      "Unsupported parameter: 'reasoning.summary' is not supported with this model.",
      "reasoning.summary",
      "reasoning.summary",
    ],
    [
      "Unsupported parameter: 'reasoning.effort' is not supported with this model.",
      "reasoning.effort",
      "reasoning.effort",
    ],
    [
      "Unsupported value: 'xhigh' is not supported. Supported values are: 'low', 'high'.",
      "reasoning.effort",
      "reasoning.effort",
    ],
    ["Unknown parameter: 'reasoning'.", "reasoning", "reasoning"],
    ['"m" does not support thinking', null, "reasoning"],
    ["Unsupported parameter: 'temperature' is not supported with this model.", "temperature", "temperature"],
    ["Unsupported parameter: 'top_p' is not supported with this model.", "top_p", "top_p"],
    ["Unknown parameter: 'prompt_cache_key'.", "prompt_cache_key", "prompt_cache_key"],
    ["Unknown parameter: 'parallel_tool_calls'.", "parallel_tool_calls", "parallel_tool_calls"],
    ["Unknown parameter: 'store'.", "store", "store"],
    [
      "Invalid schema for function 'f': strict schemas need additionalProperties: false",
      "tools[0].parameters",
      "tools.strict",
    ],
    ["Unsupported parameter: 'max_output_tokens' is not supported.", "max_output_tokens", undefined],
    ["Invalid value: 'required'. tool_choice", "tool_choice", undefined],
    ["Unsupported parameter: 'text.format' is not supported with this model.", "text.format", undefined],
    ["Missing required parameter: 'input[0].content'.", "input[0].content", undefined],
    [
      "Invalid schema for function 'f': In context=('properties', 'temperature'), schema must have a 'type' key.",
      "tools[0].parameters",
      undefined,
    ],
    ["tools[0].parameters.properties.top_p: unknown type", null, undefined],
  ])("%s: %s", (message, param, field) => {
    const told = read(400, error(null, message, "invalid_request_error", param));
    expect(["invalid_request", "unsupported"]).toContain(told.kind);
    expect(TUNINGS.find((tuning) => tuning.words.test(told.message))?.field).toBe(field as string);
  });
});
