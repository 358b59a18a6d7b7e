/** What doctor finds of the search service and the MCP servers. */
import { expect, test } from "bun:test";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { examine } from "../../src/cli/doctor.ts";
import { readServe } from "../../src/cli/serve-flags.ts";
import type { Finding } from "../../src/server/doctor/finding.ts";
import { McpHttp } from "../support/mcp-http.ts";
import { SearchServer } from "../support/search-service.ts";

async function found(config: string, live = false): Promise<Finding[]> {
  const folder = mkdtempSync(join(tmpdir(), "juscode-doctor-"));
  const file = join(folder, "config.toml");
  writeFileSync(file, `[server]\nlisten = "127.0.0.1:0"\ndiscover = false\n${config}`, { mode: 0o600 });
  const options = { json: false, live, long: false, models: [] };
  const machine = { env: { STATE_DIRECTORY: folder }, platform: "linux", home: folder } as const;
  const { findings } = await examine(options, readServe({ config: file }, {}), { tell: () => {}, machine });
  return findings.filter(({ subject }) => subject === "web search" || subject.startsWith("mcp server"));
}

test("a search service in house is asked", async () => {
  const pages = [{ url: "https://a.example/", title: "A", text: "a" }];
  await using service = new SearchServer("searxng", pages, [], 403);
  expect(await found(service.config())).toMatchObject([{ what: "search", verdict: "ok" }]);
  expect(await found(service.config())).toMatchObject([{ verdict: "warning" }]);
  expect(await found(service.config())).toMatchObject([
    { verdict: "problem", fix: expect.stringContaining("search.formats") as string },
  ]);
  service.check();
});

test("one elsewhere is asked only where that may cost", async () => {
  process.env["BRAVE_API_KEY"] = "key-1234567890";
  expect(await found('[web_search]\nservice = "brave"\n')).toMatchObject([{ verdict: "skipped" }]);
  const bound = '[web_search]\nservice = "brave"\n';
  expect(await found(`local_only = true\n${bound}`, true)).toMatchObject([{ verdict: "note" }]);
});

test("an MCP server: its tools, those that it lacks, a wrong key, nobody there", async () => {
  process.env["MCP_KEY"] = "mcp-key-1234567890";
  await using server = new McpHttp();
  expect(await found(server.config("tiny"))).toMatchObject([
    { subject: "mcp server tiny", verdict: "ok", found: "5: echo, fail, slow, much, picture" },
  ]);
  expect(await found(server.config("tiny", 'allowed_tools = ["echo", "gone"]'))).toMatchObject([
    { verdict: "ok", found: "1: echo" },
    { verdict: "warning", found: "it has no gone" },
  ]);
  const wrong = await found(
    `[mcp_servers.tiny]\nurl = "${server.url}"\n[mcp_servers.no]\nurl = "http://127.0.0.1:9/"\n`,
  );
  expect(wrong.map(({ verdict }) => verdict)).toEqual(["problem", "problem"]);
});
