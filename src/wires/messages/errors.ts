/** Reads what Messages hosts say when they fail, and says what kind of failure it is. */
import { MAX_PAGE, plainText, quote, retryAfter } from "../../core/error-words.ts";
import { quotingError, type ErrorKind, type ShimError } from "../../core/errors.ts";

type Json = Record<string, unknown>;

interface Said {
  type: string;
  message: string;
  /** A finer word than the type, where there is one. */
  code: string;
  /** The number under which the host's people find the request. */
  request: string;
}

/** An error that was answered with its HTTP status. */
export function readHttpError(status: number, headers: Headers, body: string, speaker: string): ShimError {
  const said = saidIn(parsed(body)) ?? { type: "", message: plainText(body), code: "", request: "" };
  const request = said.request || headers.get("request-id") || "";
  const kind = kindOf(status, said);
  const retry_after_ms = retryAfter(headers);
  const words = quote(said.message);
  const before = `${speaker} answered ${status}: ${words === "" ? "without a word" : ""}`;
  return quotingError(kind, before, words, hint(kind, request), {
    ...(retry_after_ms !== undefined && { retry_after_ms }),
  });
}

/** An error within a reply that began well; undefined for a frame that is none. */
export function errorInReply(frame: Json): ShimError | undefined {
  const said = saidIn(frame);
  if (!said) return undefined;
  const kind = kindOf(undefined, said);
  const words = quote(said.message);
  const before = `the upstream failed while it answered: ${words === "" ? "it gave no reason" : ""}`;
  return quotingError(kind, before, words, hint(kind, said.request));
}

/**
 * `{type: "error", error: {type, message}, request_id}`; other hosts leave out the frame, put a text in place of the
 * object, or speak as they do elsewhere: `{message}`, `{detail}`, and MiniMax's `{base_resp: {status_code, status_msg}}`.
 */
function saidIn(value: unknown): Said | undefined {
  if (!isObject(value)) return undefined;
  const { error, detail } = value;
  const request = text(value["request_id"]);
  if (typeof error === "string" && error !== "") return { type: "", message: error, code: "", request };
  if (isObject(error)) {
    const details = isObject(error["details"]) ? error["details"] : {};
    const code = text(details["error_code"]) || text(error["code"]);
    return { type: text(error["type"]), message: text(error["message"]), code, request };
  }
  const base = value["base_resp"];
  // It comes with good replies too, there with status 0.
  if (isObject(base) && base["status_code"] !== 0 && text(base["status_msg"]) !== "")
    return { type: "", message: text(base["status_msg"]), code: text(base["status_code"]), request };
  if (typeof value["message"] === "string" || value["type"] === "error")
    return { type: "", message: text(value["message"]), code: text(value["code"]), request };
  if (detail === undefined) return undefined;
  return { type: "", message: typeof detail === "string" ? detail : JSON.stringify(detail), code: "", request };
}

/** Wordings for a prompt that is too long; each has its sample in the tests. */
const OVERFLOW =
  /prompt (?:is )?too long|exceeds? (?:the )?(?:maximum )?context (?:limit|length|window)|context window exceeds|context_length_exceeded|maximum context length|input is too long|exceeds the maximum number of tokens/i;
const USED_UP =
  /credit balance is too low|insufficient (?:balance|credits?|funds)|usage limits|spend(?:ing)? limit|spend_limit|billing|insufficient_quota/i;
const NO_MODEL =
  /model:? ?[`'"\w./:@-]* (?:is |was |does |could )?not (?:found|exist|supported|available|be found)|(?:unknown|invalid|no such) model|^model: /i;
const CANNOT = /(?:does not|doesn't|not) support|is not supported/i;

/** By the type, which tells more than the status; an error within a stream has no status. */
const BY_TYPE: ReadonlyMap<string, ErrorKind> = new Map(
  Object.entries({
    authentication_error: "authentication",
    billing_error: "quota",
    permission_error: "permission",
    not_found_error: "model_not_found",
    request_too_large: "payload_too_large",
    rate_limit_error: "rate_limited",
    timeout_error: "upstream_timeout",
    api_error: "upstream_failed",
    overloaded_error: "overloaded",
  } as const satisfies Record<string, ErrorKind>),
);

const BY_STATUS: { readonly [status: number]: ErrorKind } = {
  401: "authentication",
  402: "quota",
  403: "permission",
  404: "invalid_request",
  408: "upstream_timeout",
  413: "payload_too_large",
  429: "rate_limited",
  503: "overloaded",
  504: "upstream_timeout",
  524: "upstream_timeout",
  529: "overloaded",
};

function kindOf(status: number | undefined, { type, message, code }: Said): ErrorKind {
  const words = `${code} ${message}`.slice(0, MAX_PAGE);
  const known = BY_TYPE.get(type);
  // A prompt can be too long by a minute's share: then it is no matter of the window.
  if (known !== "rate_limited" && status !== 429 && OVERFLOW.test(words)) return "context_overflow";
  if (known !== "authentication" && known !== "upstream_failed" && USED_UP.test(words)) return "quota";
  if (known === "model_not_found" && !/model/i.test(message)) return "invalid_request";
  if (known !== undefined) return known;
  const refused = type === "invalid_request_error" || (status !== undefined && status >= 400 && status < 500);
  if (refused && NO_MODEL.test(message)) return "model_not_found";
  if (refused && CANNOT.test(message)) return "unsupported";
  if (/rate.?limit|too many requests/i.test(message) && status !== 400) return "rate_limited";
  const byStatus = status === undefined ? undefined : BY_STATUS[status];
  return byStatus ?? (refused ? "invalid_request" : "upstream_failed");
}

const HINTS: Partial<Record<ErrorKind, string>> = {
  authentication: "check the upstream's key",
  context_overflow: "shorten the conversation, or give the model a larger window where it is served",
  model_not_found: "ask for a model that the upstream has",
  quota: "the upstream's account is used up",
};

const REQUEST = /^(?:req_[\da-zA-Z]{1,40}|[\da-f-]{16,40})$/;

function hint(kind: ErrorKind, request: string): string {
  // What is no id may be anything, and stands among our own words.
  const parts = [HINTS[kind] ?? "", REQUEST.test(request) ? `request ${request}` : ""].filter((part) => part !== "");
  return parts.length === 0 ? "" : ` (${parts.join("; ")})`;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function text(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "number" ? String(value) : "";
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
