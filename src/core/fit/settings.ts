/** Sampling and the like: what the wire has a field for and the upstream takes. */
import type { Ignored, Settings } from "../turn.ts";
import type { FitScope, ForeignSetting } from "./wire-abilities.ts";

/** Settings without those that `fit` returns by themselves. */
export type FittedSettings = Omit<Settings, "tool_choice" | "parallel_tool_calls" | "format" | "effort">;

/** Path of each setting in the words of the Responses API, by which it is reported. */
const PATHS: Partial<Record<ForeignSetting, string>> = { verbosity: "text.verbosity" };

const ORDINARY_TIERS = new Set(["auto", "default"]); // Service tiers that every upstream has.

export function fitSettings(settings: Settings, { dialect, wire, ignored }: FitScope): FittedSettings {
  const { tool_choice: _, parallel_tool_calls: __, format: ___, effort: ____, ...kept } = settings;
  const leaveOut = (field: ForeignSetting, why: string): void => {
    const value = kept[field];
    delete kept[field];
    if (isDefault(field, value)) return;
    const what = typeof value === "string" ? value : JSON.stringify(value);
    ignored.push({ field: PATHS[field] ?? field, what, why });
  };
  for (const field of wire.lacks) if (kept[field] !== undefined) leaveOut(field, `${wire.api} has no such setting`);
  for (const field of ["verbosity", "service_tier"] as const)
    if (kept[field] !== undefined && !dialect[field]) leaveOut(field, NOT_HERE);
  if (kept.top_logprobs !== undefined && !dialect.logprobs) leaveOut("top_logprobs", NOT_HERE);
  return kept;
}

const NOT_HERE = "this upstream has no such setting";

/** Zero penalties, empty lists and the ordinary tier are what happens anyway. */
function isDefault(field: ForeignSetting, value: Settings[ForeignSetting]): boolean {
  if (field === "top_logprobs") return false;
  if (field === "service_tier") return typeof value === "string" && ORDINARY_TIERS.has(value);
  return !value || (Array.isArray(value) && value.length === 0);
}

/** The most tokens that a reply may have. `most` is what the upstream allows, 0 when unknown. `tokens` is undefined where the client named none. */
export function fitLimit(
  requested: number | undefined,
  most: number,
): { tokens: number | undefined; ignored?: Ignored } {
  if (requested === undefined || most === 0 || requested <= most) return { tokens: requested };
  const why = `this upstream gives at most ${most} tokens; ${most} is sent`;
  return { tokens: most, ignored: { field: "max_output_tokens", what: String(requested), why } };
}
