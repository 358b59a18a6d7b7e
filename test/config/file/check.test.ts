/** `check` and `init`: what they print and write, on real files. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { check } from "../../../src/cli/check.ts";
import { init, starterConfig } from "../../../src/cli/init.ts";
import { PRESETS } from "../../../src/config/presets/index.ts";
import { parseConfig } from "../../../src/config/file/parse.ts";
import { machine, PLANTED } from "./setting.ts";

let dir: string;
beforeAll(() => void (dir = mkdtempSync(join(tmpdir(), "juscode-check-"))));
afterAll(() => rmSync(dir, { recursive: true }));

const ENV = { SET: "sk-planted-env" };

function checked(text: string, json = false): { text: string; code: number } {
  const file = join(dir, "c.toml");
  writeFileSync(file, text);
  const told = check({ config: file, json, json_schema: false }, ENV);
  return { ...told, text: told.text.replaceAll(dir, "/dir") };
}

describe("a provider that several client keys share", () => {
  const keyed = (...bounds: (readonly string[] | undefined)[]): string => {
    const file = join(dir, `keys-${bounds.length}.json`);
    const keys = bounds.map((models, i) => ({
      name: `k${i}`,
      sha256: String(i).repeat(64),
      use: "models",
      ...(models && { models }),
      created_at: "2026-01-01T00:00:00.000Z",
    }));
    writeFileSync(file, JSON.stringify({ version: 1, keys }), { mode: 0o600 });
    return `[server]\nkeys_file = "${file}"\n[model_providers.openai]\nexperimental_bearer_token = "sk-planted"\n`;
  };
  const SHARED = /model_providers\.openai.*is shared by 2 client keys.*account_objects = false/s;

  test("is told of with the setting that closes it, once", () => {
    expect(checked(keyed(undefined, undefined, ["m"])).text).toMatch(SHARED);
    for (const told of ["account_objects = false", "account_objects = true"])
      expect(checked(`${keyed(undefined, undefined)}${told}\n`).text).not.toContain("is shared by");
    const near = '[model_providers.near]\nbase_url = "http://127.0.0.1:8000/v1"\nwire_api = "chat"\n';
    expect(checked(keyed(undefined, undefined) + near).text).not.toContain("near is shared");
  });

  test("is none where one key alone may name anything", () => {
    for (const text of [keyed(undefined), keyed(undefined, ["m"], ["n"]), keyed(["m"], ["n"])])
      expect(checked(text).text).not.toContain("is shared by");
  });

  test("is shown with what clients may name there", () => {
    const { providers } = JSON.parse(checked(`${keyed(undefined)}account_objects = false\n`, true).text) as {
      providers: { account_objects: unknown }[];
    };
    expect(providers[0]?.account_objects).toBe(false);
  });
});

test("local_only is told not to be for the store", () => {
  const at = (url: string): string => checked(`[server]\nlocal_only = true\n[store]\nurl = "${url}"\n`).text;
  expect(at("postgres://shim:sk-planted@db.example/kept")).toContain("keeps prompts at an address that is not local");
  for (const url of ["postgres://shim@10.0.0.7/kept", "postgres://shim@localhost/kept", "sqlite:/tmp/kept.sqlite"])
    expect(at(url)).not.toContain("keeps prompts");
});

const GOOD = `
model = "x"
[server]
listen = "[::1]:9000"
[model_providers.near]
base_url = "http://127.0.0.1:8000/v1"
wire_api = "chat"
env_key = "SET"
http_headers = { x-key = "sk-planted" }
[model_providers.openai]
experimental_bearer_token = "sk-planted"
proxy = "http://me:sk-planted@egress.example:3128"
[models.small]
provider = "near"
model = "qwen3-coder:30b"
aliases = ["tiny"]
context_window = 65536
[routes.coding]
candidates = ["small", { model = "openai/gpt-5", efforts = ["high"] }]
prefer = "local_first"
providers = ["near", "openai"]
[store]
url = "postgres://shim:sk-planted@db.example/kept?password=sk-planted"
[web_search]
service = "brave"
env_key = "SET"
headers = { x-more = "sk-planted" }
[mcp_servers.tickets]
url = "https://tools.example/mcp?key=sk-planted"
env_key = "SET"
http_headers = { x-key = "sk-planted" }
allowed_tools = ["find", "read"]
require_approval = "always"
[mcp_servers.notes]
url = "http://127.0.0.1:7000/mcp"
`;

describe("check", () => {
  test("prints what a config comes to, without a secret", () => {
    const { text, code } = checked(GOOD);
    const golden = join(import.meta.dirname, "../../golden/config/check.txt");
    if (process.env["UPDATE_GOLDEN"]) writeFileSync(golden, text);
    expect(text).toBe(readFileSync(golden, "utf8"));
    expect(code).toBe(0);
    expect(text).not.toContain(PLANTED);
  });

  test("prints it for programs", () => {
    const { text, code } = checked(GOOD, true);
    expect(JSON.parse(text)).toMatchObject({
      ok: true,
      file: "/dir/c.toml",
      providers: [
        { id: "near", key: "from env SET (set)", local: true, headers: ["x-key"] },
        { id: "openai", proxy: "http://egress.example:3128" },
      ],
      models: [{ name: "small", context_window: 65_536 }],
      routes: [
        { name: "coding", candidates: ["small", "openai/gpt-5 (efforts high)"] },
        { name: "jusCode-auto", candidates: "all" },
      ],
      warnings: [{ key: "model", line: 2, column: 1 }],
    });
    expect(code).toBe(0);
    expect(text).not.toContain(PLANTED);
  });

  test("prints all that is wrong", () => {
    const wrong = '[server]\nlisen = 1\n[model_providers.a]\nenv_key = "NOT_SET"\n';
    expect(checked(wrong)).toEqual({
      text: `/dir/c.toml:2:1: server.lisen: unknown key
  did you mean \`listen\`?
/dir/c.toml:3:18: model_providers.a: has no base_url
  write the provider's address: base_url = "https://host.example/v1"
/dir/c.toml:4:1: model_providers.a.env_key: the environment variable NOT_SET is not set
  run: export NOT_SET=…
3 problems; nothing of this file is used until they are fixed
`,
      code: 1,
    });
    const json = checked(wrong, true);
    expect(JSON.parse(json.text)).toMatchObject({
      ok: false,
      problems: [{ key: "server.lisen", line: 2, column: 1 }, {}, {}],
    });
    expect(json.code).toBe(1);
  });

  test.each([
    ["none.toml", "there is no such file", "juscode-shim init"],
    ["", "this is a folder", "a file in it"],
  ])("of %p says what is the matter", (name, what, fix) => {
    const { text, code } = check({ config: join(dir, name), json: false, json_schema: false }, ENV);
    expect(text).toContain(what);
    expect(text).toContain(fix);
    expect(code).toBe(1);
  });

  test("prints the JSON schema", () => {
    const { text } = check({ config: undefined, json: false, json_schema: true }, ENV);
    expect(JSON.parse(text)).toMatchObject({ title: "juscode-shim config", type: "object" });
  });
});

describe("init", () => {
  const HOSTS = [
    { id: "ollama", preset: "ollama", base_url: "http://127.0.0.1:11434/v1", models: ["qwen3:8b", 'odd"\n\u0007name'] },
    { id: "vllm-8001", preset: "vllm", base_url: "http://127.0.0.1:8001/v1", models: [] },
  ];

  test("writes a config that is right, whatever is found", () => {
    const every = PRESETS.flatMap(({ env_keys }) => env_keys);
    const env = Object.fromEntries(every.map((name) => [name, "sk-planted"]));
    for (const hosts of [[], HOSTS]) {
      for (const names of [[], ["OPENAI_API_KEY"], every]) {
        const text = starterConfig(hosts, names);
        const result = parseConfig(text, "c.toml", machine(env));
        expect("problems" in result ? [text, result.problems] : []).toEqual([]);
        if (!("config" in result)) continue;
        expect(result.config.warnings).toEqual([]);
        const ids = result.config.providers.map(({ record }) => record.id);
        expect(ids.slice(0, hosts.length)).toEqual(hosts.map(({ id }) => id));
        if (names.length === 1) expect(ids.at(-1)).toBe("openai");
      }
    }
  });

  test("says where its comments become true", () => {
    const text = starterConfig(HOSTS, ["CLOUDFLARE_API_TOKEN"]);
    const golden = join(import.meta.dirname, "../../golden/config/init.toml");
    if (process.env["UPDATE_GOLDEN"]) writeFileSync(golden, text);
    expect(text).toBe(readFileSync(golden, "utf8"));
    // With the comment signs of its examples taken away it is still a config.
    const bare = text.replaceAll(/^# (?=\[|\w+ = )/gm, "").replaceAll("{account_id}", "mine");
    const result = parseConfig(bare, "c.toml", machine({ CLOUDFLARE_API_TOKEN: "k" }));
    expect("problems" in result ? result.problems : []).toEqual([]);
  });

  test("writes for this user alone, never over a file unless forced, and no secret", async () => {
    const path = join(dir, "new", "folder", "config.toml");
    const env = { OPENAI_API_KEY: "sk-planted" };
    const run = (force: boolean) => init({ config: path, stdout: false, force }, env);
    expect(await run(false)).toContain(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const text = readFileSync(path, "utf8");
    expect(text).toContain('env_key = "OPENAI_API_KEY"');
    expect(text).not.toContain(PLANTED);

    writeFileSync(path, "mine");
    expect(run(false)).rejects.toThrow(/was left as it is; --force overwrites it/);
    expect(readFileSync(path, "utf8")).toBe("mine");
    await run(true);
    expect(readFileSync(path, "utf8")).toBe(text);
  });

  test("prints instead of writing", async () => {
    const path = join(dir, "unwritten.toml");
    expect(await init({ config: path, stdout: true, force: false }, {})).toContain("[server]");
    expect(existsSync(path)).toBe(false);
  });
});
