/** Hosts that also speak an agent's own wire, as they are over Chat. */
import type { Json } from "../../response-rules.ts";
import { CLASSIC_ROLES, callIds, contentNeeded, imagesByUserOnly, noImages, roles } from "../rules-messages.ts";
import { detailsComeBack, fieldOnEvery, thoughtsComeBack } from "../rules-replay.ts";
import {
  at,
  BASIC,
  fieldsOnly,
  formats,
  jsonInWords,
  otherFieldsLost,
  PENALTIES,
  values,
  without,
} from "../rules-settings.ts";
import { choices, noForcedThinking, noStrict, objectSchemas, strictSubset } from "../rules-tools.ts";
import { refuse, rule, unsure } from "../rules.ts";
import { codedError, EVERYTHING, failuresOf, frame, NO_EYES, openaiError, PLAIN_STYLE } from "../shapes.ts";
import type { Rule, Vendor } from "../types.ts";

const OPENAI = "OpenAI API reference and SDK 7.57, 2026-11";
const OPENAI_FIELDS = [
  ...BASIC,
  ...PENALTIES,
  "max_completion_tokens",
  "max_tokens",
  "reasoning_effort",
  "parallel_tool_calls",
  "prompt_cache_key",
  "store",
  "metadata",
  "user",
  "seed",
  "service_tier",
  "verbosity",
];
const GPT_5_EFFORTS = { minimal: "minimal", low: "low", medium: "medium", high: "high" };

const openaiRules: readonly Rule[] = [
  roles([...CLASSIC_ROLES, "developer"], OPENAI),
  fieldsOnly(OPENAI_FIELDS, OPENAI),
  without(["max_tokens", "temperature", "top_p", ...PENALTIES], `${OPENAI}: reasoning models`),
  values("reasoning_effort", Object.keys(GPT_5_EFFORTS), "pi-ai 1.5.2, table of efforts, 2026-11", {
    code: "unsupported_value",
  }),
  callIds(
    /^.{1,40}$/,
    "pi-ai 1.5.2 shortens longer ids, 2026-11",
    "Invalid 'messages.tool_calls.id': string too long (maximum 40)",
  ),
  choices(["auto", "none", "required", "named"], OPENAI),
  formats(["text", "json_object", "json_schema"], OPENAI),
  jsonInWords(OPENAI),
  strictSubset(OPENAI),
  objectSchemas("issues of OpenAI's clients, 2025"),
  imagesByUserOnly(OPENAI),
];

const openai: Vendor = {
  id: "openai",
  preset: "openai",
  model: "gpt-5",
  facts: { efforts: GPT_5_EFFORTS },
  auth: "bearer",
  rules: openaiRules,
  error: openaiError,
  failures: failuresOf(openaiError, {
    overflow: "This model's maximum context length is 400000 tokens. However, your messages resulted in 500000 tokens.",
    rate_limit: "Rate limit reached for gpt-5 on tokens per min (TPM)",
    wrong_key: "Incorrect API key provided: wrong***.",
    unknown_model: "The model `nobody` does not exist or you do not have access to it.",
    in_stream: "The server had an error while processing your request",
  }),
  style: { ...PLAIN_STYLE, thought: "hidden" },
  thinks: () => true,
  understands: EVERYTHING,
};

const azure: Vendor = {
  ...openai,
  id: "azure",
  preset: "azure",
  model: "my-deployment",
  auth: "api-key",
  failures: failuresOf(openaiError, {
    overflow: "This model's maximum context length is 400000 tokens. However, your messages resulted in 500000 tokens.",
    rate_limit: {
      headers: { "retry-after-ms": "7000", "retry-after": "7" },
      message:
        "Requests to the ChatCompletions Operation have exceeded the token rate limit of your current pricing tier.",
    },
    wrong_key: {
      body: { error: { code: "401", message: "Access denied due to invalid subscription key or wrong API endpoint." } },
    },
    unknown_model: {
      body: { error: { code: "DeploymentNotFound", message: "The API deployment for this resource does not exist." } },
    },
    in_stream: "The server had an error while processing your request",
  }),
  style: {
    ...PLAIN_STYLE,
    thought: "hidden",
    prelude: {
      id: "",
      object: "",
      created: 0,
      model: "",
      choices: [],
      prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }],
    },
  },
};

const DEEPSEEK = "DeepSeek's guides and API reference, 2026-10";
const deepseekThinks = (body: Json): boolean => at(body, "thinking.type") !== "disabled";

const deepseek: Vendor = {
  id: "deepseek",
  preset: "deepseek",
  model: "deepseek-v4-pro",
  auth: "bearer",
  rules: [
    roles(CLASSIC_ROLES, "pi-ai 1.5.2 sends it no developer role, 2026-11"),
    unsure(
      fieldsOnly(
        [...BASIC, ...PENALTIES, "max_tokens", "reasoning_effort", "thinking", "logprobs", "top_logprobs", "user_id"],
        DEEPSEEK,
        undefined,
        { status: 422 },
      ),
    ),
    fieldOnEvery(
      "reasoning_content",
      deepseekThinks,
      `${DEEPSEEK}; issues of three clients that met the 400, 2026`,
      "The `reasoning_content` in the thinking mode must be passed back to the API.",
    ),
    thoughtsComeBack("reasoning_content", DEEPSEEK),
    values("thinking.type", ["enabled", "disabled"], DEEPSEEK),
    values("reasoning_effort", ["minimal", "low", "medium", "high", "xhigh", "max", "ultra"], DEEPSEEK),
    unsure(values("reasoning_effort", ["low", "high", "max"], `${DEEPSEEK}: its pages disagree on the others`)),
    formats(["text", "json_object"], DEEPSEEK),
    jsonInWords(DEEPSEEK),
    choices(["auto", "none", "required", "named"], "AI SDK's adapter 3.0, 2026-11"),
    unsure(
      noForcedThinking(
        deepseekThinks,
        "unverified: forced calls while thinking",
        "deepseek-reasoner does not support this tool_choice",
      ),
    ),
    unsure(contentNeeded("AI SDK's adapter 3.0 never sends null, 2026-11")),
    noImages("AI SDK's adapter 3.0: only deepseek-flash sees, 2026-11", {
      message: "unknown variant `image_url`, expected `text`",
    }),
    unsure(noStrict("AI SDK's adapter 3.0: only below /beta, 2026-11", refuse)),
    imagesByUserOnly("AI SDK's adapter 3.0, 2026-11"),
  ],
  error: openaiError,
  failures: failuresOf(openaiError, {
    overflow: "This model's maximum context length is 1048576 tokens. However, you requested 1100000 tokens.",
    rate_limit: "Rate limit reached for requests",
    wrong_key: "Authentication Fails, Your api key: ****-key is invalid",
    unknown_model: { status: 400, message: "Model Not Exist" },
    in_stream: "The server had an error",
  }),
  style: { ...PLAIN_STYLE, usage: "finish", comment: "keep-alive" },
  thinks: deepseekThinks,
  understands: { ...EVERYTHING, formats: ["json_object"], parallel: () => true },
  expects: {
    "image-user": NO_EYES,
    "image-tool": NO_EYES,
    "image-url": NO_EYES,
    "choice-required": {
      refused: ["invalid_request", "unsupported"],
      why: "a thinking model may not take a forced call",
      only: "strict",
    },
    "choice-named": {
      refused: ["invalid_request", "unsupported"],
      why: "a thinking model may not take a forced call",
      only: "strict",
    },
  },
};

const OPENROUTER = "OpenRouter's SDK 1.3.19 and documentation, 2026-11";
const ROUTED = "moonshotai/kimi-k2.6";

const openrouter: Vendor = {
  id: "openrouter",
  preset: "openrouter",
  model: ROUTED,
  auth: "bearer",
  rules: [
    roles([...CLASSIC_ROLES, "developer"], OPENROUTER),
    otherFieldsLost(
      [
        ...BASIC,
        ...PENALTIES,
        "max_completion_tokens",
        "max_tokens",
        "reasoning",
        "reasoning_effort",
        "parallel_tool_calls",
        "provider",
        "models",
        "plugins",
        "prompt_cache_key",
        "session_id",
        "user",
        "seed",
      ],
      OPENROUTER,
    ),
    values("reasoning.effort", ["none", "minimal", "low", "medium", "high", "xhigh", "max"], OPENROUTER),
    values("reasoning_effort", ["none", "minimal", "low", "medium", "high", "xhigh", "max"], OPENROUTER),
    choices(["auto", "none", "required", "named"], OPENROUTER),
    formats(["text", "json_object", "json_schema"], OPENROUTER),
    detailsComeBack(OPENROUTER),
    rule("session-id", OPENROUTER, ({ headers }) =>
      (headers.get("x-session-id") ?? "").length <= 256 ? undefined : refuse("x-session-id is too long"),
    ),
  ],
  error: codedError,
  failures: failuresOf(codedError, {
    overflow: "This endpoint's maximum context length is 262144 tokens. However, you requested about 300000 tokens.",
    rate_limit: "Provider returned error: rate limit exceeded",
    wrong_key: "No auth credentials found",
    unknown_model: { status: 400, message: "nobody is not a valid model ID" },
    in_stream: {
      body: frame({
        id: "gen-1",
        object: "chat.completion.chunk",
        error: { code: 502, message: "Provider disconnected", metadata: { error_type: "provider_unavailable" } },
        choices: [{ index: 0, delta: { content: "" }, finish_reason: "error" }],
      }),
    },
  }),
  style: { ...PLAIN_STYLE, thought: "both", comment: "OPENROUTER PROCESSING" },
  thinks: (body) => at(body, "reasoning.effort") !== "none",
  understands: EVERYTHING,
};

export const NATIVE: readonly Vendor[] = [openai, azure, deepseek, openrouter];
