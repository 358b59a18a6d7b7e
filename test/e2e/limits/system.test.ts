/** Where the system has no more to give: no crash, a clear word, and all is well again when it has. */
import { expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { limitedShim, openFiles } from "../../support/limited-shim.ts";
import { describeWith } from "../../support/needs.ts";
import type { Shim } from "../../support/shim.ts";
import { Line } from "../../support/ways/line.ts";
import { until } from "../../server/serving.ts";

const ANSWER = {
  choices: [{ message: { content: "hi" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 3, completion_tokens: 1 },
};

function host(answer_ms: number): AsyncDisposable & { url: string } {
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    async fetch({ method }) {
      if (method === "GET") return Response.json({ data: [{ id: "m" }] });
      await Bun.sleep(answer_ms);
      return Response.json(ANSWER);
    },
  });
  return { url: `http://127.0.0.1:${server.port}/v1`, [Symbol.asyncDispose]: () => server.stop(true) };
}

/** Over a connection of its own. */
async function ask(shim: Shim): Promise<{ status: number; text: string }> {
  const body = JSON.stringify({ model: "m", input: "hi" });
  const answer = await fetch(`${shim.url}/responses`, { method: "POST", body, keepalive: false });
  return { status: answer.status, text: await answer.text() };
}

describeWith("shim")("with 64 files", () => {
  test("40 requests at once come through, few at a time, or are told to come back", async () => {
    await using upstream = host(30);
    const args = ["--upstream", upstream.url, "--log-level", "warn"];
    await using shim = await limitedShim("ulimit -n 64", { args });
    expect(await shim.output()).toContain(
      "64 open files are allowed (ulimit -n), enough for 12 requests at once and not for 250: raise it, or lower max_requests",
    );
    const answers = await Promise.all(Array.from({ length: 40 }, () => ask(shim)));
    const wrong = answers.filter(
      ({ status, text }) => status !== 200 && !(status === 503 && /max_requests|ulimit/.test(text)),
    );
    expect(wrong).toEqual([]);
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(20);
    expect((await ask(shim)).status).toBe(200);
  });

  test("idle connections that take them all are let go, and then it answers again", async () => {
    await using upstream = host(0);
    const args = ["--upstream", upstream.url, "--log-level", "warn"];
    await using shim = await limitedShim("ulimit -n 64", { args });
    // A kernel tells of a connection only when something has come over it.
    const lines = await Promise.all(Array.from({ length: 80 }, () => Line.to(shim.port)));
    for (const line of lines) line.write(Buffer.from("GET / HTTP/1.1\r\nhost: 127.0.0.1\r\n"));
    await until("there are no files left", () => openFiles(shim.process.pid) >= 63);
    for (const line of lines) line.reset();
    await until("they are free again", () => openFiles(shim.process.pid) < 30);
    expect((await ask(shim)).status).toBe(200);
  });
});

describeWith("shim")("with a disk that takes nothing", () => {
  test.each(["ulimit -f 0", "trap '' XFSZ; ulimit -f 24"])("(%s) requests go on, and it is told", async (limits) => {
    await using upstream = host(0);
    const folder = mkdtempSync(join(tmpdir(), "juscode-full-"));
    const record = join(folder, "records");
    const args = ["--upstream", upstream.url, "--log-level", "warn", "--record", record];
    await using shim = await limitedShim(limits, { args });
    for (let i = 0; i < 120; i++) expect((await ask(shim)).status).toBe(200);
    await until("the log tells it", async () => /costs cannot be written/.test(await shim.output()));
    const output = await shim.output();
    expect(output).toContain("requests go on");
    expect(output).toMatch(/the last turns cannot be kept/);
    // Once for all requests, and without half a file left behind.
    const records = output.match(/a transcript cannot be written/g) ?? [];
    expect(records.length).toBe(limits.endsWith(" 0") ? 1 : 0);
    if (records.length > 0) await until("no half a file is left", () => readdirSync(record).length === 0);
    rmSync(folder, { recursive: true, force: true });
  });
});
