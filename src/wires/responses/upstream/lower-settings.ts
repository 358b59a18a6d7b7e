/** Limits, effort, sampling and the form of the reply, in the words of the Responses API. */
import type { Dialect, JsonObject } from "../../../core/dialect.ts";
import type { ChosenEffort } from "../../../core/effort.ts";
import type { SentFormat } from "../../../core/fit/format.ts";
import type { FittedSettings } from "../../../core/fit/settings.ts";
import { isJsonObject } from "../../../core/json-fields.ts";
import type { Ignored } from "../../../core/turn.ts";

/** The least that OpenAI and Azure take; agents that only check the connection ask for one token. */
const MIN_OUTPUT_TOKENS = 16;

export function settingFields(
  settings: FittedSettings,
  effort: LoweredEffort,
  format: SentFormat | undefined,
  ignored: Ignored[],
): Record<string, unknown> {
  const { max_output_tokens, temperature, top_p, verbosity, top_logprobs, service_tier } = settings;
  const text = { ...(format && { format }), ...(verbosity && { verbosity }) };
  const include = [...effort.include, ...(top_logprobs !== undefined ? ["message.output_text.logprobs"] : [])];
  return {
    ...(max_output_tokens !== undefined && { max_output_tokens: lowerLimit(max_output_tokens, ignored) }),
    ...(temperature !== undefined && { temperature }),
    ...(top_p !== undefined && { top_p }),
    ...effort.fields,
    ...(include.length > 0 && { include }),
    ...(Object.keys(text).length > 0 && { text }),
    ...(top_logprobs !== undefined && top_logprobs > 0 && { top_logprobs }),
    ...(service_tier !== undefined && { service_tier }),
  };
}

function lowerLimit(asked: number, ignored: Ignored[]): number {
  if (asked >= MIN_OUTPUT_TOKENS) return asked;
  ignored.push({
    field: "max_output_tokens",
    what: String(asked),
    why: `this API takes ${MIN_OUTPUT_TOKENS} or more; ${MIN_OUTPUT_TOKENS} is sent`,
  });
  return MIN_OUTPUT_TOKENS;
}

export interface LoweredEffort {
  fields: Record<string, unknown>;
  include: string[];
  /** Of the fields those that ask for it. */
  asking: JsonObject;
}

/**
 * The thoughts come sealed, to be sent back, and in a summary, to be seen. A model that cannot reason refuses to be
 * asked for either.
 */
export function lowerEffort({ used, fields }: ChosenEffort, { efforts, replay }: Dialect): LoweredEffort {
  // Chat's own field, which stands in the dialect where nobody says otherwise, has its place within another here.
  const { reasoning_effort, reasoning: given, ...others } = fields;
  const reasons = efforts === "any" || Object.keys(efforts).length > 0;
  const asking = {
    ...(reasoning_effort !== undefined && { effort: reasoning_effort }),
    ...(isJsonObject(given) && given),
  };
  const reasoning = { ...(reasons && used !== "none" && { summary: "auto" }), ...asking };
  return {
    asking: { ...others, reasoning: asking },
    fields: { ...(Object.keys(reasoning).length > 0 && { reasoning }), ...others },
    include: reasons && replay !== "never" ? ["reasoning.encrypted_content"] : [],
  };
}
