/** Reads what Responses hosts say when they fail, and says what kind of failure it is. */
import { hintFor, waitInWords } from "../../core/upstream-words.ts";
import { MAX_PAGE, plainText, quote, retryAfter } from "../../core/error-words.ts";
import { quotingError, type ErrorKind, type ShimError } from "../../core/errors.ts";

type Json = Record<string, unknown>;

interface Said {
  message: string;
  type: string;
  code: string;
  /** The field that is refused. */
  param: string;
}

/** An error that was answered with its HTTP status. */
export function readHttpError(status: number, headers: Headers, body: string, speaker: string): ShimError {
  const said = saidIn(parsed(body)) ?? { message: plainText(body), type: "", code: "", param: "" };
  const kind = kindOf(status, said);
  const retry_after_ms = retryAfter(headers) ?? (kind === "rate_limited" ? waitInWords(said.message) : undefined);
  const told = words(said);
  const before = `${speaker} answered ${status}: ${told === "" ? "without a word" : ""}`;
  return quotingError(kind, before, told, hintFor(kind), {
    ...(retry_after_ms !== undefined && { retry_after_ms }),
  });
}

/** An error within a reply that began well, or the body of one that failed; undefined for a frame that is none. */
export function errorInReply(frame: Json): ShimError | undefined {
  const { error, type, object } = frame;
  const flat = type === "error" || object === "error" || (type === undefined && typeof frame["message"] === "string");
  if (!error && !flat) return undefined;
  const said = saidIn(frame);
  if (!said) return undefined;
  const kind = kindOf(statusIn(frame), said);
  const retry_after_ms = kind === "rate_limited" ? waitInWords(said.message) : undefined;
  const told = words(said);
  const before = `the upstream failed while it answered: ${told === "" ? "it gave no reason" : ""}`;
  return quotingError(kind, before, told, hintFor(kind), {
    ...(retry_after_ms !== undefined && { retry_after_ms }),
  });
}

/** The field's name helps to see what was refused, where the words do not tell it. */
function words({ message, param }: Said): string {
  const quoted = quote(message);
  if (quoted === "") return "";
  return param === "" || quoted.includes(param) ? quoted : `${quoted} ['${param.slice(0, 100)}']`;
}

/** `{error: {message, type, param, code}}`, the same without its frame, `{error: "…"}`, `{detail: …}`. */
function saidIn(value: unknown): Said | undefined {
  if (!isObject(value)) return undefined;
  const { error, detail } = value;
  if (typeof error === "string" && error !== "") return { message: error, type: "", code: "", param: "" };
  if (isObject(error)) return flatly(error);
  if (detail !== undefined)
    return { message: typeof detail === "string" ? detail : JSON.stringify(detail), type: "", code: "", param: "" };
  return value["message"] === undefined && value["type"] !== "error" ? undefined : flatly(value);
}

function flatly(error: Json): Said {
  const type = textOf(error["type"]);
  return {
    message: textOf(error["message"]),
    type: type === "error" ? "" : type,
    code: textOf(error["code"]),
    param: textOf(error["param"]),
  };
}

function statusIn(frame: Json): number | undefined {
  const inner = isObject(frame["error"]) ? frame["error"] : frame;
  return [inner["code"], inner["status"], frame["status"]]
    .map((each) => (typeof each === "number" || typeof each === "string" ? Number(each) : Number.NaN))
    .find((n) => n >= 400 && n < 600);
}

/** By code or type, which tell more than the status; an error within a stream has no status. */
const BY_NAME: ReadonlyMap<string, ErrorKind> = new Map<string, ErrorKind>([
  ["context_length_exceeded", "context_overflow"],
  ["exceed_context_size_error", "context_overflow"],
  ["insufficient_quota", "quota"],
  ["billing_hard_limit_reached", "quota"],
  ["organization_spend_limit_exceeded", "quota"],
  ["usage_limit_reached", "quota"],
  ["usage_not_included", "quota"],
  ["rate_limit_exceeded", "rate_limited"],
  ["rate_limit_error", "rate_limited"],
  ["too_many_requests", "rate_limited"],
  ["slow_down", "overloaded"],
  ["server_is_overloaded", "overloaded"],
  ["unavailable_error", "overloaded"],
  ["invalid_api_key", "authentication"],
  ["authentication_error", "authentication"],
  ["model_not_found", "model_not_found"],
  ["not_found_error", "model_not_found"],
  ["DeploymentNotFound", "model_not_found"],
  ["unsupported_parameter", "unsupported"],
  ["unsupported_value", "unsupported"],
  ["content_filter", "content_filter"],
  ["content_policy_violation", "content_filter"],
  ["misalignment_policy_violation", "content_filter"],
  ["cyber_policy", "content_filter"],
  ["bio_policy", "content_filter"],
]);

const BY_STATUS: { readonly [status: number]: ErrorKind } = {
  401: "authentication",
  402: "quota",
  403: "permission",
  408: "upstream_timeout",
  413: "payload_too_large",
  424: "upstream_failed",
  429: "rate_limited",
  503: "overloaded",
  504: "upstream_timeout",
  524: "upstream_timeout",
  529: "overloaded",
};

/** Wordings for a prompt that is too long; each has its sample in the tests. */
const OVERFLOW =
  /context_length_exceeded|maximum context length|exceeds? (?:the |its )?(?:available |maximum |model'?s? )?context|context window|prompt (?:is )?too long|input is too long|longer than the model's/i;
const USED_UP = /exceeded your current quota|insufficient (?:balance|credits?|funds)|credit balance is too low/i;
const FLAGGED = /\bflagged\b|usage polic|safety reasons/i;
const NO_MODEL =
  /model.{0,80}(?:not found|does not exist|not exist|is not available)|no such model|invalid model|unknown model/i;
/** Some say it with status 500. */
const CANNOT_EVER = /image input is not supported|does not support (?:tools|thinking|images?|vision|function)/i;
const CANNOT = /(?:does not|doesn't|not) support|is not supported|unsupported/i;

function kindOf(status: number | undefined, { message, type, code }: Said): ErrorKind {
  const text = message.slice(0, MAX_PAGE);
  const named = BY_NAME.get(code) ?? BY_NAME.get(type);
  if (/loading model|model is loading/i.test(text)) return "model_loading";
  // A prompt can be too long by a minute's share: then it is no matter of the window.
  if (named !== "rate_limited" && status !== 429 && OVERFLOW.test(text)) return "context_overflow";
  if (USED_UP.test(text)) return "quota";
  if (code === "invalid_prompt" || (status === 403 && named === undefined))
    return FLAGGED.test(text) ? "content_filter" : code === "invalid_prompt" ? "invalid_request" : "permission";
  if (named !== undefined && !(named === "model_not_found" && type === "not_found_error" && !/model/i.test(text)))
    return named;
  const refused = type === "invalid_request_error" || (status !== undefined && status >= 400 && status < 500);
  if (refused && NO_MODEL.test(text)) return "model_not_found";
  if (CANNOT_EVER.test(text)) return "unsupported";
  const byStatus = status === undefined ? undefined : BY_STATUS[status];
  if (byStatus !== undefined) return byStatus;
  if (refused) return CANNOT.test(text) ? "unsupported" : "invalid_request";
  if (/overloaded|over capacity/i.test(text)) return "overloaded";
  return /rate.?limit|too many requests/i.test(text) ? "rate_limited" : "upstream_failed";
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "number" ? String(value) : "";
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
