/** Reads the windows of an upstream's models, and what else it reports of them, by the means of its program. */
import type { ProbeKind } from "../../core/provider.ts";
import { asSize, told, type ModelInfo } from "../upstreams/model-list.ts";
import { quiet, WindowMemory, type Ask, type WindowReader } from "./asking.ts";
import { readLlamaServer } from "./llama-server.ts";
import { readLmStudio } from "./lm-studio.ts";
import { readOllama, readRemote } from "./ollama.ts";

export { WindowMemory, type Ask } from "./asking.ts";
export { howToWiden, windowWarning } from "./warning.ts";

/** Whether such programs run some of their models elsewhere: what they do not report of one is then unknown. */
export const mayRunElsewhere = (kind: ProbeKind): boolean => kind === "ollama";

/** Its list of models says all that it reports. */
const listOnly: WindowReader = async (_ask, models) => [...models];

/** Text Generation Inference has one model, and all limits at one place (router/src/server.rs, 2026-01). */
const readTgi: WindowReader = async (ask, models) => {
  const info = await ask("/info");
  const window = asSize(info["max_total_tokens"]);
  const name = info["model_id"];
  const named = models.length === 0 && typeof name === "string" && name !== "";
  const listed: readonly ModelInfo[] = named ? [{ id: name }] : models;
  return listed.map((model) =>
    told(model, {
      context_window: window,
      window_source: window === undefined ? undefined : "TGI /info",
      max_input_tokens: asSize(info["max_input_tokens"] ?? info["max_input_length"]),
      loaded: window === undefined ? undefined : true,
      images: info["model_pipeline_tag"] === "image-text-to-text" ? true : undefined,
    }),
  );
};

const READERS: Record<ProbeKind, WindowReader> = {
  "llama-server": readLlamaServer,
  ollama: readOllama,
  "lm-studio": readLmStudio,
  tgi: readTgi,
  models: listOnly,
  none: listOnly,
};

/**
 * The models with what their upstream reports besides, without those that do no chat. A failed question leaves what is
 * known; the caller limits the time. `unsure`: nobody has said what program it is, and it counts as local.
 */
export async function readWindows(
  kind: ProbeKind,
  ask: Ask,
  models: readonly ModelInfo[],
  memory: WindowMemory = new WindowMemory(),
  { unsure = false }: { unsure?: boolean } = {},
): Promise<ModelInfo[]> {
  const listed = await READERS[kind](quiet(ask), models, memory);
  const read = unsure ? await readRemote(quiet(ask), listed) : listed;
  return read.filter(({ chat }) => chat !== false).map(withSource);
}

function withSource(model: ModelInfo): ModelInfo {
  const unnamed = model.context_window !== undefined && model.window_source === undefined;
  return unnamed ? { ...model, window_source: "its list of models" } : model;
}
