/** Reads the errors of upstreams, whatever wire they speak: the kind of failure, and what can be done. */
import { quote } from "../error-words.ts";
import { quotingError, type ErrorKind, type ShimError } from "../errors.ts";
import { type Envelope, envelopeOfBody, envelopeOfFrame } from "./envelope.ts";
import { errorKindOf, type FaultKind } from "./fault.ts";
import { judgeBy, type Judge } from "./judge.ts";
import { TOPICS } from "./rows/index.ts";
import { rateWait, retryAfter } from "./wait.ts";

/** An error that was returned with its HTTP status. `speaker` names the upstream, `now_ms` is our clock. */
export function readHttpError(
  status: number,
  headers: Headers,
  body: string,
  speaker: string,
  now_ms?: number,
): ShimError {
  const envelope = envelopeOfBody(body);
  const request_id = envelope.request_id || headers.get("request-id") || "";
  const words = [`${speaker} returned ${status}`, " without a message"] as const;
  return errorOf({ ...envelope, request_id }, status, headers, now_ms, words);
}

/** An error within a reply that began well, or the body of one that failed; undefined for a frame that is none. */
export function errorInReply(frame: unknown): ShimError | undefined {
  const envelope = envelopeOfFrame(frame);
  const words = ["the upstream failed in mid-reply", " and gave no reason"] as const;
  return envelope && errorOf(envelope, undefined, NO_HEADERS, undefined, words);
}

const NO_HEADERS = new Headers();

/** Kinds that pass with time: their messages say how long to wait. */
const WAITS: ReadonlySet<FaultKind> = new Set<FaultKind>(["rate_limit", "overloaded", "loading"]);

let judge: Judge | undefined;

function errorOf(
  envelope: Envelope,
  status: number | undefined,
  headers: Headers,
  now_ms: number | undefined,
  [before, without_message]: readonly [before: string, without_message: string],
): ShimError {
  // Some hundred wordings are compiled when the first error comes, and not at every start of the program.
  judge ??= judgeBy(TOPICS);
  const fault = judge(envelope, status);
  const { fields, message, request_id } = envelope;
  const retry_after_ms = WAITS.has(fault.kind)
    ? rateWait(headers, fields, message, fault.kind, now_ms)
    : retryAfter(headers, now_ms);
  const kind = errorKindOf(fault);
  // What is no id may be anything, and stands among our own words.
  const request = REQUEST_ID.test(request_id) ? `request ${request_id}` : "";
  const hints = [HINTS[kind] ?? "", request].filter((hint) => hint !== "").join("; ");
  const timed = retry_after_ms === undefined ? {} : { retry_after_ms };
  const words = quotedMessage(envelope);
  return quotingError(kind, before + (words === "" ? without_message : ": "), words, hints && ` (${hints})`, {
    ...timed,
    upstream: { ...fault, ...timed },
  });
}

const REQUEST_ID = /^(?:req_[\da-zA-Z]{1,40}|[\da-f-]{16,40})$/;

/** The message, with the refused field's name where it lacks that. */
function quotedMessage({ message, param }: Envelope): string {
  const quoted = quote(message);
  return quoted === "" || param === "" || quoted.includes(param) ? quoted : `${quoted} ['${param.slice(0, 100)}']`;
}

/** What people can do about it. */
const HINTS: Partial<Record<ErrorKind, string>> = {
  authentication: "check the upstream's key",
  context_overflow: "shorten the conversation, or give the model a larger window where it is served",
  model_not_found: "use a model that the upstream has",
  quota: "the upstream's account is used up",
};
