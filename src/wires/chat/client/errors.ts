/** What each kind of error is called in Chat Completions, over HTTP and within a stream. */
import { ERROR_KINDS, type ErrorKind, type ShimError } from "../../../core/errors.ts";
import type { HttpError } from "../../wire.ts";

interface Names {
  status: number;
  type: string;
  code: string;
}

const INVALID = "invalid_request_error";
const SERVER = { type: "server_error", code: "server_error" };

const NAMES: Record<ErrorKind, Names> = {
  invalid_request: { status: 400, type: INVALID, code: "invalid_value" },
  unsupported: { status: 400, type: INVALID, code: "unsupported_value" },
  not_found: { status: 404, type: INVALID, code: "not_found" },
  model_not_found: { status: 404, type: INVALID, code: "model_not_found" },
  authentication: { status: 401, type: "authentication_error", code: "invalid_api_key" },
  permission: { status: 403, type: "permission_error", code: "permission_denied" },
  context_overflow: { status: 400, type: INVALID, code: "context_length_exceeded" },
  payload_too_large: { status: 413, type: INVALID, code: "payload_too_large" },
  content_filter: { status: 400, type: INVALID, code: "content_filter" },
  // OpenAI itself says 429, as for a rate. Cline, Goose and opencode ask again for minutes after that, whatever the code.
  quota: { status: 402, type: "insufficient_quota", code: "insufficient_quota" },
  rate_limited: { status: 429, type: "rate_limit_error", code: "rate_limit_exceeded" },
  overloaded: { status: 503, ...SERVER },
  model_loading: { status: 503, ...SERVER },
  upstream_failed: { status: 502, ...SERVER },
  upstream_unreachable: { status: 502, ...SERVER },
  upstream_misplaced: { status: 502, ...SERVER },
  upstream_timeout: { status: 504, ...SERVER },
  upstream_protocol: { status: 502, ...SERVER },
  loop: { status: 508, type: INVALID, code: "loop_detected" },
  aborted: { status: 499, ...SERVER },
  internal: { status: 500, ...SERVER },
};

export interface ErrorBody {
  message: string;
  type: string;
  param: string | null;
  code: string;
}

export function errorBodyOf(error: ShimError): ErrorBody {
  const { type, code } = NAMES[error.kind];
  return { message: wordsOf(error), type, param: error.param ?? null, code };
}

export function httpErrorOf(error: ShimError): HttpError {
  const { status } = NAMES[error.kind];
  const { retry_after_ms } = error;
  return {
    status,
    headers: {
      ...(retry_after_ms !== undefined && {
        "retry-after": String(Math.ceil(retry_after_ms / 1000)),
        "retry-after-ms": String(retry_after_ms),
      }),
      // SDKs try again after every 409, 429 and 5xx, unless they are told that it is of no use.
      ...(mayBeTriedAgain(status) && !ERROR_KINDS[error.kind].retry && { "x-should-retry": "false" }),
    },
    body: { error: errorBodyOf(error) },
  };
}

function mayBeTriedAgain(status: number): boolean {
  return status === 408 || status === 409 || status === 429 || status >= 500;
}

/** By these words agents know that their history is too long. */
export const FULL_CONTEXT: readonly string[] = ["context_length_exceeded", "this model's maximum context length is"];

/** Agents that shorten their history when it is too long know it by such words (LiteLLM's, for one), and many read no code. */
function wordsOf({ kind, message }: ShimError): string {
  // opencode 1.18 asks again, five times, after whatever holds the number of a status that passes.
  if (kind === "quota") return message.replace(/ returned 429\b/, " returned an error");
  const told = message.toLowerCase();
  if (kind !== "context_overflow" || FULL_CONTEXT.some((words) => told.includes(words))) return message;
  return `${message} (context_length_exceeded: this model's maximum context length is less than the prompt)`;
}
