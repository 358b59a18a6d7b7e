/** Clients that are many, or do not read: what they cost is bounded, and nobody else suffers. */
import { expect, test } from "bun:test";
import { MEASURED, retainedMb } from "../../support/memory.ts";
import { describeWith } from "../../support/needs.ts";
import { still } from "../../support/patience.ts";
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

const healthOf = (shim: Shim): string => `http://127.0.0.1:${shim.port}/health`;

const short = async (shim: Shim): Promise<number> => {
  const answer = await fetch(healthOf(shim), { keepalive: false });
  await answer.text();
  return answer.status;
};

const measured = (flood: Flood): Promise<Shim> =>
  Shim.start({ args: ["--upstream", flood.url, "--quiet"], env: MEASURED });

describeWith("shim")("a client that does not read", () => {
  // Some 14 MB: 8 in buffers, the rest is the heap of a program that has just begun. An answer that is held whole costs 80.
  test.each(["responses", "messages", "chat"] as const)(
    "an answer of 80 MB on %s costs less than 40 MB",
    async (wire) => {
      await using flood = new Flood(80 * MB);
      await using shim = await measured(flood);
      const before = await retainedMb(shim);
      const line = await stalled(shim.port, wire);
      await still(() => flood.sent, healthOf(shim));
      // The host has most of it still to send.
      expect(flood.sent).toBeLessThan(60 * MB);
      const cost = (await retainedMb(shim)) - before;
      console.log(`a stalled reader of 80 MB on ${wire} costs ${cost.toFixed(1)} MB`);
      expect(cost).toBeLessThan(40);
      expect(await short(shim)).toBe(200);
      line.reset();
    },
  );

  const MANY: [count: number, answer_mb: number, most_mb: number][] = [
    // As long as answers of models become. Some 0.1 MB is retained; the limit is what it is when it is held twice.
    [200, 0.3, 0.6],
    // Of an answer without end the runtime's buffers on both sides hold 8 MB, on any machine; half as much again is allowed.
    [30, 60, 12],
  ];
  test.each(MANY)("%d of them, with answers of %d MB, cost less than %d MB each", async (count, answer_mb, most_mb) => {
    await using flood = new Flood(answer_mb * MB);
    await using shim = await measured(flood);
    const before = await retainedMb(shim);
    const lines = await Promise.all(Array.from({ length: count }, () => stalled(shim.port, "responses")));
    await still(() => flood.sent, healthOf(shim));
    const each = ((await retainedMb(shim)) - before) / count;
    console.log(`${count} stalled readers of ${answer_mb} MB cost ${each.toFixed(2)} MB each`);
    expect(each).toBeLessThan(most_mb);
    expect(await short(shim)).toBe(200);
    for (const line of lines) line.reset();
  });
});

describeWith("shim")("idle connections", () => {
  /** The best of some answers over connections of their own. */
  async function best_ms(shim: Shim): Promise<number> {
    const times: number[] = [];
    for (let n = 0; n < 20; n++) {
      const started = performance.now();
      expect(await short(shim)).toBe(200);
      times.push(performance.now() - started);
    }
    return Math.min(...times);
  }

  // Some 2 kB.
  test("10,000 cost less than 10 kB each, and new ones are served as before", async () => {
    await using flood = new Flood(1000);
    await using shim = await measured(flood);
    const alone_ms = await best_ms(shim);
    const before = await retainedMb(shim);
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
    const each_kb = (((await retainedMb(shim)) - before) * 1024) / open;
    console.log(`${open} idle connections, ${each_kb.toFixed(1)} kB each`);
    expect(open).toBe(10_000);
    expect(each_kb).toBeLessThan(10);
    expect(await best_ms(shim)).toBeLessThan(20 * alone_ms);
    for (const line of lines) line.reset();
  });
});
