import { describe, expect, test } from "bun:test";
import type { ErrorKind } from "../../../src/core/errors.ts";
import { readHttpError } from "../../../src/wires/chat/errors.ts";

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
  [
    "quota",
    429,
    { error: { message: "You exceeded your plan.", type: "insufficient_quota", code: "insufficient_quota" } },
  ],
  ["quota", 402, { error: { message: "Insufficient credits", code: 402 } }],
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
  ["overloaded", 500, { error: { message: "busy", type: "overloaded_error" } }],
  [
    "unsupported",
    500,
    { error: { code: 500, message: "image input is not supported - hint: give it an mmproj", type: "server_error" } },
  ],
  ["unsupported", 400, { error: { message: '"m" does not support tools', type: "invalid_request_error" } }],
  ["unsupported", 400, { error: { message: '"auto" tool choice requires --enable-auto-tool-choice to be set' } }],
  ["invalid_request", 400, { error: { message: "temperature must be a number" } }],
  ["invalid_request", 422, { detail: [{ loc: ["body", "stop"], msg: "bad" }] }],
  ["invalid_request", 404, "404 page not found"],
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
    expect(error).toMatchObject({ kind, by: "upstream", status });
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
