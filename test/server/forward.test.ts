/** Requests to upstreams that speak Responses themselves: not a byte is changed that need not be. */
import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import type { ProviderInput } from "../../src/config/resolve.ts";
import { AS_CODEX, post } from "../support/ask.ts";
import { foundAt, serving, until, type Serving } from "./serving.ts";

interface Asked {
  path: string;
  body: string;
  headers: Headers;
}

type Answer = (asked: Asked, index: number) => Response;

interface Native extends AsyncDisposable {
  url: string;
  asked: Asked[];
}

function native(answer: Answer): Native {
  const asked: Asked[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    development: false,
    async fetch(request) {
      const { pathname: path, search } = new URL(request.url);
      const one = { path: path + search, body: await request.text(), headers: request.headers };
      asked.push(one);
      return answer(one, asked.length - 1);
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}/v1`,
    asked,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

const forwarding = (url: string, more: Partial<ProviderInput> = {}): Promise<Serving> =>
  serving(async () => [foundAt(url, [], "native", { wires: ["responses"], ...more })]);

const sha = (data: string | Uint8Array): string => createHash("sha256").update(data).digest("hex");

const AWKWARD =
  '{ "temperature":1.0,\n"model" : "gpt-\\u0036", "seed":123456789012345678901234567890,"input":[{"type":"message","role":"user",' +
  '"content":"\\ud83d\\ude00 é \\/ \\u0000 😀","zzz":[ ]} ,{"role":"user","content":"model"}],"stream":true, "a\\"b" : 1e400 ,"unknown":{"model":"inner"}}';

const DONE =
  '{"type":"response.completed","response":{"status":"completed","reasoning":{"effort":"low"},"usage":{"input_tokens":9,"input_tokens_details":{"cached_tokens":4},"output_tokens":3,"output_tokens_details":{"reasoning_tokens":1},"total_tokens":12}}}';
const STREAM = `: ping\n\nevent: response.created\r\ndata: {"type":"response.created","n":12345678901234567890}\r\n\r\n:\n\ndata: {"delta":"response.completed \\u00e9 😀"}\n\nevent: response.completed\ndata: ${DONE}\n\n`;
const SSE = {
  "content-type": "text/event-stream",
  "openai-model": "another",
  "x-request-id": "req_1",
  "set-cookie": "a=b",
};

/** In pieces of this many bytes, each sent by itself. */
function pieces(text: string, size: number): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return new ReadableStream({
    async pull(controller) {
      await Bun.sleep(0);
      controller.enqueue(bytes.slice(at, (at += size)));
      if (at >= bytes.length) controller.close();
    },
  });
}

describe("handed on", () => {
  test.each([1, 7, 64, 4096])("a request and its stream keep every byte (pieces of %i)", async (size) => {
    await using host = native(() => new Response(pieces(STREAM, size), { headers: SSE }));
    await using on = await forwarding(host.url);
    const answer = await post(on.url, AWKWARD);
    expect(sha(new Uint8Array(await answer.arrayBuffer()))).toBe(sha(STREAM));
    expect(sha(host.asked[0]?.body ?? "")).toBe(sha(AWKWARD.replace('"gpt-\\u0036"', '"gpt-6"')));
    await until("it is logged", () => on.lines.length === 1);
    expect(on.lines[0]).toContain("native: completed");
    expect(on.lines[0]).toContain("9 in (4 cached), 3 out");
    expect(on.lines[0]).toContain("effort low");
  });

  test("an answer in one piece keeps every byte", async () => {
    const body = '{ "id":"resp_1","n":1.0,"status":"completed","usage":{"input_tokens":7,"output_tokens":2}}\n';
    await using host = native(() => new Response(body, { headers: { "content-type": "application/json" } }));
    await using on = await forwarding(host.url);
    const answer = await post(on.url, '{"model":"m","input":"hi"}');
    expect(await answer.text()).toBe(body);
    expect(host.asked[0]?.body).toBe('{"model":"m","input":"hi"}');
    await until("it is logged", () => on.lines.length === 1);
    expect(on.lines[0]).toContain("7 in (0 cached), 2 out");
  });

  test("only the model's name is another when it has an alias, and the key is the upstream's", async () => {
    await using host = native(() => new Response(STREAM, { headers: SSE }));
    await using on = await forwarding(host.url);
    const answer = await post(on.url, '{"input":"hi","model":"native/gpt-6"}', {
      authorization: "Bearer of-the-client",
      cookie: "a=b",
      "openai-beta": "x",
      "user-agent": "agent/1",
      "x-codex-turn-state": "native",
      ...AS_CODEX,
    });
    expect(answer.status).toBe(200);
    const { body, headers, path } = host.asked[0] as Asked;
    expect(body).toBe('{"input":"hi","model":"gpt-6"}');
    expect(path).toBe("/v1/responses");
    expect(headers.get("authorization")).toBe("Bearer test-key");
    expect([headers.get("openai-beta"), headers.get("user-agent"), headers.get("x-codex-window-id")]).toEqual([
      "x",
      "agent/1",
      "test:0",
    ]);
    expect([headers.get("cookie"), headers.get("x-codex-turn-state"), headers.get("origin")]).toEqual([
      null,
      null,
      null,
    ]);
    // Codex takes this header for a warning about its account.
    expect(answer.headers.get("openai-model")).toBeNull();
    expect(answer.headers.get("set-cookie")).toBeNull();
    expect(answer.headers.get("x-request-id")).toBe("req_1");
    expect(answer.headers.get("x-juscode-model")).toBe("gpt-6");
  });

  test("what needs stored responses is the upstream's matter", async () => {
    await using host = native(() => Response.json({ status: "completed" }));
    await using on = await forwarding(host.url);
    const text =
      '{"model":"m","input":[{"type":"item_reference","id":"x"}],"previous_response_id":"resp_1","background":true}';
    expect((await post(on.url, text)).status).toBe(200);
    expect(host.asked[0]?.body).toBe(text);
  });

  test("its errors come as they are", async () => {
    const error = '{"error":{"message":"bad key","type":"x","code":"invalid_api_key"}}';
    await using host = native(
      () => new Response(error, { status: 401, headers: { "content-type": "application/json", "retry-after": "9" } }),
    );
    await using on = await forwarding(host.url);
    const answer = await post(on.url, '{"model":"m","input":"hi"}');
    expect([answer.status, answer.headers.get("retry-after"), await answer.text()]).toEqual([401, "9", error]);
    expect(on.lines[0]).toContain("returned 401");
  });

  test("a stream that breaks breaks here too", async () => {
    await using host = native(
      () =>
        new Response(
          new ReadableStream({
            async pull(controller) {
              controller.enqueue(new TextEncoder().encode('data: {"type":"response.created"}\n\n'));
              await Bun.sleep(20);
              controller.error(new Error("gone"));
            },
          }),
          { headers: SSE },
        ),
    );
    await using on = await forwarding(host.url);
    const answer = await post(on.url, '{"model":"m","input":"hi","stream":true}');
    expect(answer.text()).rejects.toThrow();
    await until("it is logged", () => on.lines.length === 1);
    expect(on.lines[0]).toContain("upstream_protocol");
  });

  test("a stream without its last event is no success, neither for the client nor in the log", async () => {
    await using host = native(() => new Response('data: {"type":"response.created"}\n\n', { headers: SSE }));
    await using on = await forwarding(host.url);
    const answer = await post(on.url, '{"model":"m","input":"hi","stream":true}');
    expect(answer.status).toBe(200);
    expect(await answer.text().catch(String)).toContain("closed unexpectedly");
    expect(on.lines[0]).toContain("upstream_protocol: the reply ended before it was complete");
  });

  test.each([
    [
      'data: {"type":"response.failed","response":{"status":"failed","error":{"code":"server_error","message":"no"}}}\n\n',
      "upstream_failed: the upstream failed in mid-reply: […]",
    ],
    [
      'data: {"type": "error","code":"rate_limit_exceeded","message":"slow"}\n\n',
      "rate_limited: the upstream failed in mid-reply: […]",
    ],
    [
      'event: error\ndata: {"type":"error","error":{"type":"overloaded","message":"busy"}}\n\n',
      "overloaded: the upstream failed in mid-reply: busy",
    ],
    ['data: {"type":"response.incomplete","response":{"status":"incomplete"}}\n\n', "incomplete"],
  ])("an end in the stream is seen: %s", async (frame, words) => {
    await using host = native(() => new Response(pieces(frame, 5), { headers: SSE }));
    await using on = await forwarding(host.url);
    expect(await (await post(on.url, '{"model":"m","input":"hi","stream":true}')).text()).toBe(frame);
    expect(on.lines[0]).toContain(`native: ${words}`);
  });

  test.each([3, 50, 100_000])("an end whose type stands behind all else is seen (pieces of %i)", async (size) => {
    const last = `data: {"response":{"instructions":"${"x".repeat(600)}","status":"completed","usage":{"input_tokens":9,"output_tokens":2}},"sequence_number":3,"type":"response.completed"}\n\n`;
    const text = `data: {"delta":"a","type":"response.output_text.delta"}\n\n${last}`;
    await using host = native(() => new Response(pieces(text, size), { headers: SSE }));
    await using on = await forwarding(host.url);
    expect(await (await post(on.url, '{"model":"m","input":"hi","stream":true}')).text()).toBe(text);
    expect(on.lines[0]).toContain("native: completed");
    expect(on.lines[0]).toContain("9 in (0 cached), 2 out");
  });

  test("the upstream is left when the client leaves", async () => {
    let left = false;
    await using host = native(
      () =>
        new Response(
          new ReadableStream({
            start: (controller) => controller.enqueue(new TextEncoder().encode(": ping\n\n")),
            cancel: () => void (left = true),
          }),
          { headers: SSE },
        ),
    );
    await using on = await forwarding(host.url);
    const abort = new AbortController();
    await post(on.url, '{"model":"m","input":"hi","stream":true}', {}, abort.signal);
    abort.abort();
    await until("the upstream is left", () => left);
    await until("it is logged", () => on.lines.length === 1);
    expect(on.lines[0]).toContain("aborted by the client");
  });

  test("nobody there is told in words, with a status that says whose fault it is", async () => {
    await using on = await forwarding("http://127.0.0.1:9/v1");
    const answer = await post(on.url, '{"model":"m","input":"hi"}');
    expect(answer.status).toBe(502);
    expect(await answer.text()).toContain("cannot be reached");
  });
});

describe("edited", () => {
  const sealed = `juscode1:${JSON.stringify({ field: "reasoning_content", model: "m", text: "hm" })}`;
  const own = JSON.stringify({ type: "reasoning", id: "rs_1", summary: [], encrypted_content: sealed });
  const foreign = '{"type":"reasoning","id":"rs_2","summary":[ ],"encrypted_content":"gAAAA"}';
  const summed = JSON.stringify({ type: "compaction", id: "cmp_1", encrypted_content: 'juscode1c:All went "well".' });

  test("thoughts of a translated upstream are cut out and listed, summaries told in words, the rest untouched", async () => {
    await using host = native(() => Response.json({ status: "completed" }));
    await using on = await forwarding(host.url);
    const thread = (...items: string[]): string => `{"input":[ ${items.join(" , ")} ],"model":"m"}`;
    const user = '{"role":"user", "content":"hi"}';
    const answer = await post(on.url, thread(own, summed, user, foreign, own));
    const [first, , ...rest] = (JSON.parse(host.asked[0]?.body ?? "") as { input: { content: { text: string }[] }[] })
      .input;
    expect(first?.content[0]?.text).toContain('All went "well".');
    expect(rest).toHaveLength(1);
    expect(host.asked[0]?.body).toContain(`${user} , ${foreign}`);
    expect(answer.headers.get("x-juscode-ignored")).toBe(
      "input[0]: reasoning; input[1]: compaction; input[4]: reasoning",
    );
  });

  test("a thought that only its id tells to be ours", async () => {
    await using host = native(() => Response.json({ status: "completed" }));
    await using on = await forwarding(host.url);
    const bare = JSON.stringify({ type: "reasoning", id: `rs_${"0".repeat(34)}`, summary: [] });
    await post(on.url, `{"model":"m","input":[${bare},{"role":"user","content":"hi"}]}`);
    expect(host.asked[0]?.body).toBe('{"model":"m","input":[{"role":"user","content":"hi"}]}');
  });

  test("the user's `drop` and `extra_body` are the last word", async () => {
    await using host = native(() => Response.json({ status: "completed" }));
    await using on = await forwarding(host.url, {
      dialect: {
        drop: ["temperature", "reasoning.summary", "nothing"],
        extra_body: { reasoning: { mode: "x" }, provider: { only: ["a"] } },
      },
    });
    const answer = await post(
      on.url,
      '{"model":"m", "temperature":1, "reasoning":{"effort":"low","summary":"auto"},"input":"hi"}',
    );
    expect(JSON.parse(host.asked[0]?.body ?? "")).toEqual({
      model: "m",
      reasoning: { effort: "low", mode: "x" },
      input: "hi",
      provider: { only: ["a"] },
    });
    expect(answer.headers.get("x-juscode-ignored")).toContain("temperature");
  });

  test("big numbers and a field that is both dropped and edited", async () => {
    await using host = native(() => Response.json({ status: "completed" }));
    const dialect = { drop: ["input"], extra_body: { seed: 1, deep: { more: 2 } } };
    await using on = await forwarding(host.url, { dialect });
    await post(on.url, `{"model":"m","seed":5,"deep":{"n":12345678901234567890},"input":[${summed}]}`);
    expect(host.asked[0]?.body).toBe('{"model":"m","seed":1,"deep":{"n":12345678901234567890,"more":2}}');
  });

  test("headers of the config count more than the client's, each once", async () => {
    await using host = native(() => Response.json({ status: "completed" }));
    await using on = await forwarding(host.url, {
      headers: { "User-Agent": "mine", "X-Title": "mine", Accept: "a/b" },
    });
    await post(on.url, '{"model":"m","input":"hi"}', {
      "user-agent": "theirs",
      "x-title": "theirs",
      "openai-organization": "theirs",
    });
    const { headers } = host.asked[0] as Asked;
    expect([headers.get("user-agent"), headers.get("x-title"), headers.get("accept")]).toEqual(["mine", "mine", "a/b"]);
    expect(headers.get("openai-organization")).toBeNull();
  });

  test("headers, query and the form of the key are the config's", async () => {
    await using host = native(() => Response.json({ status: "completed" }));
    await using on = await forwarding(host.url, {
      auth: "api-key",
      headers: { "x-team": "a" },
      query: { "api-version": "v 1" },
    });
    await post(on.url, '{"model":"m","input":"hi"}');
    const { headers, path } = host.asked[0] as Asked;
    expect(path).toBe("/v1/responses?api-version=v+1");
    expect([headers.get("api-key"), headers.get("authorization"), headers.get("x-team")]).toEqual([
      "test-key",
      null,
      "a",
    ]);
  });
});

describe("asked again", () => {
  test("as often as the config says, and then the answer is passed on", async () => {
    await using host = native((_, i) =>
      i < 2
        ? new Response("busy", { status: 503, headers: { "retry-after": "0" } })
        : Response.json({ status: "completed" }),
    );
    await using on = await forwarding(host.url, { request_max_retries: 2 });
    expect((await post(on.url, '{"model":"m","input":"hi"}')).status).toBe(200);
    expect(host.asked).toHaveLength(3);
  });

  test("not by itself, not for what no retry cures, and not when the host wants a long pause", async () => {
    const asked = async (status: number, retries: number, after = "0"): Promise<number> => {
      await using host = native(() => new Response("no", { status, headers: { "retry-after": after } }));
      await using on = await forwarding(host.url, { request_max_retries: retries });
      expect((await post(on.url, '{"model":"m","input":"hi"}')).status).toBe(status);
      return host.asked.length;
    };
    expect(await asked(503, 0)).toBe(1);
    expect(await asked(400, 3)).toBe(1);
    expect(await asked(429, 3, "3600")).toBe(1);
    expect(await asked(429, 1)).toBe(2);
  });
});
