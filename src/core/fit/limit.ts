/** The most tokens that a reply may have. */
import type { Ignored } from "../turn.ts";

/** `most` is what the upstream allows, 0 when unknown. `tokens` is undefined where the client named none. */
export function fitLimit(
  requested: number | undefined,
  most: number,
): { tokens: number | undefined; ignored?: Ignored } {
  if (requested === undefined || most === 0 || requested <= most) return { tokens: requested };
  const why = `this upstream gives at most ${most} tokens; ${most} is sent`;
  return { tokens: most, ignored: { field: "max_output_tokens", what: String(requested), why } };
}
