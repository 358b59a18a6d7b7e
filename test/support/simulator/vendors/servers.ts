/** Further programs on one's own machine. */
import type { Json } from "../../response-rules.ts";
import {
  argumentsAreObjects,
  callsBesideTextLost,
  CLASSIC_ROLES,
  imagesAsData,
  roles,
  stringContent,
  systemFirst,
} from "../rules-messages.ts";
import { notReadFrom, thoughtsComeBack } from "../rules-replay.ts";
import { at, BASIC, formats, noFormatBesideTools, otherFieldsLost, PENALTIES, values } from "../rules-settings.ts";
import { choices, noStrict, parallelNotKept, schemaWords } from "../rules-tools.ts";
import { lose, refuse, rule, unsure } from "../rules.ts";
import {
  DATA_ONLY,
  DONE,
  EVERYTHING,
  failuresOf,
  frame,
  letters,
  PLAIN_STYLE,
  sglangError,
  stringError,
  tgiError,
  vllmError,
} from "../shapes.ts";
import type { Vendor } from "../types.ts";
import { ANY_NAME, NO_LIMIT, DEVELOPER_TOO } from "./ollama-llama.ts";

const STUDIO = "LM Studio's documentation, 2026-07";

export const lmStudio: Vendor = {
  id: "lm-studio",
  preset: "lm-studio",
  model: "qwen/qwen3.5-27b",
  auth: "bearer",
  rules: [
    roles(CLASSIC_ROLES, STUDIO),
    otherFieldsLost(
      [
        ...BASIC,
        ...PENALTIES,
        "max_tokens",
        "seed",
        "reasoning_effort",
        "top_k",
        "repeat_penalty",
        "logit_bias",
        "ttl",
        "parallel_tool_calls",
      ],
      STUDIO,
    ),
    unsure(parallelNotKept("unverified: no page of LM Studio tells")),
    unsure(noStrict("unverified: ignored there", lose)),
    imagesAsData(STUDIO, "'url' field must be a base64 encoded image."),
    choices(["auto", "none", "required"], `${STUDIO}: tool use`, () =>
      refuse("Invalid tool_choice type: 'object'. Supported string values: none, auto, required"),
    ),
    unsure(values("reasoning_effort", ["none", "low", "medium", "high", "xhigh"], "issues of clients, 2026")),
    unsure(systemFirst("strict templates, as of llama.cpp")),
    formats(["text", "json_schema"], "clients of LM Studio that met the 400, 2026", () =>
      refuse("'response_format.type' must be 'json_schema' or 'text'"),
    ),
    thoughtsComeBack("reasoning_content", `${STUDIO}: changelog 0.3.9`),
  ],
  error: stringError,
  failures: failuresOf(stringError, {
    overflow:
      "Trying to keep the first 20000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough: the number of tokens to keep from the initial prompt is greater than the context length.",
    rate_limit: NO_LIMIT,
    wrong_key: "Invalid API token",
    unknown_model: {
      body: {
        error: {
          message: "Model not found: nobody",
          type: "invalid_request_error",
          param: "model",
          code: "model_not_found",
        },
      },
    },
    in_stream: {
      body: `event: error\n${frame({ error: { message: "The model has crashed without additional information." } })}`,
    },
  }),
  style: { ...PLAIN_STYLE, id: ({ nth, answer }) => String(100_000_000 + answer * 10 + nth) },
  thinks: (body) => body["reasoning_effort"] !== "none",
  understands: { choice: ["none", "required"], formats: ["json_schema"], parallel: () => true },
  expects: { "image-url": DATA_ONLY },
};

const VLLM = "vLLM's source, 2026-10 (chat_completion/protocol.py, chat_utils.py)";

const SEVEN = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

const SERVED_FIELDS = [
  ...BASIC,
  ...PENALTIES,
  "max_tokens",
  "max_completion_tokens",
  "seed",
  "reasoning_effort",
  "chat_template_kwargs",
  "parallel_tool_calls",
  "user",
  "min_tokens",
  "top_k",
];

const qwenThinks = (body: Json): boolean => at(body, "chat_template_kwargs.enable_thinking") !== false;

export const vllm: Vendor = {
  id: "vllm",
  preset: "vllm",
  model: "Qwen/Qwen3.5-27B",
  auth: "bearer",
  rules: [
    otherFieldsLost([...SERVED_FIELDS, "thinking_token_budget", "include_reasoning"], VLLM),
    values("reasoning_effort", SEVEN, VLLM),
    choices(["auto", "none", "required", "named"], VLLM),
    formats(["text", "json_object", "json_schema"], VLLM),
    unsure(systemFirst("strict templates (Qwen3.5), as of llama.cpp")),
    argumentsAreObjects(VLLM, "Expecting value: line 1 column 1 (char 0)"),
    notReadFrom("reasoning_content", VLLM),
    thoughtsComeBack("reasoning", VLLM),
  ],
  error: vllmError,
  failures: failuresOf(vllmError, {
    overflow:
      "This model's maximum context length is 32768 tokens. However, you requested 40000 tokens in the messages.",
    rate_limit: NO_LIMIT,
    wrong_key: { body: { error: "Unauthorized" } },
    unknown_model: "The model `nobody` does not exist.",
    in_stream: {
      body:
        frame({
          error: { message: "EngineCore encountered an issue.", type: "InternalServerError", param: null, code: 500 },
        }) + DONE,
    },
  }),
  style: { ...PLAIN_STYLE, thought: "reasoning", id: ({ nth, answer }) => `chatcmpl-tool-${letters(32, answer, nth)}` },
  thinks: qwenThinks,
  understands: EVERYTHING,
};

const SGLANG = "SGLang's source, 2026-10 (entrypoints/openai/protocol.py)";

export const sglang: Vendor = {
  ...vllm,
  id: "sglang",
  preset: "sglang",
  rules: [
    roles(DEVELOPER_TOO, SGLANG),
    otherFieldsLost([...SERVED_FIELDS, "reasoning", "separate_reasoning", "stream_reasoning"], SGLANG),
    values("reasoning_effort", SEVEN, SGLANG),
    choices(["auto", "none", "required", "named"], SGLANG),
    formats(["text", "json_object", "json_schema"], SGLANG),
    unsure(systemFirst("strict templates (Qwen3.5), as of llama.cpp")),
    unsure(
      argumentsAreObjects(
        "unverified: templates of Qwen walk through the arguments",
        "Can only get item pairs from a mapping.",
      ),
    ),
    notReadFrom("reasoning", SGLANG),
    thoughtsComeBack("reasoning_content", SGLANG),
  ],
  error: sglangError,
  failures: failuresOf(sglangError, {
    overflow: "The input (40000 tokens) is longer than the model's context length (32768 tokens).",
    rate_limit: {
      status: 503,
      body: {
        object: "error",
        message: "The request queue is full.",
        type: "ServiceUnavailableError",
        param: null,
        code: 503,
      },
      kind: "overloaded",
    },
    wrong_key: { body: { error: "Unauthorized" } },
    unknown_model: ANY_NAME,
    in_stream: {
      body:
        frame({
          error: { object: "error", message: "Internal error", type: "InternalServerError", param: null, code: 500 },
        }) + DONE,
    },
  }),
  style: { ...PLAIN_STYLE },
  thinks: (body) => body["reasoning_effort"] !== "none",
};

const TGI = "TGI's source, 2026-01 (router/src/server.rs, chat.rs)";

const TGI_WORDS = ["type", "properties", "required"];

const TGI_TOOLS = [
  ...TGI_WORDS,
  "description",
  "enum",
  "items",
  "anyOf",
  "oneOf",
  "const",
  "pattern",
  "minimum",
  "maximum",
  "prefixItems",
  "default",
];

export const tgi: Vendor = {
  id: "tgi",
  preset: "tgi",
  model: "tgi",
  auth: "bearer",
  rules: [
    otherFieldsLost(
      [
        ...BASIC,
        ...PENALTIES,
        "max_tokens",
        "max_completion_tokens",
        "seed",
        "logprobs",
        "top_logprobs",
        "tool_prompt",
      ],
      TGI,
    ),
    callsBesideTextLost(`${TGI}: MessageBody is an untagged enum`),
    stringContent(["system", "assistant", "tool"], TGI, (what) => refuse(what, { status: 422 })),
    noFormatBesideTools(TGI, "Grammar and tools are mutually exclusive", { status: 422 }),
    formats(["json_object", "json", "regex"], TGI, (what) => refuse(what, { status: 422 })),
    rule("format-has-value", `${TGI}: GrammarType`, ({ body }) =>
      body["response_format"] === undefined || at(body, "response_format.value") !== undefined
        ? undefined
        : refuse("response_format: missing field `value`", { status: 422 }),
    ),
    noStrict(TGI, lose),
    schemaWords(TGI_TOOLS, TGI, lose, TGI_WORDS),
    choices(["auto", "none", "required", "named"], TGI),
    rule("stop-is-a-list", TGI, ({ body }) =>
      body["stop"] === undefined || Array.isArray(body["stop"])
        ? undefined
        : refuse("stop: invalid type: string, expected a sequence", { status: 422 }),
    ),
  ],
  error: tgiError,
  failures: failuresOf(tgiError, {
    overflow: {
      status: 422,
      message:
        "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens and 100 `max_new_tokens`",
    },
    rate_limit: { body: { error: "Model is overloaded", error_type: "overloaded" } },
    wrong_key: { body: "", status: 401 },
    unknown_model: ANY_NAME,
    in_stream: {
      body:
        frame({
          error: { message: "Request failed during generation: Server error: CANCELLED", http_status_code: 424 },
        }) + DONE,
    },
  }),
  style: {
    ...PLAIN_STYLE,
    thought: "think",
    call: "constant",
    id: () => "0",
    finish: { text: "stop", calls: "stop", length: "length" },
  },
  thinks: () => true,
  understands: { choice: ["none", "required", "named"], formats: ["value"], parallel: () => false },
  expects: { "parallel-calls": { skip: "its answers hold one call at most" } },
};
