/** Cline: only it can change its settings, so they are printed. Measured with its CLI 3.0. */
import { shellWord } from "../core/shell-word.ts";
import { NO_KEY, type AgentPlan, type Endpoint } from "./endpoint.ts";

export function planCline({ base_url, model, key_env, context_window, images = false }: Endpoint): AgentPlan {
  const key = key_env === undefined ? NO_KEY : `"$${key_env}"`;
  return {
    changes: [],
    notes: [
      `In VS Code or JetBrains, in Cline's settings:
  API Provider     OpenAI Compatible
  Base URL         ${base_url}
  API Key          ${key_env === undefined ? NO_KEY : `the value of ${key_env}`}
  Model ID         ${model}
  Context Window   ${context_window ?? "the tokens that your model server was started with"}
  Supports Images  ${images ? "on" : "off"}`,
      `With its command line program, run once: cline auth -p openai -k ${key} -m ${shellWord(model)} -b ${shellWord(base_url)}`,
    ],
    start: "cline",
  };
}
