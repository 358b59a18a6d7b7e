/** JSON that is nested so deep that nobody can follow it: who wrote it is told so, and nobody else suffers. */
import { expect, test } from "bun:test";
import { ask, OpenStream, post } from "../support/ask.ts";
import { ChatUpstream, reply, say } from "../support/chat-upstream.ts";
import { serving } from "./serving.ts";

const DEPTH = 300_000;
const DEEP = `${'{"a":'.repeat(DEPTH)}1${"}".repeat(DEPTH)}`;
const USER = '"messages":[{"role":"user","content":"hi"}]';
const BODIES: [path: string, body: string][] = [
  ["/responses", `{"model":"m","input":"hi","tools":[{"type":"function","name":"f","parameters":${DEEP}}]}`],
  ["/messages", `{"model":"m","max_tokens":5,${USER},"tools":[{"name":"f","input_schema":${DEEP}}]}`],
  ["/messages/count_tokens", `{"model":"m",${USER},"tools":[{"name":"f","input_schema":${DEEP}}]}`],
  [
    "/chat/completions",
    `{"model":"m",${USER},"tools":[{"type":"function","function":{"name":"f","parameters":${DEEP}}}]}`,
  ],
];

test.each(BODIES)("from a client, at %s", async (path, body) => {
  await using upstream = new ChatUpstream([reply(say("still here"))]);
  await using on = await serving(upstream.url);
  const answer = await fetch(on.url + path, { method: "POST", body });
  expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining("nested too deep")]);
  expect(upstream.requests).toEqual([]);
  expect((await ask(on.url, { input: "hi" })).status).toBe(200);
});

test("from a host", async () => {
  const frame = `data: {"choices":[{"delta":{"tool_calls":[{"function":{"name":"f","arguments":${DEEP}}}]}}]}\n\n`;
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => new Response(frame, { headers: { "content-type": "text/event-stream" } }),
  });
  await using on = await serving(`http://127.0.0.1:${server.port}/v1`);
  const stream = new OpenStream(await post(on.url, { model: "m", input: "hi", stream: true }));
  expect(await stream.rest()).toContain("the upstream sent JSON that is nested too deep");
  await server.stop(true);
});
