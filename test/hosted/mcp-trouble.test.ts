/** MCP servers as no SDK makes them: those that die in mid-answer, say far too much, or change what they have. */
import { expect, test } from "bun:test";
import { call, reply, say, type Script } from "../support/chat-upstream.ts";
import { hostedSetting, outputOf, typesOf, type HostedSetting } from "../support/hosted-setting.ts";
import { describeWith } from "../support/needs.ts";
import { PATIENCE_MS } from "../support/patience.ts";
import type { Json } from "../support/response-rules.ts";

const FREE = { type: "mcp", server_label: "tiny", require_approval: "never" };
const ASKED = { input: [{ role: "user", content: "do it" }], tools: [FREE] };
const tool = (name: string): Json => ({ name, inputSchema: { type: "object", properties: {} } });
const calling = (name: string): Script[number] => reply(call(`tiny__${name}`, {}));
const BEGUN = new TextEncoder().encode('event: message\ndata: {"jsonrpc":');

/** A schema that is applied twice as often with each of its parts. */
function doubling(parts: number): Json {
  const next = (n: number): Json => ({ allOf: [{ $ref: `#/$defs/d${n}` }, { $ref: `#/$defs/d${n}` }] });
  const $defs = Object.fromEntries(
    Array.from({ length: parts }, (_, n) => [`d${n}`, n + 1 < parts ? next(n + 1) : {}]),
  );
  return { type: "object", $defs, ...next(0) };
}

/** Breaks off after its first words. */
function cut(type: string): Response {
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      controller.enqueue(BEGUN);
      await Bun.sleep(10);
      controller.close();
    },
  });
  return new Response(body, { headers: { "content-type": type } });
}

interface RawMcp extends AsyncDisposable {
  url: string;
  methods: string[];
}

/** `answer` gives a result, a whole answer, or nothing for what the server does not know. */
function rawMcp(answer: (method: string, params: Json) => Json | Response | undefined): RawMcp {
  const methods: string[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    development: false,
    async fetch(request) {
      if (request.method !== "POST") return new Response("no", { status: 405 });
      const { id, method, params } = (await request.json()) as { id?: number; method: string; params: Json };
      methods.push(method);
      if (id === undefined) return new Response(null, { status: 202 });
      const begun = {
        protocolVersion: "2025-06-18",
        capabilities: { tools: {} },
        serverInfo: { name: "raw", version: "1" },
      };
      const said = method === "initialize" ? begun : answer(method, params);
      if (said instanceof Response) return said;
      const told = said ? { result: said } : { error: { code: -32601, message: "not known" } };
      return Response.json({ jsonrpc: "2.0", id, ...told });
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}/mcp`,
    methods,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

const setting = (server: RawMcp, script: Script, label = "tiny"): Promise<HostedSetting> =>
  // Longer than a test may take: nothing here ends by that.
  hostedSetting(script, `[mcp_servers.${label}]\nurl = "${server.url}"\ntimeout_ms = ${10 * PATIENCE_MS}\n`);

describeWith("shim")("an MCP server", () => {
  test.each([
    ["dies in mid-answer", () => cut("text/event-stream"), "ended before the reply"],
    ["dies in mid-answer, without a stream", () => cut("application/json"), ""],
    ["says 20 MB", () => ({ content: [{ type: "text", text: "w".repeat(20_000_000) }] }), "more than 16 MB"],
    ["says garbage", () => new Response("{{", { headers: { "content-type": "application/json" } }), "JSON"],
    ["answers in another shape", () => ({ content: "none" }), "Invalid result"],
  ] satisfies [string, () => Json | Response, string][])(
    "%s: the call fails at once, and the answer goes on",
    async (_, said, words) => {
      await using server = rawMcp((method) =>
        method === "tools/list" ? { tools: [tool("a")] } : method === "tools/call" ? said() : undefined,
      );
      await using on = await setting(server, [calling("a"), reply(say("So."))]);
      const response = await on.create(ASKED);
      expect(typesOf(response)).toEqual(["mcp_list_tools", "mcp_call", "message"]);
      const [, called] = outputOf(response);
      expect(called).toMatchObject({ status: "failed", error: { message: expect.stringContaining(words) as string } });
      on.upstream.check();
    },
  );

  test("whose tools change is asked for them anew once one is gone", async () => {
    let has = "old";
    await using server = rawMcp((method, { name }) => {
      if (method === "tools/list") return { tools: [tool(has)] };
      return method === "tools/call" && name === has ? { content: [{ type: "text", text: "done" }] } : undefined;
    });
    const script = [calling("old"), reply(say("1")), calling("old"), reply(say("2")), calling("new"), reply(say("3"))];
    await using on = await setting(server, script);
    const statuses: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      statuses.push(outputOf(await on.create(ASKED))[1]?.["status"]);
      has = "new";
    }
    expect(statuses).toEqual(["completed", "failed", "completed"]);
    expect(server.methods.filter((method) => method === "tools/list")).toHaveLength(2);
    on.upstream.check();
  });

  test.each([
    ["an output that fits its schema", { type: "object", required: ["n"] }, { status: "completed" }],
    [
      "one that does not fails",
      { type: "object", properties: { n: { type: "string" } } },
      { error: { message: expect.stringContaining("does not fit the schema") as string } },
    ],
    ["one that nobody can check in time goes on", doubling(40), { status: "completed" }],
  ])("with schemas of what its tools answer: %s", async (_, outputSchema, expected) => {
    const answer = { content: [{ type: "text", text: "1" }], structuredContent: { n: 1 } };
    await using server = rawMcp((method) =>
      method === "tools/list" ? { tools: [{ ...tool("a"), outputSchema }] } : answer,
    );
    await using on = await setting(server, [calling("a"), reply(say("So."))]);
    const begun = performance.now();
    expect(outputOf(await on.create(ASKED))[1]).toMatchObject(expected);
    expect(performance.now() - begun).toBeLessThan(5000);
  });

  test("whose list never ends is given up", async () => {
    let page = 0;
    await using server = rawMcp((method) =>
      method === "tools/list" ? { tools: [], nextCursor: `${page++}` } : undefined,
    );
    await using on = await setting(server, [reply(say("So."))]);
    const response = await on.create(ASKED);
    expect(outputOf(response)[0]).toMatchObject({ type: "mcp_list_tools", tools: [] });
    expect(outputOf(response)[0]?.["error"]).toContain("tools/list");
  });

  test("with more tools than a model can be given says so, instead of some of them", async () => {
    const many = Array.from({ length: 501 }, (_, n) => tool(`t${n}`));
    await using server = rawMcp((method) => (method === "tools/list" ? { tools: many } : undefined));
    await using on = await setting(server, [reply(say("So."))]);
    const response = await on.create(ASKED);
    expect(outputOf(response)[0]).toMatchObject({ type: "mcp_list_tools", tools: [] });
    expect(outputOf(response)[0]?.["error"]).toContain("it has 501 tools; name at most 500 in allowed_tools");
  });

  test("with a tool of the name of one of the client's: the client's own is called, and that is told", async () => {
    await using server = rawMcp((method) => (method === "tools/list" ? { tools: [tool("a"), tool("b")] } : undefined));
    await using on = await setting(server, [reply(call("tiny__a", {}, "mine"))]);
    const own = { type: "function", name: "tiny__a", parameters: { type: "object", properties: {} } };
    const response = await on.create({ ...ASKED, tools: [FREE, own] });
    expect(outputOf(response)[1]).toMatchObject({ type: "function_call", call_id: "mine", name: "tiny__a" });
    expect(on.upstream.request(0).body.tools?.map((each) => each.function.name)).toEqual(["tiny__a", "tiny__b"]);
    expect(server.methods).not.toContain("tools/call");
    await on.logged("tools[0] tiny.a");
  });
});
