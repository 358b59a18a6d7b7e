/** Reads request bodies: a limit on their size, a place in memory, the usual compressions, JSON. */
import { refuseAmbiguousKeys } from "../core/ambiguous-keys.ts";
import { quotingError, ShimError } from "../core/errors.ts";
import { BODY_TIMES, inTime, wholeInTime, type BodyTimes } from "./access/slow-body.ts";
import { ENCODING_NAMES, encodingsIn, inflated, NotInflated } from "./inflate.ts";
import type { Hold, MemoryBudget } from "./memory/budget.ts";
import { bytesOfValues } from "./memory/json-census.ts";
import { requestBody, type RequestBody } from "./memory/request-body.ts";

interface BodyOptions {
  max_body_bytes: number;
  body_times?: BodyTimes;
  /** Absent: memory is not counted. */
  memory?: MemoryBudget;
}

interface HeldBody {
  body: RequestBody;
  /** What the body takes in memory, until it is ended. */
  hold?: Hold;
}

/** The body as text and as JSON. Throws ShimErrors that say what is wrong with it. */
export async function readJson(request: Request, options: BodyOptions): Promise<HeldBody> {
  const hold = options.memory?.hold();
  try {
    const text = await readText(request, options, hold);
    if (text.trim() === "")
      throw new ShimError("invalid_request", "the request has no body; send JSON", { code: null });
    const working = workingBytes(text) + bytesOfValues(text);
    hold?.hasRead();
    await hold?.growInTime(working);
    const json = parsed(text);
    refuseAmbiguousKeys(text);
    return { body: requestBody(text, json), ...(hold && { hold }) };
  } catch (thrown) {
    hold?.end();
    throw thrown;
  }
}

/**
 * What a text takes from its parsing until it has been sent, besides what it took to read it: as it is, as JSON, as the
 * upstream's JSON (of one or two bytes a character), and as the bytes that are sent.
 */
export function workingBytes(text: string): number {
  const [head, tail] = [text.slice(0, SAMPLE), text.slice(-SAMPLE)];
  return text.length * (isLatin(head) && isLatin(tail) ? LATIN_SHARE : WIDE_SHARE);
}

const SAMPLE = 2048;
const LATIN_SHARE = 3;
const WIDE_SHARE = 7;

function isLatin(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 255) return false;
  return true;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The parser quotes what it could not read.
    const message = error instanceof Error ? error.message : "";
    throw quotingError("invalid_request", "the request body is not valid JSON: ", message, "", { code: null });
  }
}

/** Up to this length a body is read in one piece, which costs less than piece by piece. */
const SMALL_BYTES = 1024 * 1024;
/** A body that is being read: its bytes, the text of each piece, and the text of all. */
const READING_SHARE = 3;

async function readText(request: Request, options: BodyOptions, hold: Hold | undefined): Promise<string> {
  const { max_body_bytes: max_bytes, body_times = BODY_TIMES } = options;
  const encodings = encodingsOf(request.headers.get("content-encoding"));
  const length = Number(request.headers.get("content-length") ?? Number.NaN);
  if (length > max_bytes) throw tooLarge(max_bytes);
  if (length > 0) hold?.expect(length * READING_SHARE);
  // A client that sends more than it announced is cut off by the server.
  if (encodings.length === 0 && length <= Math.min(SMALL_BYTES, max_bytes)) {
    hold?.growReading(length * READING_SHARE);
    return wholeInTime(request.text(), length, body_times);
  }
  return request.body ? readPieces(inflated(inTime(request.body, body_times), encodings), max_bytes, hold) : "";
}

async function readPieces(
  bytes: AsyncIterable<Uint8Array>,
  max_bytes: number,
  hold: Hold | undefined,
): Promise<string> {
  const utf8 = new TextDecoder();
  const pieces: string[] = [];
  let size = 0;
  try {
    for await (const piece of bytes) {
      size += piece.byteLength;
      if (size > max_bytes) throw tooLarge(max_bytes);
      // Not waited for: the runtime would take in the rest of the body meanwhile.
      hold?.growReading(piece.byteLength * READING_SHARE);
      pieces.push(utf8.decode(piece, { stream: true }));
    }
  } catch (thrown) {
    if (!(thrown instanceof NotInflated)) throw thrown;
    throw new ShimError(thrown.bomb ? "payload_too_large" : "invalid_request", `the request body: ${thrown.message}`);
  }
  pieces.push(utf8.decode());
  return pieces.join("");
}

function encodingsOf(header: string | null): string[] {
  const encodings = encodingsIn(header);
  if (encodings) return encodings;
  const named = String(header).slice(0, 64);
  const words = `the content encoding \`${named}\` is not known here; use one of ${ENCODING_NAMES.join(", ")} or none`;
  throw new ShimError("invalid_request", words);
}

function tooLarge(max_bytes: number): ShimError {
  return new ShimError("payload_too_large", `the request body is larger than ${max_bytes / 1024 / 1024} MB`);
}
