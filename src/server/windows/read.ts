/** Reads the windows of an upstream's models, and what else it reports of them, by the means of its program. */
import type { ProbeKind } from "../../core/provider.ts";
import { asSize, at, withFacts, type Json, type ModelInfo } from "../upstreams/model-list.ts";
import { fewAtOnce, quiet, WindowMemory, type Ask, type WindowReader } from "./questions.ts";
import { readLmStudio } from "./lm-studio.ts";
import { readOllama, readRemote } from "./ollama.ts";

export { WindowMemory, type Ask } from "./questions.ts";
export { windowWarning } from "./warning.ts";

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
    withFacts(model, {
      context_window: window,
      window_source: window === undefined ? undefined : "TGI /info",
      max_input_tokens: asSize(info["max_input_tokens"] ?? info["max_input_length"]),
      loaded: window === undefined ? undefined : true,
      images: info["model_pipeline_tag"] === "image-text-to-text" ? true : undefined,
    }),
  );
};

const MAX_ASKED = 8; // A router holds four models at once, by its default.

/** llama-server, measured with build 11669: one model, or a router that starts a server for each. */
const readLlamaServer: WindowReader = async (ask, models) => {
  const props = await ask("/props");
  if (props["role"] !== "router") return models.map((model) => withProps(model, props));
  const asked = models.filter(({ loaded }) => loaded).slice(0, MAX_ASKED);
  // Without `autoload=false` the request alone would load the model.
  const answers = await fewAtOnce(asked, ({ id }) => ask(`/props?model=${encodeURIComponent(id)}&autoload=false`));
  return models.map((model) => withProps(model, answers[asked.indexOf(model)] ?? {}));
};

function withProps(model: ModelInfo, props: Json): ModelInfo {
  const window = asSize(at(props, "default_generation_settings.n_ctx"));
  const vision = at(props, "modalities.vision");
  return withFacts(model, {
    context_window: window,
    window_source: window === undefined ? undefined : "llama-server /props",
    loaded: window === undefined ? undefined : true,
    images: typeof vision === "boolean" ? vision : undefined,
    slots: asSize(props["total_slots"]),
    // Templates like gpt-oss's write only the first call of a message, and drop the text beside it.
    dialect:
      at(props, "chat_template_caps.supports_parallel_tool_calls") === false
        ? { one_call_per_message: true, text_with_calls: "before" as const }
        : undefined,
    // Where a template has no calls the server has a format of its own, so that false says nothing.
    tools: at(props, "chat_template_caps.supports_tools") === true ? true : undefined,
  });
}

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
