/** Keys, rights, models and filters: what no later try of the same request changes. */
import { anthropic, google, llama, problem, topic, type Topic } from "./row.ts";

export const AUTHENTICATION = topic("authentication", {
  "key-401, 2026-10, llama-server b11669, measured; every other upstream with this status": {
    status: [401],
    body: llama(401, "authentication_error", "Invalid API Key"),
  },
  "key-code, 2026-11, Anthropic; OpenAI; DashScope": {
    names: "authentication_error invalid_api_key invalidapikey UNAUTHENTICATED",
    at: 0,
    body: anthropic("invalid x-api-key", "authentication_error"),
  },
  "key-words, 2026-08, Gemini; xAI with 400; DashScope's coding plan with 403": {
    words: `
      API key not valid / {invalid|incorrect|wrong} {API key|api-key|x-api-key|access token} /
      api key is {invalid|missing|expired} / no api key provided`,
    body: google(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."),
  },
});

export const CONTENT_FILTER = topic("content_filter", {
  "filter-code, 2026-10, Azure OpenAI; OpenAI: cyber_policy; DashScope: data_inspection_failed": {
    names:
      "content_filter* content_policy* *moderation* *policy_violation cyber_policy bio_policy *data_inspection_failed datainspectionfailed *safety* PROHIBITED_CONTENT sensitive",
    body: "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
    with: { type: null, code: "content_filter", param: "prompt" },
  },
  "filter-flagged, 2026-10, OpenAI, Responses API": {
    names: "invalid_prompt",
    words: "flagged / usage polic / safety reasons",
    body: "Invalid prompt: your prompt was flagged as potentially violating our usage policy.",
    with: { code: "invalid_prompt" },
  },
  "filter-403, 2026-09, OpenRouter": {
    status: [403],
    words: "flagged / requires moderation / usage polic / safety reasons",
    body: { error: { code: 403, message: "openai/gpt-5.5 requires moderation on Azure. Your input was flagged." } },
  },
  "filter-words, 2026-09, DeepSeek; Z.ai 1301; MiniMax 1026 and 1027": {
    words: `
      content management policy / content exists risk / inappropriate content / unsafe or sensitive /
      {input|output} new_sensitive / 敏感内容`,
    body: "Content Exists Risk",
    with: { code: "invalid_request_error" },
  },
});

export const MODEL_NOT_FOUND: Topic = {
  // A model that lacks something is there.
  unless: ["not support {tool|function|image|vision|thinking|reasoning|stream|parameter|assistant}"],
  ...topic("model_not_found", {
    "model-code, 2026-10, OpenAI; Azure: DeploymentNotFound; Mistral: invalid_model; GitHub Copilot: model_not_supported":
      {
        names: "model_not_found model_not_supported DeploymentNotFound invalid_model model_not_available",
        at: 404,
        body: "The model `nobody` does not exist or you do not have access to it.",
        with: { code: "model_not_found" },
      },
    "model-type, 2026-10, Anthropic; Ollama 0.33; vLLM; Gemini; Moonshot: Not found the model … or Permission denied": {
      names: "*not_found_error NotFoundError NOT_FOUND",
      words: "model",
      at: 404,
      body: anthropic("model: claude-none", "not_found_error"),
    },
    "model-words, 2026-10, gateways built on one-api; Cloudflare 5007; SiliconFlow; mlx_lm.server 0.32 asks Hugging Face for the name":
      {
        words: `
          model{:|} {value} {is |was |does |could |is currently |}not {found|exist|supported|available|be found|loaded} /
          model{:|} {}{not found|does not exist|not exist|is not available} /
          {no such|unknown|invalid|unsupported} model / not a valid model / requested model is not supported /
          unable to access model / repository not found for url`,
        body: "model 'x/y' does not exist",
        with: { type: null },
      },
    "model-function, 2026-09, NVIDIA NIM (diegosouzapw/OmniRoute#8248)": {
      words: "function {value}{:|} not found for account",
      at: 404,
      body: problem(404, "Not Found", "Function '23d4f03a': Not found for account 'Qaw'"),
    },
  }),
};

export const PERMISSION = topic("permission", {
  "permission-403, 2026-11, every upstream with this status": {
    status: [403],
    body: "You do not have access to this model.",
    with: { type: null },
  },
  "permission-type, 2026-10, Anthropic; Gemini: PERMISSION_DENIED": {
    names: "permission_error permission_denied accessdenied",
    at: 0,
    body: anthropic("Your key may not use this model.", "permission_error"),
  },
});
