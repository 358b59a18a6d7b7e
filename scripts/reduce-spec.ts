/**
 * Makes test/fixtures/spec of the two published documents of the Responses API: what the tests need of them, without their
 * prose. Usage: bun scripts/reduce-spec.ts OPENAI.json OPEN-RESPONSES.json
 * They are published at https://github.com/openai/openai-openapi and https://github.com/openresponses/openresponses.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

type Json = Record<string, unknown>;

const OUT = join(import.meta.dirname, "../test/fixtures/spec");
/** Keywords that no validator needs. */
const PROSE = new Set(["description", "title", "example", "examples", "deprecated", "discriminator", "format"]);

const SOURCES = [
  {
    file: "openai.json",
    roots: ["ResponseStreamEvent", "Response", "CreateResponse", "CompactResource", "ErrorResponse"],
  },
  { file: "open-responses.json", roots: ["ResponseResource", "CreateResponseBody", "CompactResource"] },
];

for (const [i, { file, roots }] of SOURCES.entries()) {
  const path = process.argv[2 + i];
  if (path === undefined) throw new Error("usage: bun scripts/reduce-spec.ts OPENAI.json OPEN-RESPONSES.json");
  const all = schemasOf(JSON.parse(readFileSync(path, "utf8")) as Json);
  const events = Object.keys(all).filter((name) => name.endsWith("StreamingEvent"));
  writeFileSync(join(OUT, file), `${JSON.stringify({ $defs: reachable(all, [...roots, ...events]) })}\n`);
}

/** Where OpenAPI 3.1 and plain JSON Schema keep them. */
function schemasOf(document: Json): Json {
  const { components, $defs } = document as { components?: { schemas: Json }; $defs?: Json };
  const schemas = components?.schemas ?? $defs;
  if (!schemas) throw new Error("no schemas in the document");
  return schemas;
}

function reachable(all: Json, roots: readonly string[]): Json {
  const kept: Json = {};
  const wanted = [...roots];
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    if (name in kept) continue;
    if (all[name] === undefined) throw new Error(`there is no schema ${name}`);
    kept[name] = reduced(all[name], false, (reference) => wanted.push(reference));
  }
  return Object.fromEntries(Object.entries(kept).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** `named` within `properties`, whose keys are names and no keywords. */
function reduced(value: unknown, named: boolean, refer: (name: string) => void): unknown {
  if (Array.isArray(value)) return value.map((each) => reduced(each, false, refer));
  if (typeof value !== "object" || value === null) return value;
  const kept: Json = {};
  for (const [key, inner] of Object.entries(value)) {
    if (!named && (PROSE.has(key) || key.startsWith("x-"))) continue;
    if (key === "$ref" && typeof inner === "string") {
      const name = inner.slice(inner.lastIndexOf("/") + 1);
      refer(name);
      kept[key] = `#/$defs/${name}`;
    } else kept[key] = reduced(inner, key === "properties" && !named, refer);
  }
  return kept;
}
