/** Goose: a file describes the provider; its environment selects one. */
import { shellWord } from "../core/shell-word.ts";
import { NO_KEY, PROVIDER_ID, rootOf, type AgentPlan, type Endpoint } from "./endpoint.ts";

/** Small enough that a local model holds it. */
const ASSUMED_WINDOW = 32_768;

/** `text` is the provider's file as it is. */
export function planGoose(path: string, text: string | undefined, endpoint: Endpoint): AgentPlan {
  const { model, key_env, context_window } = endpoint;
  const provider = {
    name: PROVIDER_ID,
    engine: "openai",
    display_name: "juscode-shim",
    description: "Any model provider, by juscode-shim",
    api_key_env: key_env ?? "",
    requires_auth: key_env !== undefined,
    base_url: rootOf(endpoint),
    base_path: "v1/chat/completions",
    // It ignores a model without a limit.
    models: [{ name: model, context_limit: context_window ?? ASSUMED_WINDOW }],
    supports_streaming: true,
  };
  const start = `GOOSE_PROVIDER=${PROVIDER_ID} GOOSE_MODEL=${shellWord(model)} goose`;
  return {
    changes: [{ path, before: text, after: `${JSON.stringify(provider, null, 2)}\n` }],
    notes: [
      "To make it Goose's default: goose configure, Configure Providers, juscode-shim.",
      `For a Goose without custom providers: ${[
        "GOOSE_PROVIDER=openai",
        `OPENAI_HOST=${shellWord(rootOf(endpoint))}`,
        `OPENAI_API_KEY=${key_env === undefined ? NO_KEY : `"$${key_env}"`}`,
        `GOOSE_MODEL=${shellWord(model)}`,
      ].join(" ")} goose`,
    ],
    start,
  };
}
