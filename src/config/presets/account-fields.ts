/**
 * Fields of requests that name other models than `model` does, or what a host has stored for the account whose key is
 * used. A host reads them in a pass-through of its own wire; a client key that is bound to models may not use them (see
 * server/access/reach). Add a row where a host gains such a field; a test tries each of them. A source with a day
 * was read on that day; the others are known from elsewhere.
 */
import { AccountFields, isId, type AccountField } from "../../core/account-fields.ts";
import { isJsonObject } from "../../core/json-fields.ts";

/** Wires at whose root these are looked up among the key's own things. */
const STATE_WIRES = ["responses", "compact"];

/** Tools and plugins that ask models of the host's choice where they name none. */
const ASKS_OTHERS = /^(?:[\w-]+:)?(?:advisor|fusion|subagent)(?:_\d+)?$/;

/** `https:` is fetched by whoever reads it; other schemes lead into the account's storage, or the host's own files. */
const isStoredUrl = (value: unknown): boolean =>
  typeof value === "string" && /^\s*(?!https?:|data:)[a-z][a-z0-9+.-]*:\/\//i.test(value);

const SPEC = "OpenAI's document of the Responses API (2026-08-21)";
const CLAUDE = "platform.claude.com/docs (2026-11-30)";

const MODELS: readonly AccountField[] = [
  {
    path: "**.model",
    names: "models",
    source: `${SPEC}: tools of type image_generation; ${CLAUDE}: tools of type advisor`,
  },
  { path: "**.models", names: "models", source: "openrouter.ai/docs/guides/routing/model-fallbacks (2026-11-30)" },
  { path: "**.*_model", names: "models", source: "openrouter.ai/docs: plugins and server tools `fusion` (2026-11-30)" },
  {
    path: "**.*_models",
    names: "models",
    source: "openrouter.ai/docs: `analysis_models`, `allowed_models` (2026-11-30)",
  },
  { path: "**.fallbacks", names: "models", source: "docs.litellm.ai/docs/proxy/client_side_fallbacks (2026-10-14)" },
  { path: "**.*_fallbacks", names: "models", source: "docs.litellm.ai/docs/proxy/reliability (2026-10-03)" },
  {
    path: "**.*_fallback_dict",
    names: "models",
    source: "docs.litellm.ai/docs/completion/reliable_completions (2026-10-09)",
  },
  { path: "metadata.model", names: "models", source: "LiteLLM reads parameters from `metadata`, too" },
  { path: "metadata.models", names: "models", source: "LiteLLM, as above" },
  { path: "metadata.fallbacks", names: "models", source: "LiteLLM, as above" },
  { path: "litellm_metadata.model", names: "models", source: "LiteLLM, on wires that have a `metadata` of their own" },
  { path: "litellm_metadata.fallbacks", names: "models", source: "LiteLLM, as above" },
  { path: "model_id", names: "models", source: "a usual second name of the field" },
  { path: "model_name", names: "models", source: "a usual second name of the field" },
  { path: "engine", names: "models", source: "OpenAI's first completions API; Azure's clients until 2023" },
  { path: "deployment_id", names: "models", source: "Azure's clients; LiteLLM" },
  { path: "lora_path", names: "models", source: "docs.sglang.ai: native parameters" },
  { path: "adapter_id", names: "models", source: "huggingface.co/docs/text-generation-inference: LoRA" },
  { path: "route", names: "other_models", source: 'openrouter.ai/docs: `route: "fallback"` without `models`' },
  {
    path: "tools[].type",
    names: "other_models",
    when: (type, tool) => typeof type === "string" && ASKS_OTHERS.test(type) && !namesModel(tool),
    source: "openrouter.ai/docs/guides/features/server-tools (2026-11-30)",
  },
  {
    path: "plugins[].id",
    names: "other_models",
    when: (id, plugin) => typeof id === "string" && ASKS_OTHERS.test(id) && !namesModel(plugin),
    source: "openrouter.ai/docs: plugin `fusion` (2026-11-30)",
  },
];

/** Those that it names are judged by their own rows. */
function namesModel(tool: { readonly [key: string]: unknown }): boolean {
  const { parameters } = tool;
  return [tool, isJsonObject(parameters) ? parameters : {}].some((each) =>
    Object.keys(each).some((key) => /(?:^|_)models?$/.test(key)),
  );
}

const OBJECTS: readonly AccountField[] = [
  { path: "**.previous_response_id", owned_on: STATE_WIRES, names: "object", source: SPEC },
  { path: "**.conversation", owned_on: STATE_WIRES, names: "object", when: isId, source: SPEC },
  { path: "**.conversation_id", names: "object", source: "Mistral's and other hosts' conversations" },
  { path: "**.prompt", names: "object", when: isJsonObject, source: `${SPEC}: templates` },
  { path: "preset", names: "object", source: "openrouter.ai/docs/guides/features/presets (2026-11-30)" },
  { path: "**.file_id", names: "object", source: `${SPEC}; ${CLAUDE}: files` },
  { path: "**.file_ids", names: "object", source: `${SPEC}: code_interpreter` },
  { path: "**.file_uri", names: "object", source: "ai.google.dev/api: files of the Gemini API" },
  { path: "**.vector_store_id", names: "object", source: SPEC },
  { path: "**.vector_store_ids", names: "object", source: `${SPEC}: file_search` },
  { path: "**.container", names: "object", when: isId, source: `${SPEC}: code_interpreter; ${CLAUDE}: code execution` },
  { path: "**.container_id", names: "object", source: `${SPEC}: shell, items of code_interpreter` },
  {
    path: "**.skill_id",
    names: "object",
    // Those of the maker are the same for everybody.
    when: (_, skill) => skill["type"] !== "anthropic",
    source: `${SPEC}: shell; ${CLAUDE}: skills`,
  },
  { path: "**.tunnel_id", names: "object", source: `${SPEC}: mcp` },
  {
    path: "**.connector_id",
    names: "object",
    // With an authorization of the client's own it is the client's.
    when: (_, tool) => typeof tool["authorization"] !== "string",
    source: `${SPEC}: mcp; Mistral's connectors`,
  },
  {
    path: "input[].type",
    names: "object",
    // Meant is an image that the host has kept.
    when: (type, item) => type === "image_generation_call" && typeof item["result"] !== "string",
    source: `${SPEC}: images by the id of their call`,
  },
  { path: "thread", names: "object", when: isId, source: `${CLAUDE}: threads that are kept (beta of 2026-08-12)` },
  { path: "**.thread_id", names: "object", source: "OpenAI's assistants" },
  { path: "**.assistant_id", names: "object", source: "OpenAI's assistants" },
  { path: "**.agent_id", names: "object", source: "docs.mistral.ai: agents" },
  { path: "**.batch_id", names: "object", source: "OpenAI's batches" },
  { path: "**.library_ids", names: "object", source: "docs.mistral.ai: document library" },
  { path: "**.collection_ids", names: "object", source: "docs.x.ai: collections" },
  { path: "**.knowledge_base_id", names: "object", source: "Bedrock's and other hosts' knowledge bases" },
  { path: "**.knowledge_base_ids", names: "object", source: "as above" },
  { path: "**.cached_content", names: "object", source: "ai.google.dev/gemini-api/docs/openai: `extra_body.google`" },
  { path: "context_id", names: "object", source: "Volcengine Ark's context cache" },
  { path: "session_params", names: "object", source: "docs.sglang.ai: sessions" },
  { path: "integrations", names: "object", source: "lmstudio.ai/docs: MCP servers that the host's user has set up" },
  { path: "data_sources", names: "object", source: "learn.microsoft.com: Azure OpenAI on your data" },
  { path: "datasources", names: "object", source: "the same, older" },
  {
    path: "messages[].audio",
    names: "object",
    when: isId,
    source: "OpenAI's document of Chat Completions: audio of earlier answers",
  },
  ...["**.image_url", "**.image_url.url", "**.video_url.url", "**.audio_url.url", "**.file_url", "**.source.url"].map(
    (path): AccountField => ({
      path,
      names: "object",
      carried: true,
      when: isStoredUrl,
      source: "vLLM: `file://`; platform.moonshot.ai/docs: `ms://`, also by the Messages API",
    }),
  ),
  { path: "**.file_data", names: "object", carried: true, when: isStoredUrl, source: "as above" },
  ...["**.content", "**.text", "instructions", "system", "prompt", "input"].map((path): AccountField => ({
    path,
    names: "object",
    carried: true,
    when: (text) => typeof text === "string" && isStoredFile(text),
    source: "alibabacloud.com/help/en/model-studio/long-context-qwen-long (2025-12-25)",
  })),
];

function isStoredFile(text: string): boolean {
  return text.startsWith("fileid://") || text.slice(0, 64).trimStart().startsWith("fileid://");
}

export const ACCOUNT_FIELD_ROWS: readonly AccountField[] = [...MODELS, ...OBJECTS];
export const ACCOUNT_FIELDS = new AccountFields(ACCOUNT_FIELD_ROWS);
