/** Errors as Anthropic's clients know them. */
import { describe, expect, test } from "bun:test";
import {
  APIError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from "@anthropic-ai/sdk";
import { ERROR_KINDS, ShimError, type ErrorKind } from "../../../../src/core/errors.ts";
import { readHttpError } from "../../../../src/core/upstream-errors/read.ts";
import { messagesClient } from "../../../../src/wires/messages/client/client.ts";
import { httpErrorOf } from "../../../../src/wires/messages/client/errors.ts";
import { PLAIN } from "../../../support/around.ts";

const KINDS = Object.keys(ERROR_KINDS) as ErrorKind[];
const http = (kind: ErrorKind, message = "it broke", more = {}) =>
  messagesClient.httpError(new ShimError(kind, message, more), PLAIN);

/** Statuses after which Anthropic's SDK tries again, unless it is told not to. */
const retried = (status: number): boolean => [408, 409, 429].includes(status) || status >= 500;

describe("errors", () => {
  test.each(KINDS)("%s is retried when that may help, and only then", (kind) => {
    const { status, headers, body } = http(kind);
    const again = retried(status) && headers["x-should-retry"] !== "false";
    expect(again).toBe(ERROR_KINDS[kind].retry);
    expect(body).toEqual({ type: "error", error: { type: expect.any(String), message: expect.any(String) } });
    const { type } = (body as { error: { type: string } }).error;
    expect(type).toMatch(/^\w+_error$|^request_too_large$/);
  });

  test.each([
    ["invalid_request", 400, BadRequestError],
    ["authentication", 401, AuthenticationError],
    ["permission", 403, PermissionDeniedError],
    ["model_not_found", 404, NotFoundError],
    ["rate_limited", 429, RateLimitError],
    ["overloaded", 529, InternalServerError],
  ] as const)("the SDK knows %s", (kind, status, expected) => {
    const { body } = http(kind);
    expect(http(kind).status).toBe(status);
    expect(APIError.generate(status, body as object, undefined, new Headers())).toBeInstanceOf(expected);
  });

  test.each(KINDS)("Claude Code asks no host in vain after %s", (kind) => {
    const error = new ShimError(kind, "it broke");
    const { status, headers, body } = httpErrorOf(error, { ...PLAIN, claude_code: true });
    const { type, message } = (body as { error: { type: string; message: string } }).error;
    // What it does with each was measured (2.1.330).
    const known = type === "policy_blocked" || status === 413 || message.startsWith("prompt is too long");
    const final = known || headers["x-should-retry"] === "false";
    expect(final).toBe(!ERROR_KINDS[kind].retry);
    if (type === "policy_blocked") expect(status).toBe(400);
  });

  test("say how long to wait, and by which number they are found", () => {
    expect(http("rate_limited", "slow down", { retry_after_ms: 1500 }).headers).toEqual({ "retry-after": "2" });
    const { body } = httpErrorOf(new ShimError("internal", "x"), PLAIN, "req_1");
    expect(body).toMatchObject({ request_id: "req_1" });
  });
});

describe("a full context", () => {
  const CASES: [string, string, string][] = [
    ["Anthropic", "prompt is too long: 210000 tokens > 200000 maximum", "210000 tokens > 200000 maximum"],
    [
      "llama.cpp",
      "llama-server returned 400: request (9000 tokens) exceeds the available context size (8192 tokens), try increasing it",
      "9000 tokens > 8192 maximum",
    ],
    [
      "OpenAI",
      "This model's maximum context length is 8192 tokens. However, your messages resulted in 8500 tokens. Please reduce the length of the messages.",
      "8500 tokens > 8192 maximum",
    ],
    [
      "vLLM",
      "This model's maximum context length is 8192 tokens. However, your request has 9000 input tokens. Please reduce the length of the input messages.",
      "9000 tokens > 8192 maximum",
    ],
    [
      "older vLLM",
      "This model's maximum context length is 8192 tokens. However, you requested 10000 tokens (9000 in the messages, 1000 in the completion).",
      "9000 tokens > 8192 maximum",
    ],
    [
      "OpenRouter",
      "This endpoint's maximum context length is 8,192 tokens. However, you requested about 9,500 tokens (9,000 of text input, 500 in the output).",
      "9000 tokens > 8192 maximum",
    ],
    [
      "Gemini",
      "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
      "1200000 tokens > 1048576 maximum",
    ],
    [
      "LM Studio",
      "Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens",
      "5000 tokens > 4096 maximum",
    ],
    [
      "SGLang",
      "The input (9000 tokens) is longer than the model's context length (8192 tokens).",
      "9000 tokens > 8192 maximum",
    ],
  ];
  /** As an upstream says it. */
  const told = (message: string): { status: number; body: unknown } => {
    const body = JSON.stringify({ error: { message } });
    const error = readHttpError(400, new Headers(), body, "the host");
    return messagesClient.httpError(error, PLAIN);
  };

  test.each(CASES)("%s", (_, message, expected) => {
    const { status, body } = told(message);
    expect(status).toBe(400);
    expect(body).toEqual({
      type: "error",
      error: { type: "invalid_request_error", message: `prompt is too long: ${expected}` },
    });
  });

  test("where only the answer is too long, a shorter one is asked for", () => {
    const asked = "input length and `max_tokens` exceed context limit: 20000 + 128000 > 32768";
    for (const message of [
      asked,
      "'max_tokens' or 'max_completion_tokens' is too large: 128000. This model's maximum context length is 32768 tokens and your request has 20000 input tokens (128000 > 32768 - 20000).",
      "This model's maximum context length is 32768 tokens. However, you requested 148000 tokens (20000 in the messages, 128000 in the completion).",
      "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 32768. Given: 20000 `inputs` tokens and 128000 `max_new_tokens`",
    ])
      expect(told(message).body).toMatchObject({ error: { message: asked } });
  });

  test("without numbers it is known by its first words", () => {
    const message = "no model of this route can hold it";
    const { body } = http("context_overflow", message);
    expect(body).toMatchObject({ error: { message: `prompt is too long: ${message}` } });
    const upstream = { kind: "overflow", row: "x", numbers: { prompt_tokens: 9000, window_tokens: 8192 } } as const;
    expect(http("context_overflow", message, { upstream }).body).toMatchObject({
      error: { message: "prompt is too long: 9000 tokens > 8192 maximum" },
    });
  });
});
