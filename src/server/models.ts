/** The list of models, in the shapes that different clients read. */
import type { Context } from "hono";
import { codexCatalogEntry, OLLAMA_VERSION, OSS_DEFAULT_MODELS } from "../agents/codex.ts";
import { shortHash } from "../core/hash.ts";
import type { Catalog } from "./catalog.ts";
import type { ModelInfo } from "./model-list.ts";
import type { Found } from "./probe.ts";

type Listed = ModelInfo & { owned_by: string };

function listed(found: readonly Found[]): Listed[] {
  return found.flatMap(({ provider, models }) => models.map((model) => ({ ...model, owned_by: provider.id })));
}

const etags = new WeakMap<readonly Found[], string>();

/** Changes when the list does: Codex asks again when an answer carries another one than its copy has. */
export function etagOf(found: readonly Found[]): string {
  let etag = etags.get(found);
  if (etag === undefined) etags.set(found, (etag = `"${shortHash(JSON.stringify(listed(found)))}"`));
  return etag;
}

/** OpenAI's list in `data` and Codex's catalog in `models`, each reader looks at its own; Anthropic's by its header. */
export async function answerModels(c: Context, catalog: Catalog): Promise<Response> {
  const found = await catalog.list(true);
  const models = listed(found);
  c.header("etag", etagOf(found));
  if (c.req.header("anthropic-version")) return c.json(anthropicList(models));
  return c.json({
    object: "list",
    data: models.map(({ id, owned_by, context_window }) => ({
      id,
      object: "model",
      created: 0,
      owned_by,
      ...(context_window && { context_length: context_window }),
    })),
    models: models.map((model, i) => codexCatalogEntry(model, i + 1)),
  });
}

function anthropicList(models: readonly Listed[]): object {
  const data = models.map(({ id }) => ({ type: "model", id, display_name: id, created_at: "1970-01-01T00:00:00Z" }));
  return { data, has_more: false, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
}

/** What `codex --oss` asks an Ollama before it begins. */
export function answerVersion(c: Context): Response {
  return c.json({ version: OLLAMA_VERSION });
}

/** Codex's default names are listed too, since it would otherwise ask to download them; they mean the first model. */
export async function answerTags(c: Context, catalog: Catalog): Promise<Response> {
  const ids = listed(await catalog.list(true)).map(({ id }) => id);
  const names = [...new Set([...ids, ...OSS_DEFAULT_MODELS])];
  return c.json({ models: names.map((name) => ({ name, model: name, size: 0, details: {} })) });
}

/** Nothing is ever downloaded: what is asked for is here, or the first turn says what is. */
export function answerPull(c: Context): Response {
  return c.body('{"status":"success"}\n', 200, { "content-type": "application/x-ndjson" });
}
