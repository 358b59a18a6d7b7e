/** The presets: well-formed, found by every way, and what each makes of every effort. */
import { describe, expect, test } from "bun:test";
import { presetByOwner, presetByUrl, PRESETS } from "../../src/config/presets/index.ts";
import { dialectFor, resolveProvider } from "../../src/config/resolve.ts";
import { DEFAULT_DIALECT, EFFORTS } from "../../src/core/dialect.ts";
import { chooseEffort } from "../../src/core/effort.ts";
import { golden } from "../support/golden.ts";

describe("each preset", () => {
  test.each(PRESETS.map((preset) => [preset.id, preset] as const))("%s", (id, preset) => {
    expect(id).toMatch(/^[a-z][a-z0-9-]*$/);
    expect(preset.source).not.toBe("");
    expect(preset.wires.length).toBeGreaterThan(0);
    expect(preset.base_url !== undefined || preset.ports.length > 0 || id === "tgi").toBe(true);
    if (preset.base_url !== undefined) expect(preset.base_url).toMatch(/^https:\/\/[^?#]+[^/]$/);
    for (const patch of [preset.dialect, ...Object.values(preset.models)])
      for (const key of Object.keys(patch)) expect(DEFAULT_DIALECT).toHaveProperty(key);
  });

  test("none comes twice", () => {
    expect(new Set(PRESETS.map(({ id }) => id)).size).toBe(PRESETS.length);
  });
});

describe("a host is known", () => {
  test.each([
    ["https://api.openai.com/v1", "openai"],
    ["https://API.deepseek.com/beta", "deepseek"],
    ["https://my-team.openai.azure.com/openai/v1", "azure"],
    ["https://api.minimax.io/anthropic/v1", "minimax"],
    ["https://api.minimax.io/v1/", "minimax-chat"],
    ["https://api.cloudflare.com/client/v4/accounts/abc/ai/v1", "cloudflare"],
    ["https://api.openai.com.evil.example/v1", undefined],
    ["https://evil.example/api.openai.com/v1", undefined],
    ["http://127.0.0.1:11434/v1", undefined],
    ["nonsense", undefined],
  ])("by its address: %s", (url, id) => {
    expect(presetByUrl(url)?.id).toBe(id as string);
  });

  test("by its own word", () => {
    expect(presetByOwner("llamacpp")?.id).toBe("llama-server");
    expect(presetByOwner("somebody")).toBeUndefined();
    expect(presetByOwner(undefined)).toBeUndefined();
  });
});

describe("a provider", () => {
  test("has its preset's address, wires and form of the key, unless it says otherwise", () => {
    expect(resolveProvider({ id: "a", preset: "openai" })).toMatchObject({
      id: "a",
      name: "OpenAI",
      base_url: "https://api.openai.com/v1",
      wires: ["responses"],
      auth: "bearer",
    });
    expect(resolveProvider({ id: "a", preset: "deepseek", wires: ["chat"], name: "mine" })).toMatchObject({
      wires: ["chat"],
      name: "mine",
    });
  });

  test("keeps a query of its address apart, and no slash at the end", () => {
    expect(resolveProvider({ id: "a", base_url: "http://h/v1/?api-version=1", query: { b: "2" } })).toMatchObject({
      base_url: "http://h/v1",
      query: { "api-version": "1", b: "2" },
    });
  });

  test("merges dialects: preset, its model, catalogue, what the host tells, the user's provider, the user's model", () => {
    const provider = resolveProvider({
      id: "a",
      preset: "moonshot",
      dialect: { heal: "off", drop: ["a"] },
      models: { "kimi-k3": { efforts: { low: "l" }, dialect: { heal: "auto", drop: ["b"] } } },
    });
    const dialect = dialectFor(provider, "kimi-k3", { efforts: { high: "h" } });
    expect(dialect).toMatchObject({
      tool_schema: "mfjs",
      required_reasoning_field: "reasoning_content",
      efforts: { low: "l" },
      heal: "auto",
    });
    expect(dialect.drop).toEqual(["temperature", "top_p", "presence_penalty", "frequency_penalty", "a", "b"]);
    expect(dialectFor(provider, "another", { efforts: { high: "h" } })).toMatchObject({
      heal: "off",
      efforts: { high: "h" },
    });
    expect(Object.isFrozen(dialect)).toBe(true);
  });
});

test("every effort × every preset", () => {
  const rows = PRESETS.flatMap((preset) => {
    const provider = resolveProvider({ id: preset.id, preset: preset.id });
    const models = ["(any)", ...Object.keys(preset.models).map((name) => name.replace("*", "-x"))];
    return models.flatMap((model) => [
      `${preset.id} ${model}`,
      ...[...EFFORTS, "ultra", "banana"].map((asked) => {
        const { used, fields, ignored } = chooseEffort(asked, dialectFor(provider, model));
        return `  ${asked.padEnd(8)} ${String(used ?? "-").padEnd(8)} ${JSON.stringify(fields)}${ignored ? `  ignored: ${ignored}` : ""}`;
      }),
    ]);
  });
  golden("presets/efforts.txt", `${rows.join("\n")}\n`);
});
