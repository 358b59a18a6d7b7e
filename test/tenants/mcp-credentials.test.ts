/** What a client gives for an MCP server goes to that server, and is found nowhere afterwards. */
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { textWithoutToolSecrets, withoutToolSecrets } from "../../src/core/tool-secrets.ts";
import { call, ChatUpstream, reply, say, type Script } from "../support/chat-upstream.ts";
import { describeWith } from "../support/needs.ts";
import { ResponsesSocket } from "../support/responses-socket.ts";
import type { Json } from "../support/response-rules.ts";
import { Shim } from "../support/shim.ts";
import { until } from "../server/serving.ts";
import { ask, Host, tenants } from "./setting.ts";

/** Programs are started, and the machine may be busy. */
setDefaultTimeout(60_000);

const TOKEN = "planted-token-0123456789";
const HEADER = "planted-header-abcdef";
const GIVEN = { authorization: TOKEN, headers: { "x-tenant": HEADER } };

/** An MCP server that repeats what it was shown: in a tool's description, in an output, in errors. */
class Parrot implements AsyncDisposable {
  readonly seen: (string | null)[] = [];
  private readonly server: Bun.Server<undefined>;

  constructor() {
    this.server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      development: false,
      fetch: (request) => {
        const authorization = request.headers.get("authorization");
        this.seen.push(`${authorization} ${request.headers.get("x-tenant")}`);
        const bare = (authorization ?? "").replace("Bearer ", "");
        const words = `you are ${authorization}, that is ${bare}, of ${request.headers.get("x-tenant")}`;
        return createMcpHandler(() => parrot(words), { legacy: "reject" }).fetch(request);
      },
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.server.port}/mcp`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop(true);
  }
}

function parrot(words: string): McpServer {
  const server = new McpServer({ name: "parrot", version: "1" });
  const inputSchema = z.object({ text: z.string() });
  const text = [{ type: "text" as const, text: words }];
  server.registerTool("say", { description: `Knows that ${words}`, inputSchema }, () => ({ content: text }));
  server.registerTool("fail", { description: "Fails.", inputSchema }, () => ({ content: text, isError: true }));
  server.registerTool("break", { description: "Breaks.", inputSchema }, () => {
    throw new Error(words);
  });
  return server;
}

describeWith("shim")("through the executable, which records every word", () => {
  let home: string;
  beforeAll(() => void (home = mkdtempSync(join(tmpdir(), "juscode-mcp-"))));
  afterAll(() => rmSync(home, { recursive: true }));

  async function run(script: Script, use: (shim: Shim, tool: Json) => Promise<string[]>): Promise<void> {
    await using server = new Parrot();
    await using upstream = new ChatUpstream(script);
    const file = join(home, "config.toml");
    writeFileSync(file, `[mcp_servers.parrot]\nurl = "${server.url}"\nclient_authorization = true\n`);
    const records = mkdtempSync(join(home, "records-"));
    const args = ["--upstream", upstream.url, "--config", file, "--record", records, "--record-texts"];
    await using shim = await Shim.start({ args });
    const tool = { type: "mcp", server_label: "parrot", require_approval: "never", ...GIVEN };
    const told = await use(shim, tool);
    // The server was shown it, or nothing was tried.
    expect(server.seen).toContain(`Bearer ${TOKEN} ${HEADER}`);
    for (const text of told) expectClean("an answer", text);
    await until(
      "all is recorded",
      () => records !== "" && new Bun.Glob("*.json").scanSync(records).next().done === false,
    );
    await Bun.sleep(200);
    for (const folder of [shim.dir, records])
      for (const name of new Bun.Glob("**/*").scanSync({ cwd: folder, dot: true, onlyFiles: true }))
        expectClean(name, readFileSync(join(folder, name), "latin1"));
    expectClean("the log", await shim.output());
    // What the model was told is no better a place.
    for (const { text } of upstream.requests) expectClean("the model's prompt", text);
  }

  function expectClean(where: string, text: string): void {
    for (const secret of [TOKEN, HEADER]) expect([where, text.includes(secret)]).toEqual([where, false]);
  }

  test("the answer, the store, what is listed of it, records and log", () =>
    run(
      [
        reply(
          call("parrot__say", { text: "a" }),
          call("parrot__fail", { text: "b" }),
          call("parrot__break", { text: "c" }),
        ),
        reply(say("Done.")),
      ],
      async ({ url }, tool) => {
        const items = [
          { type: "additional_tools", tools: [tool] },
          { role: "user", content: "do" },
        ];
        const made = await ask(url, "/responses", { model: "scripted", input: items, tools: [tool], store: true });
        expect([made.status, (made.json["output"] as Json[]).map(({ type }) => type)]).toEqual([
          200,
          ["mcp_list_tools", "mcp_call", "mcp_call", "mcp_call", "message"],
        ]);
        const id = String(made.json["id"]);
        const got = await ask(url, `/responses/${id}`, undefined, undefined, "GET");
        const listed = await ask(url, `/responses/${id}/input_items`, undefined, undefined, "GET");
        expect(got.json["tools"]).toEqual([
          { type: "mcp", server_label: "parrot", require_approval: "never", headers: null },
        ]);
        expect(listed.text).toContain("additional_tools");
        return [made.text, got.text, listed.text];
      },
    ));

  test("a stream, each event of one in the background, and a conversation's items", () =>
    run(
      [reply(call("parrot__say", { text: "a" })), reply(say("Done.")), reply(say("Again."))],
      async ({ url }, tool) => {
        const tools = { type: "additional_tools", tools: [tool] };
        const conversation = await ask(url, "/conversations", { items: [tools] });
        const id = String(conversation.json["id"]);
        const background = { model: "scripted", input: "do", tools: [tool], background: true, stream: true };
        const made = await ask(url, "/responses", background);
        const response = /"id":"(resp_[0-9a-f]+)"/.exec(made.text)?.[1] ?? "";
        const replayed = await ask(
          url,
          `/responses/${response}?stream=true&starting_after=0`,
          undefined,
          undefined,
          "GET",
        );
        expect([made.text, replayed.text].map((text) => text.includes("response.completed"))).toEqual([true, true]);
        const on = await ask(url, "/responses", { model: "scripted", input: "on", conversation: id, tools: [tool] });
        const items = await ask(url, `/conversations/${id}/items`, undefined, undefined, "GET");
        expect([on.status, items.text.includes("additional_tools")]).toEqual([200, true]);
        return [conversation.text, made.text, replayed.text, on.text, items.text];
      },
    ));

  test("a WebSocket", () =>
    run([reply(say("Hi."))], async ({ url }, tool) => {
      await using socket = await ResponsesSocket.open(url);
      const { messages } = await socket.ask({ input: "do", tools: [tool] });
      return [JSON.stringify(messages)];
    }));

  test("a server that cannot be reached, and one that refuses", async () => {
    for (const url of ["http://127.0.0.1:9/mcp", "/refuses"]) {
      const refusing = Bun.serve({
        port: 0,
        hostname: "127.0.0.1",
        fetch: ({ headers }) =>
          new Response(`no ${headers.get("authorization")?.slice(7)} ${headers.get("x-tenant")}`, { status: 401 }),
      });
      await using upstream = new ChatUpstream([reply(say("Without."))]);
      const file = join(home, "refusing.toml");
      const at = url.startsWith("/") ? `http://127.0.0.1:${refusing.port}/mcp` : url;
      writeFileSync(file, `[mcp_servers.parrot]\nurl = "${at}"\nclient_authorization = true\n`);
      await using shim = await Shim.start({ args: ["--upstream", upstream.url, "--config", file] });
      const tool = { type: "mcp", server_label: "parrot", ...GIVEN };
      const answer = await ask(shim.url, "/responses", { model: "scripted", input: "do", tools: [tool], store: true });
      expectClean("the answer", answer.text);
      expectClean("the log", await shim.output());
      await refusing.stop(true);
    }
  });
});

describe("handed on to a host", () => {
  const TOOL = { type: "mcp", server_label: "theirs", server_url: "https://tools.example/mcp", ...GIVEN };

  test("it goes there as it is; of a host that repeats it nothing is stored", async () => {
    await using host = new Host();
    await using shim = await tenants({
      providers: { host: { url: host.url, wires: ["responses"], dialect: { hosted_tools: true } } },
      store: true,
    });
    for (const stream of [false, true]) {
      const input = [
        { type: "additional_tools", tools: [TOOL] },
        { role: "user", content: "hi" },
      ];
      const made = await shim.ask("/responses", { model: "m", input, tools: [TOOL], store: true, stream });
      expect([made.status, host.last.text.split(TOKEN).length]).toEqual([200, 3]);
      const id = /"id":"(resp_h\d+)"/.exec(made.text)?.[1];
      const got = await shim.ask(`/responses/${id}`, "", undefined, "GET");
      expect([got.status, (got.json["tools"] as Json[])[0]]).toEqual([
        200,
        { type: "mcp", server_label: "theirs", server_url: "https://tools.example/mcp", headers: null },
      ]);
      const listed = await shim.ask(`/responses/${id}/input_items`, "", undefined, "GET");
      expect([listed.text.includes("additional_tools"), listed.text.includes(TOKEN)]).toEqual([true, false]);
    }
    const stored = shim.stored();
    expect([stored.includes("tools.example"), stored.includes(TOKEN), stored.includes(HEADER)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test("a connection remembers it no longer than one response", async () => {
    await using host = new Host();
    await using shim = await tenants({
      providers: { host: { url: host.url, wires: ["responses"], dialect: { hosted_tools: true } } },
    });
    await using socket = await ResponsesSocket.open(shim.on.url);
    const input = [
      { type: "additional_tools", tools: [TOOL] },
      { role: "user", content: "hi" },
    ];
    const first = await socket.ask({ model: "m", input });
    expect(host.last.text).toContain(TOKEN);
    await socket.ask({ model: "m", input: "on", previous_response_id: first.response["id"] });
    expect([host.last.text.includes("additional_tools"), host.last.text.includes(TOKEN)]).toEqual([true, false]);
  });
});

describe("what is taken out", () => {
  test.each<[unknown, unknown]>([
    [
      { type: "mcp", authorization: "a", headers: { b: "c" } },
      { type: "mcp", headers: null },
    ],
    [[{ tools: [{ type: "mcp", authorization: "a" }] }], [{ tools: [{ type: "mcp" }] }]],
    [
      { mcp_servers: [{ type: "url", url: "u", authorization_token: "a" }] },
      { mcp_servers: [{ type: "url", url: "u" }] },
    ],
    [
      { integrations: [{ type: "ephemeral_mcp", headers: { a: "b" } }] },
      { integrations: [{ type: "ephemeral_mcp", headers: null }] },
    ],
  ])("%j", (given, left) => {
    expect(withoutToolSecrets(given)).toEqual(left);
    expect(JSON.parse(textWithoutToolSecrets(JSON.stringify(given)))).toEqual(left);
    expect(withoutToolSecrets(left)).toBe(left);
  });

  test("however it is written, and nothing else of a text", () => {
    expect(textWithoutToolSecrets('{"type":"m\\u0063p","authorization":"a","n":1.0}')).toBe('{"type":"mcp","n":1}');
    for (const text of [
      '{ "a":1.0,"authorization":"of a function\'s own"}',
      '{"type":"mcp" ,"headers":null,"n":1e2}',
      '"mcp"',
    ])
      expect(textWithoutToolSecrets(text)).toBe(text);
  });

  test("not from what is nested beyond any tool, and without end", () => {
    const deep = JSON.parse(`${"[".repeat(5000)}{"type":"mcp","headers":{}}${"]".repeat(5000)}`) as unknown;
    expect(withoutToolSecrets(deep)).toBe(deep);
  });
});
