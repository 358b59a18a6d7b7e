/** Errors of all wires: how they are made, and what each kind is called over HTTP. */
import { ERROR_KINDS, ShimError, type ErrorKind } from "../core/errors.ts";

/** The request is wrong; `param` is the path of the field. */
export function invalid(message: string, param?: string): ShimError {
  return new ShimError("invalid_request", message, param === undefined ? {} : { param });
}

/** The request is fine, but this upstream or wire has no such thing. */
export function unsupported(message: string, param?: string): ShimError {
  return new ShimError("unsupported", message, param === undefined ? {} : { param });
}

/** By OpenAI's APIs a type and a code, by Anthropic's a type. */
interface ErrorName {
  status: number;
  type: string;
  code: string;
  /** The type in the Messages API. */
  messages_type: string;
}

const INVALID = { status: 400, type: "invalid_request_error", messages_type: "invalid_request_error" };
const SERVER = { status: 502, type: "server_error", code: "server_error", messages_type: "api_error" };
const MISSING = { ...INVALID, status: 404, messages_type: "not_found_error" };
const same = (type: string): Pick<ErrorName, "type" | "messages_type"> => ({ type, messages_type: type });

export const ERROR_NAMES: Readonly<Record<ErrorKind, ErrorName>> = {
  invalid_request: { ...INVALID, code: "invalid_value" },
  unsupported: { ...INVALID, code: "unsupported_value" },
  not_found: { ...MISSING, code: "not_found" },
  model_not_found: { ...MISSING, code: "model_not_found" },
  authentication: { status: 401, ...same("authentication_error"), code: "invalid_api_key" },
  permission: { status: 403, ...same("permission_error"), code: "permission_denied" },
  context_overflow: { ...INVALID, code: "context_length_exceeded" },
  payload_too_large: { ...INVALID, status: 413, code: "payload_too_large", messages_type: "request_too_large" },
  content_filter: { ...INVALID, code: "content_filter" },
  quota: { status: 429, type: "insufficient_quota", code: "insufficient_quota", messages_type: "billing_error" },
  rate_limited: { status: 429, ...same("rate_limit_error"), code: "rate_limit_exceeded" },
  overloaded: { ...SERVER, status: 503, messages_type: "overloaded_error" },
  model_loading: { ...SERVER, status: 503, messages_type: "overloaded_error" },
  upstream_failed: SERVER,
  upstream_unreachable: SERVER,
  upstream_misplaced: SERVER,
  upstream_timeout: { ...SERVER, status: 504, messages_type: "timeout_error" },
  upstream_protocol: SERVER,
  loop: { ...INVALID, status: 508, code: "loop_detected", messages_type: "api_error" },
  aborted: { ...SERVER, status: 499 },
  internal: { ...SERVER, status: 500 },
};

/** `retry-after` in whole seconds, and `x-should-retry` for SDKs that would retry by the status although it is of no use. */
export function retryHeaders({ kind, retry_after_ms }: ShimError, retried: boolean): Record<string, string> {
  return {
    ...(retry_after_ms !== undefined && { "retry-after": String(Math.ceil(retry_after_ms / 1000)) }),
    ...(retried && !ERROR_KINDS[kind].retry && { "x-should-retry": "false" }),
  };
}
