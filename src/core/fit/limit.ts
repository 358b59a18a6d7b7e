/** The most tokens that an answer is asked to have. */
import type { Ignored } from "../turn.ts";

interface FittedLimit {
  /** Undefined where the client named none. */
  tokens: number | undefined;
  ignored?: Ignored;
}

/** `most` is what the upstream allows, 0 when nobody knows. */
export function fitLimit(asked: number | undefined, most: number): FittedLimit {
  if (asked === undefined || most === 0 || asked <= most) return { tokens: asked };
  const why = `this upstream gives at most ${most} tokens; ${most} is sent`;
  return { tokens: most, ignored: { field: "max_output_tokens", what: String(asked), why } };
}
