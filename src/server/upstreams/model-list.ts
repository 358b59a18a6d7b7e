/** Reads upstreams' lists of models: one tolerant reader for all the words that they use. */
import { leastOf } from "../../core/append.ts";
import { EFFORTS, type EffortTable, type JsonObject } from "../../core/dialect.ts";
import { isJsonObject } from "../../core/json-fields.ts";
import type { ModelFacts, Price } from "../../core/provider.ts";

/** A model as its upstream describes it. `context_window` is what its server really has, never what could be set. */
export interface ModelInfo extends ModelFacts {
  id: string;
  owned_by?: string; // The upstream's name for itself.
  window_source?: string; // Where `context_window` was read, for people.
  trained_window?: number; // Tokens that the model was made for; a server is often set to less.
  /** The window that its server begins with when nobody sets one: a guess, for upstreams that say it only after loading. */
  assumed_window?: number;
  max_input_tokens?: number; // Tokens that a prompt may have, where that is less than the window.
  loaded?: boolean; // Whether it is in memory now.
  /** Its server says that it forwards requests for it to somewhere else; absent where it says nothing of it. */
  remote?: boolean;
  slots?: number; // Requests that its server runs at once.
  chat?: false; // It makes embeddings, pictures or the like, and no chat.
}

export type Json = JsonObject;

const MOST_MODELS = 10_000; // Providers of every model that there is list some hundreds.

/** OpenAI's list in `data`, Together's bare array, Ollama's own list in `models`. */
export function readModelList(list: unknown): ModelInfo[] {
  const body = asObject(list);
  const found = Array.isArray(list) ? list : (body["data"] ?? body["models"]);
  return asList(found)
    .slice(0, MOST_MODELS)
    .flatMap((entry) => {
      const model = asObject(entry);
      const id = model["id"] ?? model["name"];
      return typeof id === "string" && id !== "" ? [readModel(id, model)] : [];
    });
}

function readModel(id: string, model: Json): ModelInfo {
  const facts: PartialFacts<ModelInfo> = {
    owned_by: typeof model["owned_by"] === "string" ? model["owned_by"] : undefined,
    ...windows(model),
    max_output_tokens: firstSize(model, OUTPUT_FIELDS),
    images: images(model),
    tools: tools(model),
    efforts: efforts(model),
    price: price(asObject(model["pricing"])),
    chat: chats(model) ? undefined : false,
  };
  return withFacts({ id }, facts);
}

const WINDOW_FIELDS = [
  "meta.n_ctx", // llama-server: of each slot, as it was started
  "max_model_len", // vLLM, SGLang
  "loaded_context_length", // LM Studio
  "context_length", // OpenRouter, Together, Fireworks, Moonshot
  "context_window", // Groq
  "max_context_length", // Mistral
];

const OUTPUT_FIELDS = [
  "top_provider.max_completion_tokens", // OpenRouter
  "max_completion_tokens", // Groq
  "max_output_tokens",
  "max_output_length",
];

function windows(model: Json): PartialFacts<ModelInfo> {
  const state = at(model, "status.value");
  const measured = asSize(at(model, "meta.n_ctx"));
  const trained = asSize(at(model, "meta.n_ctx_train"));
  if (typeof state !== "string") {
    const window = firstSize(model, WINDOW_FIELDS) ?? smallest(asList(model["providers"]));
    return { context_window: window, trained_window: trained };
  }
  // A router of llama-servers: its `context_length` is what the model was trained for, whatever it is started with.
  const started = windowOfArguments(asList(at(model, "status.args")));
  return {
    context_window: measured ?? started,
    window_source: measured === undefined && started !== undefined ? "the arguments it is started with" : undefined,
    trained_window: trained ?? asSize(model["context_length"]),
    loaded: state === "loaded" || state === "sleeping",
  };
}

/** Slots share the tokens, unless their number is left to the server, which then gives all of them to each. */
function windowOfArguments(args: readonly unknown[]): number | undefined {
  const after = (flag: string): number | undefined => {
    const place = args.indexOf(flag);
    return place === -1 ? undefined : asSize(Number(args[place + 1]));
  };
  const tokens = after("--ctx-size");
  const slots = args.includes("--kv-unified") ? 1 : (after("--parallel") ?? 1);
  return tokens === undefined ? undefined : Math.floor(tokens / slots);
}

/** Hugging Face's router names its providers, of which any may get the request. */
function smallest(providers: readonly unknown[]): number | undefined {
  const live = providers.map(asObject).filter(({ status }) => status === undefined || status === "live");
  const sizes = live.flatMap((provider) => asSize(provider["context_length"]) ?? []);
  return leastOf(sizes);
}

function images(model: Json): boolean | undefined {
  const inputs = at(model, "architecture.input_modalities") ?? model["input_modalities"];
  if (Array.isArray(inputs)) return inputs.includes("image");
  if (model["type"] === "vlm") return true;
  return firstBoolean(model, ["supports_image_input", "supports_vision", "capabilities.vision"]);
}

function tools(model: Json): boolean | undefined {
  const parameters = model["supported_parameters"];
  if (Array.isArray(parameters)) return parameters.includes("tools");
  const { capabilities } = model;
  if (Array.isArray(capabilities) && capabilities.some((each) => each === "tools" || each === "tool_use")) return true;
  return firstBoolean(model, ["supports_tools", "capabilities.function_calling"]);
}

/** OpenRouter's: its effort words, or that there is nothing to ask for. */
function efforts(model: Json): EffortTable | undefined {
  const parameters = model["supported_parameters"];
  if (Array.isArray(parameters) && !parameters.some((each) => typeof each === "string" && each.startsWith("reasoning")))
    return {};
  const reasoning = asObject(model["reasoning"]);
  return effortsOf(reasoning["supported_efforts"], reasoning["mandatory"] === false);
}

/** A table of the known words in an upstream's list; undefined when it has none, since then it says nothing of efforts. */
export function effortsOf(words: unknown, none = false): EffortTable | undefined {
  const known = EFFORTS.filter((effort) => asList(words).includes(effort) || (none && effort === "none"));
  return known.some((effort) => effort !== "none") ? Object.fromEntries(known.map((word) => [word, word])) : undefined;
}

const NO_CHAT_TYPES = ["embedding", "embeddings", "rerank", "image", "audio", "transcribe", "video", "moderation"];

function chats(model: Json): boolean {
  const outputs = at(model, "architecture.output_modalities");
  if (Array.isArray(outputs) && outputs.length > 0 && !outputs.includes("text")) return false;
  if (NO_CHAT_TYPES.some((type) => type === model["type"])) return false;
  return firstBoolean(model, ["capabilities.completion_chat", "supports_chat"]) !== false;
}

const PRICE_FIELDS = {
  input: ["prompt", "input"],
  output: ["completion", "output"],
  cached_input: ["input_cache_read", "cached_input"],
  cache_write: ["input_cache_write"],
} as const satisfies Record<keyof Price, readonly string[]>;

/** In texts it is USD a token, in numbers USD a million tokens: so do OpenRouter and Together, and others like them. */
function price(pricing: Json): Price | undefined {
  const [input, output, cached_input, cache_write] = Object.values(PRICE_FIELDS).map((names) => {
    const given = names.map((name) => pricing[name]).find((value) => value !== undefined && value !== null);
    return typeof given === "string" ? perMillion(given) : asAmount(given);
  });
  if (input === undefined || output === undefined) return undefined;
  // A row of zeros in numbers means that the price is not set, in texts that it is free.
  if (input + output === 0 && typeof (pricing["prompt"] ?? pricing["input"]) === "number") return undefined;
  return withFacts<Price>({ input, output }, { cached_input, cache_write });
}

function perMillion(text: string): number | undefined {
  const amount = text.trim() === "" ? undefined : asAmount(Number(text));
  return amount === undefined ? undefined : Math.round(amount * 1e12) / 1e6;
}

/** -1 stands for a price that depends. */
const asAmount = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;

/** `{}` for whatever is not an object, so that any shape can be walked through. */
export const asObject = (value: unknown): Json => (isJsonObject(value) ? value : {});

export const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** More is a mistake, or means "no limit"; Codex 0.169 refuses a whole list for a number beyond its own. */
const MOST_TOKENS = 1e9;

export function asSize(value: unknown): number | undefined {
  return typeof value === "number" && value >= 1 && value <= MOST_TOKENS ? Math.floor(value) : undefined;
}

export function at(json: Json, path: string): unknown {
  return path.split(".").reduce<unknown>((value, key) => asObject(value)[key], json);
}

function firstSize(json: Json, paths: readonly string[]): number | undefined {
  return paths.map((path) => asSize(at(json, path))).find((size) => size !== undefined);
}

function firstBoolean(json: Json, paths: readonly string[]): boolean | undefined {
  return paths.map((path) => at(json, path)).find((value) => typeof value === "boolean");
}

/** Facts as they are read: each may be missing. */
export type PartialFacts<T> = { [Key in keyof T]?: T[Key] | undefined };

/** What is known, and over it the facts that are defined. */
export function withFacts<T extends object>(known: T, facts: PartialFacts<T>): T {
  const defined = Object.entries(facts).filter(([, value]) => value !== undefined);
  return { ...known, ...Object.fromEntries(defined) };
}
