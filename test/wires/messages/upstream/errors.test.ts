import { describe, expect, test } from "bun:test";
import type { ErrorKind } from "../../../../src/core/errors.ts";
import { errorInReply, readHttpError } from "../../../../src/wires/messages/errors.ts";
import { TUNINGS } from "../../../../src/wires/messages/tuning.ts";

const read = (status: number, body: string | object, headers: Record<string, string> = {}) =>
  readHttpError(status, new Headers(headers), typeof body === "string" ? body : JSON.stringify(body), "host");

const frame = (type: string, message = "no", more: object = {}): object => ({
  type: "error",
  error: { type, message, ...more },
  request_id: "req_01",
});
const invalid = (message: string): object => frame("invalid_request_error", message);
const coded = (type: string, error_code: string): object => frame(type, "no", { details: { error_code } });

/** The wordings are the hosts'; the figures are ours. */
const KINDS: [kind: ErrorKind, status: number, body: string | object][] = [
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

describe("kinds", () => {
  test.each(KINDS)("%s: %i %j", (kind, status, body) => {
    expect(read(status, body).kind).toBe(kind);
  });

  test.each<[ErrorKind, object]>([
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
  ])("%s within a reply: %j", (kind, body) => {
    expect(errorInReply(body as Record<string, unknown>)?.kind).toBe(kind);
  });

  test.each([{}, { type: "something_new" }, { base_resp: { status_code: 0, status_msg: "success" } }, { error: null }])(
    "%j is no error",
    (body) => {
      expect(errorInReply(body)).toBeUndefined();
    },
  );
});

describe("what is told", () => {
  test("who spoke, what it said, what to do, and where its people find it", () => {
    expect(read(401, frame("authentication_error", "invalid x-api-key")).message).toBe(
      "host answered 401: invalid x-api-key (check the upstream's key; request req_01)",
    );
    expect(read(500, frame("api_error", "Oops")).message).toBe("host answered 500: Oops (request req_01)");
    expect(read(500, { error: "Oops" }, { "request-id": "req_02" }).message).toBe(
      "host answered 500: Oops (request req_02)",
    );
    expect(read(500, "").message).toBe("host answered 500: without a word");
    expect(errorInReply({ type: "error", error: {} })?.message).toBe(
      "the upstream failed while it answered: it gave no reason",
    );
  });

  test("no key, no page and no whole request", () => {
    expect(read(401, frame("authentication_error", "bad key sk-ant-api03-abcdefghij")).message).toContain(
      "bad key [key]",
    );
    expect(read(502, "<html><title>Bad gateway</title><body>long</body></html>").message).toBe(
      "host answered 502: Bad gateway",
    );
    expect(read(400, invalid("x".repeat(5000))).message.length).toBeLessThan(1100);
  });

  test.each<[Record<string, string>, number | undefined]>([
    [{ "retry-after": "3" }, 3000],
    [{ "retry-after": "0" }, 0],
    [{ "retry-after": "Tue, 24 Nov 2026 12:00:07 GMT", date: "Tue, 24 Nov 2026 12:00:00 GMT" }, 7000],
    [{ "retry-after": "soon" }, undefined],
    [{ "retry-after": "" }, undefined],
    [{}, undefined],
  ])("how long to wait: %j", (headers, ms) => {
    expect(read(429, frame("rate_limit_error"), headers).retry_after_ms).toBe(ms);
  });
});

describe("fields that only tune", () => {
  test.each([
    ["messages.1.content.0: The block is bound to a different conversation", "input[].encrypted_content"],
    ["messages.1.content.0: Invalid `signature` in `thinking` block", "input[].encrypted_content"],
    [
      "`thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified.",
      "input[].encrypted_content",
    ],
    ['"thinking.type.disabled" is not supported for this model. Use "thinking.type.adaptive"', "reasoning.effort"],
    ["thinking.enabled.budget_tokens: Input should be greater than 1024", "reasoning.effort"],
    ["This model does not support the effort parameter.", "reasoning.effort"],
    ["cache_control: Extra inputs are not permitted", "cache_control"],
    ["`temperature` is deprecated for this model.", "temperature"],
    ["top_p: not allowed", "top_p"],
    ["tools.0.strict: Extra inputs are not permitted", "tools.strict"],
    ["tool_choice.auto.disable_parallel_tool_use: Extra inputs are not permitted", "parallel_tool_calls"],
    ['tool_choice: type "any" is not supported for this model', undefined],
    ["max_tokens: 128000 > 8192", undefined],
  ])("%s: %s", (words, field) => {
    const { kind, message } = read(400, invalid(words));
    expect(["invalid_request", "unsupported"]).toContain(kind);
    expect(TUNINGS.find((tuning) => tuning.words.test(message))?.field).toBe(field as string);
  });
});
