/** Makers with settings of their own for thoughts. */
import type { Json } from "../../response-rules.ts";
import { CLASSIC_ROLES, roles } from "../rules-messages.ts";
import { detailsComeBack, signaturesComeBack, thoughtsComeBack } from "../rules-replay.ts";
import {
  at,
  BASIC,
  fieldsOnly,
  formats,
  jsonInWords,
  lostFields,
  otherFieldsLost,
  PENALTIES,
  values,
  without,
} from "../rules-settings.ts";
import { choices, noForcedThinking, noStrict, schemaWords } from "../rules-tools.ts";
import { lose, refuse, unsure } from "../rules.ts";
import {
  EVERYTHING,
  failuresOf,
  frame,
  geminiError,
  letters,
  minimaxError,
  openaiError,
  PLAIN_STYLE,
} from "../shapes.ts";
import type { Expectation, Vendor } from "../types.ts";

const QWEN = "AI SDK's adapter 2.0 (alibaba), 2026-11";

const qwenThinks = (body: Json): boolean => body["enable_thinking"] === true;

const MAYBE_FORCED: Expectation = {
  refused: ["invalid_request", "unsupported"],
  why: "a thinking model may not take a forced call",
  only: "strict",
};

export const dashscope: Vendor = {
  id: "dashscope",
  preset: "dashscope",
  model: "qwen3.7-max",
  auth: "bearer",
  rules: [
    roles(CLASSIC_ROLES, QWEN),
    otherFieldsLost(
      [
        ...BASIC,
        ...PENALTIES,
        "max_tokens",
        "enable_thinking",
        "thinking_budget",
        "preserve_thinking",
        "reasoning_effort",
        "parallel_tool_calls",
        "seed",
        "top_k",
      ],
      QWEN,
    ),
    values("enable_thinking", [true, false], QWEN),
    choices(["auto", "none", "required", "named"], QWEN),
    unsure(
      noForcedThinking(
        qwenThinks,
        "unverified: forced calls while thinking",
        "The tool_choice parameter does not support being set to required or object in thinking mode",
      ),
    ),
    formats(["text", "json_object", "json_schema"], `${QWEN}: Qwen3.7 and later`),
    jsonInWords(QWEN),
    thoughtsComeBack("reasoning_content", QWEN),
  ],
  error: openaiError,
  failures: failuresOf(openaiError, {
    overflow: "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 258048]",
    rate_limit: {
      body: {
        error: {
          message: "Requests rate limit exceeded, please try again later.",
          type: "limit_requests",
          param: null,
          code: "limit_requests",
        },
      },
    },
    wrong_key: "Incorrect API key provided.",
    unknown_model: "The model `nobody` does not exist or you do not have access to it.",
    in_stream: "An internal error has occured during execution",
  }),
  style: { ...PLAIN_STYLE, later_name: "" },
  thinks: qwenThinks,
  understands: EVERYTHING,
  expects: { "choice-required": MAYBE_FORCED, "choice-named": MAYBE_FORCED },
};

const MINIMAX = "MiniMax's documentation and AgentScope's adapter, 2026-11";

export const minimax: Vendor = {
  id: "minimax",
  preset: "minimax-chat",
  model: "MiniMax-M3",
  auth: "bearer",
  rules: [
    roles(CLASSIC_ROLES, MINIMAX),
    otherFieldsLost(
      [...BASIC, "max_completion_tokens", "max_tokens", "thinking", "reasoning_split", "mask_sensitive_info"],
      MINIMAX,
    ),
    values("thinking.type", ["adaptive", "disabled"], MINIMAX),
    lostFields(["response_format"], `${MINIMAX}: it has no formats`),
    unsure(without(["tool_choice"], "unverified: not documented")),
    unsure(noStrict("unverified: not documented", refuse)),
    detailsComeBack(`${MINIMAX}: the whole message must come back`),
  ],
  error: minimaxError,
  failures: failuresOf(minimaxError, {
    overflow: {
      status: 400,
      body: { base_resp: { status_code: 2013, status_msg: "invalid params, context window exceeds limit" } },
    },
    rate_limit: { body: { base_resp: { status_code: 1002, status_msg: "rate limit exceeded(RPM)" } } },
    wrong_key: {
      body: { base_resp: { status_code: 1004, status_msg: "login fail: Please carry the API secret key" } },
    },
    unknown_model: {
      status: 400,
      body: { base_resp: { status_code: 2013, status_msg: "invalid params, unknown model 'nobody'" } },
    },
    in_stream: { body: frame({ base_resp: { status_code: 1000, status_msg: "unknown error" } }) },
  }),
  style: {
    ...PLAIN_STYLE,
    thought: "reasoning_details",
    id: ({ nth, answer }) => `call_function_${letters(12, answer, nth)}_1`,
  },
  thinks: (body) => at(body, "thinking.type") !== "disabled",
  understands: { choice: [], formats: [], parallel: () => true },
};

const GEMINI = "documentation of Gemini's OpenAI-compatible endpoint and AI SDK's adapter, 2026";

const GEMINI_WORDS = [
  "type",
  "description",
  "enum",
  "properties",
  "required",
  "items",
  "anyOf",
  "nullable",
  "format",
  "title",
  "minimum",
  "maximum",
  "minItems",
  "maxItems",
  "additionalProperties",
];

export const gemini: Vendor = {
  id: "gemini",
  preset: "gemini",
  model: "gemini-3.1-pro-preview",
  auth: "bearer",
  rules: [
    roles(CLASSIC_ROLES, GEMINI),
    unsure(
      fieldsOnly(
        [...BASIC, "max_tokens", "max_completion_tokens", "reasoning_effort", "n", "extra_body"],
        "unverified: what the endpoint refuses",
        (field) => `Invalid JSON payload received. Unknown name "${field}": Cannot find field.`,
      ),
    ),
    unsure(noStrict("unverified: ignored there", lose)),
    unsure(schemaWords(GEMINI_WORDS, "unverified: an OpenAPI-like subset", refuse)),
    values("reasoning_effort", ["minimal", "low", "medium", "high"], GEMINI),
    choices(["auto", "none", "required", "named"], GEMINI),
    formats(["text", "json_object", "json_schema"], GEMINI),
    signaturesComeBack(`${GEMINI}: a 400 on Gemini 3`),
  ],
  error: geminiError,
  failures: failuresOf(geminiError, {
    overflow: "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
    rate_limit: {
      body: [
        {
          error: {
            code: 429,
            message: "You exceeded your current quota. Please retry in 7.2s.",
            status: "RESOURCE_EXHAUSTED",
          },
        },
      ],
    },
    wrong_key: {
      status: 400,
      body: [
        {
          error: { code: 400, message: "API key not valid. Please pass a valid API key.", status: "INVALID_ARGUMENT" },
        },
      ],
    },
    unknown_model: "models/nobody is not found for API version v1main, or is not supported for generateContent.",
    in_stream: {
      body: frame([{ error: { code: 500, message: "An internal error has occurred", status: "INTERNAL" } }]),
    },
  }),
  style: {
    ...PLAIN_STYLE,
    thought: "hidden",
    call: "whole",
    index: "none",
    usage: "each",
    signature: true,
    id: ({ nth, answer }) => `function-call-${letters(18, answer, nth)}`,
  },
  thinks: () => true,
  understands: { ...EVERYTHING, parallel: () => true },
};
