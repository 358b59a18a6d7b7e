/** How long connections stay: those of strangers some seconds, those of clients as long as they are answered. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ask } from "../../support/ask.ts";
import { describeWith, pathOf } from "../../support/needs.ts";
import { ResponsesSocket } from "../../support/responses-socket.ts";
import { Shim } from "../../support/shim.ts";
import { until } from "../serving.ts";
import { RawClient } from "./raw-client.ts";

const describe = describeWith("shim");

/** Longer than any time-out of a connection, also by a clock that looks every few seconds on a busy machine. */
const WATCHED_MS = 40_000;
/** Silence of a host, longer than the time-out of a connection on which nothing is asked. */
const SILENT_MS = 34_000;

/** Answers after a time that the request names: `wait 34000`. The first word of a stream comes at once. */
function slowHost(): AsyncDisposable & { url: string } {
  const frame = (delta: object, finish_reason: string | null): string =>
    `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
  const utf8 = new TextEncoder();
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    async fetch(request) {
      if (request.method === "GET") return Response.json({ data: [{ id: "m" }] });
      const text = await request.text();
      const pause_ms = Number(/wait (\d+)/.exec(text)?.[1] ?? 0);
      const { stream } = JSON.parse(text) as { stream?: boolean };
      if (stream !== true) {
        await Bun.sleep(pause_ms);
        return Response.json({ choices: [{ message: { content: "Done." }, finish_reason: "stop" }] });
      }
      const body = new ReadableStream({
        async start(controller) {
          controller.enqueue(utf8.encode(frame({ content: "Wait. " }, null)));
          await Bun.sleep(pause_ms);
          controller.enqueue(utf8.encode(`${frame({ content: "Done." }, "stop")}data: [DONE]\n\n`));
          controller.close();
        },
      });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    },
  });
  return { url: `http://127.0.0.1:${server.port}/v1`, [Symbol.asyncDispose]: () => server.stop(true) };
}

let home: string;
let key: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "juscode-time-outs-"));
  key = Bun.spawnSync([pathOf("shim"), "key", "add", "known"], { env: { HOME: home } })
    .stdout.toString()
    .split("\n")[0] as string;
});
afterAll(() => rmSync(home, { recursive: true }));

const head = (start: string, ...headers: string[]): string =>
  [`${start} HTTP/1.1`, "Host: localhost", ...headers, "", ""].join("\r\n");

function posted(path: string, body: object, ...headers: string[]): string {
  const text = JSON.stringify(body);
  return head(`POST ${path}`, `Content-Length: ${text.length}`, ...headers) + text;
}

const UPGRADE = [
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];

/** What somebody without a key sends first. */
const STRANGERS: Record<string, string> = {
  "a stream of /health": head("GET /health?stream=true"),
  "a stream of /health, by another parameter": head("GET /health?x=stream=true"),
  "a stream of /health, by HEAD": head("HEAD /health?stream=true"),
  "a stream of /": head("GET /?stream=true"),
  "a stream of a response": head("GET /v1/responses/resp_1?stream=true"),
  "an empty POST to an open path": head("POST /health", "Content-Length: 0"),
  "a POST": posted("/v1/responses", { model: "m", input: "hi" }),
  "a POST with a wrong key": posted("/v1/responses", { model: "m", input: "hi" }, "Authorization: Bearer wrong"),
  "a POST whose body does not come": head("POST /v1/messages", "Content-Length: 1000"),
  "a POST whose body never ends": head("POST /v1/chat/completions", "Transfer-Encoding: chunked"),
  "a body that waits for leave": head("POST /v1/responses", "Content-Length: 1000", "Expect: 100-continue"),
  "a WebSocket": head("GET /v1/responses", ...UPGRADE),
  "a WebSocket with a wrong key": head("GET /v1/responses", "x-api-key: wrong", ...UPGRADE),
  "another method": head("OPTIONS /v1/responses"),
  "half a head": "GET /health?stream=true HTTP/1.1\r\nHost: localhost\r\nx-a: ",
};

/** What somebody with a key sends first, and has answered. */
function answered(key: string): Record<string, string> {
  const known = `Authorization: Bearer ${key}`;
  const turn = { model: "m", input: "hi", store: false };
  const chat = { model: "m", messages: [{ role: "user", content: "hi" }] };
  return {
    "an answer": posted("/v1/responses", turn, known),
    "a stream": posted("/v1/responses", { ...turn, stream: true }, known),
    "a stream of Messages": posted("/v1/messages", { ...chat, max_tokens: 9, stream: true }, known),
    "an answer of the host's own wire": posted("/v1/chat/completions", chat, known),
    "a stream of the host's own wire": posted("/v1/chat/completions", { ...chat, stream: true }, known),
    "a background response": posted("/v1/responses", { ...turn, store: true, background: true }, known),
    "one that runs longer than the connection": posted(
      "/v1/responses",
      { ...turn, input: `wait ${2 * WATCHED_MS}`, store: true, background: true },
      known,
    ),
    "a stream of a background response": posted(
      "/v1/responses",
      { ...turn, store: true, background: true, stream: true },
      known,
    ),
    "a count": posted("/v1/messages/count_tokens", chat, known),
    "a list": head("GET /v1/models?stream=true", known),
    "a request that is wrong": posted("/v1/responses", {}, known),
    "a path that is none": posted("/v1/nothing", turn, known),
  };
}

/** What is still awaited while the host is silent. */
function awaited(key: string): Record<string, string> {
  const known = `Authorization: Bearer ${key}`;
  const input = `wait ${SILENT_MS}`;
  const turn = { model: "m", input, store: false };
  const chat = { model: "m", messages: [{ role: "user", content: input }] };
  return {
    "an answer": posted("/v1/responses", turn, known),
    "a stream": posted("/v1/responses", { ...turn, stream: true }, known),
    "an answer of the host's own wire": posted("/v1/chat/completions", chat, known),
    "a stream of the host's own wire": posted("/v1/chat/completions", { ...chat, stream: true }, known),
    "a stream of a background response": posted(
      "/v1/responses",
      { ...turn, store: true, background: true, stream: true },
      known,
    ),
  };
}

const clients = (port: number, texts: Record<string, string>): Map<string, RawClient> =>
  new Map(Object.entries(texts).map(([name, text]) => [name, new RawClient(port, text)]));

const names = (all: Map<string, RawClient>, which: (client: RawClient) => boolean): string[] =>
  [...all].filter(([, client]) => which(client)).map(([name]) => name);

describe("a connection", () => {
  test("ends some seconds after the last answer, whatever trickles in, and never while one is awaited", async () => {
    await using host = slowHost();
    // No heartbeat keeps a connection alive that would else be closed.
    const args = ["--upstream", host.url, "--heartbeat-ms", "600000", "--quiet"];
    await using shim = await Shim.start({ args, env: { HOME: home } });
    const strangers = clients(shim.port, STRANGERS);
    const kept = clients(shim.port, answered(key));
    const waiting = clients(shim.port, awaited(key));
    const drip = setInterval(() => {
      for (const [name, client] of strangers) {
        if (name.includes("never ends")) client.send("1\r\na\r\n");
        else if (name.includes("half") || client.status !== 0) client.send("G");
      }
      for (const [, client] of kept) if (client.status !== 0) client.send("G");
    }, 250);
    try {
      const end = performance.now() + WATCHED_MS;
      const are_open = (): boolean =>
        [...strangers.values(), ...kept.values()].some(({ closed }) => !closed) ||
        [...waiting.values()].some(({ text }) => !text.includes("Done."));
      while (are_open() && performance.now() < end) await Bun.sleep(100);
      expect(names(strangers, ({ closed }) => !closed)).toEqual([]);
      expect(names(kept, ({ closed }) => !closed)).toEqual([]);
      expect(names(kept, ({ status }) => status === 0)).toEqual([]);
      expect(names(waiting, ({ text }) => !text.includes("Done."))).toEqual([]);
    } finally {
      clearInterval(drip);
      for (const all of [strangers, kept, waiting]) for (const client of all.values()) client[Symbol.dispose]();
    }
  }, 120_000);

  test("of a stranger is closed with the answer; a body that is still coming has some seconds for it", async () => {
    await using host = slowHost();
    await using shim = await Shim.start({ args: ["--upstream", host.url, "--quiet"], env: { HOME: home } });
    for (const path of ["/health", "/", "/v1", "/v1/models"]) {
      using client = new RawClient(shim.port, head(`GET ${path}`));
      await until("it is closed", () => client.closed);
      expect([path, client.status]).toEqual([path, path === "/v1/models" ? 401 : 200]);
    }
    // As fast as it goes, so that the answer must find its way against it.
    const piece = `10000\r\n${"a".repeat(0x10000)}\r\n`;
    using client = new RawClient(shim.port, STRANGERS["a POST whose body never ends"] as string);
    const flood = setInterval(() => client.send(piece), 5);
    await until("it is answered", () => client.status !== 0);
    expect(client.status).toBe(401);
    clearInterval(flood);
  }, 60_000);

  test("whose key is revoked is closed with the next request, and takes no more", async () => {
    await using host = slowHost();
    await using shim = await Shim.start({ args: ["--upstream", host.url], env: { HOME: home } });
    const run = (...args: string[]): string =>
      Bun.spawnSync([pathOf("shim"), "key", ...args], { env: { HOME: home } }).stdout.toString();
    const lost = run("add", "lost").split("\n")[0] as string;
    const headers = { authorization: `Bearer ${lost}` };
    await until(
      "the key is known",
      async () => (await ask(shim.url, { model: "m", input: "hi" }, headers)).status === 200,
    );
    await using socket = await ResponsesSocket.open(shim.url, headers);
    expect((await socket.ask({ model: "m", input: "hi" })).last["type"]).toBe("response.completed");
    run("remove", "lost");
    await until(
      "the key is lost",
      async () => (await ask(shim.url, { model: "m", input: "hi" }, headers)).status === 401,
    );
    expect((await socket.ask({ model: "m", input: "hi" })).code).toBe("invalid_api_key");
    await until("it is closed", () => socket.closed !== undefined);
    expect(socket.closed?.reason).toContain("does not know this key");
  }, 60_000);
});
