/** Reads what hosts answer when they are asked for their models. */

export interface ModelInfo {
  id: string;
  /** Tokens that prompt and answer may have together, where the host tells. */
  context_window?: number;
  images?: boolean;
  /** The host's own word for itself. */
  owned_by?: string;
}

type Json = Record<string, unknown>;

/** OpenAI's list in `data`, Together's bare array, Ollama's own list in `models`. */
export function readModelList(list: unknown): ModelInfo[] {
  const body = list as Json | null;
  const found = Array.isArray(list) ? list : (body?.["data"] ?? body?.["models"]);
  if (!Array.isArray(found)) return [];
  return (found as (Json | null)[]).flatMap((model) => {
    const id = model?.["id"] ?? model?.["name"];
    return model && typeof id === "string" && id !== "" ? [readModel(id, model)] : [];
  });
}

function readModel(id: string, model: Json): ModelInfo {
  const meta = (model["meta"] ?? {}) as Json;
  const architecture = (model["architecture"] ?? {}) as Json;
  const window = [
    meta["n_ctx"], // llama-server: the window it was started with
    model["max_model_len"], // vLLM, SGLang
    model["loaded_context_length"], // LM Studio
    model["context_length"], // OpenRouter, Together, Moonshot
    model["context_window"], // Groq
    model["max_context_length"], // Mistral, LM Studio
  ].find((value) => typeof value === "number" && value > 0);
  const inputs = architecture["input_modalities"];
  return {
    id,
    ...(typeof window === "number" && { context_window: window }),
    ...(typeof model["owned_by"] === "string" && { owned_by: model["owned_by"] }),
    ...(Array.isArray(inputs) && { images: inputs.includes("image") }),
  };
}
