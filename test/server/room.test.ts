/** More requests than may run at once. */
import { expect, test } from "bun:test";
import { ask, OpenStream, post } from "../support/ask.ts";
import { ChatUpstream, hang, reply, say } from "../support/chat-upstream.ts";
import { describeWith } from "../support/needs.ts";
import { Shim } from "../support/shim.ts";
import { serving, until } from "./serving.ts";

test("one too many is told to come back, and gets its place when another has left", async () => {
  await using upstream = new ChatUpstream([reply(say("a"), hang()), reply(say("b"))]);
  await using on = await serving(upstream.url, { max_requests: 1 });
  const abort = new AbortController();
  const first = new OpenStream(await post(on.url, { model: "m", input: "hi", stream: true }, {}, abort.signal));
  await first.until('"delta":"a"');
  const refused = await ask(on.url, { input: "hi" });
  expect(refused.status).toBe(503);
  expect(refused.headers.get("retry-after")).toBe("1");
  expect(refused.text).toContain("1 requests are running already");
  const running = async (): Promise<number> =>
    ((await (await fetch(`${on.origin}/health`)).json()) as { running: number }).running;
  expect(await running()).toBe(1);
  abort.abort();
  await until("the place is free", async () => (await running()) === 0);
  expect((await ask(on.url, { input: "hi" })).status).toBe(200);
});

test("whatever is refused leaves no place taken", async () => {
  await using on = await serving("http://127.0.0.1:9/v1", { max_requests: 1 });
  for (let i = 0; i < 3; i++) {
    expect((await ask(on.url, { input: "hi" })).status).toBe(502);
    expect((await ask(on.url, { input: 7 })).status).toBe(400);
  }
});

describeWith("shim")("the executable", () => {
  test("carries 300 at once where that many are allowed: it begins anew with a higher limit", async () => {
    let open = 0;
    const all = Promise.withResolvers<void>();
    const upstream = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      idleTimeout: 0,
      async fetch(request) {
        if (request.method === "GET") return Response.json({ data: [{ id: "m" }] });
        if (++open === 300) all.resolve();
        await all.promise;
        return Response.json({ choices: [{ message: { content: "hi" }, finish_reason: "stop" }] });
      },
    });
    await using shim = await Shim.start({
      args: ["--upstream", `http://127.0.0.1:${upstream.port}`, "--max-requests", "400", "--quiet"],
    });
    // This process has the same limit: the clients need one of their own.
    const script = `const all = Array.from({ length: 300 }, () => fetch("${shim.url}/responses", {
      method: "POST", body: JSON.stringify({ model: "m", input: "hi" }) }).then((answer) => answer.status));
      console.log((await Promise.all(all)).filter((status) => status === 200).length);`;
    const env = { ...process.env, BUN_CONFIG_MAX_HTTP_REQUESTS: "1000" };
    const clients = Bun.spawn([process.execPath, "-e", script], { env, stdout: "pipe" });
    expect((await new Response(clients.stdout).text()).trim()).toBe("300");
    await upstream.stop(true);
  });
});
