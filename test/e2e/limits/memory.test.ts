/** One ceiling for all that is held: many large requests at once, and hosts without an end, stop nobody. */
import { expect, test } from "bun:test";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rssMb } from "../../support/limited-shim.ts";
import { MEASURED, retainedMb } from "../../support/memory.ts";
import { describeWith } from "../../support/needs.ts";
import { until } from "../../support/patience.ts";
import { Shim } from "../../support/shim.ts";
import { CLIENTS } from "../../support/ways/clients.ts";

const MB = 1024 * 1024;
const WIRES = ["responses", "messages", "chat"] as const;
type Wire = (typeof WIRES)[number];

/** It reads each request whole, and answers when it is told to. */
class Host implements AsyncDisposable {
  waiting = 0;
  private readonly go = Promise.withResolvers<void>();
  private readonly server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    maxRequestBodySize: 1024 * MB,
    fetch: async ({ method, body }) => {
      if (method === "GET") return Response.json({ data: [{ id: "m" }] });
      for await (const piece of body ?? []) void piece;
      this.waiting++;
      await this.go.promise;
      return Response.json({
        choices: [{ index: 0, message: { role: "assistant", content: "well" }, finish_reason: "stop" }],
      });
    },
  });

  get url(): string {
    return `http://127.0.0.1:${this.server.port}/v1`;
  }

  answer(): void {
    this.go.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.go.resolve();
    await this.server.stop(true);
  }
}

function config(max_memory_mb: number, url: string): string {
  const file = join(mkdtempSync(join(tmpdir(), "memory-")), "config.toml");
  writeFileSync(
    file,
    `[server]\nmax_memory_mb = ${max_memory_mb}\n[store]\nenabled = false\n[model_providers.far]\nbase_url = "${url}"\nwire_api = "chat"\n`,
  );
  return file;
}

/** A request of so many MB, in pieces as agents send them. */
function large(wire: Wire, mb: number, character = "x"): string {
  const piece = `${character} = 1; // a line of code\\n`.repeat(2000);
  const pieces = Math.ceil((mb * MB) / Buffer.byteLength(piece));
  const request = CLIENTS[wire].request({ model: "far/m", stream: false, say: "PIECES" });
  return JSON.stringify(request).replace("PIECES", JSON.stringify(Array(pieces).fill(piece).join(" ")).slice(1, -1));
}

const ask = (shim: Shim, wire: Wire, body: string): Promise<Response> =>
  fetch(`http://127.0.0.1:${shim.port}${CLIENTS[wire].path}`, {
    method: "POST",
    headers: { "content-type": "application/json", "anthropic-version": "2023-06-01" },
    body,
  });

/** Beside the ceiling: the program itself, what was not collected yet, and what one request takes while it is read. */
const MARGIN_MB = 150;

describeWith("shim")("memory", () => {
  for (const wire of WIRES)
    test(`many large ${wire} requests at once are answered or told to come back`, async () => {
      await using host = new Host();
      const ceiling_mb = 160;
      await using shim = await Shim.start({ args: ["--config", config(ceiling_mb, host.url)] });
      const before = rssMb(shim.process.pid);
      let most = 0;
      const watch = setInterval(() => (most = Math.max(most, rssMb(shim.process.pid))), 5);
      const body = large(wire, 6);
      const statuses: number[] = [];
      const all = Array.from({ length: 40 }, async () => {
        const reply = await ask(shim, wire, body);
        statuses.push(reply.status);
        if (reply.status !== 200) {
          expect(reply.headers.get("retry-after")).toBe("2");
          expect(await reply.text()).toContain("max_memory_mb");
        }
      });
      // Small ones are served meanwhile.
      await until("the ceiling is reached", () => statuses.length > 0);
      expect((await fetch(`http://127.0.0.1:${shim.port}/health`)).status).toBe(200);
      host.answer();
      await Promise.all(all);
      clearInterval(watch);
      const refused = wire === "messages" ? 529 : 503;
      expect([...new Set(statuses)].toSorted()).toEqual([200, refused]);
      expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(4);
      expect(most - before).toBeLessThan(ceiling_mb + MARGIN_MB);
      const { memory } = (await (await fetch(`http://127.0.0.1:${shim.port}/health`)).json()) as {
        memory: { held_mb: number; max_mb: number; refused: number };
      };
      expect(memory).toEqual({
        held_mb: 0,
        max_mb: ceiling_mb,
        refused: statuses.filter((status) => status !== 200).length,
      });
    });

  for (const wire of WIRES)
    for (const character of ["x", "日"])
      test(`a large ${wire} request of \`${character}\` is held twice at most`, async () => {
        await using host = new Host();
        await using shim = await Shim.start({ args: ["--config", config(2048, host.url)], env: MEASURED });
        const body = large(wire, 16, character);
        const before = await retainedMb(shim);
        const all = Array.from({ length: 6 }, () => ask(shim, wire, body));
        await until("all are asked", () => host.waiting === 6);
        const each = ((await retainedMb(shim)) - before) / 6 / (Buffer.byteLength(body) / MB);
        host.answer();
        for (const { status } of await Promise.all(all)) expect(status).toBe(200);
        // A tenth of it for what every request takes, and one text that the runtime's last search refers to.
        expect(each).toBeLessThan(2.5);
      });
});
