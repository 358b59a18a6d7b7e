/** Search services and MCP servers behind a certificate that is signed at home, and behind a proxy. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import type { McpServerSettings, SearchSettings } from "../../src/config/file/config-file.ts";
import { SEARCH_SERVICES, type SearchService } from "../../src/config/search-services.ts";
import { McpServers } from "../../src/server/hosted/mcp.ts";
import { searcher } from "../../src/server/hosted/search.ts";
import type { SearchResult } from "../../src/wires/hosted.ts";
import { config } from "../config/file/setting.ts";
import { PATIENCE_MS } from "../support/patience.ts";

const FOLDER = join(import.meta.dir, "../fixtures/tls");
const CERT = join(FOLDER, "cert.pem");
const never = new AbortController().signal;
const FOUND = { results: [{ url: "https://a.example/", title: "A", content: "a" }] };

const common = { key: { kind: "none" }, local: true, timeout_ms: PATIENCE_MS } as const;
const search = (url: string, more: Partial<SearchSettings> = {}): Promise<SearchResult[]> => {
  const service = SEARCH_SERVICES.find(({ id }) => id === "searxng") as SearchService;
  const settings = { service, url, max_results: 8, max_calls: 20, ...common, ...more };
  return searcher(settings).search("x", { size: "low" }, never);
};
const list = (url: string, more: Partial<McpServerSettings> = {}) => {
  const settings = { label: "tiny", url, headers: {}, client_authorization: false, ...common, ...more };
  return new McpServers([{ settings }]).session().list({ server: "tiny", label: "tiny" }, never);
};

/** Finds something, and is an MCP server of one tool. */
async function respond(request: Request): Promise<Response> {
  if (request.method === "GET") return Response.json(FOUND);
  const { id, method } = (await request.json()) as { id?: number; method: string };
  if (id === undefined) return new Response(null, { status: 202 });
  const begun = { protocolVersion: "2025-06-18", capabilities: { tools: {} }, serverInfo: { name: "x", version: "1" } };
  const tools = [{ name: "a", inputSchema: { type: "object", properties: {} } }];
  const results: Record<string, object> = { initialize: begun, "tools/list": { tools } };
  const result = results[method];
  return Response.json({
    jsonrpc: "2.0",
    id,
    ...(result ? { result } : { error: { code: -32601, message: "not known" } }),
  });
}

test("an authority that the config names is trusted, others are not", async () => {
  await using server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    tls: { key: Bun.file(join(FOLDER, "key.pem")), cert: Bun.file(CERT) },
    fetch: respond,
  });
  const url = `https://127.0.0.1:${server.port}/`;
  expect(await search(url, { ca_file: CERT })).toMatchObject([{ url: "https://a.example/" }]);
  expect(await list(url, { ca_file: CERT })).toMatchObject([{ name: "a" }]);
  expect(search(url)).rejects.toThrow("set `ca_file` to the issuing CA");
  expect(list(url)).rejects.toThrow("set `ca_file` to the issuing CA");
});

test("a proxy of its own is used", async () => {
  const asked: string[] = [];
  await using proxy = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request) => {
      asked.push(new URL(request.url).hostname);
      return respond(request);
    },
  });
  const by = { proxy: `http://127.0.0.1:${proxy.port}` };
  expect(await search("http://search.invalid/search", by)).toHaveLength(1);
  expect(await list("http://tools.invalid/mcp", by)).toHaveLength(1);
  expect(new Set(asked)).toEqual(new Set(["search.invalid", "tools.invalid"]));
});

test("what is in house is told, or seen by its address", () => {
  const locals = (more: string): unknown[] => {
    const read = config(
      `[web_search]\nservice = "searxng"\nurl = "http://10.0.0.7:8888"\n${more}[mcp_servers.a]\nurl = "http://tools.corp/mcp"\n${more}`,
    );
    return [read.web_search?.local, read.mcp_servers[0]?.local];
  };
  expect(locals("")).toEqual([true, false]);
  expect(locals("local = true\n")).toEqual([true, true]);
  expect(locals('proxy = "http://egress.example:3128"\n')).toEqual([false, false]);
});
