/**
 * Ollama (measured with 0.33.0-rc2, source of 2026-08). The window is chosen when a model is loaded: the Modelfile's
 * `num_ctx`, else OLLAMA_CONTEXT_LENGTH, else what it thinks fit for the graphics memory. The last two it tells to
 * nobody before, so that an unloaded model's window is known only if it was loaded earlier.
 */
import { asList, asObject, asSize, at, effortsOf, told, type Json, type ModelInfo } from "../upstreams/model-list.ts";
import { fewAtOnce, type QuietAsk, type WindowMemory, type WindowReader } from "./asking.ts";
import { entriesOf, isRemote } from "./remote.ts";

/** Its choice for less than 23 GiB of graphics memory, and for none. */
const DEFAULT_WINDOW = 4096;
/** More than these are not asked about one by one in one round; the next round goes on. */
const MAX_SHOWN = 32;

export const readOllama: WindowReader = async (ask, models, memory) => {
  const [tags, ps] = (await Promise.all([ask("/api/tags"), ask("/api/ps")])).map(entriesOf);
  const seen = models.map((model): Seen => {
    const tag = tags?.(model.id);
    const running = ps?.(model.id);
    const digest = tag?.["digest"] ?? running?.["digest"];
    const window = asSize(running?.["context_length"]);
    const key = typeof digest === "string" ? `${model.id}@${digest}` : undefined;
    if (key !== undefined && window !== undefined) memory.set(`window of ${key}`, window);
    return { model, key, remote: isRemote(tag), running: running !== undefined, window };
  });
  const shown = await showAll(ask, seen, memory);
  return seen.map((each) => withShown(each, shown.get(each) ?? {}, memory));
};

interface Seen {
  model: ModelInfo;
  /** Name and digest, by which answers are remembered; without a digest they are not. */
  key: string | undefined;
  /** It runs in Ollama's cloud; undefined where the list does not tell. */
  remote: boolean | undefined;
  running: boolean;
  /** As it is loaded now. */
  window: number | undefined;
}

/** What is loaded is asked about first: it is what is used. */
async function showAll(ask: QuietAsk, seen: readonly Seen[], memory: WindowMemory): Promise<Map<Seen, Json>> {
  const shown = new Map<Seen, Json>();
  const unknown: Seen[] = [];
  for (const each of seen) {
    const known = each.key === undefined ? undefined : memory.get<Json>(each.key);
    if (known) shown.set(each, known);
    else unknown.push(each);
  }
  const asked = [...unknown.filter(({ running }) => running), ...unknown.filter(({ running }) => !running)];
  await fewAtOnce(asked.slice(0, MAX_SHOWN), async (each) => {
    const show = shortened(await ask("/api/show", { model: each.model.id }));
    if (!show) return;
    shown.set(each, show);
    if (each.key !== undefined) memory.set(each.key, show);
  });
  return shown;
}

/** The few of its fields that matter, since licences and tokenizers take megabytes; undefined when there was no answer. */
function shortened(show: Json): Json | undefined {
  if (Object.keys(show).length === 0) return undefined;
  const [, trained] =
    Object.entries(asObject(show["model_info"])).find(([name]) => name.endsWith(".context_length")) ?? [];
  return {
    trained: asSize(trained),
    num_ctx: numCtx(show["parameters"]),
    remote: isRemote(show),
    capabilities: show["capabilities"],
    thinking: at(show, "thinking.values"),
  };
}

function withShown({ model, key, remote, running, window }: Seen, show: Json, memory: WindowMemory): ModelInfo {
  const trained = asSize(show["trained"]);
  const abilities = Array.isArray(show["capabilities"]) ? (show["capabilities"] as unknown[]) : undefined;
  const earlier = key === undefined ? undefined : memory.get<number>(`window of ${key}`);
  const told_remote = show["remote"] === true || (remote ?? (show["remote"] as boolean | undefined));
  const [size, source] = effective(
    [told_remote ? trained : undefined, "Ollama /api/show (its cloud)"],
    [window, "Ollama /api/ps"],
    // It never loads more than the model was trained for.
    [atMost(asSize(show["num_ctx"]), trained), "num_ctx of its Modelfile"],
    [earlier, "Ollama /api/ps, when it was loaded last"],
  );
  return told(model, {
    context_window: size,
    window_source: source,
    assumed_window: size === undefined ? atMost(DEFAULT_WINDOW, trained) : undefined,
    trained_window: trained,
    loaded: running,
    remote: told_remote,
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

type Claim = readonly [size: number | undefined, source: string];

function effective(...claims: readonly Claim[]): Claim | readonly [undefined, undefined] {
  return claims.find(([size]) => size !== undefined) ?? [undefined, undefined];
}

function atMost(size: number | undefined, limit: number | undefined): number | undefined {
  return size === undefined || limit === undefined ? size : Math.min(size, limit);
}

/** Of its list of parameters, one a line. */
function numCtx(parameters: unknown): number | undefined {
  const found = typeof parameters === "string" ? /^[ \t]*num_ctx[ \t]+"?(\d+)/m.exec(parameters) : null;
  return found ? asSize(Number(found[1])) : undefined;
}
