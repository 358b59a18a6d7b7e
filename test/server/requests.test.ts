/** What the compiled executable makes of odd requests. */
import { expect, test } from "bun:test";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { ChatUpstream, reply, say, type Script } from "../support/chat-upstream.ts";
import { AS_CODEX, post } from "../support/ask.ts";
import { describeWith } from "../support/needs.ts";
import { Shim } from "../support/shim.ts";

const describe = describeWith("shim");

const BODY = JSON.stringify({ model: "scripted", input: "hi" });
type Failure = { error: { message: string; type: string; code: string; param: string | null } };

async function withShim(script: Script, run: (shim: Shim, upstream: ChatUpstream) => Promise<void>): Promise<void> {
  await using upstream = new ChatUpstream(script);
  await using shim = await Shim.start({ args: ["--upstream", upstream.url, "--quiet"] });
  await run(shim, upstream);
}

async function failure(answer: Response): Promise<Failure["error"]> {
  const { error } = (await answer.json()) as Failure;
  expect(Object.keys(error).toSorted()).toEqual(["code", "message", "param", "type"]);
  return error;
}

/** A body that says nothing of its length, so that it travels in chunks. */
function inPieces(pieces: string[]): ReadableStream<Uint8Array> {
  const utf8 = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      await Bun.sleep(1);
      const piece = pieces.shift();
      if (piece === undefined) controller.close();
      else controller.enqueue(utf8.encode(piece));
    },
  });
}

describe("request bodies", () => {
  test("compressed in every usual way", () =>
    withShim(
      Array.from({ length: 4 }, () => reply(say("Hi."))),
      async ({ url }) => {
        const forms = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync, zstd: zstdCompressSync };
        for (const [encoding, compress] of Object.entries(forms)) {
          const headers = { "content-encoding": encoding, "content-type": "application/json" };
          const answer = await fetch(`${url}/responses`, { method: "POST", headers, body: compress(BODY) as BodyInit });
          expect([encoding, answer.status]).toEqual([encoding, 200]);
          await answer.text();
        }
      },
    ));

  test("of unknown length", () =>
    withShim([reply(say("Hi."))], async ({ url }, upstream) => {
      const text = "x".repeat(100_000);
      const pieces = ['{"model":"scripted",', `"input":"${text}`, text, '"}'];
      const answer = await fetch(`${url}/responses`, { method: "POST", body: inPieces(pieces) });
      expect(answer.status).toBe(200);
      expect(upstream.request(0).body.messages[0]?.content).toBe(text + text);
    }));

  test("wrong ones are refused in words", () =>
    withShim([], async ({ url }) => {
      const cases: [string, Record<string, string>, string][] = [
        ["", {}, "no body"],
        ["{", {}, "not valid JSON"],
        ["[]", {}, "body"],
        ['{"input":"hi"}', {}, "`model` is missing"],
        [BODY, { "content-encoding": "rot13" }, "`rot13` is not known"],
        [BODY, { "content-encoding": "gzip" }, "not valid gzip"],
      ];
      for (const [body, headers, words] of cases) {
        const answer = await post(url, body, headers);
        expect(answer.status).toBe(400);
        expect((await failure(answer)).message).toContain(words);
      }
    }));

  test("a compressed bomb and a body beyond the limit", () =>
    withShim([], async ({ url }) => {
      const bomb = gzipSync(Buffer.alloc(80 * 1024 * 1024, 32));
      const headers = { "content-encoding": "gzip" };
      const answers = [
        await fetch(`${url}/responses`, { method: "POST", headers, body: bomb as BodyInit }),
        await post(url, `{"model":"m","input":"${"x".repeat(70 * 1024 * 1024)}"}`),
        await fetch(`${url}/responses`, {
          method: "POST",
          body: inPieces(Array.from({ length: 70 }, () => "x".repeat(1024 * 1024))),
        }),
      ];
      for (const answer of answers) {
        expect(answer.status).toBe(413);
        expect((await failure(answer)).message).toContain("larger than 64 MB");
      }
    }));

  test("forty megabytes arrive whole", () =>
    withShim([reply(say("Long."))], async ({ url }, upstream) => {
      const text = "x".repeat(40 * 1024 * 1024);
      const answer = await post(url, JSON.stringify({ model: "scripted", input: text }));
      expect(answer.status).toBe(200);
      expect(upstream.request(0).body.messages[0]?.content?.length).toBe(text.length);
    }));
});

describe("paths", () => {
  test("without /v1, and a wrong one says which there are", () =>
    withShim([reply(say("Hi."))], async ({ port, url }) => {
      const root = `http://127.0.0.1:${port}`;
      expect((await post(root, BODY)).status).toBe(200);
      expect((await fetch(`${root}/models`)).status).toBe(200);
      expect(await (await fetch(root)).text()).toContain("POST /v1/responses");
      for (const [method, path] of [
        ["GET", "/v1/nothing"],
        ["POST", "/v1/models"],
        ["GET", "/v1/responses"],
      ] as const) {
        const answer = await fetch(root + path, { method });
        expect(answer.status).toBe(404);
        const { message } = await failure(answer);
        expect(message).toContain(`${method} ${path}`);
        expect(message).toContain("POST /v1/responses");
      }
      const astray = {
        "/v1/v1/messages": "/messages",
        "/v1/responses/responses": "/responses",
        "/v1/messages/": "/messages",
      };
      for (const [path, meant] of Object.entries(astray)) {
        const answer = await fetch(root + path, { method: "POST", body: BODY });
        expect(answer.status).toBe(404);
        const { message } = await failure(answer);
        expect(message).toContain(`did you mean \`POST /v1${meant}\`? The base URL is ${url},`);
      }
      const upgrade = await fetch(`${url}/responses`, { headers: { upgrade: "websocket", connection: "upgrade" } });
      expect(upgrade.status).toBe(426);
    }));

  test("every answer names the shim, and none names the upstream's headers", () =>
    withShim([reply(say("Hi."))], async ({ url, port }) => {
      const health = await fetch(`http://127.0.0.1:${port}/health`);
      const { instance, service } = (await health.json()) as { instance: string; service: string };
      expect(service).toBe("juscode-shim");
      const answer = await post(url, BODY);
      expect(answer.headers.get("x-juscode-shim")).toBe(instance);
      expect(answer.headers.get("x-juscode-provider")).toBe("upstream");
      expect((await fetch(`${url}/nothing`)).headers.get("x-juscode-shim")).toBe(instance);
    }));

  test("Codex is told of the list of models and of who began its turn, others are not", () =>
    withShim([reply(say("Hi.")), reply(say("Hi."))], async ({ url }) => {
      const etag = (await fetch(`${url}/models`)).headers.get("etag");
      expect(etag).toMatch(/^"[0-9a-f]{8}"$/);
      const codex = await post(url, BODY, AS_CODEX);
      expect(codex.headers.get("x-models-etag")).toBe(etag);
      expect(codex.headers.get("x-codex-turn-state")).toBe("upstream");
      const plain = await post(url, BODY);
      expect(plain.headers.has("x-models-etag") || plain.headers.has("x-codex-turn-state")).toBe(false);
    }));

  test("one model is told of by its name, to each client in its own shape", () =>
    withShim([], async ({ url }) => {
      const anthropic = { "anthropic-version": "2023-06-01" };
      const told = async (name: string, headers = {}) => {
        const answer = await fetch(`${url}/models/${name}`, { headers });
        return [answer.status, await answer.json()];
      };
      const model = { id: "scripted", object: "model", created: 0, owned_by: "upstream" };
      expect(await told("scripted")).toEqual([200, model]);
      expect(await told("upstream%2Fscripted")).toEqual([200, model]);
      expect(await told("upstream/scripted")).toEqual([200, model]);
      expect(await told("jusCode-auto", anthropic)).toMatchObject([200, { type: "model", id: "jusCode-auto" }]);
      expect(await told("none")).toMatchObject([404, { error: { code: "model_not_found", param: "model" } }]);
      expect(await told("none", anthropic)).toMatchObject([404, { type: "error", error: { type: "not_found_error" } }]);
    }));

  test("Anthropic's list, and what codex --oss asks an Ollama", () =>
    withShim([], async ({ url, port }) => {
      const list = await (await fetch(`${url}/models`, { headers: { "anthropic-version": "2023-06-01" } })).json();
      expect(list).toMatchObject({
        data: [
          { type: "model", id: "jusCode-auto" },
          { type: "model", id: "scripted" },
        ],
        has_more: false,
        first_id: "jusCode-auto",
      });
      const root = `http://127.0.0.1:${port}/api`;
      expect(await (await fetch(`${root}/version`)).json()).toEqual({ version: expect.stringMatching(/^\d+\.\d+/) });
      const tags = (await (await fetch(`${root}/tags`)).json()) as { models: { name: string }[] };
      expect(tags.models.map(({ name }) => name)).toContain("gpt-oss:20b");
      const pull = await fetch(`${root}/pull`, { method: "POST", body: '{"model":"gpt-oss:20b","stream":true}' });
      expect(await pull.text()).toBe('{"status":"success"}\n');
    }));

  test("what clients ask to see whether anybody is there", () =>
    withShim([], async ({ url, port }) => {
      const root = `http://127.0.0.1:${port}`;
      for (const path of ["/", "/v1"]) {
        const looked = await fetch(root + path, { method: "HEAD" });
        expect([looked.status, await looked.text()]).toEqual([200, ""]);
        expect(await (await fetch(root + path)).text()).toContain("POST /v1/messages");
      }
      expect(await (await fetch(`${root}/props`)).json()).toMatchObject({ modalities: { vision: false } });
      const nowhere = await fetch(`${url}/nothing`, { headers: { "anthropic-version": "2023-06-01" } });
      expect([nowhere.status, ((await nowhere.json()) as { type: string }).type]).toEqual([404, "error"]);
    }));

  test("web pages are kept out, programs are not", () =>
    withShim([reply(say("Hi.")), reply(say("Hi.")), reply(say("Hi."))], async ({ url }) => {
      const page = { "content-type": "text/plain" };
      const strangers: Record<string, string>[] = [
        { ...page, origin: "https://evil.example" },
        { ...page, origin: "null" },
        { ...page, "sec-fetch-site": "cross-site" },
        { host: "rebound.example" },
        { host: "127.0.0.1.evil.example" },
      ];
      for (const headers of strangers) {
        const answer = await post(url, BODY, headers);
        expect([headers, answer.status]).toEqual([headers, 403]);
        expect((await failure(answer)).message).toContain("programs of this machine only");
      }
      for (const headers of [{}, { origin: "http://localhost:3000" }, { host: "localhost" }])
        expect((await post(url, BODY, headers)).status).toBe(200);
    }));

  test("a request that comes back is stopped", () =>
    withShim([], async ({ url, port }) => {
      const { instance } = (await (await fetch(`http://127.0.0.1:${port}/health`)).json()) as { instance: string };
      const via = { "x-juscode-via": `other, ${instance}` };
      expect((await post(url, BODY, via)).status).toBe(508);
      expect((await post(url, BODY, { ...via, ...AS_CODEX })).status).toBe(400);
    }));

  test("what was ignored is told in a header, and counted", () =>
    withShim([reply(say("Hi."))], async ({ url }) => {
      const body = { model: "scripted", input: "hi", tools: [{ type: "web_search" }], text: { verbosity: "low" } };
      const answer = await post(url, body);
      expect(answer.headers.get("x-juscode-ignored")).toBe("tools[0]: web_search; text.verbosity: low");
      const health = (await (await fetch(new URL("/health", url))).json()) as { counters: unknown };
      expect(health.counters).toEqual({ ignored: 2 });
    }));
});
