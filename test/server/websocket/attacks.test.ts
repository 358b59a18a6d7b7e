/** Strangers on WebSocket connections of the compiled executable. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { AS_CODEX, post } from "../../support/ask.ts";
import { ChatUpstream, reply, say } from "../../support/chat-upstream.ts";
import { MEASURED, retainedMb } from "../../support/memory.ts";
import { describeWith, pathOf } from "../../support/needs.ts";
import { still } from "../../support/patience.ts";
import { ResponsesSocket, textOf } from "../../support/responses-socket.ts";
import { Shim } from "../../support/shim.ts";
import { until } from "../serving.ts";

const describe = describeWith("shim");
const MB = 1024 * 1024;

let home: string;
beforeAll(() => void (home = mkdtempSync(join(tmpdir(), "juscode-sockets-"))));
afterAll(() => rmSync(home, { recursive: true }));

function config(name: string, server: string, upstream: string): string[] {
  const file = join(home, name);
  const provider = `[model_providers.up]\nbase_url = "${upstream}"\nwire_api = "chat"\n`;
  writeFileSync(file, `[server]\n${server}\n${provider}`);
  return ["--config", file];
}

const PIECE = Buffer.alloc(100_000, 97);
const HANDSHAKE =
  "GET /v1/responses HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/** As a client sends it, masked with zeros. */
function frame(first: number, bytes: Buffer): Buffer {
  const head = Buffer.alloc(14);
  head[0] = first;
  head[1] = 0x80 | 127;
  head.writeBigUInt64BE(BigInt(bytes.length), 2);
  return Buffer.concat([head, bytes]);
}

/** The status that answers a handshake with these headers. */
async function handshake(url: string, headers: Record<string, string>): Promise<number> {
  const { port, pathname } = new URL(`${url}/responses`);
  const all = {
    Host: `127.0.0.1:${port}`,
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const socket = connect(Number(port), "127.0.0.1");
  socket.write(`GET ${pathname} HTTP/1.1\r\n${lines.join("")}\r\n`);
  const head = await new Promise<string>((resolve) => socket.once("data", (bytes) => resolve(String(bytes))));
  socket.destroy();
  return Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]);
}

describe("who may connect", () => {
  test("no page of another site, whatever it says, and no name that is pointed here", async () => {
    await using upstream = new ChatUpstream([]);
    await using shim = await Shim.start({ args: ["--upstream", upstream.url] });
    expect(await handshake(shim.url, {})).toBe(101);
    expect(await handshake(shim.url, { Origin: "https://evil.example" })).toBe(403);
    expect(await handshake(shim.url, { Origin: "null" })).toBe(403);
    // Another program of this machine may serve a page to anybody, and no browser asks before it connects.
    expect(await handshake(shim.url, { Origin: "http://localhost:3000" })).toBe(403);
    expect(await handshake(shim.url, { Origin: `http://127.0.0.1:${shim.port}` })).toBe(101);
    expect(await handshake(shim.url, { "Sec-Fetch-Site": "cross-site" })).toBe(403);
    expect(await handshake(shim.url, { Host: "evil.example" })).toBe(403);
    expect(await handshake(shim.url, { Host: "evil.example", Origin: "http://evil.example" })).toBe(403);
    expect(await shim.output()).toContain("GET /v1/responses refused with 403");
  });

  test("a page that the config names", async () => {
    await using upstream = new ChatUpstream([]);
    const args = config("origins.toml", 'allowed_origins = ["https://app.example"]', upstream.url);
    await using shim = await Shim.start({ args });
    expect(await handshake(shim.url, { Origin: "https://app.example" })).toBe(101);
    expect(await handshake(shim.url, { Origin: "https://app.example.evil" })).toBe(403);
  });

  test("with a key that counts, as long as it counts, for the models that it is for", async () => {
    await using upstream = new ChatUpstream([reply(say("Hi."))]);
    const env = { HOME: home, STATE_DIRECTORY: join(home, "state") };
    const key = (...args: string[]): string =>
      Bun.spawnSync([pathOf("shim"), "key", ...args], { env })
        .stdout.toString()
        .split("\n")[0] ?? "";
    const secret = key("add", "someone", "--models", "scripted");
    await using shim = await Shim.start({ args: config("keys.toml", "", upstream.url), env });
    expect(await handshake(shim.url, {})).toBe(401);
    expect(await handshake(shim.url, { Authorization: "Bearer jsk_wrong" })).toBe(401);
    await using socket = await ResponsesSocket.open(shim.url, { authorization: `Bearer ${secret}` });
    expect(textOf(await socket.ask({ input: "a" }))).toBe("Hi.");
    expect((await socket.ask({ input: "a", model: "other" })).last).toMatchObject({ type: "error", status: 403 });
    expect((await socket.ask({ input: "a", model: "other", generate: false })).last).toMatchObject({ status: 403 });
    key("remove", "someone");
    await until(
      "the key counts no more",
      async () => (await handshake(shim.url, { Authorization: `Bearer ${secret}` })) === 401,
    );
    expect((await socket.ask({ input: "a" })).last).toMatchObject({ type: "error", status: 401 });
  });
});

describe("what is sent", () => {
  test("garbage is answered with what is wrong with it", async () => {
    await using upstream = new ChatUpstream([reply(say("Hi."))]);
    await using shim = await Shim.start({ args: ["--upstream", upstream.url] });
    await using socket = await ResponsesSocket.open(shim.url);
    const wrong: [string | Uint8Array, string][] = [
      ["", "not valid JSON"],
      ["{", "not valid JSON"],
      ["[]", "must be a JSON object"],
      ["null", "must be a JSON object"],
      ['{"type":"response.steer"}', "response.create"],
      ['{"input":"a"}', "the message has no `type`; send `response.create`"],
      ['{"type":7,"input":"a"}', "the message's `type` must be a text; send `response.create`"],
      ['{"type":"response.create"}', "`model` is missing"],
      ['{"type":"response.create","model":"scripted","previous_response_id":7}', "must be an id"],
      ['{"type":"response.create","model":"scripted","input":[null]}', "input[0]"],
      [new TextEncoder().encode('{"type":"response.create"}'), "binary"],
    ];
    for (const [message, words] of wrong) {
      socket.socket.send(message as string);
      const { last } = await socket.turn();
      expect(last).toMatchObject({ type: "error", status: 400 });
      expect(String(last["message"])).toContain(words);
    }
    // Of things that nobody waits for nothing is said.
    socket.send({ type: "response.interrupt", response_id: "resp_none" });
    socket.send({ type: "response.processed", response_id: "resp_none" });
    expect(textOf(await socket.ask({ input: "a" }))).toBe("Hi.");
  });

  test("a message that is too large ends its connection, and no other", async () => {
    await using upstream = new ChatUpstream([reply(say("Hi.")), reply(say("Hi."))]);
    await using shim = await Shim.start({ args: config("small.toml", "max_body_mb = 1", upstream.url) });
    const [large, other] = [await ResponsesSocket.open(shim.url), await ResponsesSocket.open(shim.url)];
    expect(textOf(await large.ask({ input: "a".repeat(0.9 * MB) }))).toBe("Hi.");
    large.send({ type: "response.create", model: "scripted", input: "a".repeat(2 * MB) });
    expect((await large.end()).code).toBeOneOf([1006, 1009]);
    expect(textOf(await other.ask({ input: "a" }))).toBe("Hi.");
    await other.close();
  });

  test("a message that unfolds to more than its limit, and one in endless pieces, take no memory", async () => {
    await using upstream = new ChatUpstream([]);
    await using shim = await Shim.start({ args: config("bomb.toml", "max_body_mb = 1", upstream.url), env: MEASURED });
    const before = await retainedMb(shim);
    const bomb = deflateRawSync(Buffer.alloc(300 * MB, 97));
    // Whole and compressed; then a beginning, and pieces that never end.
    for (const frames of [
      [frame(0xc1, bomb)],
      [frame(0x01, PIECE), ...Array.from({ length: 300 }, () => frame(0, PIECE))],
    ]) {
      const socket = connect(shim.port, "127.0.0.1");
      const closed = new Promise((resolve) => socket.once("close", resolve));
      socket.on("error", () => {});
      socket.resume();
      socket.write(`${HANDSHAKE}Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n`);
      for (const each of frames) socket.write(each);
      await closed;
    }
    // Each is 300 MB.
    expect((await retainedMb(shim)) - before).toBeLessThan(100);
    expect((await post(shim.url, "{")).status).toBe(400);
  });

  test("a history that outgrows the limit is refused in words", async () => {
    await using upstream = new ChatUpstream([reply(say("Hi."))]);
    await using shim = await Shim.start({ args: config("grown.toml", "max_body_mb = 1", upstream.url) });
    await using socket = await ResponsesSocket.open(shim.url);
    const half = "a".repeat(0.6 * MB);
    const first = await socket.ask({ input: half });
    const second = await socket.ask({ input: half, previous_response_id: first.response["id"] });
    expect(second.last).toMatchObject({ type: "error", status: 413 });
  });

  test("who sends without end and reads nothing is dropped", async () => {
    await using upstream = new ChatUpstream([]);
    await using shim = await Shim.start({ args: ["--upstream", upstream.url, "--quiet"], env: MEASURED });
    const before = await retainedMb(shim);
    const socket = connect(shim.port, "127.0.0.1");
    socket.write(`${HANDSHAKE}\r\n`);
    socket.pause();
    const dropped = new Promise((resolve) => socket.once("error", resolve));
    // Empty text messages, masked with zeros.
    const garbage = Buffer.alloc(6 * 10_000, Buffer.from([0x81, 0x80, 0, 0, 0, 0]));
    const sending = setInterval(() => void socket.write(garbage), 5);
    expect(await dropped).toMatchObject({ code: expect.stringMatching(/EPIPE|ECONNRESET/) as string });
    clearInterval(sending);
    socket.destroy();
    expect((await retainedMb(shim)) - before).toBeLessThan(100);
    expect((await post(shim.url, "{")).status).toBe(400);
  });
});

describe("many and slow", () => {
  test("200 connections at once, each answered, and all gone at the end", async () => {
    const many = 200;
    await using upstream = new ChatUpstream(Array.from({ length: many }, () => reply(say("Hi."))));
    await using shim = await Shim.start({ args: ["--upstream", upstream.url, "--quiet"] });
    const sockets = await Promise.all(Array.from({ length: many }, () => ResponsesSocket.open(shim.url, AS_CODEX)));
    const turns = await Promise.all(sockets.map((socket) => socket.ask({ input: "a" })));
    expect(turns.map(textOf)).toEqual(turns.map(() => "Hi."));
    await Promise.all(sockets.map((socket) => socket.close()));
    const { running } = (await (await fetch(`http://127.0.0.1:${shim.port}/health`)).json()) as { running: number };
    expect(running).toBe(0);
  });

  test("a client that does not read holds its upstream back, and not our memory", async () => {
    let told = 0;
    const piece = `data: {"choices":[{"delta":{"content":"${"a".repeat(64 * 1024)}"}}]}\n\n`;
    const upstream = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      idleTimeout: 0,
      fetch: (request) => {
        if (request.method === "GET") return Response.json({ data: [{ id: "scripted" }] });
        return new Response(
          new ReadableStream({
            pull(controller) {
              if ((told += piece.length) > 80 * MB) return controller.close();
              controller.enqueue(new TextEncoder().encode(piece));
              return undefined;
            },
          }),
          { headers: { "content-type": "text/event-stream" } },
        );
      },
    });
    const args = ["--upstream", `http://127.0.0.1:${upstream.port}/v1`];
    await using shim = await Shim.start({ args, env: MEASURED });
    const before = await retainedMb(shim);
    const socket = connect(shim.port, "127.0.0.1");
    socket.write(`${HANDSHAKE}\r\n`);
    const create = { type: "response.create", model: "scripted", input: "a" };
    socket.write(frame(0x81, Buffer.from(JSON.stringify(create))));
    socket.pause();
    await until("the upstream is asked", () => told > 0);
    await still(() => told, `http://127.0.0.1:${shim.port}/health`);
    expect(told).toBeLessThan(40 * MB);
    expect((await retainedMb(shim)) - before).toBeLessThan(40);
    socket.destroy();
    await until("the upstream is left", async () => (await shim.output()).includes("aborted by the client"));
    await upstream.stop(true);
  });
});
