/**
 * The two other ends of the bench, each in a process of its own:
 *
 *     bun scripts/bench-server.ts upstream        a Chat upstream that sends one short delta after another
 *     bun scripts/bench-server.ts raw URL         a proxy that passes bytes and looks at nothing: the floor
 *
 * Prints its port. The request's `metadata` tells the upstream how many deltas it shall send and how fast.
 */
export {};

const [role, target] = process.argv.slice(2);

/** Deltas that one write carries in a burst; real servers flush about as often. */
const BURST = 20;

const frame = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({ id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "bench", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;

const DELTA = frame({ content: "token " });
const END =
  frame({}, "stop") +
  `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 10, completion_tokens: 10, total_tokens: 20 } })}\n\ndata: [DONE]\n\n`;

async function upstream(request: Request): Promise<Response> {
  if (request.method === "GET") return Response.json({ object: "list", data: [{ id: "bench", object: "model" }] });
  const body = (await request.json()) as { user?: string; messages: { content: string }[] };
  // "deltas 500 pace_ms 20" in the last user message, since a gateway may drop every other field.
  const words = (body.messages.at(-1)?.content ?? "").split(" ");
  const deltas = Number(words[1] ?? 100);
  const pace_ms = Number(words[3] ?? 0);
  let sent = 0;
  const stream = new ReadableStream<string>({
    async pull(controller) {
      if (sent === 0) controller.enqueue(frame({ role: "assistant", content: "" }));
      if (pace_ms > 0) await Bun.sleep(pace_ms);
      const count = Math.min(pace_ms > 0 ? 1 : BURST, deltas - sent);
      sent += count;
      controller.enqueue(DELTA.repeat(count));
      if (sent < deltas) return;
      controller.enqueue(END);
      controller.close();
    },
  });
  return new Response(stream.pipeThrough(new TextEncoderStream()), {
    headers: { "content-type": "text/event-stream" },
  });
}

async function raw(request: Request): Promise<Response> {
  const url = new URL(request.url);
  const reply = await fetch(target + url.pathname, {
    method: request.method,
    body: request.body,
    signal: request.signal,
  });
  return new Response(reply.body, { headers: { "content-type": "text/event-stream" } });
}

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  idleTimeout: 0,
  fetch: role === "raw" ? raw : upstream,
});
console.log(server.port);
