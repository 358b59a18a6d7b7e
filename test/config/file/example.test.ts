/** The example is right, and leaves out nothing that the schema knows. */
import { describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "smol-toml";
import * as z from "zod";
import { CODEX_TOP_KEYS, IDLE_PROVIDER_KEYS } from "../../../src/config/file/codex-keys.ts";
import { parseConfig } from "../../../src/config/file/parse.ts";
import { dialectSchema } from "../../../src/config/file/schema-dialect.ts";
import {
  authSchema,
  configJsonSchema,
  costsSchema,
  modelSchema,
  providerSchema,
  routeSchema,
  serverSchema,
  storeSchema,
} from "../../../src/config/file/schema.ts";
import { MCP_KEYS, webSearchSchema } from "../../../src/config/file/schema-hosted.ts";
import { DEFAULT_DIALECT } from "../../../src/core/dialect.ts";
import { describeWith, pathOf } from "../../support/needs.ts";
import { PATIENCE_MS } from "../../support/patience.ts";

const TEXT = readFileSync(join(import.meta.dirname, "../../../src/config/file/example.toml"), "utf8");
type Tables = Record<string, Record<string, Record<string, unknown>>>;
const DATA = parse(TEXT) as unknown as Tables;

const keysIn = (tables: object): string[] => [...new Set(Object.values(tables).flatMap((table) => Object.keys(table)))];
const shapeOf = (schema: z.ZodObject): string[] => Object.keys(schema.shape);

describe("the example", () => {
  test("is right", () => {
    const env = { DEEPSEEK_API_KEY: "k", OTHER_API_KEY: "k", CREDENTIALS_DIRECTORY: "/c", HOME: "/h", MY_PROJECT: "p" };
    const files: Record<string, string> = { "/c/example": "k", "/h/ca.pem": "-----BEGIN CERTIFICATE-----" };
    const result = parseConfig(TEXT, "example.toml", { env, readFile: (path) => files[path] ?? "" });
    expect("problems" in result ? result.problems : []).toEqual([]);
    const notes = "config" in result ? result.config.warnings.map(({ key }) => key.split(".").at(-1) ?? "") : [];
    // Of the keys that mean nothing, those that are given as false say nothing either.
    const silent = ["requires_openai_auth", "supports_websockets", "supports_standalone_web_search"];
    expect(notes.toSorted()).toEqual(
      Object.keys(IDLE_PROVIDER_KEYS)
        .filter((key) => !silent.includes(key))
        .toSorted(),
    );
  });

  const example = DATA["model_providers"]?.["example"];
  const KEYS: [where: string, there: string[], known: string[]][] = [
    ["[server]", Object.keys(DATA["server"] ?? {}), shapeOf(serverSchema)],
    ["[model_providers]", keysIn(DATA["model_providers"] ?? {}), shapeOf(providerSchema)],
    ["a dialect", Object.keys((example?.["dialect"] as object | undefined) ?? {}), shapeOf(dialectSchema)],
    [
      "auth",
      Object.keys((DATA["model_providers"]?.["by-command"]?.["auth"] as object | undefined) ?? {}),
      shapeOf(authSchema),
    ],
    ["[models]", keysIn(DATA["models"] ?? {}), shapeOf(modelSchema)],
    ["[routes]", keysIn(DATA["routes"] ?? {}), shapeOf(routeSchema)],
    ["[costs]", Object.keys(DATA["costs"] ?? {}), shapeOf(costsSchema)],
    // It can be given by one of three keys.
    ["[store]", [...Object.keys(DATA["store"] ?? {}), "url_env", "url_file"], shapeOf(storeSchema)],
    // There is one key only, by one of two ways.
    ["[mcp_servers]", [...keysIn(DATA["mcp_servers"] ?? {}), "api_key_file"], [...MCP_KEYS]],
    ["[web_search]", [...Object.keys(DATA["web_search"] ?? {}), "api_key_file"], shapeOf(webSearchSchema)],
  ];
  test.each(KEYS)("has every key of %s", (_, there, known) => expect(there.toSorted()).toEqual(known.toSorted()));

  test("gives the dialect's defaults", () => {
    expect(example?.["dialect"]).toEqual({ ...DEFAULT_DIALECT } as unknown as Record<string, unknown>);
  });

  test("says something of each key", () => {
    const lines = TEXT.split("\n");
    const bare = lines.filter((line, index) => /^\w+ = /.test(line) && !lines[index - 1]?.startsWith("#"));
    const plain = [...Object.keys(IDLE_PROVIDER_KEYS), "preset", "base_url", "wire_api", "name"];
    expect(bare.filter((line) => !plain.includes(line.split(" ")[0] ?? ""))).toEqual([]);
  });
});

describe("the JSON schema", () => {
  interface JsonSchema {
    properties?: Record<string, JsonSchema>;
    additionalProperties?: boolean | JsonSchema;
    description?: string;
  }
  const schema = configJsonSchema() as JsonSchema;

  test("is closed, and knows Codex's keys", () => {
    expect(schema.additionalProperties).toBe(false);
    for (const key of CODEX_TOP_KEYS) expect(schema.properties).toHaveProperty(key);
  });

  test("describes every key of a provider", () => {
    const provider = schema.properties?.["model_providers"]?.additionalProperties as JsonSchema;
    expect(provider.additionalProperties).toBe(false);
    const undescribed = Object.entries(provider.properties ?? {}).filter(
      ([, { description }]) => description === undefined,
    );
    expect(undescribed).toEqual([]);
    expect(Object.keys(provider.properties ?? {}).length).toBeGreaterThan(30);
  });
});

describeWith("codex")("the real Codex", () => {
  /** What it says of a config in its strict mode, which names the first key that it does not know. */
  function strict(config: string): string {
    const home = mkdtempSync(join(tmpdir(), "juscode-codex-"));
    writeFileSync(join(home, "config.toml"), config);
    const command = [
      pathOf("codex"),
      "exec",
      "-c",
      "model_provider=none",
      "--strict-config",
      "--skip-git-repo-check",
      "hi",
    ];
    const done = Bun.spawnSync(command, {
      env: { CODEX_HOME: home, HOME: home },
      stdin: "ignore",
      timeout: PATIENCE_MS,
    });
    rmSync(home, { recursive: true });
    return done.stderr.toString();
  }

  test("knows the provider keys that are let in, and not ours", () => {
    const values: Record<string, string> = {
      requires_openai_auth: "false",
      supports_websockets: "false",
      supports_standalone_web_search: "false",
      websocket_connect_timeout_ms: "1",
      credential_file: '"/key"',
      model_catalog_url: '"https://host.example"',
      project_id: '"p"',
      location: '"l"',
      capabilities: "{}",
      aws: "{}",
      gateway_oauth: "{}",
    };
    expect(Object.keys(values).toSorted()).toEqual(Object.keys(IDLE_PROVIDER_KEYS).toSorted());
    for (const [key, value] of Object.entries(values))
      expect(strict(`[model_providers.s]\nname = "s"\n${key} = ${value}\n`)).not.toContain(
        "unknown configuration field",
      );
    expect(strict('[model_providers.s]\nname = "s"\nca_file = "x"\n')).toContain("unknown configuration field");
  });
});
