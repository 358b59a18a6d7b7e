/** Services that refuse every field which they do not know. */
import {
  CLASSIC_ROLES,
  callIds,
  imagesAsData,
  messageFields,
  neverNext,
  resultsAreNamed,
  roles,
  stringContent,
} from "../rules-messages.ts";
import { thoughtsComeBack } from "../rules-replay.ts";
import { BASIC, fieldsOnly, formats, noFormatBesideTools, PENALTIES, values } from "../rules-settings.ts";
import { choices, noStrict } from "../rules-tools.ts";
import { refuse, unsure } from "../rules.ts";
import {
  DATA_ONLY,
  EVERYTHING,
  failuresOf,
  flatError,
  frame,
  letters,
  mistralError,
  openaiError,
  PLAIN_STYLE,
} from "../shapes.ts";
import type { Vendor } from "../types.ts";

const KNOWN_CHOICES = ["auto", "none", "required", "named"] as const;

const ALL_FORMATS = ["text", "json_object", "json_schema"];

const GROQ = "Groq's SDK 1.6 and AI SDK's adapter 4.0, 2026-11";

const GROQ_MESSAGES = {
  system: ["role", "content", "name"],
  developer: ["role", "content", "name"],
  user: ["role", "content", "name"],
  assistant: ["role", "content", "name", "tool_calls", "reasoning"],
  tool: ["role", "content", "name", "tool_call_id"],
};

export const groq: Vendor = {
  id: "groq",
  preset: "groq",
  model: "openai/gpt-oss-120b",
  auth: "bearer",
  rules: [
    roles([...CLASSIC_ROLES, "developer"], GROQ),
    messageFields(GROQ_MESSAGES, GROQ, 400),
    fieldsOnly(
      [
        ...BASIC,
        ...PENALTIES,
        "max_completion_tokens",
        "max_tokens",
        "reasoning_effort",
        "reasoning_format",
        "include_reasoning",
        "parallel_tool_calls",
        "seed",
        "service_tier",
        "user",
        "disable_tool_validation",
      ],
      GROQ,
      (field) => `property '${field}' is unsupported, did you mean 'user'?`,
    ),
    values("reasoning_effort", ["low", "medium", "high"], `${GROQ}: gpt-oss`),
    stringContent(["system", "assistant", "tool"], GROQ, refuse),
    choices(KNOWN_CHOICES, GROQ),
    formats(ALL_FORMATS, GROQ),
    noFormatBesideTools(GROQ, "json mode cannot be combined with tool/function calling"),
    thoughtsComeBack("reasoning", GROQ),
  ],
  error: openaiError,
  failures: failuresOf(openaiError, {
    overflow: {
      status: 413,
      message: "Please reduce the length of the messages or completion. Your request was too large.",
    },
    rate_limit:
      "Rate limit reached for model `openai/gpt-oss-120b` in organization `org` on tokens per minute (TPM): Limit 8000. Please try again in 7.66s.",
    wrong_key: "Invalid API Key",
    unknown_model: "The model `nobody` does not exist or you do not have access to it.",
    in_stream: {
      body: frame({
        id: "chatcmpl-1",
        choices: [],
        x_groq: { id: "req_1", error: "model overloaded mid-flight, generation stopped" },
      }),
      kind: "overloaded",
    },
  }),
  style: {
    ...PLAIN_STYLE,
    thought: "reasoning",
    call: "whole",
    usage: "x_groq",
    id: ({ nth, answer }) => `fc_${letters(32, answer, nth)}`,
  },
  thinks: () => true,
  understands: EVERYTHING,
};

const MISTRAL = "AI SDK's adapter 4.0, opencode and pi-ai 1.5.2, 2026-11";

const MISTRAL_MESSAGES = {
  system: ["role", "content"],
  user: ["role", "content"],
  assistant: ["role", "content", "tool_calls", "prefix"],
  tool: ["role", "content", "name", "tool_call_id"],
};

export const mistral: Vendor = {
  id: "mistral",
  preset: "mistral",
  model: "magistral-medium-latest",
  auth: "bearer",
  rules: [
    roles(CLASSIC_ROLES, MISTRAL, 422),
    messageFields(MISTRAL_MESSAGES, `${MISTRAL}: unknown fields are a 422`, 422),
    fieldsOnly(
      [
        ...BASIC,
        ...PENALTIES,
        "max_tokens",
        "parallel_tool_calls",
        "prompt_cache_key",
        "prompt_mode",
        "random_seed",
        "safe_prompt",
        "reasoning_effort",
        "n",
      ],
      MISTRAL,
      () => "Extra inputs are not permitted",
      { status: 422 },
    ),
    values("reasoning_effort", ["none", "high"], "pi-ai 1.5.2, table of efforts, 2026-11", { status: 422 }),
    callIds(/^[a-zA-Z0-9]{9}$/, MISTRAL, "Tool call id was call_x but must be a-z, A-Z, 0-9, with a length of 9."),
    neverNext("tool", "user", "opencode puts an assistant message between, 2026-01"),
    choices(["auto", "none", "any", "named"], MISTRAL, (what) => refuse(what, { status: 422, param: "tool_choice" })),
    formats(ALL_FORMATS, MISTRAL),
    thoughtsComeBack("thinking", MISTRAL),
    unsure(resultsAreNamed("opencode and AI SDK send the name, 2026-11")),
  ],
  error: mistralError,
  failures: failuresOf(mistralError, {
    overflow:
      "Prompt contains 300000 tokens and 0 draft tokens, too large for model with 131072 maximum context length",
    rate_limit: {
      body: { object: "error", message: "Rate limit exceeded", type: "rate_limited", param: null, code: "1300" },
    },
    wrong_key: { body: { detail: "Unauthorized" } },
    unknown_model: {
      status: 400,
      body: { object: "error", message: "Invalid model: nobody", type: "invalid_model", param: null, code: "1500" },
    },
    in_stream: "Service unavailable while generating",
  }),
  style: {
    ...PLAIN_STYLE,
    thought: "thinking",
    call: "whole",
    usage: "finish",
    finish: { text: "stop", calls: "tool_calls", length: "model_length" },
    id: ({ nth, answer }) => letters(9, answer, nth),
  },
  thinks: (body) => body["reasoning_effort"] !== "none",
  understands: { ...EVERYTHING, choice: ["none", "any", "named"] },
};

const CEREBRAS = "Cerebras' SDK 1.91 and AI SDK's adapter 3.0, 2026-11";

export const cerebras: Vendor = {
  id: "cerebras",
  preset: "cerebras",
  model: "gpt-oss-120b",
  auth: "bearer",
  rules: [
    roles(CLASSIC_ROLES, CEREBRAS, 422),
    unsure(
      fieldsOnly(
        [
          ...BASIC,
          ...PENALTIES,
          "max_completion_tokens",
          "reasoning_effort",
          "reasoning_format",
          "clear_thinking",
          "parallel_tool_calls",
          "prompt_cache_key",
          "seed",
          "service_tier",
          "user",
        ],
        CEREBRAS,
        (field) => `body.${field}: Extra inputs are not permitted`,
        { status: 422 },
      ),
    ),
    unsure(noStrict("pi-ai 1.5.2 leaves it unset, 2026-11", refuse)),
    values("reasoning_effort", ["none", "low", "medium", "high"], CEREBRAS, { status: 422 }),
    imagesAsData(CEREBRAS, "image_url must be a base64 data URI"),
    choices(KNOWN_CHOICES, CEREBRAS),
    formats(ALL_FORMATS, CEREBRAS),
    thoughtsComeBack("reasoning", CEREBRAS),
  ],
  error: flatError,
  failures: failuresOf(flatError, {
    overflow: "Please reduce the length of the messages or completion. Current length is 200000 while limit is 131072",
    rate_limit: {
      body: {
        message: "Requests per minute limit exceeded - too many requests sent.",
        type: "too_many_requests_error",
        param: "quota",
        code: "request_quota_exceeded",
      },
    },
    wrong_key: {
      body: { message: "Wrong API Key", type: "invalid_request_error", param: "api_key", code: "wrong_api_key" },
    },
    unknown_model: "Model nobody does not exist or you do not have access to it.",
    in_stream: {
      body: frame({ status_code: 500, message: "Encountered a server error, please try again.", type: "server_error" }),
    },
  }),
  style: {
    ...PLAIN_STYLE,
    thought: "reasoning",
    call: "whole",
    usage: "finish",
    id: ({ nth, answer }) => letters(9, answer, nth),
  },
  thinks: (body) => body["reasoning_effort"] !== "none",
  understands: EVERYTHING,
  expects: { "image-url": DATA_ONLY },
};
