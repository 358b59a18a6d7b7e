/** Services that serve many makers' open models. */
import {
  argumentsAreObjects,
  CLASSIC_ROLES,
  contentNeeded,
  imagesAsData,
  resultsAreNamed,
  roles,
  stringContent,
} from "../rules-messages.ts";
import { thoughtsComeBack } from "../rules-replay.ts";
import { BASIC, fieldsOnly, formats, notBoth, otherFieldsLost, PENALTIES, values, without } from "../rules-settings.ts";
import { choices, noStrict, requiredNotKept } from "../rules-tools.ts";
import { lose, refuse, unsure } from "../rules.ts";
import {
  cloudflareError,
  DATA_ONLY,
  EVERYTHING,
  failuresOf,
  frame,
  letters,
  openaiError,
  PLAIN_STYLE,
  stringError,
} from "../shapes.ts";
import type { Vendor } from "../types.ts";

const TOGETHER = "Together's SDK 0.52, 2026-11";

const KNOWN_CHOICES = ["auto", "none", "required", "named"] as const;

const ALL_FORMATS = ["text", "json_object", "json_schema"];

export const together: Vendor = {
  id: "together",
  preset: "together",
  model: "zai-org/GLM-5.2",
  auth: "bearer",
  rules: [
    roles([...CLASSIC_ROLES, "function"], TOGETHER),
    stringContent(["system", "assistant", "tool"], TOGETHER, (what) => refuse(what, { status: 422 })),
    unsure(
      fieldsOnly(
        [
          ...BASIC,
          ...PENALTIES,
          "max_tokens",
          "reasoning",
          "reasoning_effort",
          "chat_template_kwargs",
          "seed",
          "context_length_exceeded_behavior",
          "repetition_penalty",
        ],
        TOGETHER,
      ),
    ),
    noStrict(`${TOGETHER}; pi-ai 1.5.2 leaves it out`, refuse),
    values("reasoning_effort", ["low", "medium", "high"], TOGETHER),
    values("context_length_exceeded_behavior", ["truncate", "error"], TOGETHER),
    choices(KNOWN_CHOICES, TOGETHER),
    formats(ALL_FORMATS, TOGETHER),
  ],
  error: openaiError,
  failures: failuresOf(openaiError, {
    overflow: {
      status: 422,
      message: "The input (300000 tokens) is longer than the model's context length (202752 tokens).",
    },
    rate_limit: "You have reached the rate limit specific to this model",
    wrong_key: "Invalid API key provided. You can find your API key at https://api.together.ai/settings/api-keys.",
    unknown_model: "Unable to access model nobody. Please visit the models page to see the list of supported models.",
    in_stream: "Internal server error",
  }),
  style: {
    ...PLAIN_STYLE,
    thought: "reasoning",
    call: "whole",
    usage: "finish",
    finish: { text: "eos", calls: "tool_calls", length: "length" },
  },
  thinks: (body) => (body["reasoning"] as { enabled?: boolean } | undefined)?.enabled !== false,
  understands: { ...EVERYTHING, parallel: () => true },
};

const FIREWORKS = "Fireworks' guides, LangChain's and AI SDK's tables, 2026-10";

export const fireworks: Vendor = {
  id: "fireworks",
  preset: "fireworks",
  model: "accounts/fireworks/models/glm-5p3",
  auth: "bearer",
  rules: [
    roles(CLASSIC_ROLES, "pi-ai 1.5.2 sends it no developer role, 2026-11"),
    unsure(
      fieldsOnly(
        [
          ...BASIC,
          ...PENALTIES,
          "max_tokens",
          "max_completion_tokens",
          "reasoning_effort",
          "thinking",
          "reasoning_history",
          "prompt_cache_key",
          "user",
          "context_length_exceeded_behavior",
          "parallel_tool_calls",
        ],
        FIREWORKS,
        (field) => `Extra inputs are not permitted, field: '${field}'`,
      ),
    ),
    unsure(without(["parallel_tool_calls"], "unverified: no page of Fireworks tells")),
    values("reasoning_effort", ["none", "low", "medium", "high", "max"], FIREWORKS),
    notBoth("reasoning_effort", "thinking", FIREWORKS),
    unsure(choices(["auto", "none", "required", "named"], "unverified: forms besides auto")),
    formats(ALL_FORMATS, FIREWORKS),
    unsure(imagesAsData("unverified: images by URL", "image_url must be a data URL")),
    thoughtsComeBack("reasoning_content", FIREWORKS),
  ],
  error: (refused) => ({
    error: {
      object: "error",
      type: "invalid_request_error",
      code: refused.code ?? "invalid_request_error",
      message: refused.message,
    },
  }),
  failures: failuresOf(stringError, {
    overflow: "The prompt is too long: 300000, model maximum context length: 202752",
    rate_limit: {
      body: {
        error: {
          object: "error",
          type: "rate_limit_error",
          code: "RATE_LIMIT_EXCEEDED",
          message: "You have exceeded your rate limit",
        },
      },
    },
    wrong_key: "unauthorized",
    unknown_model: {
      body: {
        error: {
          object: "error",
          type: "invalid_request_error",
          code: "NOT_FOUND",
          message: "Model not found, inaccessible, and/or not deployed",
        },
      },
    },
    in_stream: "Internal server error",
  }),
  style: { ...PLAIN_STYLE, usage: "finish" },
  thinks: (body) => body["reasoning_effort"] !== "none",
  understands: EVERYTHING,
  expects: {
    "image-url": {
      refused: ["invalid_request", "unsupported"],
      why: "it may take images as data only",
      only: "strict",
    },
  },
};

const CLOUDFLARE = "Cloudflare's documentation and its provider for the AI SDK 4.0, 2026-11";

export const cloudflare: Vendor = {
  id: "cloudflare",
  preset: "cloudflare",
  model: "@cf/openai/gpt-oss-120b",
  auth: "bearer",
  rules: [
    roles(CLASSIC_ROLES, CLOUDFLARE),
    contentNeeded(`${CLOUDFLARE}: normalizeMessagesForBinding`, { code: "5006" }),
    stringContent(["system", "assistant", "tool"], CLOUDFLARE, refuse),
    unsure(resultsAreNamed(CLOUDFLARE)),
    imagesAsData(CLOUDFLARE, "image_url must be a data URL"),
    unsure(
      fieldsOnly(
        [
          ...BASIC,
          ...PENALTIES,
          "max_tokens",
          "max_completion_tokens",
          "reasoning_effort",
          "chat_template_kwargs",
          "seed",
          "parallel_tool_calls",
        ],
        CLOUDFLARE,
      ),
    ),
    unsure(without(["parallel_tool_calls"], "unverified: no page of Cloudflare tells")),
    values("reasoning_effort", ["low", "medium", "high", null], CLOUDFLARE),
    choices(KNOWN_CHOICES, CLOUDFLARE),
    requiredNotKept(`${CLOUDFLARE}: it fails open`),
    formats(ALL_FORMATS, CLOUDFLARE),
  ],
  error: cloudflareError,
  failures: failuresOf(cloudflareError, {
    overflow: {
      status: 413,
      body: {
        success: false,
        errors: [
          {
            code: 5021,
            message:
              "AiError: Ai: The estimated number of input and maximum output tokens (300000) exceeded this model context window limit (128000).",
          },
        ],
        result: null,
        messages: [],
      },
    },
    rate_limit: {
      body: {
        success: false,
        errors: [{ code: 3040, message: "AiError: Capacity temporarily exceeded, please try again." }],
        result: null,
        messages: [],
      },
    },
    wrong_key: {
      body: { success: false, errors: [{ code: 10000, message: "Authentication error" }], result: null, messages: [] },
    },
    unknown_model: {
      status: 400,
      body: {
        success: false,
        errors: [{ code: 5007, message: "AiError: No such model nobody or task" }],
        result: null,
        messages: [],
      },
    },
    in_stream: { body: frame({ success: false, errors: [{ code: 3043, message: "AiError: Internal server error" }] }) },
  }),
  // Parallel calls may have one id there.
  style: {
    ...PLAIN_STYLE,
    thought: "reasoning",
    call: "object",
    usage: "finish",
    id: ({ answer }) => `chatcmpl-tool-${letters(8, answer, 0)}`,
  },
  thinks: (body) => body["reasoning_effort"] !== null,
  understands: { ...EVERYTHING, choice: ["none", "named"] },
  expects: { "image-url": DATA_ONLY },
};

const HUGGING = "Hugging Face's documentation of its router, 2026";

export const huggingface: Vendor = {
  id: "huggingface",
  preset: "huggingface",
  model: "openai/gpt-oss-120b",
  auth: "bearer",
  rules: [
    roles(CLASSIC_ROLES, HUGGING),
    unsure(
      otherFieldsLost(
        [...BASIC, ...PENALTIES, "max_tokens", "reasoning_effort", "seed", "parallel_tool_calls"],
        HUGGING,
      ),
    ),
    unsure(noStrict("unverified: it depends on the host behind the router", (what) => lose(what))),
    values("reasoning_effort", ["low", "medium", "high"], HUGGING),
    choices(KNOWN_CHOICES, HUGGING),
    formats(ALL_FORMATS, HUGGING),
    argumentsAreObjects(HUGGING, "tool call arguments must be a JSON object"),
  ],
  error: openaiError,
  failures: failuresOf(stringError, {
    overflow: "The input is longer than the model's context length (131072 tokens)",
    rate_limit: "Too many requests",
    wrong_key: "Invalid username or password.",
    unknown_model: {
      status: 400,
      body: {
        error: {
          message: "The requested model 'nobody' does not exist",
          type: "invalid_request_error",
          param: "model",
          code: "model_not_found",
        },
      },
    },
    in_stream: "Internal server error",
  }),
  style: { ...PLAIN_STYLE, thought: "reasoning" },
  thinks: () => true,
  understands: EVERYTHING,
};
