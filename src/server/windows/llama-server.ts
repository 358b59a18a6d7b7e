/** llama-server, measured with build 11669: one model, or a router that starts a server for each. */
import { asSize, at, told, type Json, type ModelInfo } from "../upstreams/model-list.ts";
import { fewAtOnce, type WindowReader } from "./asking.ts";

const MAX_ASKED = 8; // A router holds four models at once, by its default.

export const readLlamaServer: WindowReader = async (ask, models) => {
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
  return told(model, {
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
