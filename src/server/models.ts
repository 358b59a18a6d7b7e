/** The list of models, in the shapes that different clients read. */
import type { Context } from "hono";
import { codexCatalogEntry, OLLAMA_VERSION, OSS_DEFAULT_MODELS } from "../agents/codex.ts";
import type { ConfiguredModel, ConfiguredRoute } from "../config/file/config-file.ts";
import { dialectFor, modelFacts } from "../config/resolve.ts";
import type { EffortTable } from "../core/dialect.ts";
import { ShimError } from "../core/errors.ts";
import { shortHash } from "../core/hash.ts";
import type { Catalog } from "./upstreams/catalog.ts";
import type { ModelInfo } from "./upstreams/model-list.ts";
import type { FoundProvider } from "./upstreams/probe.ts";

type Listed = Omit<ModelInfo, "efforts"> & { owned_by: string; efforts: EffortTable | "any" };

/** Every name by which a model can be requested: an id that several upstreams have goes with the upstream's own. */
function listed({ found, models, routes }: ListOf): Listed[] {
  const times = new Map<string, number>();
  for (const each of found)
    for (const id of new Set(each.models.map((model) => model.id))) times.set(id, (times.get(id) ?? 0) + 1);
  const own = found.flatMap((each) =>
    firstOfEach(each.models).map((model) =>
      listedAs(times.get(model.id) === 1 ? model.id : `${each.provider.id}/${model.id}`, each, model),
    ),
  );
  const ids = new Set(own.map(({ id }) => id));
  const named = models.flatMap(({ name, provider, model }) => {
    const host = found.find((each) =>
      provider === undefined ? each.models.some(({ id }) => id === model) : each.provider.id === provider,
    );
    if (!host || ids.has(name)) return [];
    return [listedAs(name, host, host.models.find(({ id }) => id === model) ?? { id: model })];
  });
  return [...routes.flatMap((route) => listedRoute(route, [...named, ...own], found)), ...named, ...own];
}

/** Each id once. */
function firstOfEach(models: readonly ModelInfo[]): ModelInfo[] {
  const seen = new Set<string>();
  return models.filter(({ id }) => !seen.has(id) && seen.add(id));
}

/** A route can do what the best of its models can: a thread moves on to the one that it needs. */
function listedRoute(
  { name, candidates }: ConfiguredRoute,
  all: readonly Listed[],
  found: readonly FoundProvider[],
): Listed[] {
  const own =
    candidates === "all"
      ? all
      : candidates.flatMap(({ provider, model }) =>
          found
            .filter((each) => provider === undefined || each.provider.id === provider)
            .flatMap((each) => each.models.filter(({ id }) => id === model).map((info) => listedAs(model, each, info))),
        );
  if (own.length === 0) return [];
  const windows = own.map(({ context_window }) => context_window).filter((window) => window !== undefined);
  const tables = own.map(({ efforts }) => efforts).filter((efforts) => efforts !== "any");
  return [
    {
      id: name,
      owned_by: "juscode-shim",
      images: own.some(({ images }) => images),
      efforts: tables.length < own.length ? "any" : Object.assign({}, ...tables),
      ...(windows.length > 0 && { context_window: windowOf(windows) }),
    },
  ];
}

/** Beyond this a thread is expensive, and few can take it; it is Codex's own measure, and a step in several price lists. */
const WIDE_ENOUGH = 272_000;

/**
 * Agents let a thread grow to the window in this list. It may outgrow the small ones, but not all but one: then
 * no model is left to fall back on, and one cold read of it costs more than the rest of the day.
 */
function windowOf(windows: readonly number[]): number {
  const [largest = 0, second = 0] = windows.toSorted((a, b) => b - a);
  return Math.min(largest, Math.max(second, WIDE_ENOUGH));
}

function listedAs(id: string, { provider }: FoundProvider, model: ModelInfo): Listed {
  const { efforts } = dialectFor(provider.record, model.id, model);
  return { ...model, ...modelFacts(provider.record, model.id, model), efforts, owned_by: provider.id, id };
}

/** Upstreams with their models, and names from the config. */
interface ListOf {
  found: readonly FoundProvider[];
  models: readonly ConfiguredModel[];
  routes: readonly ConfiguredRoute[];
}

const etags = new WeakMap<readonly FoundProvider[], string>();

/** Changes when the list does: Codex asks again when a response carries another one than its copy has. */
export function etagOf(list: ListOf): string {
  const known = etags.get(list.found);
  if (known !== undefined) return known;
  // What clients see of a model; whether it is loaded just now changes by itself.
  const seen = listed(list).map(({ id, owned_by, context_window, images, efforts }) => [
    id,
    owned_by,
    context_window,
    images,
    efforts,
  ]);
  const etag = `"${shortHash(JSON.stringify(seen))}"`;
  etags.set(list.found, etag);
  return etag;
}

/** Whether a client may use what goes by this name. */
type May = (model: string) => boolean;

interface Served {
  catalog: Catalog;
  router: { routes: readonly ConfiguredRoute[] };
}

async function listFor({ catalog, router }: Served, may: May): Promise<Listed[]> {
  return listed({ ...(await catalog.listOf(true)), routes: router.routes }).filter(({ id }) => may(id));
}

/** OpenAI's list in `data` and Codex's catalog in `models`, each reader looks at its own; Anthropic's by its header. */
export async function answerModels(c: Context, { catalog, router }: Served, may: May): Promise<Response> {
  const list = { ...(await catalog.listOf(true)), routes: router.routes };
  const models = listed(list).filter(({ id }) => may(id));
  c.header("etag", etagOf(list));
  if (c.req.header("anthropic-version")) {
    const data = models.map(anthropicModel);
    return c.json({ data, has_more: false, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null });
  }
  return c.json({
    object: "list",
    data: models.map(openAiModel),
    models: models.map((model, i) => codexCatalogEntry(model, i + 1)),
  });
}

/** One of the list, by its id or with its provider before it. */
export async function answerModel(c: Context, name: string, served: Served, may: May): Promise<Response> {
  const models = await listFor(served, may);
  const model = models.find(({ id, owned_by }) => id === name || `${owned_by}/${id}` === name);
  if (model) return c.json(c.req.header("anthropic-version") ? anthropicModel(model) : openAiModel(model));
  const words = `there is no model \`${name}\`; GET /v1/models lists those that there are`;
  throw new ShimError("model_not_found", words, { param: "model" });
}

function openAiModel({ id, owned_by, context_window }: Listed): object {
  return { id, object: "model", created: 0, owned_by, ...(context_window && { context_length: context_window }) };
}

function anthropicModel({ id }: Listed): { type: "model"; id: string; display_name: string; created_at: string } {
  return { type: "model", id, display_name: id, created_at: "1970-01-01T00:00:00Z" };
}

/** What `codex --oss` asks an Ollama before it begins. */
export function answerVersion(c: Context): Response {
  return c.json({ version: OLLAMA_VERSION });
}

/** Codex's default names are listed too, since it would otherwise ask to download them; they mean the first model. */
export async function answerTags(c: Context, { catalog }: Served, may: May): Promise<Response> {
  const ids = listed({ ...(await catalog.listOf(true)), routes: [] }).map(({ id }) => id);
  const names = [...new Set([...ids, ...OSS_DEFAULT_MODELS])].filter(may);
  return c.json({ models: names.map((name) => ({ name, model: name, size: 0, details: {} })) });
}

/** Nothing is ever downloaded: the model is there, or the first turn says which ones are. */
export function answerPull(c: Context): Response {
  return c.body('{"status":"success"}\n', 200, { "content-type": "application/x-ndjson" });
}

/** llama-server's own question, by which its clients learn the window; a client may have been made for that. */
export async function answerProps(c: Context, served: Served, may: May): Promise<Response> {
  const [first] = await listFor(served, may);
  const n_ctx = first?.context_window;
  return c.json({
    model_alias: first?.id ?? null,
    ...(n_ctx !== undefined && { default_generation_settings: { n_ctx } }),
    modalities: { vision: first?.images === true },
  });
}
