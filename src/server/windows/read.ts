/** The windows of a host's models, and what else it tells of them, asked by the means of its kind. */
import type { ProbeKind } from "../../core/provider.ts";
import type { ModelInfo } from "../upstreams/model-list.ts";
import { quiet, WindowMemory, type Ask, type WindowReader } from "./asking.ts";
import { readLlamaServer } from "./llama-server.ts";
import { readLmStudio } from "./lm-studio.ts";
import { readOllama } from "./ollama.ts";
import { readRemote } from "./remote.ts";
import { readTgi } from "./tgi.ts";

export { WindowMemory, type Ask } from "./asking.ts";
export { mayRunElsewhere } from "./remote.ts";
export { howToWiden, windowWarning } from "./warning.ts";

/** Its list of models says all that it tells. */
const listOnly: WindowReader = async (_ask, models) => [...models];

const READERS: Record<ProbeKind, WindowReader> = {
  "llama-server": readLlamaServer,
  ollama: readOllama,
  "lm-studio": readLmStudio,
  tgi: readTgi,
  models: listOnly,
  none: listOnly,
};

/**
 * The models of a list with everything that their host tells besides, without those that do no chat. A question that
 * fails leaves what is known; the caller limits the time. The memory saves questions, and keeps what a host forgets.
 * `unsure`: nobody has said what program it is, and it counts as local.
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
  const unsaid = model.context_window !== undefined && model.window_source === undefined;
  return unsaid ? { ...model, window_source: "its list of models" } : model;
}
