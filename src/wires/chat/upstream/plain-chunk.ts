/** Chunks that say some words in one field and nothing else: nearly all of a stream. */

type Json = Record<string, unknown>;

const FIELDS = ["content", "reasoning_content", "reasoning"] as const;

export type PlainField = (typeof FIELDS)[number];

export interface PlainChunk {
  field: PlainField;
  text: string;
}

/** Undefined for a chunk in which anything else may have a meaning (see `ChatDecoder`). */
export function plainChunk(chunk: unknown): PlainChunk | undefined {
  const { choices, error, usage, prompt_progress, ...rest } = objectOf(chunk);
  if (error !== undefined || usage || prompt_progress) return undefined;
  // Fields of a host's own may hold errors and usage.
  for (const key in rest) if (key.startsWith("x_")) return undefined;
  // A further choice may hold calls.
  if (!Array.isArray(choices) || choices.length !== 1) return undefined;
  const choice = objectOf(choices[0]);
  if (choice.error || choice.usage || choice.logprobs || choice.message || choice.finish_reason) return undefined;
  const delta = objectOf(choice.delta);
  const field = FIELDS.find((each) => typeof delta[each] === "string" && delta[each] !== "");
  if (field === undefined) return undefined;
  for (const key of Object.keys(delta)) {
    if (key !== field && key !== "role" && delta[key] !== null && delta[key] !== "") return undefined;
  }
  return { field, text: delta[field] as string };
}

function objectOf(value: unknown): Json {
  return typeof value === "object" && value !== null ? (value as Json) : {};
}
