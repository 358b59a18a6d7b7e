/** What hosts answer is read within bounds, compressed or not, and a host that says too much is told of as a failed one. */
import { describe, expect, test } from "bun:test";
import * as zlib from "node:zlib";
import { CLIENTS } from "../support/ways/clients.ts";
import { MemoryBudget } from "../../src/server/memory/budget.ts";
import { foundAt, serving, type Serving } from "./serving.ts";

const MB = 1024 * 1024;

const JSON_TYPE = { "content-type": "application/json" };
const STREAM_TYPE = { "content-type": "text/event-stream" };
const DONE = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';
const chunk = (delta: object): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: null }] })}\n\n`;
const whole = (content: string): string =>
  JSON.stringify({ choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }] });

/** A host that answers so. */
class Host implements AsyncDisposable {
  /** Bytes that were taken of endless answers. */
  taken = 0;
  closed = 0;
  encodings: (string | null)[] = [];
  private readonly server: Bun.Server<undefined>;

  constructor(answer: (host: Host, request: Request) => Response, models?: (host: Host) => Response) {
    this.server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      idleTimeout: 0,
      fetch: async (request) => {
        this.encodings.push(request.headers.get("accept-encoding"));
        if (request.method === "GET") return models?.(this) ?? Response.json({ data: [{ id: "m" }] });
        await request.text();
        return answer(this, request);
      },
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.server.port}/v1`;
  }

  endless(piece: string | Uint8Array, headers: Record<string, string>, head = "", status = 200): Response {
    const bytes = Buffer.from(piece as string);
    let first = true;
    const body = new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          await Promise.resolve();
          this.taken += bytes.length;
          controller.enqueue(first && head !== "" ? Buffer.from(head) : bytes);
          first = false;
        },
        cancel: () => void this.closed++,
      },
      { highWaterMark: 0 },
    );
    return new Response(body, { status, headers });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop(true);
  }
}

const TOOL = { type: "function", function: { name: "f", parameters: { type: "object" } } };

async function ask(on: Serving, wire: keyof typeof CLIENTS, stream: boolean): Promise<string> {
  const request = CLIENTS[wire].request({ model: "m", stream, say: "Hi." }) as Record<string, unknown>;
  const tools = wire === "chat" ? { tools: [TOOL] } : {};
  const answer = await fetch(on.url + CLIENTS[wire].path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...request, ...tools }),
  });
  return `${answer.status} ${await answer.text()}`;
}

describe("a host that goes on without end", () => {
  test("with an error is heard for a moment", async () => {
    await using host = new Host((it) => it.endless("x".repeat(65_536), JSON_TYPE, '{"error":{"message":"', 400));
    await using on = await serving(host.url);
    for (const wire of ["responses", "chat"] as const) expect(await ask(on, wire, false)).toMatch(/^400 /);
    expect(host.taken).toBeLessThan(32 * MB);
  });

  test.each(["endless", "compressed", "too many"])(
    "with its list of models (%s) has none, and says why",
    async (how) => {
      const bomb = zlib.gzipSync(Buffer.alloc(200 * MB, "x"));
      await using host = new Host(
        () => Response.json({}),
        (it) => {
          if (how === "endless") return it.endless(`{"id":"${"m".repeat(60_000)}"},`, JSON_TYPE, '{"data":[');
          if (how === "compressed")
            return new Response(bomb, { headers: { ...JSON_TYPE, "content-encoding": "gzip" } });
          return new Response(`{"data":[${'{"id":"m"},'.repeat(600_000)}{}]}`, { headers: JSON_TYPE });
        },
      );
      const { provider } = foundAt(host.url);
      const listed = await provider.listModels("", new AbortController().signal).catch((error: Error) => error.message);
      expect(listed).toMatch(/GET \/models with (?:more than|JSON that)|inflated/);
      const said = await provider
        .ask("/props", undefined, new AbortController().signal)
        .catch((error: Error) => error.message);
      expect(said).toMatch(/\/props with (?:more than|JSON that)|inflated/);
    },
  );
});

const WIRES = ["responses", "messages", "chat"] as const;
const NO_RETRIES = { request_max_retries: 0, stream_max_retries: 0 };
const PIECES: [how: string, answer: (it: Host) => Response][] = [
  ["a stream of words", (it) => it.endless(chunk({ content: "word ".repeat(12_000) }), STREAM_TYPE)],
  ["a frame", (it) => it.endless("x".repeat(65_536), STREAM_TYPE, "data: ")],
  ["an object", (it) => it.endless("x".repeat(65_536), JSON_TYPE, '{"choices":[{"message":{"content":"')],
];

describe("a reply without end", () => {
  for (const wire of WIRES)
    test.each(PIECES)(`(%s) to a ${wire} client ends where it is too long`, async (_, answer) => {
      await using host = new Host(answer);
      await using on = await serving(async () => [foundAt(host.url, ["m"], "upstream", NO_RETRIES)], {
        max_answer_bytes: 2 * MB,
        hold_ms: 0,
      });
      for (const stream of [false, true]) {
        host.taken = 0;
        expect(await ask(on, wire, stream)).toContain("longer than 2 MB (max_answer_mb)");
        expect(host.taken).toBeLessThan(16 * MB);
      }
    });

  for (const wire of WIRES)
    test.each(PIECES)(
      `(%s) to a ${wire} client ends where there is no memory for it, which is free again`,
      async (_, answer) => {
        const memory = new MemoryBudget(2 * MB);
        await using host = new Host(answer);
        await using on = await serving(async () => [foundAt(host.url, ["m"], "upstream", NO_RETRIES)], {
          memory,
          hold_ms: 0,
        });
        for (const stream of [false, true]) expect(await ask(on, wire, stream)).toContain("max_memory_mb");
        expect(memory.held).toBe(0);
      },
    );
});

describe("a host that compresses, though it is asked not to", () => {
  const ANSWERS: [encoding: string, compress: (text: string) => Uint8Array][] = [
    ["gzip", (text) => zlib.gzipSync(text)],
    ["deflate", (text) => zlib.deflateSync(text)],
    ["deflate", (text) => zlib.deflateRawSync(text)],
    ["br", (text) => zlib.brotliCompressSync(text)],
    ["zstd", (text) => zlib.zstdCompressSync(Buffer.from(text))],
    ["gzip, br", (text) => zlib.brotliCompressSync(zlib.gzipSync(text))],
    ["gzip", (text) => Buffer.concat([zlib.gzipSync(text.slice(0, 9)), zlib.gzipSync(text.slice(9))])],
  ];
  const answerIn =
    (encoding: string, compress: (text: string) => Uint8Array) =>
    (_: Host, { url }: Request): Response => {
      const stream = url.includes("stream");
      const text = stream ? chunk({ content: "All of it." }) + DONE : whole("All of it.");
      const type = stream ? STREAM_TYPE : JSON_TYPE;
      return new Response(compress(text) as BodyInit, { headers: { ...type, "content-encoding": encoding } });
    };

  test.each(ANSWERS)("by %s is understood, and handed on without", async (encoding, compress) => {
    for (const wire of ["responses", "messages", "chat"] as const) {
      await using host = new Host(answerIn(encoding, compress));
      await using on = await serving(host.url);
      const said = await ask(on, wire, false);
      expect(said).toStartWith("200 ");
      expect(said).toContain("All of it.");
      expect(host.encodings.every((asked) => asked === "identity")).toBe(true);
    }
  });

  test.each([
    ["cut off", "gzip", zlib.gzipSync(whole("All of it.")).subarray(0, 40)],
    ["garbage", "gzip", Buffer.from(whole("All of it."))],
    ["cut off", "zstd", zlib.zstdCompressSync(Buffer.from(whole("All of it."))).subarray(0, 40)],
    [
      "a bomb",
      "br",
      zlib.brotliCompressSync(Buffer.alloc(200 * MB, "x"), { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 2 } }),
    ],
    ["unknown", "sdch", Buffer.from("x")],
  ])("and whose answer is %s (%s) has failed", async (_, encoding, body) => {
    await using host = new Host(() => new Response(body, { headers: { ...JSON_TYPE, "content-encoding": encoding } }));
    await using on = await serving(host.url);
    const said = await ask(on, "responses", false);
    expect(said).toMatch(/^502 /);
    expect(said).toMatch(/compress/);
  });
});

test("a JSON answer of nothing but brackets is not taken apart", async () => {
  const brackets = `[${"{},".repeat(600_000)}{}]`;
  await using host = new Host(() => new Response(`{"choices":[],"x":${brackets}}`, { headers: JSON_TYPE }));
  await using on = await serving(host.url);
  expect(await ask(on, "responses", false)).toMatch(/^502 .*more than 500000 JSON values/);
});
