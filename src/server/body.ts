/** Reads request bodies: a limit on their size, the usual compressions, JSON. */
import { refuseAmbiguousKeys } from "../core/ambiguous-keys.ts";
import { quotingError, ShimError } from "../core/errors.ts";
import { inTime, wholeInTime, type BodyTimes } from "./access/slow-body.ts";
import { ENCODING_NAMES, encodingsIn, inflated, NotInflated } from "./inflate.ts";
import { bytesOfValues } from "./memory/json-census.ts";

export interface JsonBody {
  text: string;
  json: unknown;
}

/** The body, as it came and as what it means. Throws ShimErrors that say what is wrong with it. */
export async function readJson(request: Request, max_bytes: number, times?: BodyTimes): Promise<JsonBody> {
  const text = await readText(request, max_bytes, times);
  if (text.trim() === "") throw new ShimError("invalid_request", "the request has no body; send JSON", { code: null });
  bytesOfValues(text);
  const json = parsed(text);
  refuseAmbiguousKeys(text);
  return { text, json };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The parser quotes what it could not read.
    const { message } = error as Error;
    throw quotingError("invalid_request", "the request body is not valid JSON: ", message, "", { code: null });
  }
}

/** Up to this length a body is read in one piece, which costs less than piece by piece. */
const SMALL_BYTES = 1024 * 1024;

async function readText(request: Request, max_bytes: number, times?: BodyTimes): Promise<string> {
  const encodings = encodingsOf(request.headers.get("content-encoding"));
  const length = Number(request.headers.get("content-length") ?? Number.NaN);
  if (length > max_bytes) throw tooLarge(max_bytes);
  // Whoever sends more than was announced is cut off by the server.
  if (encodings.length === 0 && length <= Math.min(SMALL_BYTES, max_bytes))
    return wholeInTime(request.text(), length, times);
  return request.body ? readPieces(inflated(inTime(request.body, times), encodings), max_bytes) : "";
}

async function readPieces(bytes: AsyncIterable<Uint8Array>, max_bytes: number): Promise<string> {
  const utf8 = new TextDecoder();
  const pieces: string[] = [];
  let size = 0;
  try {
    for await (const piece of bytes) {
      size += piece.byteLength;
      if (size > max_bytes) throw tooLarge(max_bytes);
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
  throw new ShimError(
    "invalid_request",
    `the content encoding \`${String(header).slice(0, 64)}\` is not known here; use one of ${ENCODING_NAMES.join(", ")} or none`,
  );
}

function tooLarge(max_bytes: number): ShimError {
  return new ShimError("payload_too_large", `the request body is larger than ${max_bytes / 1024 / 1024} MB`);
}
