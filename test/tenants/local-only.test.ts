/** Nothing leaves the network under `local_only`: no proxy, no redirect, no host that hands requests on, nothing fetched. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import type { ModelInfo } from "../../src/server/upstreams/model-list.ts";
import { describeWith, pathOf } from "../support/needs.ts";
import type { Json } from "../support/response-rules.ts";
import { Shim } from "../support/shim.ts";
import { until } from "../server/serving.ts";
import { ask, Host, tenants, type Around } from "./setting.ts";

/** Programs are started, and the machine may be busy. */
setDefaultTimeout(60_000);

const SECRET = "planted-prompt";
const USER = { role: "user", content: SECRET };
/** Of a private range, and nobody has it. */
const NEAR = "10.255.255.1:9";

let home: string;
beforeAll(() => void (home = mkdtempSync(join(tmpdir(), "juscode-local-"))));
afterAll(() => rmSync(home, { recursive: true }));

function config(text: string): string {
  const file = join(mkdtempSync(join(home, "c-")), "config.toml");
  writeFileSync(file, text);
  return file;
}

/** A proxy elsewhere, which keeps what it is sent. */
class Proxy implements AsyncDisposable {
  readonly lines: string[] = [];
  readonly bytes: string[] = [];
  private readonly server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data: (socket, data) => {
        this.bytes.push(data.toString("latin1"));
        this.lines.push(data.toString("latin1").split("\r\n")[0] ?? "");
        socket.end("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 5\r\nConnection: close\r\n\r\nproxy");
      },
    },
  });

  get url(): string {
    return `http://127.0.0.1:${this.server.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.stop(true);
    await Bun.sleep(0);
  }
}

const VARIABLES = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
const PROVIDERS = ["http", "https"]
  .map(
    (scheme) =>
      `[model_providers.${scheme}]\nbase_url = "${scheme}://${NEAR}/v1"\nwire_api = "chat"\nconnect_timeout_ms = 300\n`,
  )
  .join("");
const HOSTED = `[web_search]\nservice = "searxng"\nurl = "http://${NEAR}"\ntimeout_ms = 300\n[mcp_servers.near]\nurl = "http://${NEAR}/mcp"\ntimeout_ms = 300\n`;

describeWith("shim")("a proxy that the environment names", () => {
  for (const variable of VARIABLES) {
    test(`${variable} gets nothing that is for a local host`, async () => {
      await using proxy = new Proxy();
      await using on_loopback = new Host();
      const file = config(
        `[server]\nlocal_only = true\n${PROVIDERS}[model_providers.loop]\nbase_url = "${on_loopback.url}"\nwire_api = "chat"\n${HOSTED}`,
      );
      const env = { [variable]: proxy.url };
      await using shim = await Shim.start({ args: ["--config", file], env });
      for (const model of ["http/m", "https/m", "loop/m"])
        await ask(shim.url, "/chat/completions", { model, messages: [USER] });
      const tools = [{ type: "web_search" }, { type: "mcp", server_label: "near", require_approval: "never" }];
      await ask(shim.url, "/responses", { model: "loop/m", input: SECRET, tools });
      expect(on_loopback.heard.length).toBeGreaterThan(0);
      const run = async (args: string[], stdin = ""): Promise<string> => {
        const child = Bun.spawn([pathOf("shim"), ...args], {
          env: { HOME: shim.dir, ...env },
          stdin: new TextEncoder().encode(stdin),
          stdout: "pipe",
          stderr: "pipe",
        });
        return (await new Response(child.stdout).text()) + (await new Response(child.stderr).text());
      };
      // A prompt, to the shim that runs here.
      const body = JSON.stringify({ model: "jusCode-auto", input: SECRET });
      await run(["explain", "--config", file, "--listen", `127.0.0.1:${shim.port}`, "--route", "jusCode-auto"], body);
      const told = await run(["check", "--config", file]);
      const doctor = await run(["doctor", "--config", file]);
      expect(proxy.lines).toEqual([]);
      const reads = variable.toLowerCase() === "https_proxy" ? "https " : "http ";
      expect(told.split("\n").find((line) => line.trim().startsWith(reads))).toContain(
        `local, asked directly (not by ${variable})`,
      );
      expect(doctor).toContain(variable);
    });
  }

  test("is used for what is elsewhere, and the connection check does not stand in its way", async () => {
    await using proxy = new Proxy();
    for (const variable of ["HTTP_PROXY", "ALL_PROXY"]) {
      const far =
        '[model_providers.far]\nbase_url = "http://198.51.100.7/v1"\nwire_api = "chat"\nconnect_timeout_ms = 300\n';
      await using shim = await Shim.start({
        args: ["--config", config(far), "--quiet"],
        env: { [variable]: proxy.url },
      });
      proxy.lines.length = 0;
      const answer = await ask(shim.url, "/chat/completions", { model: "far/m", messages: [USER] });
      expect([answer.status, proxy.lines]).toEqual([502, ["POST http://198.51.100.7/v1/chat/completions HTTP/1.1"]]);
    }
  });

  test("is used for a local host where its config says so, which `check` tells", async () => {
    await using proxy = new Proxy();
    const text = `[server]\nlocal_only = true\n[model_providers.near]\nbase_url = "http://${NEAR}/v1"\nwire_api = "chat"\nproxy = "${proxy.url}"\n`;
    await using shim = await Shim.start({ args: ["--config", config(text), "--quiet"] });
    await ask(shim.url, "/chat/completions", { model: "near/m", messages: [USER] });
    expect(proxy.lines.at(-1)).toContain("/v1/chat/completions");
    const run = Bun.spawnSync([pathOf("shim"), "check", "--config", config(text)], { env: { HOME: home } });
    expect(run.stdout.toString()).toContain(`local, asked by its proxy ${proxy.url}`);
  });

  test("elsewhere, set for a local host by its config, makes it one that is not asked", async () => {
    const text = `[server]\nlocal_only = true\n[model_providers.near]\nbase_url = "http://${NEAR}/v1"\nwire_api = "chat"\nproxy = "http://egress.example:3128"\n`;
    await using shim = await Shim.start({ args: ["--config", config(text), "--quiet"] });
    const answer = await ask(shim.url, "/chat/completions", { model: "near/m", messages: [USER] });
    expect([answer.status, answer.text]).toEqual([403, expect.stringContaining("not local")]);
  });
});

describeWith("deno")("under Deno, a proxy that the environment names", () => {
  test("gets nothing that is for a local host, also one that a new config names", async () => {
    await using proxy = new Proxy();
    await using host = new Host();
    const file = config(
      `[server]\nlocal_only = true\n[model_providers.one]\nbase_url = "${host.url}"\nwire_api = "chat"\n`,
    );
    const args = ["run", "--no-lock", "--no-prompt", "--node-modules-dir=manual", "--allow-all", "src/main.ts"];
    const deno = Bun.spawn([pathOf("deno"), ...args, "--config", file, "--listen", "127.0.0.1:0"], {
      env: { HOME: home, DENO_NO_UPDATE_CHECK: "1", HTTP_PROXY: proxy.url, ALL_PROXY: proxy.url },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    try {
      let out = "";
      void (async () => {
        for await (const bytes of deno.stdout) out += new TextDecoder().decode(bytes);
      })();
      await until("it listens", () => out.includes("listens on"));
      const url = `${/http:\/\/[\d.]+:\d+/.exec(out)?.[0]}/v1`;
      expect((await ask(url, "/chat/completions", { model: "one/m", messages: [USER] })).status).toBe(200);
      writeFileSync(
        file,
        `[server]\nlocal_only = true\n[model_providers.two]\nbase_url = "http://[fd00::77]:8999/v1"\nwire_api = "chat"\nconnect_timeout_ms = 300\n[model_providers.three]\nbase_url = "${host.url}"\nwire_api = "chat"\n`,
      );
      await until("the new config is used", async () => {
        const { headers } = await ask(url, "/chat/completions", { model: "three/m", messages: [USER] });
        return headers.get("x-juscode-provider") === "three";
      });
      await ask(url, "/chat/completions", { model: "two/m", messages: [USER] });
      // Deno itself asks for newer versions of it.
      expect(proxy.lines.filter((line) => !line.includes("deno.land"))).toEqual([]);
    } finally {
      deno.kill("SIGKILL");
    }
  });
});

/** A host as Ollama is one: it lists models that it hands on. */
function cloudHost(entries: Record<string, Json>, owned_by = "library", silent = { tags: false, show: false }): Host {
  return new Host(({ path, json }) => {
    if (path.endsWith("/v1/models"))
      return Response.json({ object: "list", data: Object.keys(entries).map((id) => ({ id, owned_by })) });
    if (path === "/api/tags" && !silent.tags)
      return Response.json({
        models: Object.entries(entries).map(([name, more]) => ({ name, model: name, digest: name, ...more })),
      });
    if (path === "/api/ps") return Response.json({ models: [] });
    if (path === "/api/show" && !silent.show)
      return Response.json({ capabilities: ["completion"], ...entries[String(json["model"])] });
    return path.startsWith("/api/") ? new Response("no", { status: 404 }) : undefined;
  });
}

const asked = (host: Host): Json[] => host.heard.filter(({ path }) => path.includes("/v1/")).map(({ json }) => json);
const CLOUD = { remote_host: "https://ollama.com:443", remote_model: "kimi-k3" };
const MODELS = { "near:8b": {}, "qwen3:latest": {}, "innocent:7b": CLOUD, "half:1b": { remote_model: "x" } };

describeWith("shim")("models that a local host runs elsewhere", () => {
  const start = (host: Host, more = "", provider = 'preset = "ollama"\n'): Promise<Shim> => {
    const file = config(
      `[server]\nlocal_only = true\n[model_providers.box]\nbase_url = "${host.url}"\nwire_api = ["chat", "messages", "responses"]\n${provider}${more}`,
    );
    return Shim.start({ args: ["--config", file, "--quiet"] });
  };

  test("are refused by the host's own word, whatever their names; those that it runs are not", async () => {
    await using host = cloudHost({ ...MODELS, "near-cloud": {}, "near:cloud": {} });
    await using shim = await start(host, '[models.alias]\nprovider = "box"\nmodel = "innocent:7b"\n');
    const cases: [string, number][] = [
      ["box/near:8b", 200],
      ["near:8b", 200],
      ["box/qwen3", 200],
      ["near-cloud", 200],
      ["near:cloud", 200],
      ["box/innocent:7b", 403],
      ["innocent:7b", 403],
      ["alias", 403],
      ["half:1b", 403],
      // Not listed: such a host hands some of those on, too.
      ["box/kimi-k3:cloud", 403],
      ["box/near", 403],
      ["box/NEAR:8B", 403],
    ];
    for (const [model, status] of cases)
      for (const [path, body] of Object.entries(BODIES)) {
        const before = asked(host).length;
        const answer = await ask(shim.url, path, { model, ...body });
        expect([model, path, answer.status, answer.text]).toEqual([model, path, status, expect.any(String)]);
        expect([model, path, asked(host).length - before > 0]).toEqual([
          model,
          path,
          status === 200 && !path.endsWith("input_tokens"),
        ]);
      }
    const refused = await ask(shim.url, "/chat/completions", { model: "innocent:7b", messages: [USER] });
    expect(refused.error["message"]).toContain("`box/innocent:7b` runs elsewhere, as its host says of it");
    expect(refused.error["message"]).toContain("local_only");
  });

  test("are candidates of no local route, which says why", async () => {
    await using host = cloudHost({ "innocent:7b": CLOUD, "near:8b": {} });
    const routes =
      '[routes.private]\ncandidates = ["box/innocent:7b", "box/unlisted:cloud", "box/near:8b"]\nprefer = "ordered"\nlocal_only = true\n';
    const file = config(`[model_providers.box]\nbase_url = "${host.url}"\npreset = "ollama"\n${routes}`);
    await using shim = await Shim.start({ args: ["--config", file, "--quiet"] });
    const answer = await ask(shim.url, "/responses", { model: "private", input: SECRET });
    expect([answer.status, asked(host).map(({ model }) => model)]).toEqual([200, ["near:8b"]]);
    const explained = await ask(shim.url, "/routes/private/decision", { model: "private", input: SECRET });
    expect(explained.text).toContain("runs elsewhere, as its host says of it, and the route is local_only");
    expect(explained.text).toContain("may run elsewhere, since its host does not say where");
    // Without the bound the same host is asked for it.
    expect((await ask(shim.url, "/responses", { model: "box/innocent:7b", input: SECRET })).status).toBe(200);
  });

  test.each([
    ["found by its owner", "library"],
    ["of which nobody knows what it is", "somebody"],
  ])("of a host %s", async (_, owner) => {
    await using host = cloudHost({ "near:8b": {}, "innocent:7b": CLOUD }, owner);
    await using shim = await start(host, "", "");
    expect((await ask(shim.url, "/chat/completions", { model: "box/near:8b", messages: [USER] })).status).toBe(200);
    expect((await ask(shim.url, "/chat/completions", { model: "box/innocent:7b", messages: [USER] })).status).toBe(403);
    expect(asked(host).map(({ model }) => model)).toEqual(["near:8b"]);
  });

  test("of a host that does not say are asked only once it has", async () => {
    const silent = { tags: true, show: true };
    await using host = cloudHost(MODELS, "library", silent);
    await using shim = await start(host);
    const one = () => ask(shim.url, "/chat/completions", { model: "box/near:8b", messages: [USER] });
    const unknown = await one();
    expect([unknown.status, unknown.text]).toEqual([403, expect.stringContaining("does not say where")]);
    silent.tags = false;
    // The machine is searched again, and not more often than every five seconds.
    await until("it is searched again", async () => (await one()).status === 200);
    expect((await ask(shim.url, "/chat/completions", { model: "box/innocent:7b", messages: [USER] })).status).toBe(403);
  });

  test("cost what is not known, and `doctor` names them", async () => {
    await using host = cloudHost({ "near:8b": {}, "innocent:7b": CLOUD });
    const file = config(`[model_providers.box]\nbase_url = "${host.url}"\npreset = "ollama"\n`);
    const child = Bun.spawn([pathOf("shim"), "doctor", "--config", file], { env: { HOME: home }, stdout: "pipe" });
    expect(await new Response(child.stdout).text()).toMatch(/models that run elsewhere.*innocent:7b/s);
  });
});

const BODIES: Record<string, Json> = {
  "/chat/completions": { messages: [USER] },
  "/responses": { input: SECRET },
  "/responses/input_tokens": { input: SECRET },
  "/messages": { max_tokens: 5, messages: [USER] },
};

describeWith("shim")("an upstream that the command line names", () => {
  test("is asked nothing where it is elsewhere, no count either", async () => {
    await using host = new Host();
    const file = config("[server]\nlocal_only = true\n");
    // By a name it counts as elsewhere, wherever that leads.
    const named = `http://${hostname()}:${host.port}/v1`;
    await using shim = await Shim.start({
      args: ["--config", file, "--upstream", named, "--wire", "messages", "--quiet"],
    });
    for (const path of [
      "/messages",
      "/messages/count_tokens",
      "/responses",
      "/responses/input_tokens",
      "/chat/completions",
    ]) {
      const answer = await ask(shim.url, path, { model: "m", input: SECRET, messages: [USER], max_tokens: 5 });
      expect([path, answer.status]).toEqual([path, 403]);
    }
    expect(host.heard).toEqual([]);
  });
});

describe("a redirect", () => {
  const WIRES = ["responses", "chat", "messages"] as const;

  test.each([301, 302, 303, 307, 308])("%i carries neither prompt nor key away, on any path", async (status) => {
    await using thief = new Host();
    const to = `http://localhost:${thief.port}/v1/responses`;
    await using host = new Host(({ method }) =>
      method === "POST" ? new Response("", { status, headers: { location: to } }) : undefined,
    );
    for (const wires of [WIRES, ["chat"], ["messages"]] as const) {
      await using shim = await tenants({
        providers: {
          host: {
            url: host.url,
            wires,
            api_key: "planted-key",
            dialect: { keeps_responses: true, native_compaction: true },
          },
        },
        store: true,
        local_only: true,
      });
      for (const [path, body] of Object.entries({
        ...BODIES,
        "/responses/compact": { input: SECRET },
        "/messages/count_tokens": { messages: [USER] },
        "/completions": { prompt: SECRET },
        "/embeddings": { input: SECRET },
      })) {
        const answer = await shim.ask(path, { model: "m", ...body });
        if (!path.endsWith("tokens")) expect([path, answer.status >= 400]).toEqual([path, true]);
      }
    }
    expect(thief.heard).toEqual([]);
  });
});

describe("what a host would fetch", () => {
  const URL = "https://evil.example/x.png";
  const PARTS: Record<string, Json> = {
    "/chat/completions": {
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "look" },
            { type: "image_url", image_url: { url: URL } },
          ],
        },
      ],
    },
    "/responses": {
      input: [
        {
          role: "user",
          content: [
            { type: "input_text", text: "look" },
            { type: "input_image", image_url: URL },
            { type: "input_file", file_url: URL },
          ],
        },
      ],
    },
    "/messages": {
      max_tokens: 5,
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "look" },
            { type: "image", source: { type: "url", url: URL } },
          ],
        },
      ],
    },
  };
  const model: ModelInfo = { id: "m", images: false, tools: true };
  const WAYS: [string, Partial<Around["providers"][string]>][] = [
    ["handed on", { wires: ["responses", "chat", "messages"], passthrough: "always" }],
    ["translated to Chat", { wires: ["chat"], passthrough: "never" }],
    ["translated to Messages", { wires: ["messages"], passthrough: "never" }],
    ["translated to Responses", { wires: ["responses"], passthrough: "never" }],
    [
      "at a host that keeps the thread",
      { wires: ["responses", "chat", "messages"], dialect: { keeps_responses: true } },
    ],
  ];

  test.each(WAYS)("becomes a line that says so: %s", async (_, way) => {
    await using host = new Host();
    const routes = [{ name: "private", candidates: "all", prefer: "ordered", local_only: true }] as const;
    await using shim = await tenants({
      providers: { host: { url: host.url, models: [model], ...way } },
      local_only: true,
      store: true,
      routes,
    });
    for (const [path, body] of Object.entries(PARTS))
      for (const name of ["m", "private"]) {
        const answer = await shim.ask(path, { model: name, ...body });
        expect([path, name, answer.status, answer.text]).toEqual([path, name, 200, expect.any(String)]);
        expect([host.last.text.includes("evil.example"), host.last.text.includes("local_only")]).toEqual([false, true]);
        const ignored = answer.headers.get("x-juscode-ignored") ?? "";
        expect(ignored).toMatch(/(?:messages|input)\[0\]\.content\[1\]/);
      }
  });

  test("is counted as it would go out", async () => {
    await using host = new Host();
    await using shim = await tenants({
      providers: { host: { url: host.url, wires: ["messages", "responses"], dialect: { keeps_responses: true } } },
      local_only: true,
    });
    for (const path of ["/messages/count_tokens", "/responses/input_tokens"]) {
      const [, body] = Object.entries(PARTS).find(([each]) => path.startsWith(each)) ?? [];
      expect([path, (await shim.ask(path, { model: "m", ...body })).status]).toEqual([path, 200]);
      expect([path, host.last.text.includes("evil.example"), host.last.text.includes("local_only")]).toEqual([
        path,
        false,
        true,
      ]);
    }
  });

  test("goes out as it is where nothing is bound", async () => {
    await using host = new Host();
    await using shim = await tenants({
      providers: { host: { url: host.url, wires: ["responses", "chat", "messages"] } },
    });
    for (const [path, body] of Object.entries(PARTS)) {
      await shim.ask(path, { model: "m", ...body });
      expect([path, host.last.text.includes("evil.example")]).toEqual([path, true]);
    }
  });

  test("stays in the store as the client sent it, for a model that may fetch it", async () => {
    await using host = new Host();
    await using shim = await tenants({ providers: { host: { url: host.url } }, local_only: true, store: true });
    const { json } = await shim.ask("/responses", { model: "m", store: true, ...PARTS["/responses"] });
    const listed = await shim.ask(`/responses/${String(json["id"])}/input_items`, "", undefined, "GET");
    expect(listed.text).toContain("evil.example");
    // And the thread goes on here.
    const on = await shim.ask("/responses", { model: "m", input: "on", previous_response_id: json["id"] });
    expect([on.status, host.last.text.includes("evil.example")]).toEqual([200, false]);
  });
});

describe("tools that a host would run", () => {
  test("are taken out of what is handed on, and listed", async () => {
    await using host = new Host();
    await using shim = await tenants({
      providers: { host: { url: host.url, wires: ["responses", "chat", "messages"], passthrough: "always" } },
      local_only: true,
    });
    const mcp = { type: "mcp", server_label: "x", server_url: "https://evil.example/mcp", require_approval: "never" };
    const cases: [string, Json][] = [
      ["/responses", { input: SECRET, tools: [mcp, { type: "web_search" }] }],
      [
        "/messages",
        {
          max_tokens: 5,
          messages: [USER],
          tools: [{ type: "web_search_20250305", name: "web_search" }],
          mcp_servers: [{ type: "url", url: "https://evil.example" }],
        },
      ],
      ["/chat/completions", { messages: [USER], web_search_options: {}, tools: [mcp] }],
    ];
    for (const [path, body] of cases) {
      const answer = await shim.ask(path, { model: "m", ...body });
      expect([path, answer.status, host.last.text]).toEqual([
        path,
        200,
        expect.not.stringMatching(/evil\.example|web_search/),
      ]);
      expect(answer.headers.get("x-juscode-ignored")).toMatch(/tools\[0\]|mcp_servers|web_search_options/);
    }
  });
});
