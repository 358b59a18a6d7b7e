/** LM Studio: loaded models have a window that its user chose, the others are loaded with the first request. */
import { leastOf } from "../../core/append.ts";
import {
  asList,
  asObject,
  asSize,
  at,
  effortsOf,
  withFacts,
  type Json,
  type ModelInfo,
  type PartialFacts,
} from "../upstreams/model-list.ts";
import type { WindowReader } from "./questions.ts";

const DEFAULT_WINDOW = 4096; // What it loads a model with when its user has set nothing (0.3 and 0.4).

export const readLmStudio: WindowReader = async (ask, models) => {
  const entries = asList((await ask("/api/v1/models"))["models"]).map(asObject);
  if (entries.length > 0) {
    const find = finderOf(entries);
    return models.map((model) => withEntry(model, find(model.id)));
  }
  // Versions before 0.4. Of two entries with one id the first counts.
  const older = asList((await ask("/api/v0/models"))["data"])
    .map(asObject)
    .toReversed();
  const byId = new Map(older.map((entry) => [entry["id"], entry]));
  return models.map((model) => withOlder(model, byId.get(model.id)));
};

/** A model is known by its name, by that of one of its variants, or by a name that its user gave to a loaded copy. */
function finderOf(entries: readonly Json[]): (id: string) => Json | undefined {
  const [copies, names] = [new Map<unknown, Json>(), new Map<unknown, Json>()];
  for (const entry of entries) {
    for (const { id } of instancesOf(entry)) if (!copies.has(id)) copies.set(id, entry);
    for (const name of [entry["key"], entry["selected_variant"], ...asList(entry["variants"])])
      if (!names.has(name)) names.set(name, entry);
  }
  return (id) => copies.get(id) ?? names.get(id);
}

function withEntry(model: ModelInfo, entry: Json | undefined): ModelInfo {
  if (!entry) return model;
  const instances = instancesOf(entry);
  const own = instances.filter(({ id }) => id === model.id);
  // Any of several copies may reply, so that the smallest window counts.
  const sizes = (own.length > 0 ? own : instances).flatMap(({ window }) => window ?? []);
  const reasoning = at(entry, "capabilities.reasoning");
  const options = asObject(reasoning)["allowed_options"];
  return withFacts(model, {
    ...windowFacts(entry, leastOf(sizes), instances.length > 0, "/api/v1/models"),
    images: booleanAt(entry, "capabilities.vision"),
    tools: booleanAt(entry, "capabilities.trained_for_tool_use"),
    efforts: reasoning === false ? {} : effortsOf(options, asList(options).includes("off")),
    chat: entry["type"] === "embedding" ? false : undefined,
  });
}

function withOlder(model: ModelInfo, entry: Json | undefined): ModelInfo {
  if (!entry) return model;
  const loaded = entry["state"] === "loaded";
  const window = loaded ? asSize(entry["loaded_context_length"]) : undefined;
  return withFacts(model, {
    ...windowFacts(entry, window, loaded, "/api/v0/models"),
    images: entry["type"] === "vlm" ? true : undefined,
    tools: asList(entry["capabilities"]).includes("tool_use") ? true : undefined,
    chat: entry["type"] === "embeddings" ? false : undefined,
  });
}

function windowFacts(entry: Json, window: number | undefined, loaded: boolean, path: string): PartialFacts<ModelInfo> {
  const trained = asSize(entry["max_context_length"]);
  return {
    context_window: window,
    window_source: window === undefined ? undefined : `LM Studio ${path}`,
    assumed_window: window === undefined ? Math.min(DEFAULT_WINDOW, trained ?? DEFAULT_WINDOW) : undefined,
    trained_window: trained,
    loaded,
  };
}

function instancesOf(entry: Json): { id: unknown; window: number | undefined }[] {
  const instances = asList(entry["loaded_instances"]).map(asObject);
  return instances.map((each) => ({ id: each["id"], window: asSize(at(each, "config.context_length")) }));
}

function booleanAt(json: Json, path: string): boolean | undefined {
  const value = at(json, path);
  return typeof value === "boolean" ? value : undefined;
}
