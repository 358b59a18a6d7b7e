/** Tools and settings as fields of a Chat Completions request. */
import type { Dialect } from "../../../core/dialect.ts";
import type { SentFormat } from "../../../core/fit/format.ts";
import type { FittedSettings } from "../../../core/fit/settings.ts";
import type { FittedTool, FittedTools } from "../../../core/fit/tools.ts";
import type { ToolChoice } from "../../../core/turn.ts";

export function toolParam({ name, description, parameters, strict }: FittedTool): object {
  return {
    type: "function",
    function: { name, ...(description && { description }), parameters, ...(strict && { strict: true }) },
  };
}

/** `tool_choice` and `parallel_tool_calls`. */
export function toolFields(
  { choice, parallel }: FittedTools,
  { tool_choice: forms }: Pick<Dialect, "tool_choice">,
): Record<string, unknown> {
  return {
    ...(choice !== undefined && { tool_choice: choiceParam(choice, forms) }),
    ...(parallel !== undefined && { parallel_tool_calls: parallel }),
  };
}

function choiceParam(choice: ToolChoice, forms: Dialect["tool_choice"]): unknown {
  if (typeof choice === "object") return { type: "function", function: { name: choice.name } };
  return choice === "required" && forms === "any" ? "any" : choice;
}

export function settingFields(
  settings: FittedSettings,
  effort_fields: Record<string, unknown>,
  format: SentFormat | undefined,
  { max_tokens_field }: Pick<Dialect, "max_tokens_field">,
): Record<string, unknown> {
  const { max_output_tokens, top_logprobs, verbosity, service_tier, ...same } = settings;
  return {
    ...same,
    ...(max_output_tokens !== undefined && { [max_tokens_field]: max_output_tokens }),
    ...effort_fields,
    ...(format && { response_format: formatParam(format) }),
    ...(verbosity !== undefined && { verbosity }),
    ...(service_tier !== undefined && { service_tier }),
    ...(top_logprobs !== undefined && { logprobs: true, ...(top_logprobs > 0 && { top_logprobs }) }),
  };
}

function formatParam(format: SentFormat): object {
  if (format.type === "json_object") return format;
  if (format.type === "value") return { type: "json_object", value: format.schema };
  const { type, ...json_schema } = format;
  return { type, json_schema };
}
