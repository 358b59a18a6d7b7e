/** The one error class. Its kind decides status and code; its message says what is wrong, where, and how to fix it. */
import type { UpstreamFault } from "./upstream-errors/fault.ts";

/** `retry`: the same upstream may succeed with the same request later. */
export const ERROR_KINDS = {
  invalid_request: { retry: false }, // The client's request is wrong.
  /** The request is valid, but needs something that this upstream or wire does not have. */
  unsupported: { retry: false },
  not_found: { retry: false }, // No such path or method on this server.
  model_not_found: { retry: false },
  authentication: { retry: false },
  permission: { retry: false },
  context_overflow: { retry: false },
  payload_too_large: { retry: false },
  content_filter: { retry: false },
  quota: { retry: false },
  rate_limited: { retry: true },
  overloaded: { retry: true },
  model_loading: { retry: true }, // The upstream is still loading the model: it will be ready in seconds or minutes.
  upstream_failed: { retry: true }, // The upstream failed in a way of its own (5xx, an error within the stream).
  upstream_unreachable: { retry: true }, // No connection, or it broke before any byte came.
  upstream_misplaced: { retry: false }, // Its address leads to something that is no upstream: a redirect, a web page.
  upstream_timeout: { retry: true },
  upstream_protocol: { retry: true }, // The reply broke its own protocol: cut short, not JSON, an impossible frame.
  loop: { retry: false }, // A request came back to the shim that sent it.
  aborted: { retry: false }, // The client went away.
  internal: { retry: false }, // A fault of this program.
} as const satisfies Record<string, { retry: boolean }>;

export type ErrorKind = keyof typeof ERROR_KINDS;

interface ErrorDetails {
  /** Path of the offending field in the client's body, e.g. `input[3].role`. */
  param?: string;
  /** The word that a wire's clients look for, where that of the kind says less; null for none. */
  code?: string | null;
  /** How long to wait before another try, in milliseconds. */
  retry_after_ms?: number;
  /** What the upstream said, where it is one that failed. */
  upstream?: UpstreamFault;
  /** Where in the message others speak: an upstream, or a parser that quotes the client. The log does not repeat it. */
  said?: QuotedSpan;
  cause?: unknown;
}

/** From the first of its characters to behind the last. */
interface QuotedSpan {
  start: number;
  end: number;
}

export class ShimError extends Error {
  readonly kind: ErrorKind;
  readonly param: string | undefined;
  readonly code: string | null | undefined;
  readonly retry_after_ms: number | undefined;
  readonly upstream: UpstreamFault | undefined;
  readonly said: QuotedSpan | undefined;

  constructor(kind: ErrorKind, message: string, details: ErrorDetails = {}) {
    // It may quote an upstream, and no client reads half a character.
    super(message.toWellFormed(), details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "ShimError";
    this.kind = kind;
    this.param = details.param?.toWellFormed();
    this.code = details.code === null ? null : details.code?.toWellFormed();
    this.retry_after_ms = details.retry_after_ms;
    this.upstream = details.upstream;
    this.said = details.said;
  }
}

/** An error that repeats what somebody else has said, with our own words before and behind it. */
export function quotingError(
  kind: ErrorKind,
  before: string,
  words: string,
  after = "",
  details: Omit<ErrorDetails, "said"> = {},
): ShimError {
  if (words === "") return new ShimError(kind, before + after, details);
  const said = { start: before.length, end: before.length + words.length };
  return new ShimError(kind, before + words + after, { ...details, said });
}

/** Its message: our own words before those of somebody else, theirs (empty where nobody else speaks), ours again. */
export function messageParts({ message, said }: ShimError): [before: string, words: string, after: string] {
  if (!said) return [message, "", ""];
  return [message.slice(0, said.start), message.slice(said.start, said.end), message.slice(said.end)];
}

/** The same error in other words: all that stands in it goes through `change`. */
export function reworded(error: ShimError, change: (text: string) => string): ShimError {
  const [before, words, after] = messageParts(error).map((part) => (part === "" ? "" : change(part)));
  const { kind, param, code, retry_after_ms, upstream, said, cause } = error;
  const details = {
    ...(param !== undefined && { param: change(param) }),
    ...(code !== undefined && { code: code === null ? null : change(code) }),
    ...(retry_after_ms !== undefined && { retry_after_ms }),
    ...(upstream !== undefined && { upstream }),
    cause,
  };
  if (!said) return new ShimError(kind, before ?? "", details);
  return quotingError(kind, before ?? "", words ?? "", after, details);
}

/** Only JSON that others wrote is nested so deep that nobody can follow it. */
export function isTooDeep(thrown: unknown): boolean {
  return thrown instanceof RangeError && thrown.message.includes("call stack");
}

/** Whatever was thrown, as a ShimError; a foreign one becomes `internal`. */
export function asShimError(thrown: unknown): ShimError {
  if (thrown instanceof ShimError) return thrown;
  if (isTooDeep(thrown))
    return new ShimError("invalid_request", "the request's JSON is nested too deep to be read; make it flatter");
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  // A parser quotes what it could not read.
  if (thrown instanceof SyntaxError)
    return quotingError("internal", "juscode-shim failed: ", text, "", { cause: thrown });
  return new ShimError("internal", `juscode-shim failed: ${text}`, { cause: thrown });
}
