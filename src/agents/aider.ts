/** Aider: everything can be given on its command line, except the context window, which it reads from a file. */
import { shellWord } from "../core/shell-word.ts";
import { NO_KEY, windowUnknown, type AgentPlan, type Endpoint, type FileChange } from "./endpoint.ts";
import { setJson } from "./json-settings.ts";
import { setYaml } from "./yaml-settings.ts";

interface File {
  path: string;
  text: string | undefined;
}

/**
 * `config` is the `.aider.conf.yml` at home, `metadata` a file of our own. With `as_default` Aider uses the shim whenever
 * it is started.
 */
export function planAider(config: File, metadata: File, endpoint: Endpoint, as_default: boolean): AgentPlan {
  const { base_url, key_env, context_window: window } = endpoint;
  // The prefix selects one of Aider's clients.
  const model = `openai/${endpoint.model}`;
  const settings = {
    "openai-api-base": base_url,
    ...(key_env === undefined && { "openai-api-key": NO_KEY }),
    model,
    ...(window !== undefined && { "model-metadata-file": metadata.path }),
  };
  const changes: FileChange[] = [];
  if (window !== undefined) {
    const value = { max_input_tokens: window, max_tokens: window, litellm_provider: "openai", mode: "chat" };
    const after = setJson(metadata.text, [{ path: [model], value }]);
    changes.push({ path: metadata.path, before: metadata.text, after });
  }
  if (as_default) changes.push({ path: config.path, before: config.text, after: setYaml(config.text, settings) });
  const key = key_env === undefined ? "" : `OPENAI_API_KEY="$${key_env}" `;
  const flags = Object.entries(settings).map(([name, value]) => ` --${name} ${shellWord(value)}`);
  return {
    changes,
    notes: [
      ...windowUnknown(endpoint, "Aider will warn about it"),
      ...(as_default ? ["A project's own .aider.conf.yml wins over the one at home."] : []),
    ],
    start: `${key}aider${as_default ? "" : flags.join("")}`,
  };
}
