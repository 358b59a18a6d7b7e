/** Reads what upstreams say when they fail, in every shape that is known, and says what kind of failure it is. */
import { hintFor, waitInWords } from "../../core/upstream-words.ts";
import { MAX_PAGE, plainText, quote, retryAfter } from "../../core/error-words.ts";
import { quotingError, type ErrorKind, type ShimError } from "../../core/errors.ts";

type Json = Record<string, unknown>;

interface Said {
  message: string;
  type: string;
  code: string;
  status: number | undefined;
}

/** An error that was answered with its HTTP status. */
export function readHttpError(status: number, headers: Headers, body: string, speaker: string): ShimError {
  const said = saidIn(parse(body)) ?? {
    message: plainText(body),
    type: "",
    code: "",
    status: undefined,
  };
  const kind = kindOf(status, said);
  const words = quote(said.message || plainText(body));
  const retry_after_ms = retryAfter(headers) ?? (kind === "rate_limited" ? waitInWords(said.message) : undefined);
  const before = `${speaker} answered ${status}: ${words === "" ? "without a word" : ""}`;
  return quotingError(kind, before, words, hintFor(kind), {
    ...(retry_after_ms !== undefined && { retry_after_ms }),
  });
}

/** An error within a reply that began well; undefined when the chunk is none. */
export function errorInReply(frame: Json): ShimError | undefined {
  const chunk = Array.isArray(frame) ? ((frame as Json[])[0] ?? frame) : frame;
  const inner = chunk["error"] ?? (chunk["x_groq"] as Json | null | undefined)?.["error"];
  const told = inner !== undefined && inner !== null && inner !== "";
  if (!told && !isErrorFrame(chunk)) return undefined;
  const said = told ? saidIn({ ...chunk, error: inner }) : saidIn(chunk);
  if (!said) return undefined;
  const kind = kindOf(said.status ?? 500, said);
  const words = quote(said.message);
  const before = `the upstream failed while it answered: ${words === "" ? "it gave no reason" : ""}`;
  return quotingError(kind, before, words, hintFor(kind));
}

/** Frames that say by something else than `error` that they are one. */
function isErrorFrame(chunk: Json): boolean {
  if (chunk["object"] === "error") return true;
  if (chunk["success"] === false && Array.isArray(chunk["errors"])) return true;
  if (chunk["choices"] !== undefined && chunk["choices"] !== null) return false;
  // MiniMax sends `base_resp` with good replies too, there with status 0.
  const status = (chunk["base_resp"] as Json | null | undefined)?.["status_code"];
  return typeof chunk["message"] === "string" || (typeof status === "number" && status !== 0);
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/**
 * `{error: {message, type, code}}`, `{error: "…"}`, flat `{message, type, code}` (Mistral, Cerebras, SGLang),
 * `{detail: …}` (FastAPI), `{errors: [{code, message}]}` (Cloudflare), `{error, error_type}` (TGI),
 * `{base_resp: {status_code, status_msg}}` (MiniMax).
 */
function saidIn(value: unknown): Said | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  if (typeof first !== "object" || first === null) return undefined;
  const body = first as Json;
  const error = body["error"];
  if (typeof error === "string")
    return {
      message: error,
      type: text(body["error_type"]),
      code: text(body["code"]),
      status: undefined,
    };
  if (typeof error === "object" && error !== null) return flat(error as Json);
  const [listed] = Array.isArray(body["errors"]) ? (body["errors"] as (Json | null)[]) : [];
  if (listed) return flat(listed);
  const base = body["base_resp"] as Json | undefined;
  if (base?.["status_msg"])
    return {
      message: text(base["status_msg"]),
      type: "",
      code: text(base["status_code"]),
      status: undefined,
    };
  const detail = body["detail"];
  if (detail !== undefined)
    return {
      message: typeof detail === "string" ? detail : JSON.stringify(detail),
      type: "",
      code: "",
      status: undefined,
    };
  return body["message"] === undefined ? undefined : flat(body);
}

function flat(error: Json): Said {
  const metadata = (error["metadata"] ?? {}) as Json;
  const code = error["code"] ?? error["status_code"] ?? error["http_status_code"];
  const status = [code, error["status_code"], error["http_status_code"], error["status"]]
    .map((each) => (typeof each === "number" || typeof each === "string" ? Number(each) : Number.NaN))
    .find((n) => n >= 400 && n < 600);
  const raw = text(metadata["raw"]);
  const message = text(error["message"] ?? error["msg"]);
  return {
    message: raw === "" || message.includes(raw) ? message : `${message} (${raw})`,
    type: text(metadata["error_type"]) || text(error["type"]),
    code: text(code),
    status,
  };
}

function text(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "number" ? String(value) : "";
}

/** Wordings for a prompt that is too long, of all hosts that are known; each has its sample in the tests. */
const OVERFLOW =
  /exceed_context_size|context_length_exceeded|context window exceeds|exceed(?:s|ed) this model context window|exceeds? (?:the |its )?(?:available |maximum |model'?s? )?(?:context|model token limit)|exceed(?:s|ed)? max(?:imum)? context|maximum context length|max(?:imum)? (?:prompt|input) length|longer than the (?:model'?s? )?(?:maximum model length|context length)|prompt (?:is )?too long|prompt exceeds max length|input is too long|too large for model|input token count.*exceeds|exceeds the maximum number of tokens|exceeded model token limit|reduce the length of the messages|tokens to keep from the initial prompt is greater than|`?inputs`? (?:tokens )?(?:must have less than|\+ `?max_new_tokens)|range of input length should be|model_context_window_exceeded|greater than the context length|tokens when context the overflows|n_keep \(\d+\) >= n_ctx|too long to fit into the model/i;

const RATE = /rate.?limit|too many requests|throttl/i;
const NO_MODEL =
  /model.{0,80}(?:not found|does not exist|not exist|not supported|is not available)|no such model|invalid model|not a valid model|DeploymentNotFound|unknown model|model_not_found/i;
const CANNOT =
  /does not support (?:tools|thinking|images?|vision|function)|image input is not supported|tool choice requires|enable-auto-tool-choice|unsupported tool|not support(?:ed)? .*tool|no endpoints found that support|not_supported_error/i;

/** Said with 400. */
const NO_KEY = /api key not valid/i;
const NO_CREDIT = /credit balance is too low|exceeded your current quota|insufficient (?:balance|credits?|funds)/i;
const FLAGGED = /\bflagged\b|requires moderation/i;

function kindOf(status: number, { message, type, code }: Said): ErrorKind {
  const all = `${type} ${code} ${message}`.slice(0, MAX_PAGE);
  const names = `${type} ${code}`;
  if (/insufficient_quota|insufficient_balance|billing/i.test(names) || status === 402) return "quota";
  if (status === 429 || (RATE.test(all) && status !== 400)) return isUsedUp(message) ? "quota" : "rate_limited";
  if (!RATE.test(message) && OVERFLOW.test(all)) return "context_overflow";
  if (status === 401 || NO_KEY.test(message)) return "authentication";
  if (NO_CREDIT.test(message)) return "quota";
  if (/content_filter|moderation|safety/i.test(names) || (status === 403 && FLAGGED.test(message)))
    return "content_filter";
  if (status === 403) return "permission";
  if (/loading model|model is loading/i.test(message)) return "model_loading";
  if (
    status === 503 ||
    status === 529 ||
    /overloaded|unavailable_error|(?:out of|over) capacity|server_is_overloaded/i.test(all)
  )
    return "overloaded";
  if (CANNOT.test(all)) return "unsupported";
  if (NO_MODEL.test(all) || code === "model_not_found") return "model_not_found";
  switch (status) {
    case 404:
      return /not_found_error/.test(type) ? "model_not_found" : "invalid_request";
    case 408:
    case 504:
    case 524:
      return "upstream_timeout";
    case 413:
      return "payload_too_large";
    // What TGI answers when its model fails.
    case 424:
      return "upstream_failed";
    default:
      return status >= 400 && status < 500 ? "invalid_request" : "upstream_failed";
  }
}

/** Gemini speaks of quota for its limits by the minute too; those name a time, or are only a guess in brackets. */
function isUsedUp(message: string): boolean {
  if (waitInWords(message) !== undefined) return false;
  return /quota|credit|balance|daily free/i.test(message.replace("(e.g. check quota)", ""));
}
