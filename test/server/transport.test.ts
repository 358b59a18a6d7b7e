/** How connections to upstreams are made: trust, proxies, and hosts that do not answer at all. */
import { describe, expect, test } from "bun:test";
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { join } from "node:path";
import { addressOf, watchConnect } from "../../src/server/upstreams/connect.ts";
import { httpProvider } from "../../src/server/upstreams/upstream.ts";

const FOLDER = join(import.meta.dir, "../fixtures/tls");
const CERT = join(FOLDER, "cert.pem");
const never = (): AbortSignal => new AbortController().signal;

function overTls(): Bun.Server<undefined> {
  return Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    tls: { key: Bun.file(join(FOLDER, "key.pem")), cert: Bun.file(CERT) },
    fetch: () => Response.json({ data: [{ id: "m" }] }),
  });
}

describe("a host whose certificate is signed at home", () => {
  test("is asked when its authority is named", async () => {
    const server = overTls();
    const provider = httpProvider({ id: "a", base_url: `https://127.0.0.1:${server.port}/v1`, ca_file: CERT });
    expect((await provider.listModels("", never())).models).toMatchObject([{ id: "m" }]);
    await server.stop(true);
  });

  test("is refused otherwise, in words that say what to do", async () => {
    const server = overTls();
    const provider = httpProvider({ id: "a", base_url: `https://127.0.0.1:${server.port}/v1` });
    expect(provider.listModels("", never())).rejects.toThrow("set `ca_file` to the issuing CA");
    await server.stop(true);
  });
});

test("a proxy of its own is used for this host", async () => {
  const lines: string[] = [];
  const body = '{"data":[{"id":"far"}]}';
  const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
  const proxy = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data(socket, bytes) {
        lines.push(bytes.toString().split("\r\n")[0] ?? "");
        socket.end(head + body);
      },
    },
  });
  const url = `http://127.0.0.1:${proxy.port}`;
  const provider = httpProvider({ id: "a", base_url: "http://host.invalid/v1", proxy: url });
  expect((await provider.listModels("", never())).models).toEqual([{ id: "far" }]);
  expect(lines).toEqual(["GET http://host.invalid/v1/models HTTP/1.1"]);
  proxy.stop(true);
});

describe("a host that takes no connection", () => {
  const silent = (): Socket => Object.assign(new EventEmitter(), { destroy: () => {} }) as unknown as Socket;
  const host = { address: { hostname: "192.0.2.1", port: 1 }, connect_timeout_ms: 20 };

  test("is given up after the time that the config gives", async () => {
    expect(watchConnect(host, silent)?.failed).rejects.toThrow("no connection within 0.02 s (connect_timeout_ms)");
  });

  test("one that takes it is waited for, however long its answer takes", async () => {
    const socket = silent();
    const watch = watchConnect(host, () => socket);
    socket.emit("connect");
    const first = await Promise.race([watch?.failed.catch(() => "failed"), Bun.sleep(60).then(() => "waiting")]);
    expect(first).toBe("waiting");
  });

  test("this machine's own addresses need no watch", () => {
    expect(addressOf("http://127.0.0.1:11434/v1")).toBeUndefined();
    expect(addressOf("http://[::1]:1/v1")).toBeUndefined();
    expect(addressOf("https://host.example/v1")).toEqual({ hostname: "host.example", port: 443 });
    expect(addressOf("http://[2001:db8::1]:8080/v1")).toEqual({ hostname: "2001:db8::1", port: 8080 });
  });
});
