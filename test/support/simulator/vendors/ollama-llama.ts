/** Ollama and llama-server, as they were measured. */
import {
  argumentsAreObjects,
  CLASSIC_ROLES,
  contentPresent,
  developerLost,
  imagesAsData,
  messageFieldsLost,
  neverNext,
  noImages,
  oneCallEach,
  roles,
  stringContent,
  systemFirst,
  textBesideThoughtAndCallsLost,
} from "../rules-messages.ts";
import { thoughtsComeBack } from "../rules-replay.ts";
import { BASIC, formats, otherFieldsLost, PENALTIES, values } from "../rules-settings.ts";
import { choices, noStrict, schemaWords } from "../rules-tools.ts";
import { lose, refuse, rule, unsure } from "../rules.ts";
import { DATA_ONLY, NO_EYES, failuresOf, frame, letters, llamaError, openaiError, PLAIN_STYLE } from "../shapes.ts";
import type { Rule, Vendor } from "../types.ts";

export const DEVELOPER_TOO = [...CLASSIC_ROLES, "developer"];

export const ANY_NAME = { never: "it answers to any name" };

export const NO_LIMIT = { never: "it knows no rate limit, requests wait for their turn" };

const ANY_KEY = { never: "it asks for no key" };

const OLLAMA = "Ollama's source, 2026-08-21, and measured with 0.33.0-rc2";

const OLLAMA_WORDS = ["type", "items", "description", "enum", "properties", "required", "anyOf"];

const OLLAMA_EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh", "max", "ultra"];

const ollamaRules: readonly Rule[] = [
  roles(DEVELOPER_TOO, OLLAMA),
  developerLost(OLLAMA),
  otherFieldsLost(
    [
      ...BASIC.filter((field) => field !== "tool_choice"),
      ...PENALTIES,
      "max_tokens",
      "seed",
      "reasoning",
      "reasoning_effort",
      "logprobs",
      "top_logprobs",
    ],
    OLLAMA,
  ),
  stringContent(
    ["system", "assistant", "tool"],
    `${OLLAMA}: FromChatRequest cuts a list into messages of their own`,
    lose,
  ),
  messageFieldsLost(["reasoning_content", "reasoning_details"], OLLAMA),
  imagesAsData(OLLAMA, "image URLs are not currently supported, please use base64 encoded data instead"),
  argumentsAreObjects(OLLAMA, "invalid tool call arguments"),
  noStrict(OLLAMA, lose),
  schemaWords(OLLAMA_WORDS, `${OLLAMA}: api.ToolProperty`, lose, [...OLLAMA_WORDS, "$defs"]),
];

export const ollama: Vendor = {
  id: "ollama",
  preset: "ollama",
  model: "gpt-oss:20b",
  auth: "none",
  rules: [...ollamaRules, values("reasoning_effort", OLLAMA_EFFORTS, OLLAMA), thoughtsComeBack("reasoning", OLLAMA)],
  error: openaiError,
  failures: failuresOf(openaiError, {
    overflow: {
      never: "it cuts a prompt that is too long, in silence; other tests look at what the shim says of that",
    },
    rate_limit: {
      status: 503,
      body: {
        error: {
          message: "server busy, please try again. maximum pending requests exceeded",
          type: "api_error",
          param: null,
          code: null,
        },
      },
      kind: "overloaded",
    },
    wrong_key: ANY_KEY,
    unknown_model: {
      body: {
        error: {
          message: 'model "nobody" not found, try pulling it first',
          type: "not_found_error",
          param: null,
          code: null,
        },
      },
    },
    // The error's words are lost: an empty chunk, and the end.
    in_stream: {
      body: frame({
        id: "chatcmpl-1",
        object: "chat.completion.chunk",
        created: 1,
        model: "",
        choices: [{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }],
      }),
      kind: "upstream_protocol",
    },
  }),
  style: {
    ...PLAIN_STYLE,
    thought: "reasoning",
    call: "whole",
    blank_content: true,
    id: ({ nth, answer }) => `call_${letters(8, answer, nth)}`,
  },
  thinks: (body) => body["reasoning_effort"] !== "none",
  understands: { choice: [], formats: ["json_schema", "json_object"], parallel: () => true },
  expects: { "image-url": DATA_ONLY },
};

const NO_EYES_WORDS =
  '{"error":{"code":500,"message":"image input is not supported - hint: if this is unexpected, you may need to provide the mmproj","type":"server_error"}}';

export const ollamaPlain: Vendor = {
  ...ollama,
  id: "ollama-plain",
  model: "llama3.2:3b",
  rules: [
    ...ollamaRules,
    rule("thinking", `${OLLAMA}: ChatHandler`, ({ body }) =>
      [undefined, "none"].includes(body["reasoning_effort"] as string | undefined)
        ? undefined
        : refuse('"llama3.2:3b" does not support thinking'),
    ),
    noImages(OLLAMA, { message: NO_EYES_WORDS }),
  ],
  thinks: () => false,
  expects: { "image-user": NO_EYES, "image-tool": NO_EYES, "image-url": DATA_ONLY },
};

const LLAMA = "measured with llama-server build 11669, October 2026";

export const llamaServer: Vendor = {
  id: "llama-server",
  preset: "llama-server",
  model: "qwen3.5-27b",
  auth: "bearer",
  rules: [
    roles(DEVELOPER_TOO, LLAMA),
    otherFieldsLost(
      [
        ...BASIC,
        ...PENALTIES,
        "max_tokens",
        "max_completion_tokens",
        "seed",
        "reasoning_effort",
        "chat_template_kwargs",
        "thinking_budget_tokens",
        "reasoning_format",
        "parallel_tool_calls",
        "return_progress",
        "cache_prompt",
        "id_slot",
      ],
      LLAMA,
    ),
    contentPresent(LLAMA),
    systemFirst("issues of llama.cpp on strict templates (Qwen3.5, Mistral), 2026", { status: 500 }),
    neverNext("assistant", "assistant", LLAMA),
    unsure(neverNext("user", "user", "templates of Gemma and Mistral ask for turns")),
    argumentsAreObjects(LLAMA, "Failed to parse tool call arguments as JSON", 500),
    choices(["auto", "none", "required"], `${LLAMA}: an object is read as auto`, lose),
    formats(["text", "json_object", "json_schema"], LLAMA),
    thoughtsComeBack("reasoning_content", LLAMA),
  ],
  error: llamaError,
  failures: failuresOf(llamaError, {
    overflow: {
      body: {
        error: {
          code: 400,
          message: "request (90000 tokens) exceeds the available context size (65536 tokens), try increasing it",
          type: "exceed_context_size_error",
          n_prompt_tokens: 90_000,
          n_ctx: 65_536,
        },
      },
    },
    rate_limit: NO_LIMIT,
    wrong_key: { body: { error: { code: 401, message: "Invalid API Key", type: "authentication_error" } } },
    unknown_model: ANY_NAME,
    in_stream: {
      body: frame({
        error: {
          code: 500,
          message: "The model produced output that does not match the expected peg-native format",
          type: "server_error",
        },
      }),
    },
  }),
  style: { ...PLAIN_STYLE, id: ({ nth, answer }) => letters(32, answer, nth) },
  thinks: (body) => body["reasoning_effort"] !== "none",
  understands: {
    choice: ["none", "required"],
    formats: ["json_schema", "json_object"],
    format_forbids_calls: true,
    parallel: (body) => body["parallel_tool_calls"] === true,
  },
};

const HARMONY = "measured with llama-server build 11669 and a template built after gpt-oss's own, October 2026";

export const llamaGptOss: Vendor = {
  ...llamaServer,
  id: "llama-server-gpt-oss",
  model: "gpt-oss-20b",
  // What its /props tell of the template: no parallel calls.
  facts: { dialect: { one_call_per_message: true, text_with_calls: "before" } },
  // Its template takes two messages of the assistant's in a row; the server refuses them at the end only.
  rules: [
    ...llamaServer.rules.filter(({ id }) => id !== "no-assistant-after-assistant"),
    oneCallEach(HARMONY),
    textBesideThoughtAndCallsLost(HARMONY),
  ],
};
