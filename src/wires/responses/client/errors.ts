/** What each kind of error is called in the Responses API, over HTTP and within a stream. */
import { ERROR_KINDS, type ErrorKind, type ShimError } from "../../../core/errors.ts";
import type { ClientFacts, HttpError } from "../../wire.ts";

interface Names {
  status: number;
  type: string;
  code: string;
  /** The code within a stream. Codex 0.169 gives up at once on some codes and retries on all others. */
  stream_code: string;
}

const INVALID = { type: "invalid_request_error", stream_code: "invalid_prompt" };
const SERVER = { type: "server_error", code: "server_error", stream_code: "server_error" };

const NAMES: Record<ErrorKind, Names> = {
  invalid_request: { ...INVALID, status: 400, code: "invalid_value" },
  unsupported: { ...INVALID, status: 400, code: "unsupported_value" },
  not_found: { ...INVALID, status: 404, code: "not_found" },
  model_not_found: { ...INVALID, status: 404, ...both("model_not_found") },
  authentication: { ...INVALID, status: 401, type: "authentication_error", code: "invalid_api_key" },
  permission: { ...INVALID, status: 403, type: "permission_error", code: "permission_denied" },
  context_overflow: { ...INVALID, status: 400, ...both("context_length_exceeded") },
  payload_too_large: { ...INVALID, status: 413, code: "payload_too_large" },
  content_filter: { ...INVALID, status: 400, code: "content_filter" },
  quota: { status: 429, type: "insufficient_quota", ...both("insufficient_quota") },
  rate_limited: { status: 429, type: "rate_limit_error", ...both("rate_limit_exceeded") },
  overloaded: { ...SERVER, status: 503 },
  model_loading: { ...SERVER, status: 503 },
  upstream_failed: { ...SERVER, status: 502 },
  upstream_unreachable: { ...SERVER, status: 502 },
  upstream_misplaced: { ...SERVER, status: 502, stream_code: "invalid_prompt" },
  upstream_timeout: { ...SERVER, status: 504 },
  upstream_protocol: { ...SERVER, status: 502 },
  loop: { ...INVALID, status: 508, code: "loop_detected" },
  aborted: { ...SERVER, status: 499 },
  internal: { ...SERVER, status: 500 },
};

function both(code: string): { code: string; stream_code: string } {
  return { code, stream_code: code };
}

/** What Codex 0.169 takes as final whatever the status; of all else it believes only a 400. */
const FINAL_FOR_CODEX: readonly ErrorKind[] = ["model_not_found", "quota"];

/** How long Codex is told to wait after a 429 that names no time: without one it gives up at once. */
const DEFAULT_RETRY_AFTER_S = 2;

export function httpErrorOf(error: ShimError, client: ClientFacts): HttpError {
  const { status, type, code } = NAMES[error.kind];
  const headers: Record<string, string> = {};
  if (error.retry_after_ms !== undefined) headers["retry-after"] = String(Math.ceil(error.retry_after_ms / 1000));
  else if (client.codex && error.kind === "rate_limited") headers["retry-after"] = String(DEFAULT_RETRY_AFTER_S);
  const vain = client.codex && !ERROR_KINDS[error.kind].retry && !FINAL_FOR_CODEX.includes(error.kind);
  return {
    status: vain ? 400 : status,
    headers,
    body: { error: { message: error.message, type, param: error.param ?? null, code: codeOf(error, code) } },
  };
}

function codeOf({ code }: ShimError, usual: string): string | null {
  return code === undefined ? usual : code;
}

export interface StreamError {
  type: string;
  code: string;
  message: string;
  param: string | null;
}

/** An error within a stream. Codex reads the time to wait out of the words. */
export function streamErrorOf(error: ShimError): StreamError {
  const { type, stream_code } = NAMES[error.kind];
  const wait =
    error.retry_after_ms === undefined || /try again in/i.test(error.message)
      ? ""
      : ` Please try again in ${error.retry_after_ms / 1000}s.`;
  return { type, code: stream_code, message: error.message + wait, param: error.param ?? null };
}
