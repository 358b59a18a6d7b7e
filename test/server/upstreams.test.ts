/** What the compiled executable makes of odd upstreams. */
import { expect, test } from "bun:test";
import { AS_CODEX, ask, OpenStream, post } from "../support/ask.ts";
import { MEASURED, retainedMb } from "../support/memory.ts";
import { describeWith } from "../support/needs.ts";
import { still, until } from "../support/patience.ts";
import { readEvents } from "../support/response-events.ts";
import { Shim } from "../support/shim.ts";

const describe = describeWith("shim");

const CHUNK = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const SSE = { "content-type": "text/event-stream" };
const STREAM = { input: "hi", stream: true };

/** An upstream that answers every request for a model in this way. */
async function against(
  answer: (request: Request) => Response | Promise<Response>,
  run: (shim: Shim) => Promise<void>,
  more: { args?: string[]; env?: Record<string, string> } = {},
): Promise<void> {
  const upstream = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    development: false,
    fetch: (request) => (request.method === "GET" ? Response.json({ data: [{ id: "m" }] }) : answer(request)),
  });
  try {
    const args = ["--upstream", `http://127.0.0.1:${upstream.port}`, "--quiet", ...(more.args ?? [])];
    await using shim = await Shim.start({ args, env: more.env ?? {} });
    await run(shim);
  } finally {
    await upstream.stop(true);
  }
}

describe("an upstream that", () => {
  const CASES: [string, () => Response, string][] = [
    [
      "redirects",
      () => Response.redirect("http://127.0.0.1:9/elsewhere", 307),
      "redirects to http://127.0.0.1:9/elsewhere",
    ],
    ["answers with a web page", () => new Response("<html>", { headers: { "content-type": "text/html" } }), "web page"],
    ["answers with nothing", () => new Response("", { headers: SSE }), "ended before it was complete"],
    ["answers with an empty object", () => Response.json({}), "ended before it was complete"],
    ["answers with words", () => new Response("data: hello\n\n", { headers: SSE }), "not JSON: hello"],
    ["answers 200 with an error", () => Response.json({ error: { message: "No GPU left." } }), "No GPU left."],
    [
      "fails with a web page",
      () => new Response("<title>Bad Gateway</title>", { status: 502 }),
      "returned 502: Bad Gateway",
    ],
  ];
  test.each(CASES)("%s", (_, answer, words) =>
    against(answer, async ({ url }) => {
      const plain = await ask(url, { input: "hi" });
      expect(plain.status).toBeGreaterThanOrEqual(400);
      expect(plain.text).toContain(words);
      const streamed = await ask(url, STREAM);
      expect(streamed.text).toContain(words);
      // One failure, by status or in the stream.
      const failures = streamed.events.filter(({ type }) => type === "response.failed");
      expect(failures.length + (streamed.status >= 400 ? 1 : 0)).toBe(1);
    }),
  );

  test.each([
    `"m" does not support thinking`,
    `invalid reasoning value: 'high'`,
    "reasoning_effort: Input should be 'low' or 'medium'",
  ])("refuses the reasoning effort (%s) gets the request without it", (words) => {
    const bodies: Record<string, unknown>[] = [];
    return against(
      async (request) => {
        const body = (await request.json()) as Record<string, unknown>;
        bodies.push(body);
        if (body["reasoning_effort"]) return Response.json({ error: { message: words } }, { status: 400 });
        return new Response(`${CHUNK({ content: "Hi." })}${CHUNK({}, "stop")}`, { headers: SSE });
      },
      async ({ url, port }) => {
        expect((await ask(url, { ...STREAM, reasoning: { effort: "high" } })).text).toContain("Hi.");
        const [first, second, ...more] = bodies;
        expect(more).toEqual([]);
        expect(second).toEqual(
          Object.fromEntries(Object.entries(first ?? {}).filter(([key]) => key !== "reasoning_effort")),
        );
        const health = (await (await fetch(`http://127.0.0.1:${port}/health`)).json()) as { counters: unknown };
        expect(health.counters).toEqual({ setting_dropped: 1, ignored: 1 });
      },
    );
  });

  test("answers a stream request in one piece", () =>
    against(
      () => Response.json({ choices: [{ message: { role: "assistant", content: "Whole." }, finish_reason: "stop" }] }),
      async ({ url }) => expect((await ask(url, STREAM)).text).toContain('"text":"Whole."'),
    ));

  test("goes on after its end is not listened to", () =>
    against(
      () =>
        new Response(`${CHUNK({ content: "a" })}${CHUNK({}, "stop")}data: [DONE]\n\n${CHUNK({ content: "b" })}`, {
          headers: SSE,
        }),
      async ({ url }) => {
        const { text } = await ask(url, STREAM);
        expect(text).toContain('"text":"a"');
        expect(text.match(/response\.completed"/g)).toHaveLength(1);
      },
    ));

  test("takes its time: the answer begins without it, and a late refusal is told within", () => {
    const begun = Promise.withResolvers<void>();
    return against(
      async () => {
        await begun.promise;
        return Response.json({ error: { message: "Too late." } }, { status: 400 });
      },
      async ({ url }) => {
        const answer = await post(url, { model: "m", ...STREAM }, AS_CODEX);
        begun.resolve();
        expect(answer.status).toBe(200);
        const events = readEvents(await answer.text());
        const types = ["response.created", "response.in_progress", "error", "response.failed"];
        expect(events.map(({ type }) => type)).toEqual(types);
        expect(JSON.stringify(events)).toContain("Too late.");
      },
      { args: ["--hold-ms", "100"] },
    );
  });

  test.concurrent.each([
    ["from the start", ""],
    ["in the middle of a frame", CHUNK({ content: "Hel" }) + 'data: {"choi'],
  ])("falls silent for ever, %s: it is given up, and left", async (_, before) => {
    let left = false;
    await against(
      (request) => {
        request.signal.addEventListener("abort", () => (left = true));
        if (before === "") return new Promise<Response>(() => {});
        const body = new ReadableStream({
          start: (controller) => controller.enqueue(new TextEncoder().encode(before)),
        });
        return new Response(body, { headers: SSE });
      },
      async ({ url }) => {
        const { text } = await ask(url, STREAM);
        expect(text).toContain("the upstream has been silent for 1 s");
        expect(text.match(/event: response.failed/g)).toHaveLength(1);
        const whole = await ask(url, { input: "hi" });
        expect(whole.status).toBe(504);
        await until("the upstream is left", () => left);
      },
      { args: ["--idle-ms", "600", "--hold-ms", "50"] },
    );
  });

  test("is reached past a proxy that the environment names", () =>
    against(
      () => new Response(`${CHUNK({ content: "Hi." }, "stop")}`, { headers: SSE }),
      async ({ url }) => expect((await ask(url, STREAM)).text).toContain("Hi."),
      {
        env: { HTTP_PROXY: "http://127.0.0.1:9", http_proxy: "http://127.0.0.1:9", HTTPS_PROXY: "http://127.0.0.1:9" },
      },
    ));
});

describe("a client that", () => {
  test("leaves before the upstream has said anything", async () => {
    let [asked, left] = [false, false];
    await against(
      (request) =>
        new Promise<Response>(() => {
          asked = true;
          request.signal.addEventListener("abort", () => (left = true));
        }),
      async ({ url }) => {
        const leave = new AbortController();
        const answer = post(url, { model: "m", ...STREAM }, {}, leave.signal).catch(() => undefined);
        await until("the upstream is asked", () => asked);
        leave.abort();
        await answer;
        await until("the upstream is left", () => left);
      },
    );
  });

  test("does not read: its answer waits upstream, not in memory", async () => {
    const size = 80 * 1024 * 1024;
    const piece = new TextEncoder().encode(CHUNK({ content: "x".repeat(64 * 1024) }));
    let sent = 0;
    await against(
      () =>
        new Response(
          new ReadableStream({
            pull(controller) {
              if (sent > size) return controller.close();
              sent += piece.length;
              controller.enqueue(piece);
            },
          }),
          { headers: SSE },
        ),
      async (shim) => {
        const before = await retainedMb(shim);
        const leave = new AbortController();
        const stream = new OpenStream(await post(shim.url, { model: "m", ...STREAM }, {}, leave.signal));
        await stream.until("output_text.delta");
        await still(() => sent, `http://127.0.0.1:${shim.port}/health`);
        // All buffers between are full, and the most of it is still to come.
        expect(sent).toBeLessThan(size / 2);
        // Some 14 MB; held whole it would be 80.
        expect((await retainedMb(shim)) - before).toBeLessThan(40);
        leave.abort();
      },
      { env: MEASURED },
    );
  });

  test("is one of a hundred", () =>
    against(
      async () => {
        await Bun.sleep(50);
        return new Response(`${CHUNK({ content: "Hi." })}${CHUNK({}, "stop")}`, { headers: SSE });
      },
      async ({ url }) => {
        const answers = await Promise.all(Array.from({ length: 100 }, () => ask(url, STREAM)));
        const ids = new Set(answers.map(({ response }) => response["id"]));
        expect(ids.size).toBe(100);
        expect(answers.every(({ text }) => text.includes('"text":"Hi."'))).toBe(true);
      },
    ));
});
