/** Strangers that come by the hundred: who has a key is served as before, and the log stays readable. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../../server/serving.ts";
import { limitedShim, openFiles, rssMb } from "../../support/limited-shim.ts";
import { describeWith, pathOf } from "../../support/needs.ts";
import { Shim } from "../../support/shim.ts";

const describe = describeWith("shim");

let home: string;
let key: string;
let eyes: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "juscode-strangers-"));
  const add = (...args: string[]): string =>
    Bun.spawnSync([pathOf("shim"), "key", "add", ...args], { env: { HOME: home } })
      .stdout.toString()
      .split("\n")[0] as string;
  key = add("known");
  eyes = add("eyes", "--metrics");
});
afterAll(() => rmSync(home, { recursive: true }));

function host(): AsyncDisposable & { url: string } {
  const answer = { choices: [{ message: { content: "hi" }, finish_reason: "stop" }] };
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: ({ method }) => Response.json(method === "GET" ? { data: [{ id: "m" }] } : answer),
  });
  return { url: `http://127.0.0.1:${server.port}/v1`, [Symbol.asyncDispose]: () => server.stop(true) };
}

/** Over a connection of its own. */
async function asked(shim: Shim, secret: string): Promise<{ status: number; took_ms: number }> {
  const started = performance.now();
  const answer = await fetch(`${shim.url}/responses`, {
    method: "POST",
    headers: { authorization: `Bearer ${secret}` },
    body: JSON.stringify({ model: "m", input: "hi", store: false }),
    keepalive: false,
    signal: AbortSignal.timeout(40_000),
  });
  await answer.text();
  return { status: answer.status, took_ms: performance.now() - started };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0);

/** Connections from addresses of this machine, each of which is opened anew when it is closed. */
class Crowd implements Disposable {
  opened = 0;
  private readonly sockets = new Set<Socket>();
  private over = false;
  private readonly port: number;
  private readonly text: string;
  private readonly addresses: readonly string[];

  constructor(port: number, count: number, text: string, addresses: readonly string[] = ["127.0.0.1"]) {
    this.port = port;
    this.text = text;
    this.addresses = addresses;
    for (let i = 0; i < count; i++) this.open();
  }

  private open(): void {
    const localAddress = this.addresses[this.opened++ % this.addresses.length] as string;
    const socket = connect({ port: this.port, host: "127.0.0.1", localAddress });
    this.sockets.add(socket);
    socket.on("connect", () => socket.write(this.text));
    socket.on("data", () => {});
    socket.on("error", () => {});
    socket.on("close", () => {
      this.sockets.delete(socket);
      if (!this.over) setTimeout(() => !this.over && this.open(), 50);
    });
  }

  [Symbol.dispose](): void {
    this.over = true;
    for (const socket of this.sockets) socket.destroy();
  }
}

const head = (start: string, ...headers: string[]): string =>
  [`${start} HTTP/1.1`, "Host: localhost", ...headers, "", ""].join("\r\n");

describe("with 64 files and hundreds of connections", () => {
  const WITH = (): [string, string][] => [
    ["an open path, to be kept for ever", head("GET /health?stream=true")],
    ["no key", head("GET /v1/models")],
    ["a wrong key", head("GET /v1/models", "x-api-key: wrong")],
    ["a body that never comes", head("POST /v1/responses", "Content-Length: 1000000")],
    ["a WebSocket that may not be", head("GET /v1/responses", "Upgrade: websocket", "Connection: Upgrade")],
    ["a right key, which ask nothing more", head("GET /v1/models?stream=true", `Authorization: Bearer ${key}`)],
  ];

  test("who has a key is answered, whatever the others came with", async () => {
    await using upstream = host();
    for (const [what, text] of WITH()) {
      await using shim = await limitedShim("ulimit -n 64", {
        args: ["--upstream", upstream.url, "--log-level", "warn"],
        env: { HOME: home },
      });
      using _ = new Crowd(shim.port, 200, text);
      await Bun.sleep(1500);
      for (let i = 0; i < 3; i++) expect([what, (await asked(shim, key)).status]).toEqual([what, 200]);
    }
  }, 240_000);

  test("those that only wait are closed, and the log says so", async () => {
    await using upstream = host();
    await using shim = await limitedShim("ulimit -n 64", {
      args: ["--upstream", upstream.url, "--log-level", "warn"],
      env: { HOME: home },
    });
    using _ = new Crowd(shim.port, 150, head("GET /v1/models", `Authorization: Bearer ${key}`));
    await until("they are closed", async () =>
      /running out \(64 are allowed\): closed \d+ idle/.test(await shim.output()),
    );
    expect((await shim.output()).split("running out").length).toBe(2);
  }, 60_000);
});

describe("wrong keys", () => {
  test("are slowed down; a right one from the same address is not", async () => {
    await using upstream = host();
    await using shim = await Shim.start({ args: ["--upstream", upstream.url, "--quiet"], env: { HOME: home } });
    const [wrong, right]: number[][] = [[], []];
    for (let i = 0; i < 60; i++) {
      const [one, another] = [await asked(shim, `wrong-${i}`), await asked(shim, key)];
      expect([one.status, another.status]).toEqual([401, 200]);
      wrong?.push(one.took_ms);
      right?.push(another.took_ms);
    }
    expect(sum(wrong?.slice(30) ?? [])).toBeGreaterThan(4 * sum(right?.slice(30) ?? []));
    // Guessed where everybody may look, they are slowed down as well.
    const started = performance.now();
    for (let i = 0; i < 10; i++)
      await fetch(`http://127.0.0.1:${shim.port}/health`, { headers: { "x-api-key": `wrong-${i}` } });
    expect(performance.now() - started).toBeGreaterThan(500);
    const health = await fetch(`http://127.0.0.1:${shim.port}/health`);
    expect(health.status).toBe(200);
  }, 60_000);

  test("from many addresses at once: few lines, all counted, memory bounded, and right keys are served", async () => {
    await using upstream = host();
    const args = ["--upstream", upstream.url, "--log-format", "json"];
    await using shim = await Shim.start({ args, env: { HOME: home } });
    await asked(shim, key);
    const [rss, files] = [rssMb(shim.process.pid), openFiles(shim.process.pid)];
    const addresses = Array.from({ length: 200 }, (_, i) => `127.0.1.${i + 1}`);
    const started = performance.now();
    const crowd = new Crowd(shim.port, 600, head("GET /v1/models", "x-api-key: wrong"), addresses);
    const statuses = new Set<number>();
    while (performance.now() - started < 5000) statuses.add((await asked(shim, key)).status);
    crowd[Symbol.dispose]();
    expect([...statuses]).toEqual([200]);
    await until("their connections are closed", () => openFiles(shim.process.pid) <= files + 20);
    expect(rssMb(shim.process.pid) - rss).toBeLessThan(100);
    const linesNow = async (): Promise<{ address: string; more?: number }[]> =>
      (await shim.output())
        .split("\n")
        .filter((line) => line.includes('"event":"refused"'))
        .map((line) => JSON.parse(line) as { address: string; more?: number });
    const countedIn = (lines: Awaited<ReturnType<typeof linesNow>>): number =>
      sum(lines.map(({ more = 0 }) => 1 + more));
    // The last ones are told when their second is over.
    let lines = await linesNow();
    for (let before = -1; before !== countedIn(lines); lines = await linesNow()) {
      before = countedIn(lines);
      await Bun.sleep(2500);
    }
    const counted = countedIn(lines);
    const seconds = (performance.now() - started) / 1000;
    const metrics = await fetch(`http://127.0.0.1:${shim.port}/metrics`, { headers: { "x-api-key": eyes } });
    const total = /juscode_refused_total\{kind="authentication"\} (\d+)/.exec(await metrics.text())?.[1];
    expect(Number(total)).toBe(counted);
    expect(counted).toBeGreaterThan(1000);
    expect(lines.length).toBeLessThan(25 * (seconds + 1));
    const of_one = lines.filter(({ address }) => address === "127.0.1.1").length;
    expect(of_one).toBeLessThan(seconds + 2);
  }, 60_000);
});
