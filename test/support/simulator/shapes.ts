/** The shapes in which hosts tell errors, and what several hosts have in common. */
import type { ErrorKind } from "../../../src/core/errors.ts";
import type { Json } from "../response-rules.ts";
import type { Expectation, Failure, FailureName, Refused, ReplyStyle } from "./types.ts";

type Shape = (refused: Refused) => unknown;

const wordsOf = ({ message, type = "invalid_request_error", param, code }: Refused): Json => ({
  message,
  type,
  param: param ?? null,
  code: code ?? null,
});

export const openaiError: Shape = (refused) => ({ error: wordsOf(refused) });
/** Numbers as codes. */
export const codedError: Shape = ({ status, message }) => ({ error: { code: status, message } });
export const flatError: Shape = (refused) => wordsOf(refused);
export const mistralError: Shape = (refused) =>
  refused.status === 422
    ? { detail: [{ type: "extra_forbidden", loc: ["body", refused.param ?? "messages"], msg: refused.message }] }
    : { object: "error", ...wordsOf(refused), type: refused.type ?? "invalid_request_error" };
export const cloudflareError: Shape = ({ message, code }) => ({
  success: false,
  errors: [{ code: Number(code ?? 5006), message: `AiError: ${message}` }],
  result: null,
  messages: [],
});
export const geminiError: Shape = ({ status, message }) => [
  { error: { code: status, message, status: status === 404 ? "NOT_FOUND" : "INVALID_ARGUMENT" } },
];
export const minimaxError: Shape = ({ message }) => ({
  base_resp: { status_code: 2013, status_msg: `invalid params, ${message}` },
});
export const tgiError: Shape = ({ message, type }) => ({
  error: message,
  error_type: type === "generation" ? type : "validation",
});
export const vllmError: Shape = ({ status, message, param }) => ({
  error: { message, type: status === 404 ? "NotFoundError" : "BadRequestError", param: param ?? null, code: status },
});
export const sglangError: Shape = ({ status, message, param }) => ({
  object: "error",
  message,
  type: "BadRequestError",
  param: param ?? null,
  code: status,
});
export const llamaError: Shape = ({ status, message }) => ({
  error: { code: status, message, type: status >= 500 ? "server_error" : "invalid_request_error" },
});
export const stringError: Shape = ({ message }) => ({ error: message });

const MADE = {
  overflow: { status: 400, kind: "context_overflow", code: "context_length_exceeded" },
  rate_limit: { status: 429, kind: "rate_limited", code: "rate_limit_exceeded" },
  wrong_key: { status: 401, kind: "authentication", code: "invalid_api_key" },
  unknown_model: { status: 404, kind: "model_not_found", code: "model_not_found" },
  in_stream: { status: 200, kind: "upstream_failed", code: "server_error" },
} as const satisfies Record<FailureName, { status: number; kind: ErrorKind; code: string }>;

/** How a host says each failure: its words, or everything, or why it never fails so. */
export type Told = string | (Partial<Failure> & { message?: string }) | { never: string };

export const RETRY_AFTER = { "retry-after": "7" };

/** Failures in a host's shape. Text is its message, with the usual status and code. */
export function failuresOf(shape: Shape, told: Record<FailureName, Told>): Record<FailureName, Failure | string> {
  const made = (name: FailureName): Failure | string => {
    const words = told[name];
    if (typeof words === "object" && "never" in words) return words.never;
    const { message = "", ...given } = typeof words === "string" ? { message: words } : words;
    const { status, kind, code } = MADE[name];
    const headers = name === "rate_limit" ? RETRY_AFTER : {};
    const shaped = shape({ status: given.status ?? status, message, code, type: typeOf(name) });
    return { status, kind, headers, body: name === "in_stream" ? frame(shaped) : shaped, ...given };
  };
  return {
    overflow: made("overflow"),
    rate_limit: made("rate_limit"),
    wrong_key: made("wrong_key"),
    unknown_model: made("unknown_model"),
    in_stream: made("in_stream"),
  };
}

function typeOf(name: FailureName): string {
  return name === "wrong_key"
    ? "authentication_error"
    : name === "in_stream"
      ? "server_error"
      : "invalid_request_error";
}

export const frame = (json: unknown): string => `data: ${JSON.stringify(json)}\n\n`;
export const DONE = "data: [DONE]\n\n";

const ALNUM = "abcdefghijklmnopqrstuvwxyz0123456789";
/** As many letters and digits, another text for each call. */
export const letters = (count: number, answer: number, nth: number): string =>
  Array.from({ length: count }, (_, i) => ALNUM[(answer * 7 + nth * 11 + i * 5) % ALNUM.length]).join("");

export const PLAIN_STYLE: ReplyStyle = {
  thought: "reasoning_content",
  call: "pieces",
  index: "counted",
  id: ({ nth, answer }) => `call_${letters(24, answer, nth)}`,
  usage: "chunk",
  finish: { text: "stop", calls: "tool_calls", length: "length" },
};

export const EVERYTHING = {
  choice: ["none", "required", "named"],
  formats: ["json_schema", "json_object"],
  parallel: (body: Json) => body["parallel_tool_calls"] !== false,
} as const;

export const DATA_ONLY: Expectation = {
  refused: ["unsupported"],
  why: "it fetches no images, and nothing is fetched on its behalf",
};

export const NO_EYES: Expectation = {
  refused: ["invalid_request", "unsupported"],
  why: "the model sees no images, and its host says so",
};
