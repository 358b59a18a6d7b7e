/**
 * Decompresses request bodies and replies, a slice at a time: no other request waits meanwhile, and a body that
 * grows beyond all measure is given up after its first megabytes. The runtime's own `fetch` would neither bound it nor
 * undo several compressions, and the other runtime's leaves some undone.
 */
import { Buffer } from "node:buffer";
import process from "node:process";
import type { Transform } from "node:stream";
import { ShimError } from "../core/errors.ts";
import { zstdFrames } from "./zstd-frames.ts";

type Bytes = AsyncIterable<Uint8Array>;
type Zlib = typeof import("node:zlib");

/** How much comes out at a time. */
const SLICE_BYTES = 64 * 1024;
/** So much may come of anything; what is larger must have been at least this large a part of it before. */
const FREE_BYTES = 8 * 1024 * 1024;
const MOST_TIMES = 200;
/** Nobody compresses more than twice, and each is work. */
const MOST_ENCODINGS = 3;
/** After so many bytes others have their turn, in a runtime that inflates on the thread that serves. */
const TURN_BYTES = 1024 * 1024;

type Decompress = (bytes: Bytes, zlib: Zlib) => Bytes;

const gunzip: Decompress = (bytes, zlib) => through(bytes, zlib.createGunzip({ chunkSize: SLICE_BYTES }));

const ENCODINGS: ReadonlyMap<string, Decompress> = new Map([
  ["gzip", gunzip],
  ["x-gzip", gunzip],
  ["deflate", inflate],
  ["br", (bytes, zlib) => through(bytes, zlib.createBrotliDecompress({ chunkSize: SLICE_BYTES }))],
  ["zstd", unzstd], // Codex, when its provider is named "OpenAI"
]);

export const ENCODING_NAMES: readonly string[] = [...ENCODINGS.keys()];

/** The compressions that a header names, in the order in which they were made; undefined where one is not known. */
export function encodingsIn(header: string | null): string[] | undefined {
  const named = (header ?? "").split(",").map((name) => name.trim().toLowerCase());
  const made = named.filter((name) => name !== "" && name !== "identity");
  return made.length <= MOST_ENCODINGS && made.every((name) => ENCODINGS.has(name)) ? made : undefined;
}

/** The bytes without these compressions. Throws `NotInflated`. */
export function inflated(bytes: Bytes, encodings: readonly string[]): Bytes {
  // Loaded when it is needed: few compress what they send.
  const zlib = process.getBuiltinModule("node:zlib");
  return encodings.reduceRight((rest, name) => bounded(rest, name, zlib), bytes);
}

/** The bytes are not what their header says, or are a decompression bomb. */
export class NotInflated extends Error {
  readonly bomb: boolean;

  constructor(message: string, bomb = false) {
    super(message);
    this.bomb = bomb;
  }
}

async function* bounded(bytes: Bytes, name: string, zlib: Zlib): AsyncGenerator<Uint8Array, void, void> {
  let before = 0;
  let after = 0;
  let turn = TURN_BYTES;
  const failed: { error?: unknown } = {};
  async function* counted(): AsyncGenerator<Uint8Array, void, void> {
    try {
      for await (const chunk of bytes) {
        before += chunk.byteLength;
        yield chunk;
      }
    } catch (error) {
      failed.error = error;
      throw error;
    }
  }
  try {
    for await (const slice of ENCODINGS.get(name)?.(counted(), zlib) ?? []) {
      after += slice.byteLength;
      if (after > FREE_BYTES && after > before * MOST_TIMES)
        throw new NotInflated(`it is inflated by ${name} to more than ${MOST_TIMES} times its length`, true);
      yield slice;
      if (after < turn) continue;
      turn = after + TURN_BYTES;
      await new Promise((resolve) => setTimeout(resolve));
    }
  } catch (error) {
    // What went wrong before is no fault of the compression.
    if (failed.error !== undefined) throw failed.error;
    // Nothing is nothing, however it was compressed.
    if (before === 0) return;
    if (error instanceof NotInflated || error instanceof ShimError) throw error;
    throw new NotInflated(`it is not valid ${name} (${wordsOf(error)})`);
  }
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error).toLowerCase();
  return "code" in error && error.code === "Z_BUF_ERROR" ? "it is cut off" : error.message.toLowerCase();
}

/** Reads on only as far as what comes out is taken, and releases everything when its reader stops. */
async function* through(bytes: Bytes, undo: Transform): AsyncGenerator<Uint8Array, void, void> {
  const { Readable } = process.getBuiltinModule("node:stream");
  const source = Readable.from(bytes, { objectMode: true, highWaterMark: 1 });
  source.on("error", (error) => undo.destroy(error));
  try {
    for await (const slice of source.pipe(undo) as AsyncIterable<Buffer>) yield slice;
  } finally {
    source.destroy();
    undo.destroy();
  }
}

/** By the name's own definition with a header, by many who use it without one: the first byte tells. */
async function* inflate(bytes: Bytes, zlib: Zlib): AsyncGenerator<Uint8Array, void, void> {
  const rest = bytes[Symbol.asyncIterator]();
  let first = await rest.next();
  while (!first.done && first.value.byteLength === 0) first = await rest.next();
  async function* all(): AsyncGenerator<Uint8Array, void, void> {
    for (let each = first; !each.done; each = await rest.next()) yield each.value;
  }
  const headed = first.done === true || ((first.value[0] ?? 0) & 0x0f) === 8;
  const options = { chunkSize: SLICE_BYTES };
  yield* through(all(), headed ? zlib.createInflate(options) : zlib.createInflateRaw(options));
}

/** What a frame may ask for as its window: as RFC 9659 has it for HTTP, 8 MB. */
const WINDOW_LOG = 23;

/** Frame by frame: neither runtime says when the last is cut off, and one passes over all but the first. */
async function* unzstd(bytes: Bytes, zlib: Zlib): AsyncGenerator<Uint8Array, void, void> {
  const params = { [zlib.constants.ZSTD_d_windowLogMax]: WINDOW_LOG };
  for await (const frame of zstdFrames(bytes))
    yield* through(frame, zlib.createZstdDecompress({ chunkSize: SLICE_BYTES, params }));
}
