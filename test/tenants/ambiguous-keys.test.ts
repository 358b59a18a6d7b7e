/** A body that can be read in two ways reaches nobody, on whatever path it comes. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { ResponsesSocket } from "../support/responses-socket.ts";
import { Host, tenants } from "./setting.ts";

/** Many servers are started, and the machine may be busy. */
setDefaultTimeout(60_000);

const WIRES = ["responses", "chat", "messages"] as const;
const around = (url: string) => ({
  keys: { one: "all", two: "all" } as const,
  providers: { host: { url, wires: WIRES } },
  store: true,
});

const MESSAGES = '"messages":[{"role":"user","content":"hi"}]';
const PATHS: Record<string, [rest: string, second: string, param: string]> = {
  "/responses": ['"input":"hi"', '"store":true,"store":false', "store"],
  "/responses/compact": [
    '"input":"hi"',
    '"previous_response_id":"resp_theirs","previous_response_id":null',
    "previous_response_id",
  ],
  "/responses/input_tokens": ['"input":"hi"', '"conversation":"conv_theirs","conversation":null', "conversation"],
  "/messages": [`"max_tokens":5,${MESSAGES}`, '"tools":[{"name":"a","name":"b"}]', "tools[0].name"],
  "/messages/count_tokens": [MESSAGES, '"system":"a","system":"b"', "system"],
  "/chat/completions": [MESSAGES, '"n":1,"\\u006e":5', "n"],
  "/completions": ['"prompt":"hi"', '"model":"m"', "model"],
  "/embeddings": ['"input":"hi"', '"mod\\u0065l":"m"', "model"],
  "/routes/all/decision": ['"input":"hi"', '"model":"m"', "model"],
  "/conversations": ['"items":[]', '"metadata":{"a":"1","a":"2"}', "metadata.a"],
};

describe("a key that stands twice", () => {
  test.each(Object.entries(PATHS))("on %s", async (path, [rest, second, param]) => {
    await using host = new Host();
    const all = { name: "all", candidates: "all", prefer: "ordered", local_only: false } as const;
    await using shim = await tenants({ ...around(host.url), routes: [all] });
    const asked = await shim.ask(path, `{"model":"m",${rest},${second}}`, "two");
    expect([asked.status, asked.text]).toEqual([400, expect.stringContaining(`\`${param}\` stands twice`)]);
    expect(host.heard).toEqual([]);
    const right = await shim.ask(path, `{${path === "/conversations" ? "" : '"model":"m",'}${rest}}`, "two");
    expect([right.status, right.text]).toEqual([200, expect.any(String)]);
  });

  test("of another key's thread, with null behind it, is not handed on", async () => {
    await using host = new Host();
    const { providers, ...rest } = around(host.url);
    const dialect = { keeps_responses: true };
    await using shim = await tenants({ ...rest, providers: { host: { ...providers.host, dialect } } });
    const theirs = await shim.ask("/responses", { model: "m", input: "secret" }, "one");
    expect(theirs.status).toBe(200);
    const id = JSON.stringify(theirs.json["id"]);
    for (const body of [
      `{"model":"m","input":"?","previous_response_id":${id},"previous_response_id":null}`,
      `{"model":"m","input":"?","previous_response_id":${id},"previous\\u005fresponse_id":null}`,
      `{"model":"m","input":"?","Previous_response_id":${id}}`,
      `{"model":"m","input":"?","Previous_response_id":${id},"previous_response_id":null,"store":false}`,
    ]) {
      const asked = await shim.ask("/responses", body, "two");
      expect([body, asked.status]).toEqual([body, 400]);
    }
    expect(host.heard).toHaveLength(1);
  });

  test("in a WebSocket's message", async () => {
    await using host = new Host();
    await using shim = await tenants(around(host.url));
    await using socket = await ResponsesSocket.open(shim.on.url, { authorization: "Bearer two" });
    for (const twice of ['"store":true,"store":false', '"type":"response.create"', '"Store":true']) {
      socket.send(`{"type":"response.create","model":"m","input":"hi",${twice}}`);
      const { last } = await socket.turn();
      expect([last["type"], JSON.stringify(last)]).toEqual(["error", expect.stringMatching(/stands twice|is read as/)]);
    }
    expect(host.heard).toEqual([]);
  });

  test("a conversation's items", async () => {
    await using host = new Host();
    await using shim = await tenants(around(host.url));
    const { json } = await shim.ask("/conversations", {}, "one");
    const item = '{"type":"message","role":"user","content":"a","content":"b"}';
    const added = await shim.ask(`/conversations/${String(json["id"])}/items`, `{"items":[${item}]}`, "one");
    expect([added.status, added.error["param"]]).toEqual([400, "items[0].content"]);
  });

  test("is let through where nothing is judged by it: arguments of calls, and schemas", async () => {
    await using host = new Host();
    await using shim = await tenants(around(host.url));
    const tools = '[{"name":"run","input_schema":{"type":"object","type":"object"}}]';
    const use = '{"type":"tool_use","id":"t","name":"run","input":{"path":"a","path":"b"}}';
    const result = '{"type":"tool_result","tool_use_id":"t","content":"done"}';
    const messages = `[{"role":"user","content":"hi"},{"role":"assistant","content":[${use}]},{"role":"user","content":[${result}]}]`;
    const body = `{"model":"m","max_tokens":9,"tools":${tools},"messages":${messages}}`;
    expect((await shim.ask("/messages", body, "one")).status).toBe(200);
    expect(host.last.text).toBe(body);
  });
});

describe("a key named __proto__", () => {
  test("is a key like any other, and changes no setting", async () => {
    await using host = new Host();
    await using shim = await tenants({ ...around(host.url), keys: { bound: ["m"], free: "all" } });
    const inner = '{"model":"secret","stream":true,"previous_response_id":"resp_1","store":true,"input":"x"}';
    for (const path of ["/responses", "/chat/completions", "/messages", "/completions", "/embeddings"]) {
      const without = await shim.ask(path, `{"__proto__":${inner},"input":"hi","prompt":"hi",${MESSAGES}}`, "bound");
      expect([path, without.status, without.text]).toEqual([path, 400, expect.stringContaining("`model`")]);
      const body = `{"__proto__":${inner},"constructor":{"prototype":{"model":"secret"}},"model":"m","max_tokens":5,`;
      const text = `${body}${path === "/responses" ? '"input":"hi"' : `"input":"hi","prompt":"hi",${MESSAGES}`}}`;
      // It is looked into, as any other is.
      expect([path, (await shim.ask(path, text, "bound")).text]).toEqual([
        path,
        expect.stringContaining("`__proto__.model` names `secret`"),
      ]);
      expect([path, (await shim.ask(path, text, "free")).status]).toEqual([path, 200]);
      expect(host.last.json["model"]).toBe("m");
    }
    expect(({} as { model?: string }).model).toBeUndefined();
  });
});
