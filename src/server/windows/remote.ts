/**
 * Models that a host on this network lists and does not run itself: Ollama forwards requests for its cloud's models, and
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

/** The first entry of each name, looked up once for all. A name without a tag means `latest`. */
export function entriesOf(list: Json): (model: string) => Json | undefined {
  const byName = new Map<string, { entry: Json; place: number }>();
  for (const [place, entry] of asList(list["models"]).map(asObject).entries())
    for (const name of [String(entry["name"]), String(entry["model"])])
      if (!byName.has(name)) byName.set(name, { entry, place });
  return (model) => {
    const [own, latest] = [byName.get(model), byName.get(`${model}:latest`)];
    return (own && latest ? (own.place <= latest.place ? own : latest) : (own ?? latest))?.entry;
  };
}

/** Of a host whose kind nobody has told: it may be one of these all the same. */
export async function readRemote(ask: QuietAsk, models: readonly ModelInfo[]): Promise<ModelInfo[]> {
  const entryOf = entriesOf(await ask("/api/tags"));
  return models.map((model) => {
    const remote = isRemote(entryOf(model.id));
    return remote === undefined ? model : { ...model, remote };
  });
}
