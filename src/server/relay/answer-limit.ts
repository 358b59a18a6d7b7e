/**
 * No more tokens of an answer are asked for than the window leaves: agents ask for what their own models give, and hosts
 * refuse a sum that is too large, though the answer would have been short.
 */
import type { Ignored } from "../../core/turn.ts";
import type { Chosen } from "../upstreams/catalog.ts";

/** The estimate of a prompt may be too low by so much. */
export const PROMPT_MARGIN = 1.1;
/** With less than this no answer makes sense: then the host says that the prompt is too long. */
const LEAST_ANSWER = 1024;

export interface FittingLimit {
  max_output_tokens: number;
  ignored: Ignored;
}

/** Undefined where what was asked for fits. */
export function fittingLimit(
  asked: number | undefined,
  prompt_tokens: number,
  { info: { context_window = Infinity }, dialect }: Chosen,
): FittingLimit | undefined {
  if (asked === undefined) return undefined;
  const room = context_window - Math.ceil(prompt_tokens * PROMPT_MARGIN);
  const most = Math.min(dialect.max_output_tokens || Infinity, Math.max(room, LEAST_ANSWER));
  if (asked <= most) return undefined;
  const why = `the model's window and limits leave ${most} tokens for the answer`;
  return { max_output_tokens: most, ignored: { field: "max_output_tokens", what: String(asked), why } };
}
