/** The status tells Codex whether to try again: it takes 400 as final, and retries most others for half a minute. */
import { expect, test } from "bun:test";
import { ShimError, type ErrorKind } from "../../../../src/core/errors.ts";
import { httpErrorOf, streamErrorOf } from "../../../../src/wires/responses/client/errors.ts";

const STATUSES: [kind: ErrorKind, plain: number, codex: number, type: string][] = [
  ["invalid_request", 400, 400, "invalid_request_error"],
  ["not_found", 404, 400, "invalid_request_error"],
  ["model_not_found", 404, 404, "invalid_request_error"],
  ["authentication", 401, 400, "authentication_error"],
  ["permission", 403, 400, "permission_error"],
  ["payload_too_large", 413, 400, "invalid_request_error"],
  ["quota", 429, 429, "insufficient_quota"],
  ["rate_limited", 429, 429, "rate_limit_error"],
  ["overloaded", 503, 503, "server_error"],
  ["upstream_failed", 502, 502, "server_error"],
  ["upstream_misplaced", 502, 400, "server_error"],
  ["upstream_timeout", 504, 504, "server_error"],
  ["loop", 508, 400, "invalid_request_error"],
  ["internal", 500, 400, "server_error"],
];

test.each(STATUSES)("%s is %i, for Codex %i", (kind, plain, codex, type) => {
  const error = new ShimError(kind, "no");
  const told = httpErrorOf(error, { codex: false });
  expect(told).toMatchObject({ status: plain, body: { error: { message: "no", type, param: null } } });
  expect(httpErrorOf(error, { codex: true })).toMatchObject({ status: codex, body: told.body as object });
  expect(streamErrorOf(error)).toMatchObject({ type, message: "no", param: null });
});

test("Codex waits after a 429 only when it is told how long", () => {
  const limited = new ShimError("rate_limited", "slow down");
  expect(httpErrorOf(limited, { codex: true }).headers).toEqual({ "retry-after": "2" });
  expect(httpErrorOf(limited, { codex: false }).headers).toEqual({});
  const timed = new ShimError("rate_limited", "slow down", { retry_after_ms: 1200 });
  expect(httpErrorOf(timed, { codex: true }).headers).toEqual({ "retry-after": "2" });
  expect(streamErrorOf(timed).message).toBe("slow down Please try again in 1.2s.");
});
