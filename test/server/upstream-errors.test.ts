/** What each client hears of one and the same failure, whatever wire its upstream speaks, translated and forwarded. */
import { describe, expect, test } from "bun:test";
import type { WireName } from "../../src/core/provider.ts";
import { AS_CODEX } from "../support/ask.ts";
import { foundAt, serving } from "./serving.ts";

type Fields = Record<string, unknown>;

const WIRES: readonly WireName[] = ["responses", "messages", "chat"];
const PATHS: Record<WireName, string> = { responses: "responses", messages: "messages", chat: "chat/completions" };
const REQUESTS: Record<WireName, Fields> = {
  responses: { input: "hi" },
  messages: { max_tokens: 1000, messages: [{ role: "user", content: "hi" }] },
  chat: { messages: [{ role: "user", content: "hi" }] },
};

function host(answer: () => Response): { url: string; asked: () => number } & AsyncDisposable {
  let asked = 0;
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    development: false,
    fetch: () => {
      asked++;
      return answer();
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}/v1`,
    asked: () => asked,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

interface Heard {
  status: number;
  retry_after: string | null;
  error: { type: string; code?: string; message: string };
  lines: string[];
}

async function hear(client: WireName, upstream: WireName, answer: () => Response): Promise<Heard> {
  await using at = host(answer);
  await using shim = await serving(async () => [foundAt(at.url, [], "host", { wires: [upstream] })]);
  const reply = await fetch(`${shim.url}/${PATHS[client]}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(client === "responses" && AS_CODEX) },
    body: JSON.stringify({ model: "m", ...REQUESTS[client] }),
  });
  const { error } = (await reply.json()) as { error: Heard["error"] };
  return { status: reply.status, retry_after: reply.headers.get("retry-after"), error, lines: shim.lines };
}

/** As llama-server b11669 says it on all three of its wires. */
const FULL = {
  error: {
    code: 400,
    message: "request (9000 tokens) exceeds the available context size (8192 tokens), try increasing it",
    type: "exceed_context_size_error",
    n_prompt_tokens: 9000,
    n_ctx: 8192,
  },
};

describe.each(WIRES)("an upstream of the %s wire", (upstream) => {
  test.each(WIRES)("that is full is known to be so by clients of the %s wire", async (client) => {
    const { status, error, lines } = await hear(client, upstream, () => Response.json(FULL, { status: 400 }));
    expect(status).toBe(400);
    if (client === "messages")
      expect(error).toEqual({
        type: "invalid_request_error",
        message: "prompt is too long: 9000 tokens > 8192 maximum",
      });
    else expect(error).toMatchObject({ code: "context_length_exceeded" });
    expect(lines[0]).toContain("context_overflow");
  });

  test.each(WIRES)("that counts requests says how long to wait to clients of the %s wire", async (client) => {
    const body = { error: { message: "Rate limit reached. Please try again in 7.6s.", code: "rate_limit_exceeded" } };
    const { status, retry_after } = await hear(client, upstream, () => Response.json(body, { status: 429 }));
    expect(status).toBe(429);
    // A forwarded error comes as it is.
    expect(retry_after).toBe(client === upstream ? null : "8");
  });
});

describe("an overflow that the client knows by the upstream's own words", () => {
  test.each<[WireName, unknown]>([
    ["responses", { error: { message: "no", type: "x", code: "context_length_exceeded" } }],
    [
      "messages",
      { type: "error", error: { type: "invalid_request_error", message: "prompt is too long: 9 tokens > 8" } },
    ],
    ["messages", { error: { message: "input length and `max_tokens` exceed context limit: 9 + 9 > 10" } }],
    ["chat", { error: { message: "This model's maximum context length is 8 tokens.", code: null } }],
  ])("comes as it is on the %s wire: %j", async (wire, body) => {
    await using at = host(() => Response.json(body, { status: 400 }));
    await using shim = await serving(async () => [foundAt(at.url, [], "host", { wires: [wire] })]);
    const reply = await fetch(`${shim.url}/${PATHS[wire]}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "m", ...REQUESTS[wire] }),
    });
    expect(await reply.json()).toEqual(body);
    expect(at.asked()).toBe(1);
  });
});

test("a failure within a forwarded stream goes on as it is, and is logged by its kind", async () => {
  const frame = `event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n`;
  await using at = host(() => new Response(frame, { headers: { "content-type": "text/event-stream" } }));
  await using shim = await serving(async () => [foundAt(at.url, [], "host", { wires: ["messages"] })]);
  const reply = await fetch(`${shim.url}/messages`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "m", stream: true, ...REQUESTS.messages }),
  });
  expect(await reply.text()).toBe(frame);
  expect(shim.lines[0]).toContain("overloaded: the upstream failed in mid-reply: Overloaded");
});
