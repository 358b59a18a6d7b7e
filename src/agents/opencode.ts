/** opencode: a provider in its config. Measured with 1.18. */
import { shellWord } from "../core/shell-word.ts";
import { NO_KEY, PROVIDER_ID, windowUnknown, type AgentPlan, type Endpoint, type Launch } from "./endpoint.ts";
import { setJson } from "./json-settings.ts";

function opencodeProvider({ base_url, model, key_env, context_window, images = false }: Endpoint): object {
  return {
    npm: "@ai-sdk/openai-compatible",
    name: "juscode-shim",
    options: { baseURL: base_url, apiKey: key_env === undefined ? NO_KEY : `{env:${key_env}}` },
    models: {
      [model]: {
        name: model,
        tool_call: true,
        reasoning: true,
        // Otherwise it refuses to send images.
        ...(images && { attachment: true, modalities: { input: ["text", "image"], output: ["text"] } }),
        // Otherwise it never shortens a long history.
        ...(context_window !== undefined && {
          limit: { context: context_window, output: Math.min(32_000, Math.floor(context_window / 4)) },
        }),
      },
    },
  };
}

const opencodeModel = ({ model }: Endpoint): string => `${PROVIDER_ID}/${model}`;

/** `text` is the config file as it is; with `as_default` the model is that of every session. */
export function planOpencode(
  path: string,
  text: string | undefined,
  endpoint: Endpoint,
  as_default: boolean,
): AgentPlan {
  const model = opencodeModel(endpoint);
  const settings = [
    ...(text === undefined ? [{ path: ["$schema"], value: "https://opencode.ai/config.json" }] : []),
    { path: ["provider", PROVIDER_ID], value: opencodeProvider(endpoint) },
    ...(as_default ? ["model", "small_model"].map((key) => ({ path: [key], value: model })) : []),
  ];
  return {
    changes: [{ path, before: text, after: setJson(text, settings) }],
    notes: [
      ...windowUnknown(endpoint, "opencode will never shorten a long history"),
      "A project's own opencode.json wins over this file.",
    ],
    start: as_default ? "opencode" : `opencode --model ${shellWord(model)}`,
  };
}

/** For one start: a config in the environment wins over all files. */
export function opencodeLaunch(endpoint: Endpoint, args: readonly string[]): Launch {
  const model = opencodeModel(endpoint);
  const config = { provider: { [PROVIDER_ID]: opencodeProvider(endpoint) }, model, small_model: model };
  return { args, env: { OPENCODE_CONFIG_CONTENT: JSON.stringify(config) } };
}
