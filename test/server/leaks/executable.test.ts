/** The compiled executable, with secrets of every kind, among hosts that repeat all that they are sent. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { leakyHost, WAYS, type Asked } from "../../support/leaky-host.ts";
import { describeWith, pathOf } from "../../support/needs.ts";
import { expectNoPrompt, PROMPTS, QUOTES } from "../../support/prompt-echoes.ts";
import { ResponsesSocket } from "../../support/responses-socket.ts";
import { FORMS, givesAway } from "../../support/secret-forms.ts";
import { Shim } from "../../support/shim.ts";

const describe = describeWith("shim");

const SECRETS = {
  key: "upkey-7f3ab2c9d41e",
  bearer: "hdr-55aa77cc/ee==",
  basic: "basic-pass-9182",
  cookie: "cookie-ab12cd34",
  query: "query-sig-4455",
  body: "body-token-8877",
  file: "file-key-661199",
  mcp: "mcp-key-331177",
  mcp_header: "mcp-hdr-775533",
  mcp_query: "mcp-query-998811",
  search: "search-key-2299",
  database: "db-pass-w0rd-17",
};

let home: string;
beforeAll(() => void (home = mkdtempSync(join(tmpdir(), "juscode-leaks-"))));
afterAll(() => rmSync(home, { recursive: true }));

/** All secrets of a request, in all the forms in which it may be told of them. */
function repeated({ path, search, text, headers }: Asked, forms: readonly string[]): string {
  const sent = [path, search, ...headers.values(), text].join(" ");
  const known = Object.values(SECRETS).filter((secret) => givesAway(sent, secret));
  return known.flatMap((secret) => forms.map((form) => FORMS[form]?.(secret) ?? "")).join(", ");
}

describe("secrets of hosts", () => {
  test("stand in nothing that comes out, whatever hosts repeat", async () => {
    let turn = 0;
    let heard = "";
    // Not those that no JSON may have: a WebSocket client could not read them.
    const all = Object.keys(FORMS).filter((form) => !form.includes("\\x"));
    await using host = leakyHost();
    host.answer = (asked) => {
      const words = repeated(asked, all.slice(turn % all.length, (turn % all.length) + 3));
      heard += words;
      turn++;
      const { pathname: path } = new URL(asked.path, "http://x");
      if (path.endsWith("/models"))
        return turn % 2 === 0
          ? Response.json({ data: [{ id: "m" }] })
          : new Response(`{"error":{"message":"${words}"}}`, { status: 403 });
      const wire = path.endsWith("/responses") ? "responses" : path.endsWith("/messages") ? "messages" : "chat";
      const failed = WAYS[wire].failed(`no: ${words}`);
      const answers = [
        () =>
          new Response(`{"error":{"message":"no: ${words}"}}`, {
            status: 401,
            headers: { "x-request-id": words.replaceAll(/[^\x21-\x7e]/g, "").slice(0, 900) },
          }),
        () => new Response(failed[turn % failed.length], { headers: { "content-type": "text/event-stream" } }),
        () =>
          new Response(WAYS[wire].begin + failed[turn % failed.length], {
            headers: { "content-type": "text/event-stream" },
          }),
        () =>
          new Response("", {
            status: 302,
            headers: { location: `http://elsewhere.invalid/${encodeURIComponent(words)}` },
          }),
        () => new Response(`<html><title>${words}</title></html>`, { status: 502 }),
      ];
      return (answers[turn % answers.length] as () => Response)();
    };
    // An MCP server and a search service that refuse, and say why in the same way.
    await using others = leakyHost();
    others.answer = (asked) => {
      const words = repeated(asked, all);
      heard += words;
      return new Response(`{"error":{"message":"${words}"},"detail":"${words}"}`, { status: 401 });
    };
    const root = host.url.slice(0, -2);
    const basic = Buffer.from(`me:${SECRETS.basic}`).toString("base64");
    const file = join(home, "config.toml");
    writeFileSync(join(home, "key-file"), SECRETS.file);
    const providers = (["chat", "responses", "messages"] as const).map(
      (wire) => `
[model_providers.${wire}]
base_url = "${root}${wire}/v1"
wire_api = "${wire}"
${wire === "messages" ? `api_key_file = "key-file"` : 'env_key = "UP_KEY"'}
http_headers = { X-Auth = "Token ${SECRETS.bearer}", Proxy-Authorization = "Basic ${basic}", Cookie = "a=${SECRETS.cookie}; b=2" }
query_params = { sig = "${SECRETS.query}" }
extra_body = { safety = { api_token = "${SECRETS.body}" } }
`,
    );
    writeFileSync(
      file,
      `[server]
discover = false
[web_search]
service = "searxng"
url = "${others.url}/search"
headers = { X-Token = "Bearer {key}" }
env_key = "SEARCH_KEY"
[mcp_servers.tools]
url = "${others.url}/mcp?k=${SECRETS.mcp_query}"
env_key = "MCP_KEY"
http_headers = { X-Key = "Secret ${SECRETS.mcp_header}" }
${providers.join("")}`,
    );
    const env = {
      HOME: home,
      UP_KEY: SECRETS.key,
      MCP_KEY: SECRETS.mcp,
      SEARCH_KEY: SECRETS.search,
      DB_URL: `postgres://jane:${SECRETS.database}@127.0.0.1:9/none`,
    };
    const recordings = join(home, "recordings");
    const out: string[] = [];
    for (const [format, more] of [
      ["text", []],
      ["json", ["--record", recordings, "--record-texts"]],
    ] as const) {
      const shim = await Shim.start({ args: ["--config", file, "--log-format", format, ...more], env });
      await using socket = await ResponsesSocket.open(shim.url);
      for (const provider of ["chat", "responses", "messages"])
        for (const wire of ["chat", "responses", "messages"] as const)
          for (let i = 0; i < 20; i++) {
            const { path, body } = WAYS[wire];
            const tools =
              wire === "responses" && i % 4 === 0
                ? { tools: [{ type: "mcp", server_label: "tools", require_approval: "never" }] }
                : {};
            const asked = { ...body("hi"), model: `${provider}/m`, stream: i % 2 === 0, store: i % 3 === 0, ...tools };
            const reply = await fetch(shim.url + path, { method: "POST", body: JSON.stringify(asked) });
            out.push(JSON.stringify([...reply.headers]), await reply.text().catch(String));
            if (wire === "responses" && i < 5)
              out.push(JSON.stringify((await socket.ask({ model: `${provider}/m`, input: "hi" })).messages));
          }
      const origin = `http://127.0.0.1:${shim.port}`;
      for (const path of ["/health", "/metrics", "/v1/models", "/api/tags", "/props"])
        out.push(await (await fetch(origin + path)).text());
      out.push(
        await (
          await fetch(`${shim.url}/routes/jusCode-auto/decision`, { method: "POST", body: '{"input":"hi"}' })
        ).text(),
      );
      await Bun.sleep(300);
      await socket[Symbol.asyncDispose]();
      await shim.stop();
      out.push(await shim.output());
    }
    const run = async (...args: string[]): Promise<void> => {
      const child = Bun.spawn([pathOf("shim"), ...args], {
        env,
        cwd: home,
        stdout: "pipe",
        stderr: "pipe",
        stdin: Buffer.from('{"input":"hi"}'),
        timeout: 60_000,
      });
      out.push(...(await Promise.all([child.stdout, child.stderr].map((stream) => new Response(stream).text()))));
    };
    const here = ["--config", file];
    for (const args of [
      ["check"],
      ["check", "--json"],
      ["doctor"],
      ["doctor", "--json"],
      ["doctor", "--live", "--model", "chat/m"],
      ["doctor", "--live", "--json"],
      ["explain"],
      ["setup", "codex", "--dry-run"],
    ])
      await run(...args, ...here);
    for (const args of [["last", "500", "--all"], ["last", "500", "--all", "--json"], ["costs"], ["key", "list"]])
      await run(...args);
    const stores = join(home, "store.toml");
    writeFileSync(stores, '[store]\nurl_env = "DB_URL"\n');
    for (const args of [["check"], ["doctor"], ["--listen", "127.0.0.1:0"]]) await run(...args, "--config", stores);
    writeFileSync(
      join(home, "bad.toml"),
      `[model_providers.x]\nbase_url = "http://me:${SECRETS.key}@h/v1"\nexperimental_bearer_token = "${SECRETS.mcp} x"\nhttp_headers = { a = "${SECRETS.bearer}\\n" }\n`,
    );
    await run("check", "--config", join(home, "bad.toml"));
    writeFileSync(join(home, "worse.toml"), `[model_providers.x]\nexperimental_bearer_token = "${SECRETS.key}\n`);
    await run("check", "--config", join(home, "worse.toml"));
    await run("--upstream", `http://me:${SECRETS.key}@h/v1`);
    for (const name of readdirSync(recordings).slice(0, 40)) {
      out.push(readFileSync(join(recordings, name), "utf8"));
      await run("replay", join(recordings, name));
    }
    const state = join(home, ".local/state/juscode-shim");
    for (const name of readdirSync(state)) out.push(readFileSync(join(state, name), "latin1"));

    for (const [name, secret] of Object.entries(SECRETS))
      for (const text of out) {
        if (!givesAway(text, secret)) continue;
        const at = text.indexOf(secret);
        expect([name, text.slice(Math.max(0, at - 300), Math.max(at, 0) + 300)]).toEqual([name, ""]);
      }
    // The test can fail: hosts were sent all of them but the database's, and have repeated them.
    for (const [name, secret] of Object.entries(SECRETS).slice(0, -1))
      expect([name, givesAway(heard, secret)]).toEqual([name, true]);
    expect(out.join("\n").split("[secret]").length).toBeGreaterThan(100);
  }, 240_000);
});

describe("prompts that hosts repeat", () => {
  test("stand in no log, nor in what `last` reads, nor in a recording without texts", async () => {
    const own = mkdtempSync(join(home, "prompts-"));
    const recordings = join(own, "recordings");
    await using host = leakyHost();
    const out: string[] = [];
    for (const format of ["text", "json"]) {
      const file = join(own, "config.toml");
      const providers = ["chat", "responses", "messages"].map(
        (wire) => `[model_providers.${wire}]\nbase_url = "${host.url.slice(0, -2)}${wire}/v1"\nwire_api = "${wire}"\n`,
      );
      writeFileSync(file, `[server]\ndiscover = false\n${providers.join("")}`);
      const args = ["--config", file, "--log-format", format, "--record", recordings];
      const shim = await Shim.start({ args, env: { HOME: own } });
      let turn = 0;
      for (const prompt of PROMPTS)
        for (const quote of Object.values(QUOTES)) {
          const wire = (["chat", "responses", "messages"] as const)[turn % 3] ?? "chat";
          const words = quote(prompt);
          const failed = WAYS[wire].failed(words);
          const answers = [
            () => new Response(`{"error":{"message":"${words}","code":"${words}"}}`, { status: 400 }),
            () => new Response(failed[turn % failed.length], { headers: { "content-type": "text/event-stream" } }),
            () => new Response(words, { status: 500, headers: { "content-type": "text/plain" } }),
            () => new Response(null, { status: 302, headers: { location: `/${encodeURIComponent(prompt)}` } }),
          ];
          host.answer = ({ path }) =>
            path.endsWith("/models")
              ? Response.json({ data: [{ id: "m" }] })
              : (answers[turn % answers.length] as () => Response)();
          for (const client of ["responses", wire] as const) {
            const { path, body } = WAYS[client];
            const asked = { ...body(prompt), model: `${wire}/m`, stream: turn % 2 === 0 };
            await (await fetch(shim.url + path, { method: "POST", body: JSON.stringify(asked) })).text().catch(String);
            turn++;
          }
        }
      await Bun.sleep(300);
      await shim.stop();
      out.push(await shim.output());
    }
    const last = async (...args: string[]): Promise<string> => {
      const child = Bun.spawn([pathOf("shim"), "last", ...args], { env: { HOME: own }, stdout: "pipe" });
      return new Response(child.stdout).text();
    };
    out.push(await last("999", "--all"), await last("999", "--all", "--json"));
    const state = join(own, ".local/state/juscode-shim");
    out.push(...readdirSync(state).map((name) => readFileSync(join(state, name), "latin1")));
    out.push(...readdirSync(recordings).map((name) => readFileSync(join(recordings, name), "utf8")));
    for (const prompt of PROMPTS) expectNoPrompt(prompt, out.join("\n"), prompt);
    for (const known of ["returned 400", "FAILED", '"event":"request"', "is not supported. Expected a string"])
      expect(out.join("\n")).toContain(known);
  }, 240_000);
});
