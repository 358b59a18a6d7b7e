/** A store that cannot be used: the server starts, serves what needs none, says so, and uses it when it can be. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { ChatUpstream, reply, say } from "../support/chat-upstream.ts";
import { limitedShim } from "../support/limited-shim.ts";
import { describeWith } from "../support/needs.ts";
import { PASSWORD, PostgresServer } from "../support/postgres.ts";
import { freePort } from "../support/shim.ts";
import { runShim } from "../support/run-shim.ts";
import { Shim } from "../support/shim.ts";

setDefaultTimeout(60_000);

let dir: string;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), "juscode-away-"))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

async function ask(
  shim: Shim,
  path: string,
  body?: object,
): Promise<{ status: number; json: Record<string, unknown>; headers: Headers }> {
  const answer = await fetch(shim.url + path, body && { method: "POST", body: JSON.stringify(body) });
  return { status: answer.status, json: (await answer.json()) as Record<string, unknown>, headers: answer.headers };
}
const HI = { model: "scripted", input: "hi" };

/** Requests that need no store are answered, and say that nothing was stored; the others are told to come back. */
async function degraded(shim: Shim): Promise<void> {
  const { status, json, headers } = await ask(shim, "/responses", HI);
  expect([status, json["store"]]).toEqual([200, false]);
  expect(headers.get("x-juscode-warning")).toContain("not stored");
  expect(headers.get("x-juscode-warning")).not.toMatch(/127\.0\.0\.1|juscode-away|planted/);
  for (const [path, body] of [
    ["/responses", { ...HI, background: true }],
    ["/responses", { ...HI, background: true, stream: true }],
    ["/responses", { ...HI, previous_response_id: "resp_a" }],
    ["/conversations", {}],
    ["/responses/resp_a", undefined],
  ] as const) {
    const refused = await ask(shim, path, body);
    expect([path, refused.status]).toEqual([path, 503]);
    expect(JSON.stringify(refused.json)).not.toMatch(/127\.0\.0\.1|juscode-away|planted/);
  }
}

async function health(shim: Shim): Promise<Record<string, unknown>> {
  const answer = await fetch(`http://127.0.0.1:${shim.port}/health`);
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { store: Record<string, unknown> }).store;
}

const MANY = Array.from({ length: 20 }, () => reply(say("Hello")));

describeWith("shim", "postgres")("PostgreSQL", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  function config(upstream: ChatUpstream, url: string): string {
    const file = join(dir, "config.toml");
    writeFileSync(
      file,
      `[store]\nurl = "${url}"\n[model_providers.up]\nbase_url = "${upstream.url}"\nwire_api = "chat"\n`,
      {
        mode: 0o600,
      },
    );
    return file;
  }

  const cases: [what: string, url: () => string | Promise<string>, says: RegExp][] = [
    ["nobody listens", async () => server.url().replace(String(server.port), String(await freePort())), /ECONNREFUSED/],
    ["no host of its name", () => server.url().replace("127.0.0.1", "no-such-host.invalid"), /no-such-host/],
    [
      "a wrong password",
      () => server.url().replace(encodeURIComponent(PASSWORD), "wrong-planted"),
      /password authentication failed/,
    ],
    ["no such database", () => server.url("nothing"), /database "nothing" does not exist/],
  ];
  test.each(cases)("%s at the start: degraded, and told", async (_, urlOf, says) => {
    await using upstream = new ChatUpstream(MANY);
    const file = config(upstream, await urlOf());
    await using shim = await Shim.start({ args: ["--config", file] });
    await degraded(shim);
    const output = await shim.output();
    expect(output).toMatch(says);
    expect(output).toContain("requests that need no store go on, and it is tried again");
    expect(output).not.toContain("planted");
    const told = await health(shim);
    expect(told).toMatchObject({ status: "degraded", problem: expect.stringMatching(says) });
    expect(JSON.stringify(told)).not.toContain("planted");
    const listen = `127.0.0.1:${shim.port}`;
    const doctor = await runShim(["doctor", "--config", file, "--listen", listen], { HOME: dir });
    expect(doctor.code).toBe(1);
    expect(doctor.output).toMatch(/PROBLEM +store /);
    expect(doctor.output).toMatch(/PROBLEM +store in use/);
    expect(doctor.output).toMatch(says);
    expect(doctor.output).not.toContain("planted");
  });

  test("one that comes later is used by itself, and everything is stored from then on", async () => {
    await using upstream = new ChatUpstream(MANY);
    const url = server.url("comes_later");
    server.down();
    const file = config(upstream, url);
    await using shim = await Shim.start({ args: ["--config", file] });
    await degraded(shim);
    server.up();
    const client = new Client(server.url());
    await client.connect();
    await client.query("CREATE DATABASE comes_later");
    await client.end();
    const end = performance.now() + 30_000;
    while ((await health(shim))["status"] !== "ok" && performance.now() < end) await Bun.sleep(100);
    expect(await health(shim)).toMatchObject({ status: "ok" });
    expect(await shim.output()).toContain("the store works again");
    const { json } = await ask(shim, "/responses", HI);
    expect(json["store"]).toBe(true);
    expect((await ask(shim, `/responses/${String(json["id"])}`)).json).toMatchObject({ status: "completed" });
    const background = await ask(shim, "/responses", { ...HI, background: true });
    expect([background.status, background.json["status"]]).toEqual([200, "queued"]);
  });

  test("a URL that is not right ends it: no time makes it right", async () => {
    await using upstream = new ChatUpstream([]);
    for (const url of [
      "postgres://",
      "postgres://a@b:99999/c",
      "postgres://a@127.0.0.1/c?sslmode=perhaps",
      "mysql://a@b/c",
    ]) {
      const { code, output } = await runShim(["serve", "--config", config(upstream, url), "--listen", "127.0.0.1:0"], {
        HOME: dir,
      });
      expect([url, code]).toEqual([url, 2]);
      expect(output).not.toContain("listens on");
    }
  });
});

describeWith("shim")("the file", () => {
  test.each([["ulimit -f 0"], ["trap '' XFSZ; ulimit -f 40"]])("a full disk (%s)", async (limit) => {
    await using upstream = new ChatUpstream(MANY);
    await using shim = await limitedShim(limit, { args: ["--upstream", upstream.url] });
    // What fits at first fills it.
    if (!limit.endsWith(" 0"))
      for (let i = 0; i < 3; i++) await ask(shim, "/conversations", { metadata: { a: "x".repeat(400), n: String(i) } });
    const filler = { items: [{ role: "user", content: "x".repeat(60_000) }] };
    expect((await ask(shim, "/conversations", filler)).status).toBe(503);
    const refused = await ask(shim, "/responses", { ...HI, input: "x".repeat(60_000), background: true });
    expect(refused.status).toBe(503);
    expect(upstream.requests).toHaveLength(0);
    const { status, json } = await ask(shim, "/responses", { ...HI, input: "x".repeat(60_000) });
    expect([status, json["store"]]).toEqual([200, false]);
    expect(await health(shim)).toMatchObject({ status: "degraded", problem: expect.stringMatching(/full|I\/O/) });
    expect(await shim.output()).toMatch(/the store cannot be written or read \(.*(?:full|I\/O)/);
  });

  test("a folder that cannot be made", async () => {
    await using upstream = new ChatUpstream(MANY);
    writeFileSync(join(dir, "file"), "");
    const file = join(dir, "config.toml");
    const store = join(dir, "file", "deeper", "responses.sqlite");
    writeFileSync(
      file,
      `[store]\nurl = "sqlite:${store}"\n[model_providers.up]\nbase_url = "${upstream.url}"\nwire_api = "chat"\n`,
    );
    await using shim = await Shim.start({ args: ["--config", file] });
    expect((await ask(shim, "/responses", { ...HI, background: true })).status).toBe(503);
    expect((await ask(shim, "/responses", HI)).json["store"]).toBe(false);
    rmSync(join(dir, "file"));
    mkdirSync(join(dir, "file"));
    expect((await ask(shim, "/responses", HI)).json["store"]).toBe(true);
    expect(await health(shim)).toMatchObject({ status: "ok" });
  });
});
