/** Reads what upstreams say when they fail, whatever wire they speak: what kind of failure it is, and what can be done. */
import { quote } from "../error-words.ts";
import { quotingError, type ErrorKind, type ShimError } from "../errors.ts";
import { type Envelope, envelopeOfBody, envelopeOfFrame } from "./envelope.ts";
import { errorKindOf, type FaultKind, type UpstreamFault } from "./fault.ts";
import { judgeBy, type Judge } from "./judge.ts";
import { TOPICS } from "./rows/index.ts";
import { rateWait, retryAfter } from "./wait.ts";

let judge: Judge | undefined;

/** Some hundred wordings are compiled when the first error comes, and not at every start of the program. */
function judged(envelope: Envelope, status: number | undefined): UpstreamFault {
  judge ??= judgeBy(TOPICS);
  return judge(envelope, status);
}

/** An error that was returned with its HTTP status. `speaker` names the upstream, `now_ms` is our clock. */
export function readHttpError(
  status: number,
  headers: Headers,
  body: string,
  speaker: string,
  now_ms?: number,
): ShimError {
  const envelope = envelopeOfBody(body);
  const fault = judged(envelope, status);
  const words = said(envelope);
  const request_id = envelope.request_id || headers.get("request-id") || "";
  const wait = WAITS.has(fault.kind)
    ? rateWait(headers, envelope.fields, envelope.message, fault.kind, now_ms)
    : retryAfter(headers, now_ms);
  const before = `${speaker} returned ${status}${words === "" ? " without a message" : ": "}`;
  return errorOf(fault, wait, [before, words], request_id);
}

/** An error within a reply that began well, or the body of one that failed; undefined for a frame that is none. */
export function errorInReply(frame: unknown): ShimError | undefined {
  const envelope = envelopeOfFrame(frame);
  if (!envelope) return undefined;
  const fault = judged(envelope, undefined);
  const wait = WAITS.has(fault.kind)
    ? rateWait(NO_HEADERS, envelope.fields, envelope.message, fault.kind, undefined)
    : undefined;
  const words = said(envelope);
  const before = `the upstream failed in mid-reply${words === "" ? " and gave no reason" : ": "}`;
  return errorOf(fault, wait, [before, words], envelope.request_id);
}

const NO_HEADERS = new Headers();

/** Kinds that pass with time: their messages say how long to wait. */
const WAITS: ReadonlySet<FaultKind> = new Set<FaultKind>(["rate_limit", "overloaded", "loading"]);

/** The message, with the refused field's name where it lacks that. */
function said({ message, param }: Envelope): string {
  const quoted = quote(message);
  return quoted === "" || param === "" || quoted.includes(param) ? quoted : `${quoted} ['${param.slice(0, 100)}']`;
}

const REQUEST_ID = /^(?:req_[\da-zA-Z]{1,40}|[\da-f-]{16,40})$/;

function errorOf(
  fault: UpstreamFault,
  retry_after_ms: number | undefined,
  [before, words]: [before: string, words: string],
  request_id: string,
): ShimError {
  const kind = errorKindOf(fault);
  // What is no id may be anything, and stands among our own words.
  const request = REQUEST_ID.test(request_id) ? `request ${request_id}` : "";
  const hints = [HINTS[kind] ?? "", request].filter((hint) => hint !== "");
  const timed = retry_after_ms === undefined ? {} : { retry_after_ms };
  const after = hints.length === 0 ? "" : ` (${hints.join("; ")})`;
  return quotingError(kind, before, words, after, { ...timed, upstream: { ...fault, ...timed } });
}

/** What people can do about it. */
const HINTS: Partial<Record<ErrorKind, string>> = {
  authentication: "check the upstream's key",
  context_overflow: "shorten the conversation, or give the model a larger window where it is served",
  model_not_found: "ask for a model that the upstream has",
  quota: "the upstream's account is used up",
};
