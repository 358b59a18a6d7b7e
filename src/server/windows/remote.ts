/**
 * Models that a host on this network lists and does not run itself: Ollama hands requests for its cloud's models on, and
 * says so of each by `remote_host` in /api/tags and /api/show (measured with 0.33; names with `cloud` in them are no sign
 * of it: a copy may have any name).
 */
import type { ProbeKind } from "../../core/provider.ts";
import { asList, asObject, type Json, type ModelInfo } from "../upstreams/model-list.ts";
import type { QuietAsk } from "./asking.ts";

/** Whether hosts of this kind run some of their models elsewhere: what they do not tell of one is then not known. */
export function mayRunElsewhere(kind: ProbeKind): boolean {
  return kind === "ollama";
}

/** By its host's own word. Undefined where it has none of it. */
export function isRemote(entry: Json | undefined): boolean | undefined {
  if (!entry || Object.keys(entry).length === 0) return undefined;
  return [entry["remote_host"], entry["remote_model"]].some((value) => typeof value === "string" && value !== "");
}

/** A name without a tag means `latest`. */
export function entryOf(list: Json, model: string): Json | undefined {
  const names = [model, `${model}:latest`];
  return asList(list["models"])
    .map(asObject)
    .find(({ name, model: other }) => names.includes(String(name)) || names.includes(String(other)));
}

/** Of a host whose kind nobody has told: it may be one of these all the same. */
export async function readRemote(ask: QuietAsk, models: readonly ModelInfo[]): Promise<ModelInfo[]> {
  const tags = await ask("/api/tags");
  return models.map((model) => {
    const remote = isRemote(entryOf(tags, model.id));
    return remote === undefined ? model : { ...model, remote };
  });
}
