/** Text Generation Inference: one model, and all of its limits at one place (router/src/server.rs, 2026-01). */
import { asSize, told, type ModelInfo } from "../upstreams/model-list.ts";
import type { WindowReader } from "./asking.ts";

export const readTgi: WindowReader = async (ask, models) => {
  const info = await ask("/info");
  const window = asSize(info["max_total_tokens"]);
  const input = asSize(info["max_input_tokens"] ?? info["max_input_length"]);
  const name = info["model_id"];
  const listed: readonly ModelInfo[] =
    models.length === 0 && typeof name === "string" && name !== "" ? [{ id: name }] : models;
  return listed.map((model) =>
    told(model, {
      context_window: window,
      window_source: window === undefined ? undefined : "TGI /info",
      max_input_tokens: input,
      loaded: window === undefined ? undefined : true,
      images: info["model_pipeline_tag"] === "image-text-to-text" ? true : undefined,
    }),
  );
};
