/** Tools of MCP servers through the compiled shim: a real server, approvals, failures, and requests that name others. */
import { expect, test } from "bun:test";
import OpenAI from "openai";
import { call, reply, say, think } from "../support/chat-upstream.ts";
import { final, hostedSetting, outputOf, typesOf } from "../support/hosted-setting.ts";
import { McpHttp } from "../support/mcp-http.ts";
import { describeWith } from "../support/needs.ts";
import { until } from "../support/patience.ts";
import type { Json } from "../support/response-rules.ts";
import { SearchServer } from "../support/search-service.ts";
import { expectPrefixes, messages, toolTexts } from "../support/setting.ts";

const describe = describeWith("shim");

const KEY = "mcp-key-1234567890";
const SEALED = ["reasoning.encrypted_content"];
const FREE = { type: "mcp", server_label: "tiny", require_approval: "never" };
const ASKED = { type: "mcp", server_label: "tiny" };
const echo = (text: string) => call("tiny__echo", { text });
const USER = { role: "user", content: "do" };

describe("a call of an MCP server", () => {
  test.each(["modern", "sessions"] as const)("runs (%s), streamed", async (era) => {
    await using server = new McpHttp(era);
    await using on = await hostedSetting(
      [reply(think("Hm."), say("Wait."), echo("hi")), reply(say("Done."))],
      server.config("tiny"),
    );
    const response = final(await on.stream({ input: [USER], tools: [FREE], include: SEALED }));
    on.upstream.check();
    server.check();
    expect(typesOf(response)).toEqual(["mcp_list_tools", "reasoning", "message", "mcp_call", "message"]);
    expect(outputOf(response)[0]).toMatchObject({
      server_label: "tiny",
      tools: [
        { name: "echo", description: "Says the text again.", annotations: { readOnlyHint: true } },
        {},
        {},
        {},
        {},
      ],
    });
    expect(outputOf(response)[3]).toMatchObject({
      status: "completed",
      name: "echo",
      server_label: "tiny",
      arguments: '{"text":"hi"}',
      output: "echo: hi",
      error: null,
      approval_request_id: null,
    });
    expect(server.calls).toEqual(["echo:hi"]);
    expect(toolTexts(messages(on.upstream, 1))).toEqual(["echo: hi"]);
    expect(response["usage"]).toMatchObject({ total_tokens: 240 });
    expectPrefixes(on.upstream);
    if (era === "modern") return;
    await until("its session has ended", () => server.sessions_ended > 0);
    expect(server.sessions_ended).toBe(1);
  });

  test("is read again on the next turn, and its server is not asked for its tools", async () => {
    await using server = new McpHttp();
    await using on = await hostedSetting(
      [reply(think("Two."), echo("one"), echo("two")), reply(say("Done.")), reply(echo("three")), reply(say("So."))],
      server.config("tiny"),
    );
    const first = await on.create({ input: [USER], tools: [FREE], include: SEALED });
    const listed = server.methods.filter((method) => method === "tools/list").length;
    const input = [USER, ...outputOf(first), { role: "user", content: "more" }];
    const second = final(await on.stream({ input, tools: [FREE], include: SEALED }));
    on.upstream.check();
    expect(typesOf(second)).toEqual(["mcp_call", "message"]);
    expect(server.methods.filter((method) => method === "tools/list")).toHaveLength(listed);
    expect(server.calls).toEqual(["echo:one", "echo:two", "echo:three"]);
    expectPrefixes(on.upstream);
    expect(on.upstream.request(2).body.tools).toEqual(on.upstream.request(0).body.tools as never);
  });

  test("by the openai SDK, beside a search and a function of the client", async () => {
    await using server = new McpHttp();
    await using service = new SearchServer("searxng", []);
    await using on = await hostedSetting(
      [reply(echo("hi"), call("web_search", { query: "q" })), reply(call("f", {}))],
      server.config("tiny") + service.config(),
    );
    const client = new OpenAI({ apiKey: "unused", baseURL: on.url, maxRetries: 0 });
    const stream = client.responses.stream({
      model: "scripted",
      input: "do",
      store: false,
      tools: [
        { type: "mcp", server_label: "tiny", server_url: server.url, require_approval: "never" },
        { type: "web_search" },
        { type: "function", name: "f", strict: false, parameters: { type: "object", properties: {} } },
      ],
    });
    const answer = await stream.finalResponse();
    expect(answer.output.map(({ type }) => type)).toEqual([
      "mcp_list_tools",
      "mcp_call",
      "web_search_call",
      "function_call",
    ]);
    on.upstream.check();
  });
});

describe("an approval", () => {
  test("is asked for by default; approved, the call runs before the model is asked", async () => {
    await using server = new McpHttp();
    await using on = await hostedSetting(
      [reply(think("Hm."), echo("hi")), reply(say("Done.")), reply(say("Again."))],
      server.config("tiny"),
    );
    const first = final(await on.stream({ input: [USER], tools: [ASKED], include: SEALED }));
    expect(typesOf(first)).toEqual(["mcp_list_tools", "reasoning", "mcp_approval_request"]);
    expect(first["status"]).toBe("completed");
    expect(server.calls).toEqual([]);
    const request = outputOf(first)[2];
    expect(request).toMatchObject({ name: "echo", arguments: '{"text":"hi"}', server_label: "tiny" });
    const answer = { type: "mcp_approval_response", approval_request_id: request?.["id"], approve: true };
    const input = [USER, ...outputOf(first), answer];
    const second = final(await on.stream({ input, tools: [ASKED], include: SEALED }));
    expect(typesOf(second)).toEqual(["mcp_call", "message"]);
    expect(outputOf(second)[0]).toMatchObject({ output: "echo: hi", approval_request_id: request?.["id"] });
    expect(server.calls).toEqual(["echo:hi"]);
    const third = await on.create({
      input: [...input, ...outputOf(second), { role: "user", content: "and?" }],
      tools: [ASKED],
      include: SEALED,
    });
    on.upstream.check();
    expect(typesOf(third)).toEqual(["message"]);
    expect(server.calls).toEqual(["echo:hi"]);
    expectPrefixes(on.upstream);
  });

  test("by previous_response_id alone, as SDKs do it", async () => {
    await using server = new McpHttp();
    await using on = await hostedSetting([reply(think("Hm."), echo("hi")), reply(say("Done."))], server.config("tiny"));
    const asked = { tools: [ASKED], store: true };
    const first = await on.create({ input: [USER], ...asked });
    const input = [
      { type: "mcp_approval_response", approval_request_id: outputOf(first).at(-1)?.["id"], approve: true },
    ];
    const second = await on.create({ input, previous_response_id: first["id"], ...asked });
    on.upstream.check();
    expect(typesOf(second)).toEqual(["mcp_call", "message"]);
    expect(server.calls).toEqual(["echo:hi"]);
    expectPrefixes(on.upstream);
  });

  test.each([
    [{ approve: false, reason: "too dear" }, "did not let this call run. They say: too dear"],
    [undefined, "has not said yet"],
  ])("%p is told to the model, and nothing runs", async (said, words) => {
    await using server = new McpHttp();
    await using on = await hostedSetting([reply(echo("hi")), reply(say("Well."))], server.config("tiny"));
    const first = await on.create({ input: [USER], tools: [ASKED] });
    const request = outputOf(first).at(-1);
    const answer = said ? [{ type: "mcp_approval_response", approval_request_id: request?.["id"], ...said }] : [];
    const input = [USER, ...outputOf(first), ...answer, { role: "user", content: "well?" }];
    const second = await on.create({ input, tools: [ASKED] });
    on.upstream.check();
    expect(typesOf(second)).toEqual(["message"]);
    expect(toolTexts(messages(on.upstream, 1))[0]).toContain(words);
    expect(server.calls).toEqual([]);
  });

  test.each([
    ["the request's word", FREE, "", ["echo:hi"]],
    ["a filter", { ...ASKED, require_approval: { never: { tool_names: ["echo"] } } }, "", ["echo:hi"]],
    ["a filter for others", { ...ASKED, require_approval: { never: { tool_names: ["fail"] } } }, "", []],
    ["what only reads", { ...ASKED, require_approval: { never: { read_only: true } } }, "", ["echo:hi"]],
    ["the config's default", ASKED, 'require_approval = "never"', ["echo:hi"]],
    ["a client that wants to be asked", { ...ASKED, require_approval: "always" }, 'require_approval = "never"', []],
    ["a config that insists", FREE, 'require_approval = "always"', []],
  ])("%s", async (_, tool, config, calls) => {
    await using server = new McpHttp();
    await using on = await hostedSetting([reply(echo("hi")), reply(say("Done."))], server.config("tiny", config));
    const response = await on.create({ input: [USER], tools: [tool] });
    expect(server.calls).toEqual(calls);
    expect(outputOf(response).at(-1)?.["type"]).toBe(calls.length > 0 ? "message" : "mcp_approval_request");
  });

  test("of a request that nobody made is refused", async () => {
    await using server = new McpHttp();
    await using on = await hostedSetting([], server.config("tiny"));
    const answer = { type: "mcp_approval_response", approval_request_id: "mcpr_1", approve: true };
    expect(await on.create({ input: [USER, answer], tools: [ASKED] })).toMatchObject({
      error: { param: "input[1].approval_request_id" },
    });
  });

  test("of a tool that the config does not allow runs nothing, whatever the client says is there", async () => {
    await using server = new McpHttp();
    await using on = await hostedSetting([reply(say("Well."))], server.config("tiny", 'allowed_tools = ["fail"]'));
    const input = [
      USER,
      { type: "mcp_list_tools", id: "mcpl_1", server_label: "tiny", tools: [{ name: "echo", input_schema: {} }] },
      { type: "mcp_approval_request", id: "mcpr_1", server_label: "tiny", name: "echo", arguments: '{"text":"x"}' },
      { type: "mcp_approval_response", approval_request_id: "mcpr_1", approve: true },
    ];
    const response = await on.create({ input, tools: [ASKED] });
    expect(outputOf(response)[0]).toMatchObject({ type: "mcp_call", status: "failed" });
    expect(server.calls).toEqual([]);
  });
});

describe("a server that the config does not name", () => {
  test.each([
    ["a foreign address", { server_label: "other", server_url: "http://127.0.0.1:9/mcp" }, "tools[0].server_url"],
    [
      "a foreign address by a known label",
      { server_label: "tiny", server_url: "http://127.0.0.1:9/" },
      "tools[0].server_url",
    ],
    ["a foreign label", { server_label: "other" }, "tools[0].server_label"],
    ["a connector", { server_label: "tiny", connector_id: "connector_gmail" }, "tools[0].connector_id"],
  ])("is refused: %s", async (_, tool, param) => {
    await using server = new McpHttp();
    await using on = await hostedSetting([], server.config("tiny"));
    const answer = await on.create({ input: [USER], tools: [{ type: "mcp", ...tool }] });
    expect(answer).toMatchObject({ error: { type: "invalid_request_error", param } });
    expect(server.headers).toEqual([]);
  });

  test("without any in the config the tool is left out and listed", async () => {
    await using on = await hostedSetting([reply(say("So."))], "");
    const tools = [{ type: "mcp", server_label: "x", server_url: "http://127.0.0.1:9/" }];
    await on.create({ input: [USER], tools });
    expect(on.upstream.request(0).body.tools).toBeUndefined();
    await on.logged("tools[0] mcp");
  });

  test("its address alone is enough, under any label", async () => {
    await using server = new McpHttp();
    await using on = await hostedSetting(
      [reply(call("mine__echo", { text: "hi" })), reply(say("So."))],
      server.config("tiny"),
    );
    const tools = [{ type: "mcp", server_label: "mine", server_url: server.url, require_approval: "never" }];
    expect(typesOf(await on.create({ input: [USER], tools }))).toEqual(["mcp_list_tools", "mcp_call", "message"]);
  });

  test.each([false, true])("a client's own key goes nowhere unless the config lets it (%p)", async (lets) => {
    await using server = new McpHttp();
    const config = lets
      ? `[mcp_servers.tiny]\nurl = "${server.url}"\nclient_authorization = true\n`
      : server.config("tiny");
    await using on = await hostedSetting([reply(echo("hi")), reply(say("So."))], config);
    const own = lets ? KEY : "foreign-key-123";
    const tools = [{ ...FREE, authorization: own, headers: { "x-own": "1" } }];
    await on.create({ input: [USER], tools });
    server.check();
    expect(server.calls).toEqual(["echo:hi"]);
    expect(server.headers.some((headers) => headers.get("x-own") !== null)).toBe(lets);
    if (!lets) await on.logged("tools[0].authorization authorization");
    expect(await on.shim.output()).not.toContain(own);
  });
});

describe("what may be called", () => {
  test.each([
    [{ ...FREE, allowed_tools: ["echo"] }, "", ["tiny__echo"]],
    [{ ...FREE, allowed_tools: { read_only: true } }, "", ["tiny__echo"]],
    [FREE, 'allowed_tools = ["fail", "echo"]', ["tiny__echo", "tiny__fail"]],
    [{ ...FREE, allowed_tools: ["echo", "slow"] }, 'allowed_tools = ["fail", "echo"]', ["tiny__echo"]],
  ])("%p %p", async (tool, config, names) => {
    await using server = new McpHttp();
    await using on = await hostedSetting([reply(say("So."))], server.config("tiny", config));
    await on.create({ input: [USER], tools: [tool] });
    expect(on.upstream.request(0).body.tools?.map((each) => each.function.name)).toEqual(names);
  });

  test("a choice of a server's tool, and of one that it lacks", async () => {
    await using server = new McpHttp();
    await using on = await hostedSetting([reply(echo("x")), reply(say("So."))], server.config("tiny"));
    const choose = (name: string): Promise<Json> =>
      on.create({ input: [USER], tools: [FREE], tool_choice: { type: "mcp", server_label: "tiny", name } });
    await choose("echo");
    expect(on.upstream.request(0).body["tool_choice"]).toMatchObject({ function: { name: "tiny__echo" } });
    expect(on.upstream.request(1).body["tool_choice"]).toBeUndefined();
    expect(await choose("none")).toMatchObject({ error: { param: "tool_choice" } });
  });
});

describe("a server that fails", () => {
  test.each([
    ["a tool's own error", "fail", "no hi, and the key is [secret]", ""],
    ["silence", "slow", "has not answered in time", "timeout_ms = 300"],
  ])("%s is told to the model", async (_, name, words, config) => {
    await using server = new McpHttp();
    await using on = await hostedSetting(
      [reply(call(`tiny__${name}`, { text: "hi" })), reply(say("So."))],
      server.config("tiny", config),
    );
    const response = final(await on.stream({ input: [USER], tools: [FREE] }));
    on.upstream.check();
    expect(response["status"]).toBe("completed");
    expect(outputOf(response)[1]).toMatchObject({ type: "mcp_call", status: "failed", output: null });
    expect(toolTexts(messages(on.upstream, 1))[0]?.toLowerCase()).toContain(words.toLowerCase());
    expect(JSON.stringify(response) + (await on.shim.output())).not.toContain(KEY);
    await on.logged("hosted_call_failed");
  });

  test("5 MB and a picture are made such that a model can read them", async () => {
    await using server = new McpHttp();
    await using on = await hostedSetting(
      [reply(call("tiny__much", { text: "" }), call("tiny__picture", { text: "" })), reply(say("So."))],
      server.config("tiny"),
    );
    await on.create({ input: [USER], tools: [FREE] });
    const [much, picture] = toolTexts(messages(on.upstream, 1));
    expect(much?.length).toBeLessThan(101_000);
    expect(much).toContain("4900000 more characters were left out");
    expect(picture).toBe("[image image/png, 3 bytes; it is no text]");
  });

  test("nobody there: the list says so, and the answer goes on", async () => {
    await using on = await hostedSetting([reply(say("So."))], '[mcp_servers.tiny]\nurl = "http://127.0.0.1:9/mcp"\n');
    const response = final(await on.stream({ input: [USER], tools: [FREE], tool_choice: "required" }));
    on.upstream.check();
    expect(typesOf(response)).toEqual(["mcp_list_tools", "message"]);
    expect(outputOf(response)[0]).toMatchObject({
      tools: [],
      error: expect.stringContaining("MCP server tiny") as string,
    });
  });

  test("a wrong key", async () => {
    await using server = new McpHttp();
    await using on = await hostedSetting([reply(say("So."))], `[mcp_servers.tiny]\nurl = "${server.url}"\n`);
    const response = await on.create({ input: [USER], tools: [FREE] });
    expect(outputOf(response)[0]?.["error"]).toContain("MCP server tiny");
  });

  test("calls without end are counted as searches are", async () => {
    await using server = new McpHttp();
    await using on = await hostedSetting(
      [reply(echo("1")), reply(echo("2")), reply(say("Enough."))],
      server.config("tiny"),
    );
    const response = await on.create({ input: [USER], tools: [FREE], max_tool_calls: 1 });
    on.upstream.check();
    expect(server.calls).toEqual(["echo:1"]);
    expect(outputOf(response)[2]).toMatchObject({ type: "mcp_call", status: "failed" });
  });

  test("a client that goes away ends the call", async () => {
    await using server = new McpHttp();
    await using on = await hostedSetting([reply(call("tiny__slow", { text: "x" }))], server.config("tiny"));
    const abort = new AbortController();
    const asking = fetch(`${on.url}/responses`, {
      method: "POST",
      body: JSON.stringify({ model: "scripted", input: "x", tools: [FREE], store: false }),
      signal: abort.signal,
    }).catch(() => {});
    await until("it is called", () => server.calls.length > 0);
    abort.abort();
    await asking;
    await on.logged("aborted");
    expect(on.upstream.requests).toHaveLength(1);
  });
});
