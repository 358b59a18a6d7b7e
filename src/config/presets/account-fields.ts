/**
 * Fields of requests that name other models than `model` does, or what a provider has stored for the account whose key
 * is used. A client key with a list of models may not use them (see server/access/reach): a provider reads them in a
 * pass-through of its own wire. Add a row where a provider gains such a field; a test tries each of them. A source with
 * a day was read on that day; the others are known from elsewhere.
 */
import { AccountFields, isId, type AccountField } from "../../core/account-fields.ts";
import type { JsonObject } from "../../core/dialect.ts";
import { isJsonObject } from "../../core/json-fields.ts";

/** Wires at whose root these name things of the key's own (see server/state). */
const STATE_WIRES = ["responses", "compact"];

/** Tools and plugins that use models of the provider's choice where they name none. */
const ASKS_OTHERS = /^(?:[\w-]+:)?(?:advisor|fusion|subagent)(?:_\d+)?$/;

/** `https:` is public; other schemes lead into the account's storage, or the provider's own files. */
const isStoredUrl = (value: unknown): boolean =>
  typeof value === "string" && /^\s*(?!https?:|data:)[a-z][a-z0-9+.-]*:\/\//i.test(value);

const SPEC = "OpenAI's document of the Responses API (2026-08-21)";
const CLAUDE = "platform.claude.com/docs (2026-11-30)";

const models = (path: string, source: string): AccountField => ({ path, names: "models", source });
const others = (path: string, source: string, more: Pick<AccountField, "when"> = {}): AccountField => {
  return { path, names: "other_models", source, ...more };
};
const stored = (path: string, source: string, more: Partial<AccountField> = {}): AccountField => {
  return { path, names: "object", source, ...more };
};
const URL_IN_TEXT = { carried: true, when: isStoredUrl } as const;

const MODELS: readonly AccountField[] = [
  models("**.model", `${SPEC}: tools of type image_generation; ${CLAUDE}: tools of type advisor`),
  models("**.models", "openrouter.ai/docs/guides/routing/model-fallbacks (2026-11-30)"),
  models("**.*_model", "openrouter.ai/docs: plugins and server tools `fusion` (2026-11-30)"),
  models("**.*_models", "openrouter.ai/docs: `analysis_models`, `allowed_models` (2026-11-30)"),
  models("**.fallbacks", "docs.litellm.ai/docs/proxy/client_side_fallbacks (2026-10-14)"),
  models("**.*_fallbacks", "docs.litellm.ai/docs/proxy/reliability (2026-10-03)"),
  models("**.*_fallback_dict", "docs.litellm.ai/docs/completion/reliable_completions (2026-10-09)"),
  models("metadata.model", "LiteLLM reads parameters from `metadata`, too"),
  models("metadata.models", "LiteLLM, as above"),
  models("metadata.fallbacks", "LiteLLM, as above"),
  models("litellm_metadata.model", "LiteLLM, on wires that have a `metadata` of their own"),
  models("litellm_metadata.fallbacks", "LiteLLM, as above"),
  models("model_id", "a usual second name of the field"),
  models("model_name", "a usual second name of the field"),
  models("engine", "OpenAI's first completions API; Azure's clients until 2023"),
  models("deployment_id", "Azure's clients; LiteLLM"),
  models("lora_path", "docs.sglang.ai: native parameters"),
  models("adapter_id", "huggingface.co/docs/text-generation-inference: LoRA"),
  others("route", 'openrouter.ai/docs: `route: "fallback"` without `models`'),
  others("tools[].type", "openrouter.ai/docs/guides/features/server-tools (2026-11-30)", { when: choosesModels }),
  others("plugins[].id", "openrouter.ai/docs: plugin `fusion` (2026-11-30)", { when: choosesModels }),
];

/** A tool or plugin that names models is judged by the rows of those names. */
function choosesModels(kind: unknown, tool: JsonObject): boolean {
  if (typeof kind !== "string" || !ASKS_OTHERS.test(kind)) return false;
  const { parameters } = tool;
  const names = [tool, isJsonObject(parameters) ? parameters : {}].flatMap(Object.keys);
  return !names.some((name) => /(?:^|_)models?$/.test(name));
}

const OBJECTS: readonly AccountField[] = [
  stored("**.previous_response_id", SPEC, { owned_on: STATE_WIRES }),
  stored("**.conversation", SPEC, { owned_on: STATE_WIRES, when: isId }),
  stored("**.conversation_id", "Mistral's and other providers' conversations"),
  stored("**.prompt", `${SPEC}: templates`, { when: isJsonObject }),
  stored("preset", "openrouter.ai/docs/guides/features/presets (2026-11-30)"),
  stored("**.file_id", `${SPEC}; ${CLAUDE}: files`),
  stored("**.file_ids", `${SPEC}: code_interpreter`),
  stored("**.file_uri", "ai.google.dev/api: files of the Gemini API"),
  stored("**.vector_store_id", SPEC),
  stored("**.vector_store_ids", `${SPEC}: file_search`),
  stored("**.container", `${SPEC}: code_interpreter; ${CLAUDE}: code execution`, { when: isId }),
  stored("**.container_id", `${SPEC}: shell, items of code_interpreter`),
  // A skill of the maker is the same for everybody.
  stored("**.skill_id", `${SPEC}: shell; ${CLAUDE}: skills`, { when: (_, { type }) => type !== "anthropic" }),
  stored("**.tunnel_id", `${SPEC}: mcp`),
  // With an authorization of the client's own it is the client's.
  stored("**.connector_id", `${SPEC}: mcp; Mistral's connectors`, {
    when: (_, { authorization }) => typeof authorization !== "string",
  }),
  // An image that the provider stored.
  stored("input[].type", `${SPEC}: images by the id of their call`, {
    when: (type, { result }) => type === "image_generation_call" && typeof result !== "string",
  }),
  stored("thread", `${CLAUDE}: threads that are kept (beta of 2026-08-12)`, { when: isId }),
  stored("**.thread_id", "OpenAI's assistants"),
  stored("**.assistant_id", "OpenAI's assistants"),
  stored("**.agent_id", "docs.mistral.ai: agents"),
  stored("**.batch_id", "OpenAI's batches"),
  stored("**.library_ids", "docs.mistral.ai: document library"),
  stored("**.collection_ids", "docs.x.ai: collections"),
  stored("**.knowledge_base_id", "Bedrock's and other providers' knowledge bases"),
  stored("**.knowledge_base_ids", "as above"),
  stored("**.cached_content", "ai.google.dev/gemini-api/docs/openai: `extra_body.google`"),
  stored("context_id", "Volcengine Ark's context cache"),
  stored("session_params", "docs.sglang.ai: sessions"),
  stored("integrations", "lmstudio.ai/docs: MCP servers that the server's user has set up"),
  stored("data_sources", "learn.microsoft.com: Azure OpenAI on your data"),
  stored("datasources", "the same, older"),
  stored("messages[].audio", "OpenAI's document of Chat Completions: audio of earlier answers", { when: isId }),
  ...["**.image_url", "**.image_url.url", "**.video_url.url", "**.audio_url.url", "**.file_url", "**.source.url"].map(
    (path) =>
      stored(path, "vLLM: `file://`; platform.moonshot.ai/docs: `ms://`, also by the Messages API", URL_IN_TEXT),
  ),
  stored("**.file_data", "as above", URL_IN_TEXT),
  ...["**.content", "**.text", "instructions", "system", "prompt", "input"].map((path) =>
    stored(path, "alibabacloud.com/help/en/model-studio/long-context-qwen-long (2025-12-25)", {
      carried: true,
      when: (text) => typeof text === "string" && isStoredFile(text),
    }),
  ),
];

function isStoredFile(text: string): boolean {
  return text.startsWith("fileid://") || text.slice(0, 64).trimStart().startsWith("fileid://");
}

export const ACCOUNT_FIELD_ROWS: readonly AccountField[] = [...MODELS, ...OBJECTS];
export const ACCOUNT_FIELDS = new AccountFields(ACCOUNT_FIELD_ROWS);
