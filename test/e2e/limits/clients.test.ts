/** Clients that are many, or do not read: what they cost is bounded, and nobody else suffers. */
import { expect, test } from "bun:test";
import { rssMb } from "../../support/limited-shim.ts";
import { describeWith } from "../../support/needs.ts";
import { Shim } from "../../support/shim.ts";
import { CLIENTS } from "../../support/ways/clients.ts";
import { Line, postHead } from "../../support/ways/line.ts";

const MB = 1024 * 1024;
const PIECE = "many words ".repeat(6000);

/** Sends text as fast as it is taken; what has gone out is counted. */
class Flood implements AsyncDisposable {
  sent = 0;
  private readonly server: Bun.Server<undefined>;

  constructor(bytes_each: number) {
    const frame = Buffer.from(
      `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: PIECE }, finish_reason: null }] })}\n\n`,
    );
    const last = Buffer.from('data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n');
    this.server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      idleTimeout: 0,
      fetch: ({ method }) => {
        if (method === "GET") return Response.json({ data: [{ id: "m" }] });
        let left = bytes_each;
        const pull = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
          if (left <= 0) {
            controller.enqueue(last);
            return controller.close();
          }
          left -= frame.length;
          this.sent += frame.length;
          controller.enqueue(frame);
        };
        return new Response(new ReadableStream({ pull }), { headers: { "content-type": "text/event-stream" } });
      },
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.server.port}/v1`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop(true);
  }
}

/** Asks for a stream and reads the first bytes of it, and then none. */
async function stalled(port: number, wire: keyof typeof CLIENTS): Promise<Line> {
  const line = await Line.to(port);
  const body = JSON.stringify(CLIENTS[wire].request({ model: "m", stream: true, say: "Go on." }));
  const first = Promise.withResolvers<void>();
  void line.ask(postHead(CLIENTS[wire].path, Buffer.byteLength(body)), body, () => {
    line.pause();
    first.resolve();
  });
  await first.promise;
  return line;
}

const short = async (shim: Shim): Promise<number> => {
  const answer = await fetch(`http://127.0.0.1:${shim.port}/health`, { keepalive: false });
  await answer.text();
  return answer.status;
};

/** Until the flood stands still: nobody takes any more. */
async function still(flood: Flood): Promise<void> {
  for (let before = -1; before !== flood.sent;) {
    before = flood.sent;
    await Bun.sleep(400);
  }
}

describeWith("shim")("a client that does not read", () => {
  test.each(["responses", "messages", "chat"] as const)(
    "an answer of 80 MB on %s costs less than 40 MB",
    async (wire) => {
      await using flood = new Flood(80 * MB);
      await using shim = await Shim.start({ args: ["--upstream", flood.url, "--quiet"] });
      const before = rssMb(shim.process.pid);
      const line = await stalled(shim.port, wire);
      await still(flood);
      expect(flood.sent).toBeLessThan(60 * MB);
      const cost = rssMb(shim.process.pid) - before;
      console.log(`a stalled reader of 80 MB on ${wire} costs ${cost.toFixed(1)} MB`);
      expect(cost).toBeLessThan(40);
      expect(await short(shim)).toBe(200);
      line.reset();
    },
    30_000,
  );

  const MANY: [count: number, answer_mb: number, most_mb: number][] = [
    // As long as answers of models become.
    [200, 0.3, 1.5],
    // What the runtime's buffers on both sides hold of an answer without end.
    [30, 60, 12],
  ];
  test.each(MANY)(
    "%d of them, with answers of %d MB, cost less than %d MB each",
    async (count, answer_mb, most_mb) => {
      await using flood = new Flood(answer_mb * MB);
      await using shim = await Shim.start({ args: ["--upstream", flood.url, "--quiet"] });
      const before = rssMb(shim.process.pid);
      const lines = await Promise.all(Array.from({ length: count }, () => stalled(shim.port, "responses")));
      await still(flood);
      const each = (rssMb(shim.process.pid) - before) / count;
      console.log(`${count} stalled readers of ${answer_mb} MB cost ${each.toFixed(2)} MB each`);
      expect(each).toBeLessThan(most_mb);
      expect(await short(shim)).toBe(200);
      for (const line of lines) line.reset();
    },
    60_000,
  );
});

describeWith("shim")("idle connections", () => {
  test("10,000 cost less than 10 kB each, and new ones are served", async () => {
    await using flood = new Flood(1000);
    await using shim = await Shim.start({ args: ["--upstream", flood.url, "--quiet"] });
    const before = rssMb(shim.process.pid);
    const lines: Line[] = [];
    const HEAD = "GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n";
    while (lines.length < 10_000) {
      const more = await Promise.all(
        Array.from({ length: 250 }, async () => {
          const line = await Line.to(shim.port);
          await line.ask(HEAD, "");
          return line;
        }),
      );
      lines.push(...more);
    }
    const open = lines.filter(({ closed }) => !closed).length;
    const each_kb = ((rssMb(shim.process.pid) - before) * 1024) / open;
    console.log(`${open} idle connections, ${each_kb.toFixed(1)} kB each`);
    expect(open).toBe(10_000);
    expect(each_kb).toBeLessThan(10);
    const started = performance.now();
    expect(await short(shim)).toBe(200);
    expect(performance.now() - started).toBeLessThan(500);
    for (const line of lines) line.reset();
  }, 60_000);
});
