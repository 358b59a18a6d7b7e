/** What each kind of error is called in the Messages API, over HTTP and within a stream. */
import { ERROR_KINDS, type ErrorKind, type ShimError } from "../../../core/errors.ts";
import type { ClientFacts, HttpError } from "../../wire.ts";

interface Names {
  status: number;
  type: string;
}

const INVALID: Names = { status: 400, type: "invalid_request_error" };

const NAMES: Record<ErrorKind, Names> = {
  invalid_request: INVALID,
  unsupported: INVALID,
  not_found: { status: 404, type: "not_found_error" },
  model_not_found: { status: 404, type: "not_found_error" },
  authentication: { status: 401, type: "authentication_error" },
  permission: { status: 403, type: "permission_error" },
  context_overflow: INVALID,
  payload_too_large: { status: 413, type: "request_too_large" },
  content_filter: INVALID,
  quota: { status: 429, type: "billing_error" },
  rate_limited: { status: 429, type: "rate_limit_error" },
  overloaded: { status: 529, type: "overloaded_error" },
  model_loading: { status: 529, type: "overloaded_error" },
  upstream_failed: { status: 502, type: "api_error" },
  upstream_unreachable: { status: 502, type: "api_error" },
  upstream_misplaced: { status: 502, type: "api_error" },
  upstream_timeout: { status: 504, type: "timeout_error" },
  upstream_protocol: { status: 502, type: "api_error" },
  loop: { status: 508, type: "api_error" },
  aborted: { status: 499, type: "api_error" },
  internal: { status: 500, type: "api_error" },
};

/**
 * What Claude Code 2.1.330 shall take as final. Any other 400 it takes for a field that is not known, and asks five times
 * more, each time without one; a 404 it tells as a wrong name of the model, whatever the message says; a 403 as its
 * own key's fault, and a 502 as something that will pass.
 */
const FINAL_FOR_CLAUDE_CODE: readonly ErrorKind[] = [
  "invalid_request",
  "unsupported",
  "not_found",
  "model_not_found",
  "permission",
  "content_filter",
  "upstream_misplaced",
  "loop",
];
const FINAL: Names = { status: 400, type: "policy_blocked" };

/** Statuses after which Anthropic's clients try again by themselves; Claude Code 2.1.330 also after 401. */
const RETRIED = (status: number): boolean => status === 401 || status === 408 || status === 429 || status >= 499;

export function httpErrorOf(error: ShimError, client: ClientFacts, request_id?: string): HttpError {
  const final = client.claude_code && FINAL_FOR_CLAUDE_CODE.includes(error.kind);
  const { status } = final ? FINAL : NAMES[error.kind];
  const headers: Record<string, string> = {};
  if (error.retry_after_ms !== undefined) headers["retry-after"] = String(Math.ceil(error.retry_after_ms / 1000));
  if (RETRIED(status) && !ERROR_KINDS[error.kind].retry) headers["x-should-retry"] = "false";
  const said = errorObject(error);
  const body = { type: "error", error: final ? { ...said, type: FINAL.type } : said };
  return { status, headers, body: request_id === undefined ? body : { ...body, request_id } };
}

/** What clients know to do without when it is refused by these codes. */
const DETAILS: { readonly [param: string]: object } = {
  thread: { error_code: "thread_unsupported_request", unsupported: ["thread"] },
};

export function errorObject(error: ShimError): { type: string; message: string; details?: object } {
  const { type } = NAMES[error.kind];
  const details = error.kind === "unsupported" ? DETAILS[error.param ?? ""] : undefined;
  if (details) return { type, message: error.message, details };
  if (error.kind !== "context_overflow") return { type, message: error.message };
  return { type, message: overflowWords(error) };
}

/**
 * The words by which Anthropic's clients know a full context: Claude Code then sums up the thread, and from the numbers it
 * knows how much to cut. Where only the reply that was asked for is too long, the other words make it ask for a shorter one.
 */
function overflowWords({ message, upstream }: ShimError): string {
  const numbers = upstream?.kind === "overflow" ? upstream.numbers : {};
  const { prompt_tokens: prompt, window_tokens: window, output_tokens: output } = numbers;
  if (window === undefined || prompt === undefined) return `prompt is too long: ${message}`;
  if (prompt > window) return `prompt is too long: ${prompt} tokens > ${window} maximum`;
  if (output !== undefined && prompt + output > window)
    return `input length and \`max_tokens\` exceed context limit: ${prompt} + ${output} > ${window}`;
  return `prompt is too long: ${message}`;
}
