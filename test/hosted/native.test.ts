/** A host that speaks the client's own wire and searches nothing: what is asked of it is searched for here all the same. */
import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mergeDialect } from "../../src/core/dialect.ts";
import type { WireName } from "../../src/core/provider.ts";
import { responsesClient } from "../../src/wires/responses/client/client.ts";
import { describeWith } from "../support/needs.ts";
import type { Json } from "../support/response-rules.ts";
import { SearchServer } from "../support/search-service.ts";
import { Shim } from "../support/shim.ts";
import { HOSTS } from "../support/ways/hosts.ts";

const PAGES = [{ url: "https://a.example/one", title: "One", text: "The first page." }];
const ANSWER = "It is so: [One](https://a.example/one).";

interface Native extends AsyncDisposable {
  url: string;
  /** What the host was asked. */
  asked: Json[];
}

/** A host that searches once, and then answers. */
async function native(wire: WireName, config: string, more: string): Promise<Native> {
  const asked: Json[] = [];
  const host = HOSTS[wire];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    development: false,
    async fetch(request) {
      if (request.method === "GET") return Response.json({ data: [{ id: "m" }] });
      asked.push((await request.json()) as Json);
      const call = { id: "call_1", name: "web_search", args: '{"query":"how is it"}' };
      const calls = asked.length === 1 ? [call] : [];
      const frames = host.frames({ thought: "", text: calls.length > 0 ? "" : ANSWER, calls, piece: 9 });
      return new Response(frames.join(""), { headers: { "content-type": "text/event-stream" } });
    },
  });
  const folder = mkdtempSync(join(tmpdir(), "juscode-native-"));
  const file = join(folder, "config.toml");
  const provider = `[model_providers.host]\nbase_url = "http://127.0.0.1:${server.port}/v1"\nwire_api = "${wire}"\n${more}`;
  writeFileSync(file, `${provider}\n${config}[server]\ndiscover = false\n`);
  const shim = await Shim.start({ args: ["--config", file] });
  return {
    url: shim.url,
    asked,
    async [Symbol.asyncDispose]() {
      await shim[Symbol.asyncDispose]();
      await server.stop(true);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const REQUESTS: Record<WireName, { path: string; body: Json; tool: string }> = {
  responses: {
    path: "responses",
    body: { input: "how is it?", store: false, tools: [{ type: "web_search" }] },
    tool: '"type":"web_search"',
  },
  messages: {
    path: "messages",
    body: {
      max_tokens: 100,
      messages: [{ role: "user", content: "how is it?" }],
      tools: [{ type: "web_search_20260209", name: "web_search" }],
    },
    tool: '"type":"web_search_20260209"',
  },
  chat: {
    path: "chat/completions",
    body: { messages: [{ role: "user", content: "how is it?" }], web_search_options: {} },
    tool: '"web_search_options":{}',
  },
};

async function ask(url: string, wire: WireName): Promise<string> {
  const { path, body } = REQUESTS[wire];
  const response = await fetch(`${url}/${path}`, {
    method: "POST",
    body: JSON.stringify({ model: "m", stream: true, ...body }),
  });
  return response.text();
}

const WIRES: WireName[] = ["responses", "messages", "chat"];

describeWith("shim")("a host of the client's own wire", () => {
  test.each(WIRES)("%s: the search is made here", async (wire) => {
    await using service = new SearchServer("searxng", PAGES);
    await using on = await native(wire, service.config(), "");
    expect(await ask(on.url, wire)).toContain("https://a.example/one");
    service.check();
    expect(service.requests.map(({ query }) => query)).toEqual(["how is it"]);
    expect(on.asked).toHaveLength(2);
    expect(JSON.stringify(on.asked[1])).toContain("The first page.");
    expect(JSON.stringify(on.asked)).not.toContain(REQUESTS[wire].tool);
  });

  test.each(WIRES)("%s: one that searches itself is left to it", async (wire) => {
    await using service = new SearchServer("searxng", PAGES);
    await using on = await native(wire, service.config(), 'dialect = { hosted_tools = true, heal = "off" }\n');
    await ask(on.url, wire);
    expect(on.asked).toHaveLength(1);
    expect(JSON.stringify(on.asked[0])).toContain(REQUESTS[wire].tool);
    expect(service.requests).toEqual([]);
  });

  test("what is no search is handed on as before", async () => {
    await using service = new SearchServer("searxng", PAGES);
    await using on = await native("responses", service.config(), "");
    const text =
      '{ "model":"m", "input":"hi","stream":true, "store":false, "unknown":1e400,"tools":[{"type":"other"}] }';
    await (await fetch(`${on.url}/responses`, { method: "POST", body: text })).text();
    expect(on.asked).toMatchObject([{ tools: [{ type: "other" }] }]);
  });
});

describe("which Responses requests are not handed on", () => {
  const offer = {
    search: true,
    mcp: [{ label: "tiny", url: "https://tools.example/mcp", client_authorization: false }],
  };
  const refused = (body: Json, hosted_tools = false): boolean | undefined =>
    responsesClient.forward?.needsTranslation(body, mergeDialect({ hosted_tools }), undefined, offer);
  const search = { type: "web_search" };
  const byLabel = { type: "mcp", server_label: "tiny" };
  const byUrl = { ...byLabel, server_url: "https://tools.example:443/mcp" };

  test.each([
    ["a search", { tools: [search] }, true, false],
    ["one in an item of the input", { input: [{ type: "additional_tools", tools: [search] }] }, true, false],
    ["one that may ask nobody", { tools: [{ ...search, external_web_access: false }] }, false, false],
    ["a server by its label, which only the config knows", { tools: [byLabel] }, true, true],
    ["a server by its address, which the host can reach too", { tools: [byUrl] }, true, false],
    [
      "a server that the config does not know",
      { tools: [{ ...byUrl, server_url: "https://other.example/" }] },
      false,
      false,
    ],
    ["a connector", { tools: [{ ...byLabel, connector_id: "connector_x" }] }, false, false],
    ["a thread that the host keeps", { tools: [search], previous_response_id: "resp_1" }, false, false],
    ["a function", { tools: [{ type: "function", name: "web_search" }] }, false, false],
    ["nothing", {}, false, false],
  ] satisfies [string, Json, boolean, boolean][])("%s", (_, body, here, although_by_host) => {
    expect([refused(body), refused(body, true)]).toEqual([here, although_by_host]);
  });
});
