/** What a right config comes to. */
import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { config, ENV, PLANTED } from "./setting.ts";
import { shownConfig } from "../../../src/config/file/describe.ts";
import { warningText } from "../../../src/config/file/problem.ts";

const one = (lines: string, env?: Record<string, string>) => {
  const [provider] = config(`[model_providers.a]\n${lines}`, env).providers;
  if (!provider) throw new Error("no provider");
  return provider;
};
const HOST = 'base_url = "https://host.example/v1"\nwire_api = "chat"\n';
const warningsOf = (text: string): string[] => config(text).warnings.map(warningText);

describe("a provider", () => {
  test("has a record with every default", () => {
    expect(one(HOST)).toEqual({
      record: {
        id: "a",
        name: "a",
        base_url: "https://host.example/v1",
        wires: ["chat"],
        auth: "bearer",
        headers: {},
        query: {},
        passthrough: "auto",
        local: false,
        request_max_retries: 0,
        stream_max_retries: 0,
        stream_idle_timeout_ms: 1_800_000,
        connect_timeout_ms: 10_000,
        models: {},
      },
      key: { kind: "none" },
      local: false,
      passthrough: "auto",
    });
  });

  test("has all that is said of it", () => {
    const { record, local, passthrough } = one(`
      name = "A"
      preset = "openrouter"
      base_url = " http://10.0.0.7:8000/v1/?a=1&b=2 "
      wire_api = ["messages", "chat", "messages"]
      query_params = { b = "3" }
      http_headers = { x-one = "1" }
      env_http_headers = { x-two = "SET", x-three = "NOT_SET" }
      request_max_retries = 1000
      stream_max_retries = 2
      stream_idle_timeout_ms = 3
      connect_timeout_ms = 4
      ca_file = "/ca/own.pem"
      proxy = ""
      passthrough = "never"
      drop = ["metadata"]
      extra_body = { x = 1 }
      dialect = { replay = "never", drop = ["user"], extra_body = { y = 2, x = 0 }, efforts = ["low", "high"] }`);
    expect(record).toMatchObject({
      name: "A",
      preset: "openrouter",
      base_url: "http://10.0.0.7:8000/v1",
      wires: ["messages", "chat"],
      query: { a: "1", b: "3" },
      headers: { "x-one": "1", "x-two": "sk-planted-env" },
      request_max_retries: 100,
      stream_max_retries: 2,
      stream_idle_timeout_ms: 3,
      connect_timeout_ms: 4,
      ca_file: "/ca/own.pem",
      proxy: "",
      dialect: {
        replay: "never",
        drop: ["user", "metadata"],
        extra_body: { x: 1, y: 2 },
        efforts: { low: "low", high: "high" },
      },
    });
    expect(record.headers).not.toHaveProperty("x-three");
    expect({ local, passthrough }).toEqual({ local: true, passthrough: "never" });
  });

  test("may be named by its preset alone", () => {
    const [deepseek, vllm] = config('[model_providers.deepseek]\n[model_providers.mine]\npreset = "vllm"').providers;
    expect(deepseek?.record).toMatchObject({
      preset: "deepseek",
      base_url: "https://api.deepseek.com",
      wires: ["chat", "responses"],
    });
    expect(vllm?.record).toMatchObject({ preset: "vllm", base_url: "http://127.0.0.1:8000/v1" });
    expect(vllm?.local).toBe(true);
  });

  test("is known by its address", () => {
    expect(one('base_url = "https://openrouter.ai/api/v1"').record).toMatchObject({
      preset: "openrouter",
      name: "OpenRouter",
    });
  });

  test("takes the server's idle_ms", () => {
    const text = `[server]\nidle_ms = 5\n[model_providers.a]\n${HOST}`;
    expect(config(text).providers[0]?.record.stream_idle_timeout_ms).toBe(5);
    expect(config(`${text}stream_idle_timeout_ms = 6`).providers[0]?.record.stream_idle_timeout_ms).toBe(6);
  });

  const ADDRESSES: [host: string, local: boolean][] = [
    ["localhost", true],
    ["127.9.9.9", true],
    ["[::1]", true],
    ["0.0.0.0", true],
    ["10.1.2.3", true],
    ["172.16.0.1", true],
    ["172.31.0.1", true],
    ["172.32.0.1", false],
    ["192.168.1.1", true],
    ["192.169.1.1", false],
    ["100.64.0.1", true],
    ["100.128.0.1", false],
    ["[fd00::1]", true],
    ["[fe80::1]", true],
    ["[2001:db8::1]", false],
    ["8.8.8.8", false],
    ["10.example.com", false],
    ["localhost.example.com", false],
    ["gpu-box", false],
    ["2130706433", true], // 127.0.0.1 in one number
  ];
  test.each(ADDRESSES)("at %s is local: %p", (host, local) => {
    expect(one(`base_url = "http://${host}:8000/v1"\nwire_api = "chat"`).local).toBe(local);
  });

  test("is not local behind a proxy elsewhere, unless the user says so", () => {
    const near = 'base_url = "http://10.0.0.7/v1"\nwire_api = "chat"\n';
    expect(one(`${near}proxy = "http://egress.example:3128"`).local).toBe(false);
    expect(one(`${near}proxy = "http://127.0.0.1:3128"`).local).toBe(true);
    expect(one(`${near}proxy = "http://egress.example:3128"\nlocal = true`).local).toBe(true);
    expect(one(`${near}local = false`).local).toBe(false);
  });
});

describe("a key", () => {
  const WAYS: [lines: string, key: object, api_key: string | undefined][] = [
    ['env_key = "SET"', { kind: "env", name: "SET" }, "sk-planted-env"],
    ['api_key_file = "/keys/good"', { kind: "file", path: "/keys/good" }, "sk-planted-file"],
    ['api_key_file = "key"', { kind: "file", path: "/cfg/key" }, "sk-planted-beside"],
    ['api_key_file = "$CREDENTIALS_DIRECTORY/key"', { kind: "file", path: "/creds/key" }, "sk-planted-creds"],
    ['api_key_file = "${CREDENTIALS_DIRECTORY}/key"', { kind: "file", path: "/creds/key" }, "sk-planted-creds"],
    ['api_key_file = "~/key"', { kind: "file", path: "/home/u/key" }, "sk-planted-home"],
    ['experimental_bearer_token = "sk-planted"', { kind: "inline" }, "sk-planted"],
    ['auth = { command = "vault" }', { kind: "command", command: "vault" }, undefined],
  ];
  test.each(WAYS)("by %s", (lines, key, api_key) => {
    const provider = one(HOST + lines, { ...ENV, CREDENTIALS_DIRECTORY: "/creds", HOME: "/home/u" });
    expect(provider.key).toEqual(key as typeof provider.key);
    expect(provider.record.api_key).toBe(api_key);
  });

  test("by a command is data, with Codex's defaults", () => {
    const auth = (more: string) => one(`${HOST}auth = { command = "vault"${more} }`, { HOME: "/home/u" }).auth_command;
    expect(auth("")).toEqual({
      command: "vault",
      args: [],
      timeout_ms: 5000,
      refresh_interval_ms: 300_000,
      cwd: "/cfg",
    });
    expect(auth(', args = ["x"], timeout_ms = 1, refresh_interval_ms = 0, cwd = "~"')).toEqual({
      command: "vault",
      args: ["x"],
      timeout_ms: 1,
      refresh_interval_ms: 0,
      cwd: "/home/u",
    });
  });

  test("that is usual for a service goes to it unasked, and to nobody who is only like it", () => {
    const env = { OPENAI_API_KEY: "sk-planted" };
    expect(one('preset = "openai"', env).key).toEqual({ kind: "env", name: "OPENAI_API_KEY" });
    expect(one('base_url = "https://api.openai.com/v1"', env).record.api_key).toBe("sk-planted");
    expect(one('preset = "openai"\nbase_url = "https://host.example/v1"', env).record.api_key).toBeUndefined();
    expect(
      one('preset = "openai"\nbase_url = "https://api.openai.com.evil.example/v1"', env).record.api_key,
    ).toBeUndefined();
  });

  test("is not looked for in what every object has", () => {
    expect(() => one(`${HOST}env_key = "constructor"`)).toThrow("constructor is not set");
  });

  test("re-reads are told", () => {
    const { reads } = config(`[model_providers.a]\n${HOST}api_key_file = "/keys/good"\nca_file = "/ca/own.pem"`);
    expect(reads.toSorted()).toEqual(["/ca/own.pem", "/keys/good"]);
  });
});

describe("models", () => {
  const text = `
    [model_providers.a]
    ${HOST}
    [model_providers.b]
    ${HOST}
    [models.small]
    provider = "a"
    model = "qwen3"
    aliases = ["tiny"]
    context_window = 8192
    modalities = ["text"]
    tools = true
    efforts = { none = false, high = "hard" }
    price = { input = 1, output = 2, cached_input = 0.1 }
    dialect = { efforts = [] }
    [models."b/org/big"]
    images = true
    [models.everywhere]
    max_output_tokens = 5`;

  test("are names with a provider and facts", () => {
    expect(config(text).models).toEqual([
      {
        name: "small",
        aliases: ["tiny"],
        provider: "a",
        model: "qwen3",
        facts: {
          context_window: 8192,
          images: false,
          tools: true,
          efforts: { none: null, high: "hard" },
          price: { input: 1, output: 2, cached_input: 0.1 },
          dialect: { efforts: {} },
        },
      },
      { name: "b/org/big", aliases: [], provider: "b", model: "org/big", facts: { images: true } },
      { name: "everywhere", aliases: [], model: "everywhere", facts: { max_output_tokens: 5 } },
    ]);
  });

  test("are told to their providers by the hosts' names", () => {
    const [a, b] = config(text).providers;
    expect(a?.record.models).toMatchObject({ qwen3: { context_window: 8192 }, everywhere: { max_output_tokens: 5 } });
    expect(b?.record.models).toEqual({ "org/big": { images: true }, everywhere: { max_output_tokens: 5 } });
  });

  test("of one provider count for more than those of all", () => {
    const { providers } = config(`[model_providers.a]\n${HOST}[model_providers.b]\n${HOST}
      [models."a/m"]
      tools = true
      [models.m]
      tools = false`);
    expect(providers.map(({ record }) => record.models["m"]?.tools)).toEqual([true, false]);
  });

  test("belong to the only provider, if none may turn up besides", () => {
    expect(config(`[model_providers.a]\n${HOST}[models.m]`).models[0]?.provider).toBe("a");
    expect(
      config(`[server]\ndiscover = true\n[model_providers.a]\n${HOST}[models.m]`).models[0]?.provider,
    ).toBeUndefined();
  });

  test("may be of hosts that a search finds", () => {
    expect(config('[models."ollama/qwen3"]\n[models.x]\nprovider = "vllm-8001"').models).toMatchObject([
      { provider: "ollama", model: "qwen3" },
      { provider: "vllm-8001", model: "x" },
    ]);
  });
});

describe("routes", () => {
  const hosts = `[model_providers.a]\n${HOST}[model_providers.b]\nbase_url = "http://10.0.0.1/v1"\nwire_api = "chat"\n`;

  test("always have jusCode-auto, by whatever case", () => {
    expect(config("").routes).toEqual([
      { name: "jusCode-auto", candidates: "all", prefer: "cheapest", local_only: false },
    ]);
    expect(config('[routes."juscode-auto"]\nprefer = "ordered"').routes).toEqual([
      { name: "juscode-auto", candidates: "all", prefer: "ordered", local_only: false },
    ]);
  });

  test("have candidates with their bounds", () => {
    const [route] = config(`${hosts}
      [models.small]
      provider = "b"
      model = "qwen3"
      aliases = ["tiny"]
      [routes.r]
      description = "d"
      candidates = ["TINY", { model = "a/org/big", efforts = ["high"], providers = ["a"] }]
      prefer = "fastest"
      providers = ["a", "b"]
      helpers = ["small"]`).routes;
    expect(route).toEqual({
      name: "r",
      description: "d",
      candidates: [
        { name: "TINY", provider: "b", model: "qwen3" },
        { name: "a/org/big", provider: "a", model: "org/big", efforts: ["high"], providers: ["a"] },
      ],
      prefer: "fastest",
      local_only: false,
      providers: ["a", "b"],
      helpers: [{ name: "small", provider: "b", model: "qwen3" }],
    });
  });

  test("take local_only from the server", () => {
    const { routes, warnings } = config(`[server]\nlocal_only = true\n${hosts}[routes.r]\ncandidates = ["b/m"]`);
    expect(routes.map(({ local_only }) => local_only)).toEqual([true, true]);
    expect(warnings.map(({ key }) => key)).toEqual(["model_providers.a"]);
  });
});

describe("the server", () => {
  test("keeps only what is said, but for discover and local_only", () => {
    expect(config("").server).toEqual({ discover: true, local_only: false });
    expect(config(`[model_providers.a]\n${HOST}`).server.discover).toBe(false);
    expect(config('[server]\nlisten = "[::1]:9000"\nhold_ms = 1\nheal = "off"\nlog_level = "quiet"').server).toEqual({
      listen: { host: "::1", port: 9000 },
      hold_ms: 1,
      heal: "off",
      log_level: "quiet",
      discover: true,
      local_only: false,
    });
    expect(config("[server]\nlisten = 0").server.listen).toEqual({ host: "127.0.0.1", port: 0 });
  });
});

describe("what means nothing here", () => {
  test("is told, each with its place", () => {
    const path = join(import.meta.dirname, "../../fixtures/config/codex.toml");
    const golden = join(import.meta.dirname, "../../golden/config/codex-notes.txt");
    const text = `${warningsOf(readFileSync(path, "utf8")).join("\n")}\n`;
    if (process.env["UPDATE_GOLDEN"]) writeFileSync(golden, text);
    expect(text).toBe(readFileSync(golden, "utf8"));
  });

  test("is not told of what is false anyway", () => {
    expect(warningsOf(`[model_providers.a]\n${HOST}requires_openai_auth = false\nsupports_websockets = false`)).toEqual(
      [],
    );
  });
});

test("no secret is shown", () => {
  const shown = shownConfig(
    config(`
    [model_providers.a]
    base_url = "https://host.example/v1?key=sk-planted"
    wire_api = "chat"
    env_key = "SET"
    http_headers = { x-key = "sk-planted" }
    env_http_headers = { x-other = "SET" }
    query_params = { k = "sk-planted" }
    extra_body = { k = "sk-planted" }
    proxy = "http://me:sk-planted@egress.example:3128"
    [model_providers.b]
    base_url = "https://host.example/v1"
    wire_api = "chat"
    auth = { command = "vault", args = ["--token", "sk-planted"] }
    [model_providers.c]
    base_url = "https://host.example/v1"
    wire_api = "chat"
    api_key_file = "/keys/good"
    [model_providers.d]
    base_url = "https://host.example/v1"
    wire_api = "chat"
    experimental_bearer_token = "sk-planted"`),
  );
  expect(JSON.stringify(shown)).not.toContain(PLANTED);
  expect(shown.providers.map(({ key }) => key)).toEqual([
    "from env SET (set)",
    "by command vault",
    "from file /keys/good",
    "written in the config",
  ]);
});
