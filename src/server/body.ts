/** Reads request bodies: a limit on their size, the usual compressions, JSON. */
import process from "node:process";
import { refuseAmbiguousKeys } from "../core/ambiguous-keys.ts";
import { quotingError, ShimError } from "../core/errors.ts";
import { inTime, wholeInTime, type BodyTimes } from "./access/slow-body.ts";

type Inflate = (bytes: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;

type Zlib = typeof import("node:zlib");

const INFLATE: Record<string, (zlib: Zlib) => Inflate> = {
  gzip: (zlib) => zlib.gunzipSync,
  "x-gzip": (zlib) => zlib.gunzipSync,
  deflate: (zlib) => zlib.inflateSync,
  br: (zlib) => zlib.brotliDecompressSync,
  zstd: (zlib) => zlib.zstdDecompressSync, // Codex, when its provider is named "OpenAI"
};

export interface JsonBody {
  text: string;
  json: unknown;
}

/** The body, as it came and as what it means. Throws ShimErrors that say what is wrong with it. */
export async function readJson(request: Request, max_bytes: number, times?: BodyTimes): Promise<JsonBody> {
  const text = await readText(request, max_bytes, times);
  if (text.trim() === "") throw new ShimError("invalid_request", "the request has no body; send JSON", { code: null });
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
  const encoding = request.headers.get("content-encoding");
  const length = Number(request.headers.get("content-length") ?? Number.NaN);
  // Whoever sends more than was announced is cut off by the server.
  if (encoding === null && length <= Math.min(SMALL_BYTES, max_bytes))
    return wholeInTime(request.text(), length, times);
  return new TextDecoder().decode(decoded(await readBytes(request, max_bytes, times), encoding, max_bytes));
}

async function readBytes(request: Request, max_bytes: number, times?: BodyTimes): Promise<Uint8Array> {
  const announced = Number(request.headers.get("content-length") ?? 0);
  if (announced > max_bytes) throw tooLarge(max_bytes);
  if (!request.body) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of inTime(request.body, times)) {
    size += chunk.byteLength;
    if (size > max_bytes) throw tooLarge(max_bytes);
    chunks.push(chunk);
  }
  if (chunks.length === 1 && chunks[0]) return chunks[0];
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

function decoded(bytes: Uint8Array, encoding: string | null, max_bytes: number): Uint8Array {
  if (encoding === null || encoding === "" || encoding === "identity") return bytes;
  const inflateOf = INFLATE[encoding.trim().toLowerCase()];
  if (!inflateOf) {
    throw new ShimError(
      "invalid_request",
      `the content encoding \`${encoding}\` is not known here; use one of ${Object.keys(INFLATE).join(", ")} or none`,
    );
  }
  try {
    // Loaded when it is needed: few clients compress what they send.
    return inflateOf(process.getBuiltinModule("node:zlib"))(bytes, { maxOutputLength: max_bytes });
  } catch (error) {
    if ((error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(max_bytes);
    throw new ShimError("invalid_request", `the request body is not valid ${encoding}: ${(error as Error).message}`);
  }
}

function tooLarge(max_bytes: number): ShimError {
  return new ShimError("payload_too_large", `the request body is larger than ${max_bytes / 1024 / 1024} MB`);
}
