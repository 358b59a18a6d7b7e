/** Goose: a file of its own describes the provider; which one is used is said at its start. */
import { shellWord } from "../core/shell-word.ts";
import { NO_KEY, PROVIDER_ID, rootOf, type AgentPlan, type Endpoint } from "./endpoint.ts";

/** Small enough that a local model holds it. */
const ASSUMED_WINDOW = 32_768;

/** `text` is what the provider's file holds now. */
export function planGoose(path: string, text: string | undefined, endpoint: Endpoint): AgentPlan {
  const { model, key_env, context_window } = endpoint;
  const provider = {
    name: PROVIDER_ID,
    engine: "openai",
    display_name: "juscode-shim",
    description: "Any model host, by juscode-shim",
    api_key_env: key_env ?? "",
    requires_auth: key_env !== undefined,
    base_url: rootOf(endpoint),
    base_path: "v1/chat/completions",
    // It reads no model without a limit.
    models: [{ name: model, context_limit: context_window ?? ASSUMED_WINDOW }],
    supports_streaming: true,
  };
  const start = `GOOSE_PROVIDER=${PROVIDER_ID} GOOSE_MODEL=${shellWord(model)} goose`;
  return {
    changes: [{ path, before: text, after: `${JSON.stringify(provider, null, 2)}\n` }],
    notes: [
      "To make it Goose's usual one: goose configure, Configure Providers, juscode-shim.",
      `A Goose that knows no custom providers: ${[
        "GOOSE_PROVIDER=openai",
        `OPENAI_HOST=${shellWord(rootOf(endpoint))}`,
        `OPENAI_API_KEY=${key_env === undefined ? NO_KEY : `"$${key_env}"`}`,
        `GOOSE_MODEL=${shellWord(model)}`,
      ].join(" ")} goose`,
    ],
    start,
  };
}
