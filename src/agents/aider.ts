/** Aider: all of it is said on its command line, but for the window, which it reads from a file. */
import { shellWord } from "../core/shell-word.ts";
import { NO_KEY, type AgentPlan, type Endpoint, type FileChange } from "./endpoint.ts";
import { setJson } from "./json-settings.ts";
import { setYaml } from "./yaml-settings.ts";

interface AiderFiles {
  /** `.aider.conf.yml` at home. */
  config: { path: string; text: string | undefined };
  /** A file of our own. */
  metadata: { path: string; text: string | undefined };
}

/** With `as_default` Aider uses it whenever it is started. */
export function planAider({ config, metadata }: AiderFiles, endpoint: Endpoint, as_default: boolean): AgentPlan {
  const { base_url, key_env, context_window } = endpoint;
  // Its prefix says which of its clients it shall use.
  const model = `openai/${endpoint.model}`;
  const knows = context_window !== undefined;
  const settings = {
    "openai-api-base": base_url,
    ...(key_env === undefined && { "openai-api-key": NO_KEY }),
    model,
    ...(knows && { "model-metadata-file": metadata.path }),
  };
  const changes: FileChange[] = [];
  if (knows) {
    const facts = {
      max_input_tokens: context_window,
      max_tokens: context_window,
      litellm_provider: "openai",
      mode: "chat",
    };
    changes.push({
      path: metadata.path,
      before: metadata.text,
      after: setJson(metadata.text, [{ path: [model], value: facts }]),
    });
  }
  if (as_default) changes.push({ path: config.path, before: config.text, after: setYaml(config.text, settings) });
  const key = key_env === undefined ? "" : `OPENAI_API_KEY="$${key_env}" `;
  const flags = Object.entries(settings).map(([name, value]) => ` --${name} ${shellWord(value)}`);
  return {
    changes,
    notes: [
      ...(knows ? [] : ["The model's window is not known, and Aider will say so. Set it by --context-window."]),
      ...(as_default ? ["A project's own .aider.conf.yml wins over the one at home."] : []),
    ],
    start: `${key}aider${as_default ? "" : flags.join("")}`,
  };
}
