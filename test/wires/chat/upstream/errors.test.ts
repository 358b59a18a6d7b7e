import { describe, expect, test } from "bun:test";
import type { ErrorKind } from "../../../../src/core/errors.ts";
import { errorInReply, readHttpError } from "../../../../src/wires/chat/errors.ts";

const read = (status: number, body: string | object, headers: Record<string, string> = {}) =>
  readHttpError(status, new Headers(headers), typeof body === "string" ? body : JSON.stringify(body), "host");

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

const KINDS: [kind: ErrorKind, status: number, body: string | object][] = [
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
  ["invalid_request", 400, { error: { message: "Failed to call a function.", code: "tool_use_failed" } }],
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

describe("an upstream's error", () => {
  test.each(OVERFLOWS)("is a context overflow: %i %j", (status, body) => {
    expect(read(status, body).kind).toBe("context_overflow");
  });

  test.each(KINDS)("is %s: %i %j", (kind, status, body) => {
    const error = read(status, body);
    expect(error).toMatchObject({ kind });
    expect(error.message.startsWith(`host answered ${status}: `)).toBe(true);
  });

  test.each<[string, string | object]>([
    ["try again", { error: { message: "try again", type: "x" } }],
    ["try again", { error: "try again" }],
    ["try again", { object: "error", message: "try again", code: 3 }],
    ["try again", { message: "try again", type: "x", code: "y" }],
    ["try again", { detail: "try again" }],
    ["try again", { success: false, errors: [{ code: 1, message: "try again" }] }],
    ["try again", { base_resp: { status_code: 1000, status_msg: "try again" } }],
    ["try again", [{ error: { code: 500, message: "try again" } }]],
    ["no (try again)", { error: { code: 500, message: "no", metadata: { raw: "try again" } } }],
    ["502 Bad Gateway", "<html><head><title>502 Bad Gateway</title></head><body><h1>x</h1></body></html>"],
    ["try again", "<p>try\n <b>again</b></p>"],
    ["without a word", " "],
    ['{"error":{"code":7}}', { error: { code: 7 } }],
  ])("is told in its words: %s", (words, body) => {
    expect(read(500, body).message).toBe(`host answered 500: ${words}`);
  });

  test("says how to fix it where that is known", () => {
    expect(read(401, { error: { message: "no" } }).message).toBe("host answered 401: no (check the upstream's key)");
  });

  test("is short, and holds no key", () => {
    const { message } = read(401, {
      error: { message: `bad key sk-abcdefgh12345678, Bearer abc.def.ghi-jkl; ${"x".repeat(5000)}` },
    });
    expect(message).toContain("bad key [key], [key]; xxx");
    expect(message.length).toBeLessThan(1100);
  });
});

test.each<[number | undefined, Record<string, string>]>([
  [2000, { "retry-after": "2" }],
  [1500, { "retry-after": "1.5" }],
  [250, { "retry-after": "2", "retry-after-ms": "250" }],
  [30_000, { "retry-after": "Tue, 24 Nov 2026 08:00:30 GMT", date: "Tue, 24 Nov 2026 08:00:00 GMT" }],
  [0, { "retry-after": "Tue, 24 Nov 2026 07:00:00 GMT", date: "Tue, 24 Nov 2026 08:00:00 GMT" }],
  [undefined, { "retry-after": "soon" }],
  [undefined, {}],
])("the time to wait is %p ms: %j", (ms, headers) => {
  expect(read(429, "", headers).retry_after_ms).toBe(ms);
});

describe("the time to wait stands in the words", () => {
  test.each<[number | undefined, string]>([
    [7660, "Rate limit reached. Please try again in 7.66s. Visit us"],
    [6, "Rate limit reached. Please try again in 6ms."],
    [3500, "You exceeded your quota. Please retry in 3.5s."],
    [undefined, "Please try again in 7m12s."],
    [undefined, "Please try again later."],
    [undefined, "Please try again in s."],
  ])("%p ms: %s", (ms, message) => {
    expect(read(429, { error: { message } }).retry_after_ms).toBe(ms);
  });

  test("where the headers say nothing, and the matter is the rate", () => {
    const body = { error: { message: "slow down, try again in 5s" } };
    expect(read(429, body, { "retry-after": "2" }).retry_after_ms).toBe(2000);
    expect(read(400, body).retry_after_ms).toBeUndefined();
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
  ])("is %p: %j", (kind, chunk) => {
    expect(errorInReply(chunk as Record<string, unknown>)?.kind).toBe(kind as ErrorKind);
  });
});
