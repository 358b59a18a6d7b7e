/** How the upstream is: what may pass by itself, and what its status or its own word alone says. */
import type { Topic } from "../row.ts";
import { anthropic, llama, openai, problem } from "./shapes.ts";

export const MODEL_SLIP: Topic = {
  kind: "model_slip",
  rows: [
    {
      id: "slip-code",
      names: ["tool_use_failed", "json_validate_failed", "output_parse_failed", "MALFORMED_FUNCTION_CALL"],
      sample: {
        status: 400,
        body: {
          error: {
            message: "Failed to call a function. Please adjust your prompt. See 'failed_generation' for more details.",
            type: "invalid_request_error",
            code: "tool_use_failed",
            failed_generation: "<function=read={}</function>",
          },
        },
      },
      source: "Groq (anomalyco/opencode#1018, tashfeenahmed/freellmapi#291)",
      date: "2026-06",
    },
    {
      id: "slip-words",
      words: [
        "tool call validation failed",
        "failed to call a function",
        "model produced output that does not match the expected",
        "unexpected empty grammar stack",
        "error parsing tool call: raw",
        "failed to generate {tool calls|tool_calls|JSON}",
      ],
      sample: {
        status: undefined,
        body: llama(
          500,
          "server_error",
          "The model produced output that does not match the expected peg-native format",
        ),
      },
      source: "llama-server b11669, measured; Ollama 0.33: error parsing tool call",
      date: "2026-10",
    },
  ],
};

export const LOADING: Topic = {
  kind: "loading",
  unless: ["{error|failed|failure|unable to} load", "error loading model", "failed loading"],
  rows: [
    {
      id: "loading",
      words: [
        "loading model",
        "model {is |}{currently |still |}loading",
        "model {value} is {currently |still |}loading",
        "model is warming up",
      ],
      sample: { status: 503, body: llama(503, "unavailable_error", "Loading model") },
      source: "llama-server b11669, measured; Hugging Face's inference servers",
      date: "2026-10",
    },
  ],
};

/** Said beside a status that means a limit of requests. */
export const SLOW_DOWN: Topic = {
  kind: "overloaded",
  rows: [
    {
      id: "slow-down",
      names: ["slow_down", "server_is_overloaded"],
      sample: { status: 429, body: openai("Slow down.", { type: "slow_down", code: "slow_down" }) },
      source: "OpenAI's guide of error codes",
      date: "2026-10",
    },
    {
      id: "degraded",
      words: ["DEGRADED function cannot be invoked"],
      sample: {
        status: 400,
        body: problem(
          400,
          "Bad Request",
          "Function id '87ea0ddc-cff1-4bca-bf8b-3bd98a35ddd0': DEGRADED function cannot be invoked",
        ),
      },
      source: "NVIDIA NIM (diegosouzapw/OmniRoute#8248)",
      date: "2026-09",
    },
  ],
};

export const OVERLOADED: Topic = {
  kind: "overloaded",
  rows: [
    {
      id: "overloaded-status",
      status: [503, 529],
      sample: { status: 529, body: "" },
      source: "RFC 9110; Anthropic: 529",
      date: "2026-11",
    },
    {
      id: "overloaded-type",
      names: ["overloaded_error", "overloaded", "unavailable_error", "UNAVAILABLE", "provider_overloaded"],
      sample: { status: undefined, body: anthropic("overloaded_error", "Overloaded") },
      source: "Anthropic; llama-server; Gemini; OpenRouter",
      date: "2026-11",
    },
    {
      id: "overloaded-words",
      words: [
        "overloaded",
        "{out of|over|at} capacity",
        "no free worker",
        "request queue is full",
        "total request limit reached",
        "model is busy",
      ],
      sample: { status: undefined, body: { success: false, errors: [{ code: 3040, message: "out of capacity" }] } },
      source: "Cloudflare Workers AI; Groq with 498: over capacity; NVIDIA behind OpenRouter: worker limit",
      date: "2026-07",
    },
  ],
};

export const TIMEOUT: Topic = {
  kind: "timeout",
  rows: [
    {
      id: "timeout-status",
      status: [408, 504, 524],
      sample: { status: 524, body: "error code: 524" },
      source: "RFC 9110; Cloudflare: 524",
      date: "2026-11",
    },
    {
      id: "timeout-type",
      names: ["timeout_error", "DEADLINE_EXCEEDED"],
      sample: { status: undefined, body: anthropic("timeout_error", "Request timed out") },
      source: "Anthropic; Gemini",
      date: "2026-10",
    },
  ],
};

export const PAYLOAD_TOO_LARGE: Topic = {
  kind: "payload_too_large",
  rows: [
    {
      id: "payload-413",
      status: [413],
      sample: { status: 413, body: "<html><head><title>413 Request Entity Too Large</title></head></html>" },
      source: "nginx; Cloudflare 3006",
      date: "2026-11",
    },
    {
      id: "payload-type",
      names: ["request_too_large"],
      sample: { status: undefined, body: anthropic("request_too_large", "Request exceeds the maximum size") },
      source: "Anthropic",
      date: "2026-10",
    },
  ],
};

/** What is left: nothing but a status or a type. */
export const FAILURE: Topic = {
  kind: "failure",
  rows: [
    {
      id: "failure-424",
      // What TGI answers when its model fails.
      status: [424],
      sample: {
        status: 424,
        body: { error: "Request failed during generation: Server error: CUDA out of memory", error_type: "generation" },
      },
      source: "TGI, source of 2026-01-08",
      date: "2026-01",
    },
    {
      id: "failure-type",
      names: ["api_error", "server_error", "INTERNAL", "internal_error"],
      sample: { status: 500, body: anthropic("api_error", "Internal server error") },
      source: "Anthropic; OpenAI; Gemini",
      date: "2026-11",
    },
  ],
};

const CLIENT_STATUSES = Array.from({ length: 100 }, (_, at) => 400 + at);

export const INVALID_REQUEST: Topic = {
  kind: "invalid_request",
  rows: [
    {
      id: "invalid-status",
      status: CLIENT_STATUSES,
      sample: { status: 400, body: openai("messages.1.content.0: unexpected block") },
      source: "RFC 9110",
      date: "2026-11",
    },
    {
      id: "invalid-type",
      status: [0],
      names: ["invalid_request_error", "INVALID_ARGUMENT"],
      sample: { status: undefined, body: anthropic("invalid_request_error", "messages.1.content.0: unexpected block") },
      source: "OpenAI; Anthropic; Gemini",
      date: "2026-11",
    },
  ],
};
