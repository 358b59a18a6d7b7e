/** What a Chat reply holds, in all of its upstreams' dialects; nothing of it is certain to be there. */
import { isJsonObject } from "../../core/json-fields.ts";
import { objectOf, type Loose } from "../../core/json.ts";

export type ChatChunk = Loose<"choices" | "error" | "usage" | "service_tier" | "x_groq" | "prompt_progress">;

export type ChatChoice = Loose<"delta" | "message" | "error" | "usage" | "logprobs" | "finish_reason">;

export type ChatMessage = Loose<"content" | "refusal" | "annotations" | "tool_calls" | "function_call"> &
  Loose<"reasoning_details" | "reasoning_content" | "reasoning" | "reasoning_text" | "thinking">;

export type ChatCall = Loose<"index" | "id" | "function" | "custom" | "name" | "arguments" | "input" | "extra_content">;

/** The first choice; undefined where there is none. */
export function firstChoice({ choices }: ChatChunk): ChatChoice | undefined {
  const first: unknown = Array.isArray(choices) ? choices[0] : undefined;
  return isJsonObject(first) ? first : undefined;
}

const PLAIN_FIELDS = ["content", "reasoning_content", "reasoning"] as const;

export type PlainField = (typeof PLAIN_FIELDS)[number];

/** A chunk that says some words in one field and nothing else: nearly all of a stream. */
export type PlainChunk = { field: PlainField; text: string };

/** Undefined for a chunk in which anything else may have a meaning (see `ChatDecoder`). */
export function plainChunk(chunk: unknown): PlainChunk | undefined {
  const { choices, error, usage, prompt_progress, ...rest } = objectOf(chunk);
  if (error !== undefined || usage || prompt_progress) return undefined;
  // Fields of an upstream's own may hold errors and usage.
  for (const key in rest) if (key.startsWith("x_")) return undefined;
  // A further choice may hold calls.
  if (!Array.isArray(choices) || choices.length !== 1) return undefined;
  const choice: ChatChoice = objectOf(choices[0]);
  if (choice.error || choice.usage || choice.logprobs || choice.message || choice.finish_reason) return undefined;
  const delta = objectOf(choice.delta);
  const field = PLAIN_FIELDS.find((each) => typeof delta[each] === "string" && delta[each] !== "");
  const text = field && delta[field];
  if (field === undefined || typeof text !== "string") return undefined;
  for (const key of Object.keys(delta)) {
    if (key !== field && key !== "role" && delta[key] !== null && delta[key] !== "") return undefined;
  }
  return { field, text };
}
