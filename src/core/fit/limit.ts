/** The most tokens that a reply may have. */
import type { Ignored } from "../turn.ts";

/** `most` is what the upstream allows, 0 when unknown. `tokens` is undefined where the client named none. */
export function fitLimit(asked: number | undefined, most: number): { tokens: number | undefined; ignored?: Ignored } {
  if (asked === undefined || most === 0 || asked <= most) return { tokens: asked };
  const why = `this upstream gives at most ${most} tokens; ${most} is sent`;
  return { tokens: most, ignored: { field: "max_output_tokens", what: String(asked), why } };
}
