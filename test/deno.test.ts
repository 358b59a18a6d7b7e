/** The same sources under Deno: they serve, translate, and end when told to. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ChatUpstream, reply, say } from "./support/chat-upstream.ts";
import { describeWith, pathOf } from "./support/needs.ts";
import { ResponsesSocket, textOf } from "./support/responses-socket.ts";
import { validateResponseBody, validateResponseStream } from "./support/response-events.ts";

describeWith("deno")("under Deno", () => {
  let home: string;
  let upstream: ChatUpstream;
  let deno: Bun.Subprocess<"ignore", "pipe", "pipe">;
  let url: string;

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), "juscode-deno-"));
    upstream = new ChatUpstream([
      reply(say("Hello from Deno.")),
      reply(say("Hello again.")),
      reply(say("And once more.")),
    ]);
    const args = ["--no-lock", "--no-prompt", "--node-modules-dir=manual", "--allow-all", "src/main.ts"];
    deno = Bun.spawn(
      [pathOf("deno"), "run", ...args, "--quiet", "--listen", "127.0.0.1:0", "--upstream", upstream.url],
      { env: { HOME: home, DENO_NO_UPDATE_CHECK: "1" }, stdin: "ignore", stdout: "pipe", stderr: "pipe" },
    );
    url = await addressOf(deno);
  });

  afterAll(async () => {
    deno.kill("SIGKILL");
    await upstream[Symbol.asyncDispose]();
    rmSync(home, { recursive: true, force: true });
  });

  const ask = (stream: boolean): Promise<Response> =>
    fetch(`${url}/v1/responses`, {
      method: "POST",
      body: JSON.stringify({ model: "some-model", input: "Hi", stream }),
    });

  test("it is healthy", async () => {
    const health = await fetch(`${url}/health`);
    expect(health.status).toBe(200);
    expect(await health.json()).toMatchObject({ status: "ok", service: "juscode-shim" });
  });

  test("it streams an answer", async () => {
    const reply = await ask(true);
    expect(reply.headers.get("content-type")).toStartWith("text/event-stream");
    const text = await reply.text();
    expect(validateResponseStream(text)).toEqual([]);
    expect(text).toContain("Hello from Deno.");
  });

  test("it gives an answer in one piece", async () => {
    const body = (await (await ask(false)).json()) as { output: unknown };
    expect(validateResponseBody(body)).toEqual([]);
    expect(body.output).toMatchObject([{ type: "message", content: [{ type: "output_text", text: "Hello again." }] }]);
  });

  test("it answers on a WebSocket connection", async () => {
    await using socket = await ResponsesSocket.open(`${url}/v1`);
    const warm = await socket.ask({ model: "some-model", input: "Hi", generate: false });
    const turn = await socket.ask({ model: "some-model", input: "Hi", previous_response_id: warm.response["id"] });
    expect(textOf(turn)).toBe("And once more.");
    const lost = await socket.ask({ model: "some-model", input: "Hi", previous_response_id: "resp_none" });
    expect(lost.code).toBe("previous_response_not_found");
  });

  test("it ends on SIGTERM", async () => {
    deno.kill("SIGTERM");
    expect(await deno.exited).toBe(0);
  });
});

/** Its port is free to choose, so it is read off the line that tells it; the rest is read too, lest a pipe break. */
function addressOf(deno: Bun.Subprocess<"ignore", "pipe", "pipe">): Promise<string> {
  const errors = new Response(deno.stderr).text();
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const read = async (): Promise<void> => {
    const utf8 = new TextDecoder();
    let text = "";
    for await (const bytes of deno.stdout) {
      text += utf8.decode(bytes, { stream: true });
      const address = / listens on (http:\S+)\n/.exec(text)?.[1];
      if (address !== undefined) resolve(address);
    }
    reject(new Error(`it ended without listening:\n${text}${await errors}`));
  };
  read().catch(reject);
  return promise;
}
