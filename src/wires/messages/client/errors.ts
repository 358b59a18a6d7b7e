/** Errors in the form of the Messages API, over HTTP and within a stream. */
import type { ErrorKind, ShimError } from "../../../core/errors.ts";
import { ERROR_NAMES, retryHeaders } from "../../errors.ts";
import type { ClientFacts, HttpError } from "../../wire.ts";

/**
 * What Claude Code 2.1.330 shall take as final. Any other 400 it takes for a field that is not known, and asks five times
 * more, each time without one; a 404 it tells as a wrong name of the model, whatever the message says; a 403 as its
 * own key's fault, and a 502 as something that will pass.
 */
const FINAL_FOR_CLAUDE_CODE: ReadonlySet<ErrorKind> = new Set<ErrorKind>([
  "invalid_request",
  "unsupported",
  "not_found",
  "model_not_found",
  "permission",
  "content_filter",
  "upstream_misplaced",
  "loop",
]);

const OVERLOADED = 529;

export function httpErrorOf(error: ShimError, client: ClientFacts, request_id?: string): HttpError {
  const final = client.claude_code && FINAL_FOR_CLAUDE_CODE.has(error.kind);
  const named = errorObject(error);
  const usual = named.type === "overloaded_error" ? OVERLOADED : ERROR_NAMES[error.kind].status;
  const status = final ? 400 : usual;
  // Statuses after which Anthropic's clients try again by themselves; Claude Code 2.1.330 also after 401.
  const retried = status === 401 || status === 408 || status === 429 || status >= 499;
  const body = { type: "error", error: final ? { ...named, type: "policy_blocked" } : named };
  return {
    status,
    headers: retryHeaders(error, retried),
    body: request_id === undefined ? body : { ...body, request_id },
  };
}

/** What clients know to do without when it is refused by these codes. */
const DETAILS: { readonly [param: string]: object } = {
  thread: { error_code: "thread_unsupported_request", unsupported: ["thread"] },
};

export function errorObject(error: ShimError): { type: string; message: string; details?: object } {
  const { messages_type: type } = ERROR_NAMES[error.kind];
  const details = error.kind === "unsupported" ? DETAILS[error.param ?? ""] : undefined;
  const message = error.kind === "context_overflow" ? overflowWords(error) : error.message;
  return { type, message, ...(details && { details }) };
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
