/** Strangers at the door of the compiled executable. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { AS_CODEX, ask, post } from "../../support/ask.ts";
import { ChatUpstream, refuse, reply, say } from "../../support/chat-upstream.ts";
import { describeWith, pathOf } from "../../support/needs.ts";
import { Shim } from "../../support/shim.ts";
import { aWhile, until } from "../../support/patience.ts";
import { RawClient } from "./raw-client.ts";

const describe = describeWith("shim");
const BODY = JSON.stringify({ model: "scripted", input: "hi" });

let home: string;
beforeAll(() => void (home = mkdtempSync(join(tmpdir(), "juscode-attacks-"))));
afterAll(() => rmSync(home, { recursive: true }));

/** Runs a command to its end. */
function run(args: string[], env: Record<string, string> = {}): { code: number; text: string } {
  const { exitCode, stdout, stderr } = Bun.spawnSync([pathOf("shim"), ...args], { env: { HOME: home, ...env } });
  return { code: exitCode, text: stdout.toString() + stderr.toString() };
}

function addKey(...args: string[]): string {
  const { code, text } = run(["key", "add", ...args]);
  if (code !== 0) throw new Error(text);
  return text.split("\n")[0] ?? "";
}

const as = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });

function config(name: string, server: string, upstream: string): string {
  const file = join(home, name);
  const provider = `[model_providers.up]\nbase_url = "${upstream}"\nwire_api = "chat"\nenv_key = "UP_KEY"\n`;
  writeFileSync(file, `[server]\n${server}\n${provider}`);
  return file;
}

describe("bombs and slow clients", () => {
  test("headers without end are cut, and the next client is served", async () => {
    await using upstream = new ChatUpstream([reply(say("Hi."))]);
    await using shim = await Shim.start({ args: ["--upstream", upstream.url, "--quiet"] });
    const head = "POST /v1/responses HTTP/1.1\r\nHost: localhost\r\n";
    using large = new RawClient(shim.port, `${head}x-a: ${"a".repeat(1_000_000)}\r\n\r\n`);
    using many = new RawClient(
      shim.port,
      head,
      Array.from({ length: 5000 }, (_, i) => `x-${i}: a\r\n`).join(""),
      "\r\n",
    );
    using long = new RawClient(shim.port, `GET /${"a".repeat(200_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    for (const client of [large, many, long]) expect([0, 400, 414, 431]).toContain(await client.answered());
    expect((await post(shim.url, BODY)).status).toBe(200);
  });

  test("one body compressed a thousand times is refused before it is unfolded", async () => {
    await using upstream = new ChatUpstream([]);
    await using shim = await Shim.start({ args: ["--upstream", upstream.url, "--quiet"] });
    const bomb = gzipSync(Buffer.alloc(300 * 1024 * 1024));
    const answer = await fetch(`${shim.url}/responses`, {
      method: "POST",
      headers: { "content-encoding": "gzip" },
      body: bomb as BodyInit,
    });
    expect(answer.status).toBe(413);
    const nested = gzipSync(gzipSync(BODY));
    const twice = await fetch(`${shim.url}/responses`, {
      method: "POST",
      headers: { "content-encoding": "gzip, gzip" },
      body: nested as BodyInit,
    });
    expect(twice.status).toBe(400);
  });

  test("heads and bodies that come a byte at a time are given up, and hold nobody else up", async () => {
    await using upstream = new ChatUpstream([reply(say("Hi."))]);
    const file = config("slow.toml", "body_timeout_ms = 1500", upstream.url);
    await using shim = await Shim.start({ args: ["--config", file, "--quiet"], env: { UP_KEY: "k-up-key" } });
    const head = "POST /v1/responses HTTP/1.1\r\nHost: localhost\r\n";
    using body = new RawClient(shim.port, `${head}Content-Length: 100000\r\n\r\n{`);
    const heads = Array.from({ length: 50 }, () => new RawClient(shim.port, head));
    const drip = setInterval(() => {
      body.send("a");
      for (const each of heads) each.send("x");
    }, 300);
    try {
      expect((await post(shim.url, BODY)).status).toBe(200);
      expect(await body.answered()).toBe(400);
      expect(body.text).toContain("did not arrive in time");
      await until("all are closed", () => [body, ...heads].every(({ closed }) => closed));
    } finally {
      clearInterval(drip);
      for (const each of heads) each[Symbol.dispose]();
    }
  });
});

describe("paths and requests that are none", () => {
  test("lead nowhere", async () => {
    await using upstream = new ChatUpstream([]);
    await using shim = await Shim.start({ args: ["--upstream", upstream.url, "--quiet"] });
    const paths = [
      "/../../etc/passwd",
      "/v1/../../../etc/passwd",
      "/v1/%2e%2e/%2e%2e/etc/passwd",
      "/v1//responses",
      "/V1/RESPONSES",
      "/v1/responses/../../metrics",
      "/v1/routes/..%2f..%2fetc/decision",
      "/v1/responses%00.json",
      "//evil.example/v1/responses",
      "http://evil.example/v1/responses",
      "/v1/responses;x=1",
      "/v1/models/../../../proc/self/environ",
    ];
    for (const path of paths) {
      using client = new RawClient(
        shim.port,
        `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}`,
      );
      const status = await client.answered();
      expect([path, status, [0, 400, 403, 404].includes(status)]).toEqual([path, status, true]);
      expect(client.text).not.toContain("root:");
    }
    expect(upstream.requests.length).toBe(0);
  });

  test("upstream addresses, keys and hops in a request mean nothing", async () => {
    await using evil = new ChatUpstream([]);
    await using upstream = new ChatUpstream([reply(say("Hi."))]);
    await using shim = await Shim.start({ args: ["--upstream", upstream.url, "--quiet"] });
    const body = {
      model: "scripted",
      input: "hi",
      base_url: evil.url,
      api_base: evil.url,
      api_key: "x",
      extra_headers: { a: "b" },
    };
    const headers = {
      "x-forwarded-host": new URL(evil.url).host,
      "x-upstream": evil.url,
      "x-portkey-custom-host": evil.url,
      forwarded: `host=${new URL(evil.url).host}`,
      cookie: "session=client-cookie",
      authorization: "Bearer client-key",
    };
    expect((await post(shim.url, body, headers)).status).toBe(200);
    expect(evil.requests.length).toBe(0);
    const sent = upstream.request(0);
    expect(JSON.stringify([...sent.headers])).not.toMatch(/client-key|client-cookie|portkey|forwarded/);
    expect(JSON.stringify(sent.body)).not.toContain(evil.url);
  });

  test("a client that leaves in the middle of its body is told as one that left", async () => {
    await using upstream = new ChatUpstream([]);
    await using shim = await Shim.start({ args: ["--upstream", upstream.url] });
    const head = `POST /v1/responses HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${BODY.length}\r\n\r\n`;
    const leaving = new RawClient(shim.port, head, BODY.slice(0, -1));
    await leaving.sent();
    await aWhile();
    leaving[Symbol.dispose]();
    await until("it is logged", async () => (await shim.output()).includes("refused with"));
    expect(await shim.output()).toContain("refused with 499: aborted: the client went away");
  });

  test("requests cut in two ways at once are not taken for two", async () => {
    await using upstream = new ChatUpstream([]);
    await using shim = await Shim.start({ args: ["--upstream", upstream.url, "--quiet"] });
    const inner = "GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n";
    const head = "POST /v1/nothing HTTP/1.1\r\nHost: localhost\r\n";
    using both = new RawClient(
      shim.port,
      `${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${inner}`,
    );
    using twice = new RawClient(
      shim.port,
      `${head}Content-Length: 0\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`,
    );
    for (const client of [both, twice]) {
      await client.answered();
      await aWhile();
      expect(client.text).not.toContain('"object":"list"');
    }
  });
});

describe("keys", () => {
  test("other machines are let in only where there are keys", async () => {
    const other = mkdtempSync(join(home, "other-"));
    const file = join(other, "c.toml");
    writeFileSync(file, '[server]\nlisten = "0.0.0.0:0"\n');
    for (const args of [
      ["--listen", "0.0.0.0:0"],
      ["--listen", "[::]:0"],
      ["--config", file],
      ["check", "--config", file],
    ]) {
      const { code, text } = run(args, { HOME: other });
      expect([args, code]).toEqual([args, args[0] === "check" ? 1 : 2]);
      expect(text).toContain("juscode-shim key add NAME");
    }
    expect(run(["key", "add", "a", "--config", file], { HOME: other }).code).toBe(0);
    expect(run(["check", "--config", file], { HOME: other }).code).toBe(0);
  });

  test("once there is one, nobody is served without; what a stranger sees says nothing", async () => {
    await using upstream = new ChatUpstream([reply(say("Hi.")), reply(say("Hi.")), reply(say("Hi."))]);
    const key = addKey("laptop");
    const args = ["--upstream", upstream.url];
    await using shim = await Shim.start({ args, env: { HOME: home } });
    const root = `http://127.0.0.1:${shim.port}`;
    const wrong = [{}, as("wrong"), as(key.slice(0, -1)), { "x-api-key": `${key}x` }, as(""), { authorization: key }];
    for (const headers of wrong as Record<string, string>[]) {
      for (const [method, path] of [
        ["POST", "/v1/responses"],
        ["POST", "/responses"],
        ["POST", "/v1/responses/compact"],
        ["POST", "/v1/messages"],
        ["POST", "/v1/messages/count_tokens"],
        ["POST", "/v1/chat/completions"],
        ["POST", "/v1/routes/jusCode-auto/decision"],
        ["GET", "/v1/models"],
        ["GET", "/api/tags"],
        ["GET", "/metrics"],
        ["GET", "/nothing"],
      ] as const) {
        const answer = await fetch(root + path, { method, headers, ...(method === "POST" && { body: BODY }) });
        expect([path, answer.status]).toEqual([path, 401]);
        expect(((await answer.json()) as { error: { message: string } }).error.message).toContain(
          "juscode-shim key add",
        );
      }
      // For Codex an error that no retry cures.
      expect((await post(shim.url, BODY, { ...AS_CODEX, ...headers })).status).toBe(400);
      expect(await (await fetch(`${root}/health`, { headers })).json()).toEqual({
        status: "ok",
        service: "juscode-shim",
      });
    }
    expect(upstream.requests.length).toBe(0);
    for (const headers of [as(key), { "x-api-key": key }, { "api-key": key }] as Record<string, string>[])
      expect((await post(shim.url, BODY, headers)).status).toBe(200);
    const text = await shim.output();
    expect(text).toContain("client (laptop) scripted");
    expect(text).not.toContain(key);
    // Wrong keys have to wait.
  });

  test("bounds, metrics, and a key taken back while the server runs", async () => {
    await using upstream = new ChatUpstream(
      Array.from({ length: 4 }, () => reply(say("Hi."))),
      { models: ["small", "large"] },
    );
    const file = config("keys.toml", `keys_file = "${join(home, "bounds.json")}"`, upstream.url);
    const here = ["--config", file];
    const [bound, free, eyes] = [
      addKey("bound", "--models", "SMALL,box/*", "--rpm", "2", ...here),
      addKey("free", ...here),
      addKey("eyes", "--metrics", ...here),
    ];
    await using shim = await Shim.start({ args: [...here, "--log-format", "json"], env: { UP_KEY: "k-up-key" } });
    const root = `http://127.0.0.1:${shim.port}`;
    const list = async (key: string): Promise<string[]> => {
      const answer = await fetch(`${shim.url}/models`, { headers: as(key) });
      return ((await answer.json()) as { data: { id: string }[] }).data.map(({ id }) => id);
    };
    expect(await list(bound)).toEqual(["small"]);
    expect(await list(free)).toContain("large");
    for (const model of ["large", "up/small", "jusCode-auto", "smal"]) {
      const answer = await ask(shim.url, { model, input: "hi" }, as(bound));
      expect([model, answer.status]).toEqual([model, 403]);
      expect(answer.text).toContain("it may ask for SMALL, box/*");
    }
    const decision = await fetch(`${shim.url}/routes/jusCode-auto/decision`, {
      method: "POST",
      body: BODY,
      headers: as(bound),
    });
    expect(decision.status).toBe(403);
    expect((await ask(shim.url, { model: "small", input: "hi" }, as(bound))).status).toBe(200);
    expect((await ask(shim.url, { model: "small", input: "hi" }, as(bound))).status).toBe(200);
    const limited = await ask(shim.url, { model: "small", input: "hi" }, as(bound));
    expect(limited.status).toBe(429);
    expect(Number(limited.headers.get("retry-after"))).toBeGreaterThan(20);
    expect(limited.response).toMatchObject({
      error: { message: expect.stringContaining("rate limit for key `bound` reached (2/min)") },
    });
    expect((await ask(shim.url, { model: "small", input: "hi" }, as(free))).status).toBe(200);

    expect((await fetch(`${root}/metrics`, { headers: as(free) })).status).toBe(403);
    expect((await ask(shim.url, { model: "small", input: "hi" }, as(eyes))).status).toBe(403);
    const counts = await (await fetch(`${root}/metrics`, { headers: as(eyes) })).text();
    expect(counts).toContain(
      'juscode_requests_total{provider="up",model="small",route="",client="client",outcome="ok"} 3',
    );
    expect(counts).toMatch(/juscode_key_requests_total\{key="bound"\} \d/);
    expect(counts).toContain("juscode_time_to_first_token_seconds_bucket");
    expect(await (await fetch(`${root}/health`, { headers: as(eyes) })).json()).toHaveProperty("upstreams");

    expect(run(["key", "remove", "free", ...here]).code).toBe(0);
    await until(
      "the key counts no more",
      async () => (await fetch(`${shim.url}/models`, { headers: as(free) })).status === 401,
    );
    expect((await fetch(`${shim.url}/models`, { headers: as(bound) })).status).toBe(200);
  });

  test("a file of keys that is broken: nothing is served", () => {
    const broken = join(home, "broken.json");
    writeFileSync(broken, "{");
    const { code, text } = run(
      ["--config", config("broken.toml", `keys_file = "${broken}"`, "http://127.0.0.1:9/v1")],
      { UP_KEY: "k-up-key" },
    );
    expect(code).toBe(2);
    expect(text).toContain("is no JSON");
  });
});

describe("pages that are let in", () => {
  test("allowed origins and hosts, and no others", async () => {
    await using upstream = new ChatUpstream([reply(say("Hi.")), reply(say("Hi."))]);
    const rules = 'allowed_hosts = ["models.example"]\nallowed_origins = ["https://app.example/"]';
    await using shim = await Shim.start({
      args: ["--config", config("web.toml", rules, upstream.url)],
      env: { UP_KEY: "k-up-key" },
    });
    const page = { origin: "https://app.example", "sec-fetch-site": "cross-site" };
    const flight = await fetch(`${shim.url}/responses`, {
      method: "OPTIONS",
      headers: { ...page, "access-control-request-method": "POST", "access-control-request-headers": "authorization" },
    });
    expect([flight.status, flight.headers.get("access-control-allow-origin")]).toEqual([204, "https://app.example"]);
    const answer = await post(shim.url, BODY, page);
    expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([200, "https://app.example"]);
    const refused = await post(shim.url, "{", page);
    expect([refused.status, refused.headers.get("access-control-allow-origin")]).toEqual([400, "https://app.example"]);
    expect((await post(shim.url, BODY, { host: "models.example" })).status).toBe(200);
    for (const headers of [{ origin: "https://evil.example" }, { host: "evil.example" }] as Record<string, string>[]) {
      const kept = await post(shim.url, BODY, headers);
      expect([kept.status, kept.headers.has("access-control-allow-origin")]).toEqual([403, false]);
    }
    const other = await fetch(`${shim.url}/responses`, {
      method: "OPTIONS",
      headers: { origin: "https://evil.example", "access-control-request-method": "POST" },
    });
    expect(other.status).toBe(403);
  });
});

describe("secrets", () => {
  test("stand in nothing that comes out: answers, headers, logs, metrics, check, last, recordings", async () => {
    const PROMPT = "planted-prompt: the drawer below the window of the third silo holds the spare fuses and the code";
    await using upstream = new ChatUpstream([
      reply(say("planted-answer: so it is.")),
      refuse(401, "Incorrect API key provided: planted-upstream-key; header planted-header-value"),
      refuse(400, `cannot read ${PROMPT} at all`),
      refuse(500, "key planted-upstream-key is out of order"),
      refuse(302, "", {}, { location: "http://elsewhere.example/?token=planted-query-value" }),
    ]);
    const file = join(home, "secrets.toml");
    writeFileSync(
      file,
      `[server]
keys_file = "${join(home, "secret-keys.json")}"
[model_providers.up]
base_url = "${upstream.url}"
wire_api = "chat"
env_key = "UP_KEY"
http_headers = { x-secret = "planted-header-value" }
query_params = { token = "planted-query-value" }
`,
    );
    const env = { HOME: home, UP_KEY: "planted-upstream-key" };
    const key = addKey("planted", "--config", file);
    const eyes = addKey("eyes", "--metrics", "--config", file);
    const recordings = join(home, "recordings");
    const args = ["--config", file, "--log-format", "json", "--record", recordings];
    const out: string[] = [];
    const shim = await Shim.start({ args, env });
    const headers = { ...as(key), "x-request-id": "my-own-id" };
    for (let i = 0; i < 5; i++) {
      const {
        status,
        text,
        headers: told,
      } = await ask(shim.url, { input: PROMPT, stream: i === 0, store: false }, headers);
      expect([i, status === 200]).toEqual([i, i === 0]);
      expect(told.get("x-request-id")).toBe("my-own-id");
      out.push(JSON.stringify([...told]));
      // What the host says of the prompt the client may read: it is its own.
      if (i !== 0) out.push(text.replaceAll(PROMPT, ""));
    }
    for (const wrong of [as("planted-wrong-key"), { "x-api-key": "planted-wrong-key" }] as Record<string, string>[])
      out.push(await (await post(shim.url, BODY, wrong)).text());
    out.push(await (await fetch(`${shim.url}/nothing?key=planted-in-url`, { headers })).text());
    const root = `http://127.0.0.1:${shim.port}`;
    for (const path of ["/metrics", "/health", "/v1/models"])
      out.push(await (await fetch(root + path, { headers: as(eyes) })).text());
    await until("all transcripts are written", () => readdirSync(recordings).length === 5);
    await shim.stop();
    out.push(await shim.output());
    for (const args of [["check"], ["check", "--json"], ["key", "list"]])
      out.push(run([...args, "--config", file], env).text);
    for (const args of [["last"], ["last", "9", "--all", "--json"]]) out.push(run(args, env).text);
    for (const name of readdirSync(recordings)) {
      const path = join(recordings, name);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      out.push(readFileSync(path, "utf8"), run(["replay", path]).text);
    }
    const state = join(home, ".local/state/juscode-shim");
    expect(statSync(join(state, "turns.jsonl")).mode & 0o777).toBe(0o600);
    for (const name of readdirSync(state)) out.push(readFileSync(join(state, name), "latin1"));
    out.push(readFileSync(join(home, "secret-keys.json"), "utf8"));
    const all = out
      .join("\n")
      .replaceAll(
        /"?\bname"?:? ?"planted"|\bplanted  |\(planted\)|key": ?"planted"|key=\\?"planted\\?"|`planted`/g,
        "",
      );
    for (const secret of [key, key.slice(4, 24), eyes, "planted-", "third silo"]) {
      const at = all.indexOf(secret);
      expect(at === -1 ? "" : all.slice(Math.max(0, at - 200), at + 80)).toBe("");
    }
    // The test can fail: what is no secret is all there.
    for (const known of [
      "[secret]",
      "authentication",
      "my-own-id",
      "juscode_requests_total",
      '"event":"request"',
      "FAILED",
    ])
      expect([known, all.includes(known)]).toEqual([known, true]);
  });
});
