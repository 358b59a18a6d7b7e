/** Compressed bodies: every compression that is sent, whole, cut, wrong and dishonest; nobody else waits for one. */
import { describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import * as zlib from "node:zlib";
import { encodingsIn, inflated, NotInflated } from "../../src/server/inflate.ts";
import { ChatUpstream, reply, say } from "../support/chat-upstream.ts";
import { serving } from "./serving.ts";

const MB = 1024 * 1024;
const TEXT = Buffer.from(JSON.stringify(Array.from({ length: 5000 }, (_, i) => `line ${i} of a long history`)));

const { BROTLI_PARAM_QUALITY, ZSTD_c_checksumFlag, ZSTD_c_windowLog } = zlib.constants;
const MADE: Record<string, (bytes: Uint8Array) => Uint8Array> = {
  gzip: (bytes) => zlib.gzipSync(bytes),
  "x-gzip": (bytes) => zlib.gzipSync(bytes),
  deflate: (bytes) => zlib.deflateSync(bytes),
  br: (bytes) => zlib.brotliCompressSync(bytes, { params: { [BROTLI_PARAM_QUALITY]: 4 } }),
  zstd: (bytes) => zlib.zstdCompressSync(bytes),
};
const raw = zlib.deflateRawSync(TEXT);
const checked = zlib.zstdCompressSync(TEXT, { params: { [ZSTD_c_checksumFlag]: 1 } });
const skippable = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function undone(bytes: Uint8Array, encoding: string, size = 64 * 1024): Promise<Buffer> {
  const encodings = encodingsIn(encoding);
  if (!encodings) throw new Error(`${encoding} is not known`);
  const out: Uint8Array[] = [];
  for await (const slice of inflated(inPieces(bytes, size), encodings)) out.push(slice);
  return Buffer.concat(out);
}

async function troubleOf(bytes: Uint8Array, encoding: string): Promise<NotInflated> {
  try {
    await undone(bytes, encoding);
  } catch (thrown) {
    if (thrown instanceof NotInflated) return thrown;
    throw thrown;
  }
  throw new Error("it was inflated");
}

describe("what is sent honestly comes out as it was", () => {
  const WHOLE: [name: string, encoding: string, bytes: Uint8Array, text: Uint8Array][] = [
    ...Object.entries(MADE).map(
      ([name, make]) => [name, name, make(TEXT), TEXT] as [string, string, Uint8Array, Buffer],
    ),
    ["deflate without its header", "deflate", raw, TEXT],
    ["in capitals", "GZip", zlib.gzipSync(TEXT), TEXT],
    ["identity", "identity", TEXT, TEXT],
    [
      "gzip of two members",
      "gzip",
      Buffer.concat([zlib.gzipSync(TEXT), zlib.gzipSync(TEXT)]),
      Buffer.concat([TEXT, TEXT]),
    ],
    ["zstd of two frames, with checksums", "zstd", Buffer.concat([checked, checked]), Buffer.concat([TEXT, TEXT])],
    ["zstd with frames to skip", "zstd", Buffer.concat([skippable, checked, skippable]), TEXT],
    ["gzip in brotli", "gzip, br", zlib.brotliCompressSync(zlib.gzipSync(TEXT)), TEXT],
    [
      "zstd in deflate, and a word for nothing",
      "zstd,identity,deflate",
      zlib.deflateSync(zlib.zstdCompressSync(TEXT)),
      TEXT,
    ],
    ["nothing at all", "gzip", new Uint8Array(), new Uint8Array()],
  ];
  test.each(WHOLE)("%s", async (_, encoding, bytes, text) => {
    for (const size of [1, 7, 4096, bytes.length || 1])
      expect(Buffer.compare(await undone(bytes, encoding, size), text)).toBe(0);
  });

  test.each(Object.keys(MADE))("%s of what cannot be compressed, and of much alike", async (encoding) => {
    for (const bytes of [randomBytes(3 * MB), Buffer.alloc(7 * MB, "the same line again\n")])
      expect(Buffer.compare(await undone(MADE[encoding]?.(bytes) ?? bytes, encoding), bytes)).toBe(0);
  });
});

describe("what is not what its header says", () => {
  const COMPRESSED: [encoding: string, bytes: Uint8Array][] = [
    ...Object.entries(MADE).map(([name, make]): [string, Uint8Array] => [name, make(TEXT)]),
    ["deflate", raw],
    ["zstd", checked],
  ];
  test.each(COMPRESSED)("%s that is cut off", async (encoding, bytes) => {
    for (const end of [1, bytes.length >> 1, bytes.length - 1])
      expect((await troubleOf(bytes.subarray(0, end), encoding)).message).toContain(`not valid ${encoding}`);
  });

  test.each(Object.keys(MADE))("%s that is garbage", async (encoding) => {
    for (const bytes of [Buffer.from('{"model":"m"}'), Buffer.alloc(1000), randomBytes(1000).fill(0xff, 0, 4)])
      expect((await troubleOf(bytes, encoding)).bomb).toBe(false);
  });

  test("names that nobody knows, and too many of them", () => {
    for (const header of ["rot13", "gzip, rot13", "constructor", "gzip,gzip,gzip,gzip"])
      expect(encodingsIn(header)).toBeUndefined();
    expect(encodingsIn("br, gzip")).toEqual(["br", "gzip"]);
    expect(encodingsIn(null)).toEqual([]);
  });
});

describe("what grows beyond all measure", () => {
  const zeros = Buffer.alloc(100 * MB);
  const BOMBS: [name: string, encoding: string, bytes: Uint8Array][] = [
    ["gzip", "gzip", zlib.gzipSync(zeros)],
    ["brotli", "br", zlib.brotliCompressSync(zeros)],
    ["zstd", "zstd", zlib.zstdCompressSync(zeros)],
    ["gzip in gzip", "gzip, gzip", zlib.gzipSync(zlib.gzipSync(zeros))],
    ["a bomb in a harmless one", "br, gzip", zlib.gzipSync(zlib.brotliCompressSync(zeros))],
  ];
  test.each(BOMBS)("%s is given up, long before its end", async (_, encoding, bytes) => {
    let out = 0;
    const trouble = await (async () => {
      for await (const slice of inflated(inPieces(bytes, 4096), encodingsIn(encoding) ?? [])) out += slice.length;
    })().catch((error: unknown) => error);
    expect(trouble).toBeInstanceOf(NotInflated);
    expect((trouble as NotInflated).bomb).toBe(true);
    expect(out).toBeLessThan(40 * MB);
  });

  test("a window of 128 MB, and a thousand frames of nothing", async () => {
    const compress = zlib.createZstdCompress({ params: { [ZSTD_c_windowLog]: 27 } });
    compress.end(TEXT);
    const wide = Buffer.concat((await Array.fromAsync(compress)) as Buffer[]);
    expect((await troubleOf(wide, "zstd")).message).toContain("memory");
    const tiny = zlib.zstdCompressSync(Buffer.from("a"));
    expect((await troubleOf(Buffer.concat(Array<Buffer>(1100).fill(tiny)), "zstd")).message).toContain("1000 frames");
  });
});

describe("nobody waits", () => {
  /** The longest that the loop stood still meanwhile. */
  async function standstill(work: () => Promise<unknown>): Promise<number> {
    let last = performance.now();
    let longest = 0;
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);
    try {
      await work();
    } finally {
      clearInterval(timer);
    }
    return Math.max(longest, performance.now() - last);
  }

  test("for forty bodies of 405 bytes that come to 64 MB each", async () => {
    await using upstream = new ChatUpstream([reply(say("Hi."))]);
    await using on = await serving(upstream.url);
    const bomb = zlib.brotliCompressSync(Buffer.alloc(64 * MB, " "));
    expect(bomb.length).toBeLessThan(500);
    const before = performance.now();
    zlib.brotliDecompressSync(bomb);
    // What each of them would take, if it were inflated at once: the loop stood still for all of it, forty times.
    const one = performance.now() - before;
    const headers = { "content-encoding": "br", "content-type": "application/json" };
    const ask = async (): Promise<number> => {
      const answer = await fetch(`${on.url}/chat/completions`, { method: "POST", headers, body: bomb });
      await answer.text();
      return answer.status;
    };
    let statuses: number[] = [];
    const longest = await standstill(async () => (statuses = await Promise.all(Array.from({ length: 40 }, ask))));
    expect(statuses).toEqual(Array<number>(40).fill(413));
    console.log(
      `inflated at once ${one.toFixed(0)} ms, longest standstill of forty in slices ${longest.toFixed(0)} ms`,
    );
    // A busy machine stops it, too: four of forty is far enough from all.
    expect(longest).toBeLessThan(one * 4);
  }, 60_000);
});

describe("a client's request", () => {
  const BODY = Buffer.from(
    JSON.stringify({ model: "scripted", messages: [{ role: "user", content: TEXT.toString() }] }),
  );
  test.each([
    ["gzip", zlib.gzipSync(BODY)],
    ["deflate", zlib.deflateRawSync(BODY)],
    ["br", zlib.brotliCompressSync(BODY)],
    ["zstd", Buffer.concat([zlib.zstdCompressSync(BODY.subarray(0, 999)), zlib.zstdCompressSync(BODY.subarray(999))])],
    ["gzip, zstd", zlib.zstdCompressSync(zlib.gzipSync(BODY))],
  ])("in %s arrives whole", async (encoding, body) => {
    await using upstream = new ChatUpstream([reply(say("Hi."))]);
    await using on = await serving(upstream.url);
    const headers = { "content-encoding": encoding, "content-type": "application/json" };
    const answer = await fetch(`${on.url}/chat/completions`, { method: "POST", headers, body });
    expect(answer.status).toBe(200);
    expect(upstream.request(0).body.messages[0]?.content).toBe(TEXT.toString());
  });

  test.each([
    ["gzip", zlib.gzipSync(BODY).subarray(0, 100)],
    ["zstd", zlib.zstdCompressSync(BODY).subarray(0, 100)],
    ["br", Buffer.from("garbage")],
    ["lzma", BODY],
  ])("in %s that is none is wrong, and says so", async (encoding, body) => {
    await using upstream = new ChatUpstream([]);
    await using on = await serving(upstream.url);
    const headers = { "content-encoding": encoding, "content-type": "application/json" };
    const answer = await fetch(`${on.url}/chat/completions`, { method: "POST", headers, body });
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining(encoding)]);
  });
});
