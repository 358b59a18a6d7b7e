/** How the upstream is: what may pass by itself, and what its status or its own word alone says. */
import { anthropic, llama, problem, topic, type Topic } from "./row.ts";

export const MODEL_SLIP = topic("model_slip", {
  "slip-code, 2026-06, Groq (anomalyco/opencode#1018, tashfeenahmed/freellmapi#291)": {
    names: "tool_use_failed json_validate_failed output_parse_failed MALFORMED_FUNCTION_CALL",
    body: {
      error: {
        message: "Failed to call a function. Please adjust your prompt. See 'failed_generation' for more details.",
        type: "invalid_request_error",
        code: "tool_use_failed",
        failed_generation: "<function=read={}</function>",
      },
    },
  },
  "slip-words, 2026-10, llama-server b11669, measured; Ollama 0.33: error parsing tool call": {
    words: `
      tool call validation failed / failed to call a function /
      model produced output that does not match the expected / unexpected empty grammar stack /
      error parsing tool call: raw / failed to generate {tool calls|tool_calls|JSON}`,
    at: 0,
    body: llama(500, "server_error", "The model produced output that does not match the expected peg-native format"),
  },
});

export const LOADING: Topic = {
  unless: ["{error|failed|failure|unable to} load", "error loading model", "failed loading"],
  ...topic("loading", {
    "loading, 2026-10, llama-server b11669, measured; Hugging Face's inference servers": {
      words: `
        loading model / model {is |}{currently |still |}loading / model {value} is {currently |still |}loading /
        model is warming up`,
      at: 503,
      body: llama(503, "unavailable_error", "Loading model"),
    },
  }),
};

/** Said beside a status that means a limit of requests. */
export const SLOW_DOWN = topic("overloaded", {
  "slow-down, 2026-10, OpenAI's guide of error codes": {
    names: "slow_down server_is_overloaded",
    at: 429,
    body: "Slow down.",
    with: { type: "slow_down", code: "slow_down" },
  },
  "degraded, 2026-09, NVIDIA NIM (diegosouzapw/OmniRoute#8248)": {
    words: "DEGRADED function cannot be invoked",
    body: problem(
      400,
      "Bad Request",
      "Function id '87ea0ddc-cff1-4bca-bf8b-3bd98a35ddd0': DEGRADED function cannot be invoked",
    ),
  },
});

export const OVERLOADED = topic("overloaded", {
  "overloaded-status, 2026-11, RFC 9110; Anthropic: 529": { status: [503, 529], at: 529, text: "" },
  "overloaded-type, 2026-11, Anthropic; llama-server; Gemini; OpenRouter": {
    names: "overloaded_error overloaded unavailable_error UNAVAILABLE provider_overloaded",
    at: 0,
    body: anthropic("Overloaded", "overloaded_error"),
  },
  "overloaded-words, 2026-07, Cloudflare Workers AI; Groq with 498: over capacity; NVIDIA behind OpenRouter: worker limit":
    {
      words: `
        overloaded / {out of|over|at} capacity / no free worker / request queue is full / total request limit reached /
        model is busy`,
      at: 0,
      body: { success: false, errors: [{ code: 3040, message: "out of capacity" }] },
    },
});

export const TIMEOUT = topic("timeout", {
  "timeout-status, 2026-11, RFC 9110; Cloudflare: 524": { status: [408, 504, 524], at: 524, text: "error code: 524" },
  "timeout-type, 2026-10, Anthropic; Gemini": {
    names: "timeout_error DEADLINE_EXCEEDED",
    at: 0,
    body: anthropic("Request timed out", "timeout_error"),
  },
});

export const PAYLOAD_TOO_LARGE = topic("payload_too_large", {
  "payload-413, 2026-11, nginx; Cloudflare 3006": {
    status: [413],
    text: "<html><head><title>413 Request Entity Too Large</title></head></html>",
  },
  "payload-type, 2026-10, Anthropic": {
    names: "request_too_large",
    at: 0,
    body: anthropic("Request exceeds the maximum size", "request_too_large"),
  },
});

/** What is left: nothing but a status or a type. */
export const FAILURE = topic("failure", {
  // What TGI returns when its model fails.
  "failure-424, 2026-01, TGI, source of 2026-01-08": {
    status: [424],
    body: { error: "Request failed during generation: Server error: CUDA out of memory", error_type: "generation" },
  },
  "failure-type, 2026-11, Anthropic; OpenAI; Gemini": {
    names: "api_error server_error INTERNAL internal_error",
    at: 500,
    body: anthropic("Internal server error", "api_error"),
  },
});

const CLIENT_STATUSES = Array.from({ length: 100 }, (_, at) => 400 + at);

export const INVALID_REQUEST = topic("invalid_request", {
  "invalid-status, 2026-11, RFC 9110": {
    status: CLIENT_STATUSES,
    body: "messages.1.content.0: unexpected block",
  },
  "invalid-type, 2026-11, OpenAI; Anthropic; Gemini": {
    status: [0],
    names: "invalid_request_error INVALID_ARGUMENT",
    body: anthropic("messages.1.content.0: unexpected block"),
  },
});
