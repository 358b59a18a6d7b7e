/** Errors in the form of the Responses API, over HTTP and within a stream. */
import { ERROR_KINDS, type ErrorKind, type ShimError } from "../../../core/errors.ts";
import { ERROR_NAMES, retryHeaders } from "../../errors.ts";
import type { ClientFacts, HttpError } from "../../wire.ts";

/** What Codex 0.169 takes as final whatever the status; of all else it believes only a 400. */
const FINAL_FOR_CODEX: readonly ErrorKind[] = ["model_not_found", "quota"];

/** How long Codex is told to wait after a 429 that names no time: without one it gives up at once. */
const DEFAULT_RETRY_AFTER_S = "2";

export function httpErrorOf(error: ShimError, client: ClientFacts): HttpError {
  const { status, type, code: usual } = ERROR_NAMES[error.kind];
  const { message, param = null, code = usual } = error;
  const wait = client.codex && error.kind === "rate_limited" ? { "retry-after": DEFAULT_RETRY_AFTER_S } : {};
  const vain = client.codex && !ERROR_KINDS[error.kind].retry && !FINAL_FOR_CODEX.includes(error.kind);
  return {
    status: vain ? 400 : status,
    headers: { ...wait, ...retryHeaders(error, false) },
    body: { error: { message, type, param, code } },
  };
}

type StreamError = { type: string; code: string; message: string; param: string | null };

/** Codes that stand in a stream as they do elsewhere. Codex 0.169 gives up at once on some codes, and retries on all others. */
const STREAM_CODES: ReadonlySet<string> = new Set(
  "model_not_found context_length_exceeded insufficient_quota rate_limit_exceeded server_error".split(" "),
);

/** An error within a stream. Codex reads the time to wait out of the words. */
export function streamErrorOf(error: ShimError): StreamError {
  const { type, code } = ERROR_NAMES[error.kind];
  const known = STREAM_CODES.has(code) && error.kind !== "upstream_misplaced";
  const wait =
    error.retry_after_ms === undefined || /try again in/i.test(error.message)
      ? ""
      : ` Please try again in ${error.retry_after_ms / 1000}s.`;
  return { type, code: known ? code : "invalid_prompt", message: error.message + wait, param: error.param ?? null };
}
