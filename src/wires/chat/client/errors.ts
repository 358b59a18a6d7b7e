/** Errors in the form of Chat Completions, over HTTP and within a stream. */
import type { ShimError } from "../../../core/errors.ts";
import { ERROR_NAMES, retryHeaders } from "../../errors.ts";
import type { HttpError } from "../../wire.ts";

export type ErrorBody = { message: string; type: string; param: string | null; code: string };

export function errorBodyOf(error: ShimError): ErrorBody {
  const { type, code } = ERROR_NAMES[error.kind];
  return { message: wordsOf(error), type, param: error.param ?? null, code };
}

export function httpErrorOf(error: ShimError): HttpError {
  const { retry_after_ms } = error;
  // OpenAI itself says 429, as for a rate. Cline, Goose and opencode ask again for minutes after that, whatever the code.
  const status = error.kind === "quota" ? 402 : ERROR_NAMES[error.kind].status;
  const retried = status === 408 || status === 409 || status === 429 || status >= 500;
  const precise = retry_after_ms === undefined ? {} : { "retry-after-ms": String(retry_after_ms) };
  return { status, headers: { ...retryHeaders(error, retried), ...precise }, body: { error: errorBodyOf(error) } };
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
