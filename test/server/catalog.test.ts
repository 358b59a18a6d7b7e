import { describe, expect, test } from "bun:test";
import type { ConfiguredModel } from "../../src/config/file/config-file.ts";
import type { Preset } from "../../src/config/preset.ts";
import { presetById } from "../../src/config/presets/index.ts";
import { dialectFor } from "../../src/config/resolve.ts";
import { Catalog } from "../../src/server/upstreams/catalog.ts";
import { probeLocal, type FoundProvider } from "../../src/server/upstreams/probe.ts";
import { httpProvider } from "../../src/server/upstreams/upstream.ts";
import { presetAt } from "../support/preset.ts";

function host(id: string, ...models: string[]): FoundProvider {
  const provider = httpProvider({ id, name: id, base_url: "http://127.0.0.1:9/v1" });
  return { provider, models: models.map((model) => ({ id: model })) };
}

const chosen = async (found: FoundProvider[], model: string): Promise<string> => {
  const { provider, model: name } = await new Catalog(async () => found).choose(model);
  return `${provider.id}: ${name}`;
};

describe("which upstream gets a model", () => {
  const TWO = [host("ollama", "qwen3", "shared"), host("llama-server", "gguf", "shared")];
  const CASES: [string, FoundProvider[], string, string][] = [
    ["the one that lists it", TWO, "gguf", "llama-server: gguf"],
    ["the name before the slash decides", TWO, "ollama/shared", "ollama: shared"],
    ["the one that is named", TWO, "llama-server/shared", "llama-server: shared"],
    ["the only one, whatever the name", [host("ollama", "qwen3")], "other", "ollama: other"],
    ["the only one, that lists nothing", [host("upstream")], "other", "upstream: other"],
    ["Codex's default name means the first model", TWO, "gpt-oss:20b", "ollama: qwen3"],
    ["unless a host really has it", [...TWO, host("vllm", "gpt-oss:20b")], "gpt-oss:20b", "vllm: gpt-oss:20b"],
    ["the demo, when there is nothing", [], "anything", "demo: anything"],
  ];
  for (const [name, found, model, expected] of CASES) {
    test(name, async () => expect(await chosen(found, model)).toBe(expected));
  }

  test("the one that began the turn goes on with it", async () => {
    const catalog = new Catalog(async () => TWO);
    expect((await catalog.choose("shared", "llama-server")).provider.id).toBe("llama-server");
    await expect(catalog.choose("shared", "gone")).rejects.toThrow("`ollama/shared` or `llama-server/shared`");
  });

  describe("by names of the config", () => {
    const named = (name: string, model: string, provider?: string, ...aliases: string[]): ConfiguredModel => ({
      name,
      aliases,
      model,
      facts: {},
      ...(provider !== undefined && { provider }),
    });
    const models = [
      named("fast", "qwen3", "ollama", "Quick"),
      named("big", "gguf"),
      named("lost", "x", "nobody"),
      named("either", "shared"),
    ];
    const chosenBy = async (found: FoundProvider[], model: string): Promise<string> => {
      const { provider, model: name } = await new Catalog(async () => found, { models }).choose(model);
      return `${provider.id}: ${name}`;
    };

    test.each([
      ["fast", "ollama: qwen3"],
      ["QUICK", "ollama: qwen3"],
      ["big", "llama-server: gguf"],
      ["qwen3", "ollama: qwen3"],
    ])("%s", async (name, expected) => {
      expect(await chosenBy(TWO, name)).toBe(expected);
    });

    test("of a host that is not there: refused", async () => {
      await expect(chosenBy(TWO, "lost")).rejects.toThrow("no upstream serves a model `lost`");
    });

    test("that several hosts have: refused with how to tell them apart", async () => {
      await expect(chosenBy(TWO, "either")).rejects.toThrow("`ollama/shared` or `llama-server/shared`");
    });

    test("an id that is also another provider's with its model: both are named", async () => {
      const two = [host("openrouter", "openai/gpt-5", "openrouter/auto"), host("openai", "gpt-5")];
      await expect(chosenBy(two, "openai/gpt-5")).rejects.toThrow("openai/gpt-5 of openrouter, or gpt-5 of openai");
      expect(await chosenBy(two, "openrouter/openai/gpt-5")).toBe("openrouter: openai/gpt-5");
      expect(await chosenBy(two, "openrouter/auto")).toBe("openrouter: openrouter/auto");
    });
  });

  test("an unknown name is refused with the choices", async () => {
    await expect(chosen(TWO, "gpt-9")).rejects.toThrow("there are: ollama/qwen3, ollama/shared, llama-server/gguf");
  });

  test("a host that is gone keeps its models: no other answers for it", async () => {
    const found = TWO.slice();
    const catalog = new Catalog(async () => found.slice());
    await catalog.list();
    found.shift();
    Object.assign(catalog, { searchedAt: -1e9 });
    await catalog.list(true);
    expect((await catalog.choose("qwen3")).provider.id).toBe("ollama");
    expect((await catalog.choose("shared")).provider.id).toBe("llama-server");
  });

  test("a host that starts later takes the demo's place", async () => {
    const found: FoundProvider[] = [];
    const catalog = new Catalog(async () => found.slice());
    expect((await catalog.choose("x")).provider.id).toBe("demo");
    found.push(host("ollama", "qwen3"));
    // The list is searched anew after some seconds; a test must not wait for them.
    Object.assign(catalog, { searchedAt: -1e9 });
    expect((await catalog.choose("x")).provider.id).toBe("ollama");
  });
});

describe("the search on this machine", () => {
  const serve = (answer: () => Response | Promise<Response>): Bun.Server<undefined> =>
    Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: answer });
  const preset = (id: string, server: Bun.Server<undefined>): Preset => presetAt(id, server.port as number);
  const models = (owned_by: string): Response => Response.json({ data: [{ id: "m", owned_by }] });

  test("finds hosts, and neither shims nor strangers nor itself", async () => {
    const good = serve(() => models("someone"));
    const shim = serve(() => Response.json({ data: [{ id: "m" }] }, { headers: { "x-juscode-shim": "1" } }));
    const page = serve(() => new Response("<html>", { headers: { "content-type": "text/html" } }));
    const angry = serve(() => new Response("no", { status: 401 }));
    const own = serve(() => models("someone"));
    try {
      const presets = [
        preset("good", good),
        preset("shim", shim),
        preset("page", page),
        preset("angry", angry),
        preset("own", own),
      ];
      const found = await probeLocal(own.port as number, {}, presets);
      expect(found.map(({ provider }) => provider.id)).toEqual(["good"]);
    } finally {
      for (const server of [good, shim, page, angry, own]) await server.stop(true);
    }
  });

  test("believes what a host says of itself more than its port", async () => {
    const moved = serve(() => models("llamacpp"));
    try {
      const found = await probeLocal(0, {}, [preset("other", moved)]);
      expect(found[0]?.provider.id).toBe(`llama-server-${moved.port}`);
      const record = found[0]?.provider.record;
      expect(record?.preset).toBe("llama-server");
      expect(record && dialectFor(record, "m").schema_with_tools).toBe(
        presetById("llama-server")?.dialect.schema_with_tools,
      );
    } finally {
      await moved.stop(true);
    }
  });
});
