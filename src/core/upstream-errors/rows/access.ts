/** Keys, rights, models and filters: what no later try of the same request changes. */
import type { Topic } from "../row.ts";
import { anthropic, google, llama, openai, problem } from "./shapes.ts";

export const AUTHENTICATION: Topic = {
  kind: "authentication",
  rows: [
    {
      id: "key-401",
      status: [401],
      sample: { status: 401, body: llama(401, "authentication_error", "Invalid API Key") },
      source: "llama-server b11669, measured; every other upstream with this status",
      date: "2026-10",
    },
    {
      id: "key-code",
      names: ["authentication_error", "invalid_api_key", "invalidapikey", "UNAUTHENTICATED"],
      sample: { status: undefined, body: anthropic("authentication_error", "invalid x-api-key") },
      source: "Anthropic; OpenAI; DashScope",
      date: "2026-11",
    },
    {
      id: "key-words",
      words: [
        "API key not valid",
        "{invalid|incorrect|wrong} {API key|api-key|x-api-key|access token}",
        "api key is {invalid|missing|expired}",
        "no api key provided",
      ],
      sample: { status: 400, body: google(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.") },
      source: "Gemini; xAI with 400; DashScope's coding plan with 403",
      date: "2026-08",
    },
  ],
};

export const CONTENT_FILTER: Topic = {
  kind: "content_filter",
  rows: [
    {
      id: "filter-code",
      names: [
        "content_filter*",
        "content_policy*",
        "*moderation*",
        "*policy_violation",
        "cyber_policy",
        "bio_policy",
        "*data_inspection_failed",
        "datainspectionfailed",
        "*safety*",
        "PROHIBITED_CONTENT",
        "sensitive",
      ],
      sample: {
        status: 400,
        body: openai(
          "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
          { type: null, code: "content_filter", param: "prompt" },
        ),
      },
      source: "Azure OpenAI; OpenAI: cyber_policy; DashScope: data_inspection_failed",
      date: "2026-10",
    },
    {
      id: "filter-flagged",
      names: ["invalid_prompt"],
      words: ["flagged", "usage polic", "safety reasons"],
      sample: {
        status: 400,
        body: openai("Invalid prompt: your prompt was flagged as potentially violating our usage policy.", {
          code: "invalid_prompt",
        }),
      },
      source: "OpenAI, Responses API",
      date: "2026-10",
    },
    {
      id: "filter-403",
      status: [403],
      words: ["flagged", "requires moderation", "usage polic", "safety reasons"],
      sample: {
        status: 403,
        body: { error: { code: 403, message: "openai/gpt-5.5 requires moderation on Azure. Your input was flagged." } },
      },
      source: "OpenRouter",
      date: "2026-09",
    },
    {
      id: "filter-words",
      words: [
        "content management policy",
        "content exists risk",
        "inappropriate content",
        "unsafe or sensitive",
        "{input|output} new_sensitive",
        "敏感内容",
      ],
      sample: { status: 400, body: openai("Content Exists Risk", { code: "invalid_request_error" }) },
      source: "DeepSeek; Z.ai 1301; MiniMax 1026 and 1027",
      date: "2026-09",
    },
  ],
};

export const MODEL_NOT_FOUND: Topic = {
  kind: "model_not_found",
  // A model that lacks something is there.
  unless: ["not support {tool|function|image|vision|thinking|reasoning|stream|parameter|assistant}"],
  rows: [
    {
      id: "model-code",
      names: ["model_not_found", "model_not_supported", "DeploymentNotFound", "invalid_model", "model_not_available"],
      sample: {
        status: 404,
        body: openai("The model `nobody` does not exist or you do not have access to it.", { code: "model_not_found" }),
      },
      source: "OpenAI; Azure: DeploymentNotFound; Mistral: invalid_model; GitHub Copilot: model_not_supported",
      date: "2026-10",
    },
    {
      id: "model-type",
      names: ["*not_found_error", "NotFoundError", "NOT_FOUND"],
      words: ["model"],
      sample: { status: 404, body: anthropic("not_found_error", "model: claude-none") },
      source: "Anthropic; Ollama 0.33; vLLM; Gemini; Moonshot: Not found the model … or Permission denied",
      date: "2026-10",
    },
    {
      id: "model-words",
      words: [
        "model{:|} {value} {is |was |does |could |is currently |}not {found|exist|supported|available|be found|loaded}",
        "model{:|} {}{not found|does not exist|not exist|is not available}",
        "{no such|unknown|invalid|unsupported} model",
        "not a valid model",
        "requested model is not supported",
        "unable to access model",
        "repository not found for url",
      ],
      sample: { status: 400, body: openai("model 'x/y' does not exist", { type: null }) },
      source:
        "gateways built on one-api; Cloudflare 5007; SiliconFlow; mlx_lm.server 0.32 asks Hugging Face for the name",
      date: "2026-10",
    },
    {
      id: "model-function",
      words: ["function {value}{:|} not found for account"],
      sample: {
        status: 404,
        body: problem(404, "Not Found", "Function '23d4f03a': Not found for account 'Qaw'"),
      },
      source: "NVIDIA NIM (diegosouzapw/OmniRoute#8248)",
      date: "2026-09",
    },
  ],
};

export const PERMISSION: Topic = {
  kind: "permission",
  rows: [
    {
      id: "permission-403",
      status: [403],
      sample: { status: 403, body: openai("You do not have access to this model.", { type: null }) },
      source: "every upstream with this status",
      date: "2026-11",
    },
    {
      id: "permission-type",
      names: ["permission_error", "permission_denied", "accessdenied"],
      sample: { status: undefined, body: anthropic("permission_error", "Your key may not use this model.") },
      source: "Anthropic; Gemini: PERMISSION_DENIED",
      date: "2026-10",
    },
  ],
};
