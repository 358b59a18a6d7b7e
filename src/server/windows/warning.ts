/** Warnings about context windows: which are too small for an agent, and what to set where. */
import type { ProbeKind } from "../../core/provider.ts";
import type { ModelInfo } from "../upstreams/model-list.ts";

/** A coding agent's own prompt takes 9,000 to 18,000 tokens (Codex 0.169), before there is a word of the user's. */
const LEAST_WINDOW = 16_384;
const GOOD_WINDOW = 65_536; // Room for that and for an hour's work, in the memory of a machine for local models.

const SETTINGS: Record<ProbeKind, (tokens: number) => string> = {
  ollama: (tokens) =>
    `set OLLAMA_CONTEXT_LENGTH=${tokens} where Ollama is started, or \`PARAMETER num_ctx ${tokens}\` in a Modelfile`,
  "llama-server": (tokens) =>
    `start llama-server with \`-c ${tokens}\` (with several slots, \`-np\`, that many times as much)`,
  "lm-studio": (tokens) =>
    `load the model in LM Studio with a context length of ${tokens} (its load settings, or \`lms load --context-length ${tokens}\`)`,
  tgi: (tokens) => `start TGI with \`--max-total-tokens ${tokens}\` and \`--max-input-tokens\` a little below that`,
  models: ownServer,
  none: ownServer,
};

function ownServer(tokens: number): string {
  return `if the server is yours, start it with a longer window (vLLM \`--max-model-len ${tokens}\`, SGLang \`--context-length ${tokens}\`); otherwise choose a model with a longer one`;
}

/** What to do for a longer window, as the end of a sentence. */
export function howToWiden(kind: ProbeKind, trained?: number): string {
  if (trained !== undefined && trained < LEAST_WINDOW) return "the model was made for no more, so choose another one";
  return SETTINGS[kind](Math.min(GOOD_WINDOW, trained ?? GOOD_WINDOW));
}

/** Why an agent will not get far with this model, and what to set; undefined when its window is long enough or unknown. */
export function windowWarning(kind: ProbeKind, model: ModelInfo): string | undefined {
  const window = model.context_window ?? model.assumed_window;
  if (window === undefined || window >= LEAST_WINDOW) return undefined;
  const { id, window_source } = model;
  const tokens = `${grouped(window)} tokens`;
  const is =
    model.context_window === undefined
      ? `${id} is not loaded yet; by itself its server gives it a window of only ${tokens} on many machines`
      : `${id} has a window of ${tokens}${window_source === undefined ? "" : ` (${window_source})`}`;
  // Ollama is known to truncate a long prompt and to answer as if nothing were missing.
  const cut = kind === "ollama" ? ", and what does not fit is silently truncated" : "";
  return `${is}; a coding agent's own prompt takes up to 18,000${cut}: ${howToWiden(kind, model.trained_window)}`;
}

/** Programs whose `prompt_tokens` count cached ones, too (measured: 0.33, build 11669); others may count the new. */
export const COUNTS_WHOLE_PROMPT: readonly ProbeKind[] = ["ollama", "llama-server"];

/** 65536 → 65,536. */
export const grouped = (tokens: number): string => String(Math.round(tokens)).replace(/\B(?=(?:\d{3})+$)/g, ",");
