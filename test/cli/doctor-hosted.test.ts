/** What doctor finds of the search service and the MCP servers. */
import { describe, expect, test } from "bun:test";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { examine } from "../../src/cli/doctor/doctor.ts";
import { readServe } from "../../src/cli/serve-flags.ts";
import type { Finding } from "../../src/server/doctor/finding.ts";
import { McpHttp } from "../support/mcp-http.ts";
import { freePort } from "../support/shim.ts";
import { SEARCH_KEY, SearchServer } from "../support/search-service.ts";

async function found(config: string, live = false): Promise<Finding[]> {
  const folder = mkdtempSync(join(tmpdir(), "juscode-doctor-"));
  const file = join(folder, "config.toml");
  writeFileSync(file, `[server]\nlisten = "127.0.0.1:0"\ndiscover = false\n${config}`, { mode: 0o600 });
  const options = { json: false, live, long: false, models: [] };
  const machine = { env: { STATE_DIRECTORY: folder }, platform: "linux", home: folder } as const;
  const { findings } = await examine(options, readServe({ config: file }, {}), { report: () => {}, machine });
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

/** A server that always answers so; nothing for never. */
function always(status?: number, body = "no", type = "application/json"): Bun.Server<undefined> {
  return Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    development: false,
    fetch: () =>
      status === undefined ? new Promise(() => {}) : new Response(body, { status, headers: { "content-type": type } }),
  });
}

describe("a search service that does not serve says why, and what to do", () => {
  test.each([
    ["a wrong key", 401, "no", "answers 401", "BRAVE_API_KEY"],
    [
      "a wrong key, in Brave's words",
      422,
      '{"error":{"detail":"The token is invalid."}}',
      "answers 422",
      "BRAVE_API_KEY",
    ],
    ["a key that may not", 403, "no", "answers 403", "BRAVE_API_KEY"],
    ["a used-up plan", 432, "no", "answers 432", "top it up"],
    ["too many searches", 429, "no", "answers 429", "too often"],
    ["a wrong path", 404, "no", "answers 404", "https://api.search.brave.com/"],
    ["a web page", 200, "<html>", "no JSON", "correct url"],
    ["a redirect", 302, "", "redirects", "correct url"],
    ["its own fault", 500, "no", "answers 500", "its own log"],
  ])("%s", async (_, status, body, words, fix) => {
    process.env["BRAVE_API_KEY"] = SEARCH_KEY;
    using server = always(status, body);
    const [finding] = await found(`[web_search]\nservice = "brave"\nurl = "http://127.0.0.1:${server.port}/x"\n`);
    expect(finding).toMatchObject({ what: "search", verdict: "problem" });
    expect(finding?.found).toContain(words);
    expect(finding?.fix).toContain(fix);
    expect(JSON.stringify(finding)).not.toContain(SEARCH_KEY);
  });

  test("nobody there, and silence", async () => {
    const searxng = (port: number | undefined, more = ""): Promise<Finding[]> =>
      found(`[web_search]\nservice = "searxng"\nurl = "http://127.0.0.1:${port}"\n${more}`);
    const [down] = await searxng(await freePort());
    expect(down).toMatchObject({ verdict: "problem", fix: expect.stringContaining("start it") as string });
    using mute = always();
    const [silent] = await searxng(mute.port, "timeout_ms = 100\n");
    expect(silent).toMatchObject({ verdict: "problem", fix: expect.stringContaining("timeout_ms") as string });
    using locked = always(401);
    const [keyless] = await searxng(locked.port);
    expect(keyless?.fix).toContain("none is set");
  });
});

describe("an MCP server that does not serve says why, and what to do", () => {
  test.each([
    ["a wrong key", 401, "answers 401", "MCP_KEY"],
    ["a key that may not", 403, "answers 403", "MCP_KEY"],
    ["a wrong path", 404, "answers 404", "correct url"],
    ["no MCP there", 405, "answers 405", "correct url"],
    ["a web page", 200, "no MCP", "correct url"],
    ["a redirect", 302, "redirects", "correct url"],
    ["its own fault", 500, "answers 500", "its own log"],
  ])("%s", async (_, status, words, fix) => {
    process.env["MCP_KEY"] = "mcp-key-1234567890";
    using server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      development: false,
      fetch: () =>
        new Response("<html>", {
          status,
          headers: { "content-type": "text/html", location: "http://127.0.0.1:9/login" },
        }),
    });
    const url = `http://127.0.0.1:${server.port}/mcp?token=planted-1234567`;
    const [finding] = await found(`[mcp_servers.tiny]\nurl = "${url}"\nenv_key = "MCP_KEY"\n`);
    expect(finding).toMatchObject({ subject: "mcp server tiny", verdict: "problem" });
    expect(finding?.found).toContain(words);
    expect(finding?.fix).toContain(fix);
    expect(JSON.stringify(finding)).not.toMatch(/planted-1234567|mcp-key-1234567890/);
  });

  test("nobody there; no key is set; no tools", async () => {
    const [down] = await found(`[mcp_servers.tiny]\nurl = "http://127.0.0.1:${await freePort()}/mcp"\n`);
    expect(down?.found).toContain("connection refused: nothing is listening on that port");
    expect(down?.fix).toContain("start it");
    await using server = new McpHttp();
    const [keyless] = await found(`[mcp_servers.tiny]\nurl = "${server.url}"\n`);
    expect(keyless?.fix).toContain("none is set");
    const [none] = await found(server.config("tiny", "allowed_tools = []"));
    expect(none?.verdict).toBe("warning");
  });
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
