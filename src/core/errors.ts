/**
 * The one error class. Its kind decides the status and code that each client wire gives it, and whether
 * another upstream or another try may help. A message says what went wrong, where, and how to fix it.
 */

export interface ErrorKindFacts {
  /** Another upstream may succeed with the same request. */
  fallback: boolean;
  /** The same upstream may succeed with the same request later. */
  retry: boolean;
}

export const ERROR_KINDS = {
  /** The client's request is wrong. */
  invalid_request: { fallback: false, retry: false },
  /** The request is fine, but asks for something that this upstream or wire does not have. */
  unsupported: { fallback: true, retry: false },
  /** No such path or method on this server. */
  not_found: { fallback: false, retry: false },
  model_not_found: { fallback: true, retry: false },
  authentication: { fallback: true, retry: false },
  permission: { fallback: true, retry: false },
  context_overflow: { fallback: true, retry: false },
  payload_too_large: { fallback: true, retry: false },
  content_filter: { fallback: false, retry: false },
  quota: { fallback: true, retry: false },
  rate_limited: { fallback: true, retry: true },
  overloaded: { fallback: true, retry: true },
  /** The upstream is still loading the model: it will answer, in seconds or minutes. */
  model_loading: { fallback: true, retry: true },
  /** The upstream failed in a way of its own (5xx, an error within the stream). */
  upstream_failed: { fallback: true, retry: true },
  /** No connection, or it broke before any byte came. */
  upstream_unreachable: { fallback: true, retry: true },
  upstream_timeout: { fallback: true, retry: true },
  /** The reply broke its own protocol: cut short, not JSON, an impossible frame. */
  upstream_protocol: { fallback: true, retry: true },
  /** A request came back to the shim that sent it. */
  loop: { fallback: false, retry: false },
  /** The client went away. */
  aborted: { fallback: false, retry: false },
  /** A fault of this program. */
  internal: { fallback: false, retry: false },
} as const satisfies Record<string, ErrorKindFacts>;

export type ErrorKind = keyof typeof ERROR_KINDS;

/** Who found fault: this program, or the upstream (whose words the message then quotes). */
export type Speaker = "shim" | "upstream";

export interface ErrorDetails {
  by?: Speaker;
  /** Path of the offending field in the client's body, e.g. `input[3].role`. */
  param?: string;
  /** The upstream's HTTP status. */
  status?: number;
  /** How long to wait before another try, in milliseconds. */
  retry_after_ms?: number;
  cause?: unknown;
}

export class ShimError extends Error {
  readonly kind: ErrorKind;
  readonly by: Speaker;
  readonly param: string | undefined;
  readonly status: number | undefined;
  readonly retry_after_ms: number | undefined;

  constructor(kind: ErrorKind, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "ShimError";
    this.kind = kind;
    this.by = details.by ?? "shim";
    this.param = details.param;
    this.status = details.status;
    this.retry_after_ms = details.retry_after_ms;
  }

  get facts(): ErrorKindFacts {
    return ERROR_KINDS[this.kind];
  }
}

/** Whatever was thrown, as a ShimError; a foreign one becomes `internal`. */
export function asShimError(thrown: unknown): ShimError {
  if (thrown instanceof ShimError) return thrown;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return new ShimError("internal", `juscode-shim failed: ${text}`, { cause: thrown });
}
