/**
 * Ollama (measured with 0.33.0-rc2, source of 2026-08). The window is chosen when a model is loaded: the Modelfile's
 * `num_ctx`, else OLLAMA_CONTEXT_LENGTH, else what it thinks fit for the graphics memory. The last two it reports to
 * nobody before, so that an unloaded model's window is known only if it was loaded earlier.
 *
 * Ollama also lists models that it does not run itself: it forwards requests for its cloud's models, and says so by
 * `remote_host` in /api/tags and /api/show (0.33). A name with `cloud` in it says nothing: a copy may have any name.
 */
import {
  asList,
  asObject,
  asSize,
  at,
  effortsOf,
  withFacts,
  type Json,
  type ModelInfo,
} from "../upstreams/model-list.ts";
import { fewAtOnce, type QuietAsk, type WindowMemory, type WindowReader } from "./questions.ts";

const DEFAULT_WINDOW = 4096; // Its choice for less than 23 GiB of graphics memory, and for none.
const MAX_SHOWN = 32; // One round asks about so many models one by one; the next round goes on.

export const readOllama: WindowReader = async (ask, models, memory) => {
  const [tags, ps] = await Promise.all([ask("/api/tags"), ask("/api/ps")]);
  const [tagOf, runningOf] = [entriesOf(tags), entriesOf(ps)];
  const seen = models.map((model): Seen => {
    const tag = tagOf(model.id);
    const running = runningOf(model.id);
    const digest = tag?.["digest"] ?? running?.["digest"];
    const window = asSize(running?.["context_length"]);
    const key = typeof digest === "string" ? `${model.id}@${digest}` : undefined;
    if (key !== undefined && window !== undefined) memory.set(`window of ${key}`, { window });
    return { model, key, remote: isRemote(tag), running: running !== undefined, window };
  });
  const shown = await showAll(ask, seen, memory);
  return seen.map((each) => withShown(each, shown.get(each) ?? {}, memory));
};

interface Seen {
  model: ModelInfo;
  key: string | undefined; // Name and digest, by which replies are remembered; without a digest they are not.
  remote: boolean | undefined; // It runs in Ollama's cloud; undefined where the list does not say.
  running: boolean;
  window: number | undefined; // As it is loaded now.
}

/** Loaded models come first: they are the ones in use. */
async function showAll(ask: QuietAsk, seen: readonly Seen[], memory: WindowMemory): Promise<Map<Seen, Json>> {
  const known = seen.flatMap((each) => {
    const show = memory.get(each.key);
    return show ? [[each, show] as const] : [];
  });
  const shown = new Map<Seen, Json>(known);
  const unknown = seen.filter((each) => !shown.has(each)).sort((a, b) => Number(b.running) - Number(a.running));
  await fewAtOnce(unknown.slice(0, MAX_SHOWN), async (each) => {
    const show = shortened(await ask("/api/show", { model: each.model.id }));
    if (!show) return;
    shown.set(each, show);
    memory.set(each.key, show);
  });
  return shown;
}

/** The few fields that matter, since licences and tokenizers take megabytes; undefined when there was no reply. */
function shortened(show: Json): Json | undefined {
  if (Object.keys(show).length === 0) return undefined;
  const info = Object.entries(asObject(show["model_info"]));
  return {
    trained: asSize(info.find(([name]) => name.endsWith(".context_length"))?.[1]),
    num_ctx: numCtx(show["parameters"]),
    remote: isRemote(show),
    capabilities: show["capabilities"],
    thinking: at(show, "thinking.values"),
  };
}

function withShown({ model, key, remote, running, window }: Seen, show: Json, memory: WindowMemory): ModelInfo {
  const trained = asSize(show["trained"]);
  const abilities = Array.isArray(show["capabilities"]) ? asList(show["capabilities"]) : undefined;
  const earlier = key === undefined ? undefined : asSize(memory.get(`window of ${key}`)?.["window"]);
  const runs_elsewhere = show["remote"] === true || (remote ?? (show["remote"] === false ? false : undefined));
  const windows: readonly (readonly [size: number | undefined, source: string])[] = [
    [runs_elsewhere ? trained : undefined, "Ollama /api/show (its cloud)"],
    [window, "Ollama /api/ps"],
    // It never loads more than the model was trained for.
    [atMost(asSize(show["num_ctx"]), trained), "num_ctx of its Modelfile"],
    [earlier, "Ollama /api/ps, when it was loaded last"],
  ];
  const [size, source] = windows.find(([size]) => size !== undefined) ?? [];
  return withFacts(model, {
    context_window: size,
    window_source: source,
    assumed_window: size === undefined ? atMost(DEFAULT_WINDOW, trained) : undefined,
    trained_window: trained,
    loaded: running,
    remote: runs_elsewhere,
    images: abilities?.includes("vision"),
    tools: abilities?.includes("tools"),
    efforts: abilities && effortsOfThinking(abilities, asList(show["thinking"])),
    chat: abilities?.includes("embedding") && !abilities.includes("completion") ? false : undefined,
  });
}

/** Without the ability any effort but `none` is a 400. Newer versions list the words, where there are words. */
function effortsOfThinking(abilities: readonly unknown[], values: readonly unknown[]): ModelInfo["efforts"] {
  return abilities.includes("thinking") ? effortsOf(values, values.includes(false)) : {};
}

function atMost(size: number | undefined, limit = Infinity): number | undefined {
  return size === undefined ? undefined : Math.min(size, limit);
}

/** Its parameters stand in a list, one a line. */
function numCtx(parameters: unknown): number | undefined {
  const found = typeof parameters === "string" ? /^[ \t]*num_ctx[ \t]+"?(\d+)/m.exec(parameters) : null;
  return found ? asSize(Number(found[1])) : undefined;
}

/** Whether Ollama says that the model runs elsewhere. Undefined where it says nothing of the model. */
function isRemote(entry: Json | undefined): boolean | undefined {
  if (!entry || Object.keys(entry).length === 0) return undefined;
  return [entry["remote_host"], entry["remote_model"]].some((value) => typeof value === "string" && value !== "");
}

/** The first entry of each name, looked up once for all. A name without a tag means `latest`. */
function entriesOf(list: Json): (model: string) => Json | undefined {
  const byName = new Map<string, { entry: Json; place: number }>();
  for (const [place, entry] of asList(list["models"]).map(asObject).entries())
    for (const name of [String(entry["name"]), String(entry["model"])])
      if (!byName.has(name)) byName.set(name, { entry, place });
  return (model) => {
    const [own, latest] = [byName.get(model), byName.get(`${model}:latest`)];
    return (own && latest ? (own.place <= latest.place ? own : latest) : (own ?? latest))?.entry;
  };
}

/** Adds where models run to those of an unknown program: it may be Ollama all the same. */
export async function readRemote(ask: QuietAsk, models: readonly ModelInfo[]): Promise<ModelInfo[]> {
  const entryOf = entriesOf(await ask("/api/tags"));
  return models.map((model) => withFacts(model, { remote: isRemote(entryOf(model.id)) }));
}
