import { expect, test } from "bun:test";
import { ERROR_KINDS, ShimError, type ErrorKind } from "../../../../src/core/errors.ts";
import { chatClient } from "../../../../src/wires/chat/client/client.ts";
import { PLAIN } from "../../../support/around.ts";

const told = (kind: ErrorKind, message = "words", details = {}) =>
  chatClient.httpError(new ShimError(kind, message, details), PLAIN);

/** What OpenAI's SDK does with a status, if no header says otherwise (7.57). */
const sdkRetries = (status: number): boolean => status === 408 || status === 409 || status === 429 || status >= 500;

test.each(Object.keys(ERROR_KINDS) as ErrorKind[])("%s is retried where that may help, and only there", (kind) => {
  const { status, headers, body } = told(kind);
  expect(headers["x-should-retry"] === "false" ? false : sdkRetries(status)).toBe(ERROR_KINDS[kind].retry);
  expect(body).toEqual({
    error: { message: expect.any(String), type: expect.any(String), param: null, code: expect.any(String) },
  });
});

test("the time to wait, in both units", () => {
  expect(told("rate_limited", "slow", { retry_after_ms: 1500 }).headers).toEqual({
    "retry-after": "2",
    "retry-after-ms": "1500",
  });
});

test("a prompt that is too long is told in words that agents know", () => {
  const words = (message: string): string =>
    (told("context_overflow", message).body as { error: { message: string } }).error.message;
  expect(words("n_keep >= n_ctx")).toContain("context_length_exceeded");
  const theirs = "This model's maximum context length is 8192 tokens.";
  expect(words(theirs)).toBe(theirs);
  expect(told("context_overflow")).toMatchObject({ status: 400, body: { error: { code: "context_length_exceeded" } } });
});

test("an account that is used up is not taken for a rate that passes", () => {
  const { status, body } = told("quota", "the host returned 429: no credit");
  expect(status).toBe(402);
  expect(body).toMatchObject({
    error: { code: "insufficient_quota", message: "the host returned an error: no credit" },
  });
});

test("the field is named", () => {
  expect(told("invalid_request", "x", { param: "messages[0].role" })).toMatchObject({
    status: 400,
    body: { error: { param: "messages[0].role", type: "invalid_request_error" } },
  });
});
