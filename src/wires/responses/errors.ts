/** What each kind of error is called in the Responses API, over HTTP and within a stream. */
import type { ErrorKind, ShimError } from "../../core/errors.ts";
import type { ClientFacts, HttpError } from "../wire.ts";

interface Names {
  status: number;
  type: string;
  code: string;
  /** The code within a stream. Codex 0.169 gives up at once on some codes and retries on all others. */
  stream_code: string;
}

const NAMES: Record<ErrorKind, Names> = {
  invalid_request: {
    status: 400,
    type: "invalid_request_error",
    code: "invalid_value",
    stream_code: "invalid_prompt",
  },
  unsupported: {
    status: 400,
    type: "invalid_request_error",
    code: "unsupported_value",
    stream_code: "invalid_prompt",
  },
  not_found: {
    status: 404,
    type: "invalid_request_error",
    code: "not_found",
    stream_code: "invalid_prompt",
  },
  model_not_found: {
    status: 404,
    type: "invalid_request_error",
    code: "model_not_found",
    stream_code: "model_not_found",
  },
  authentication: {
    status: 401,
    type: "authentication_error",
    code: "invalid_api_key",
    stream_code: "invalid_prompt",
  },
  permission: {
    status: 403,
    type: "permission_error",
    code: "permission_denied",
    stream_code: "invalid_prompt",
  },
  context_overflow: {
    status: 400,
    type: "invalid_request_error",
    code: "context_length_exceeded",
    stream_code: "context_length_exceeded",
  },
  payload_too_large: {
    status: 413,
    type: "invalid_request_error",
    code: "payload_too_large",
    stream_code: "invalid_prompt",
  },
  content_filter: {
    status: 400,
    type: "invalid_request_error",
    code: "content_filter",
    stream_code: "invalid_prompt",
  },
  quota: {
    status: 429,
    type: "insufficient_quota",
    code: "insufficient_quota",
    stream_code: "insufficient_quota",
  },
  rate_limited: {
    status: 429,
    type: "rate_limit_error",
    code: "rate_limit_exceeded",
    stream_code: "rate_limit_exceeded",
  },
  overloaded: {
    status: 503,
    type: "server_error",
    code: "server_error",
    stream_code: "server_error",
  },
  model_loading: { status: 503, type: "server_error", code: "server_error", stream_code: "server_error" },
  upstream_failed: {
    status: 502,
    type: "server_error",
    code: "server_error",
    stream_code: "server_error",
  },
  upstream_unreachable: {
    status: 502,
    type: "server_error",
    code: "server_error",
    stream_code: "server_error",
  },
  upstream_timeout: {
    status: 504,
    type: "server_error",
    code: "server_error",
    stream_code: "server_error",
  },
  upstream_protocol: {
    status: 502,
    type: "server_error",
    code: "server_error",
    stream_code: "server_error",
  },
  loop: {
    status: 508,
    type: "invalid_request_error",
    code: "loop_detected",
    stream_code: "invalid_prompt",
  },
  aborted: { status: 499, type: "server_error", code: "server_error", stream_code: "server_error" },
  internal: {
    status: 500,
    type: "server_error",
    code: "server_error",
    stream_code: "server_error",
  },
};

/** Statuses that Codex 0.169 retries five times although nothing can come of it. It takes 400 as final. */
const CODEX_RETRIES_IN_VAIN = new Set([401, 402, 403, 405, 408, 413, 422, 508]);

/** How long Codex is told to wait after a 429 that names no time: without one it gives up at once. */
const DEFAULT_RETRY_AFTER_S = 2;

export function httpErrorOf(error: ShimError, client: ClientFacts): HttpError {
  const { status, type, code } = NAMES[error.kind];
  const headers: Record<string, string> = {};
  if (error.retry_after_ms !== undefined) headers["retry-after"] = String(Math.ceil(error.retry_after_ms / 1000));
  else if (client.codex && error.kind === "rate_limited") headers["retry-after"] = String(DEFAULT_RETRY_AFTER_S);
  const final = client.codex && (CODEX_RETRIES_IN_VAIN.has(status) || (status === 404 && code !== "model_not_found"));
  return {
    status: final ? 400 : status,
    headers,
    body: { error: { message: error.message, type, param: error.param ?? null, code } },
  };
}

/** Code and words for an error within a stream. Codex reads the time to wait out of the words. */
export function streamErrorOf(error: ShimError): {
  code: string;
  message: string;
  param: string | null;
} {
  const wait =
    error.retry_after_ms === undefined || /try again in/i.test(error.message)
      ? ""
      : ` Please try again in ${error.retry_after_ms / 1000}s.`;
  return {
    code: NAMES[error.kind].stream_code,
    message: error.message + wait,
    param: error.param ?? null,
  };
}
