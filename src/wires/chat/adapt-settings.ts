/** Formats, limits, effort and the like, in the form that one upstream's dialect asks for. */
import type { Dialect } from "../../core/dialect.ts";
import { chooseEffort } from "../../core/effort.ts";
import type { Ignored, JsonSchemaFormat, Settings, TextFormat } from "../../core/turn.ts";
import type { ChatMessage } from "./upstream/body.ts";

export interface AdaptedSettings {
  fields: Record<string, unknown>;
  effort: string | null;
  /** Of the fields those that ask for it. */
  effort_fields: Record<string, unknown>;
}

export function adaptSettings(
  settings: Settings,
  dialect: Dialect,
  mayCall: boolean,
  ignored: Ignored[],
): AdaptedSettings {
  const { max_output_tokens, effort: asked, format, tool_choice: _, parallel_tool_calls: __, ...others } = settings;
  const { top_logprobs, verbosity, service_tier, ...same } = others;
  const effort = chooseEffort(asked, dialect);
  if (effort.ignored !== undefined) ignored.push({ field: "reasoning.effort", what: asked ?? "", why: effort.ignored });
  const response_format = format && lowerFormat(format, dialect, mayCall);
  return {
    effort: effort.used,
    effort_fields: effort.fields,
    fields: {
      ...same,
      ...(max_output_tokens !== undefined && { [dialect.max_tokens_field]: max_output_tokens }),
      ...effort.fields,
      ...(response_format && { response_format }),
      ...lowerExtras({ top_logprobs, verbosity, service_tier }, dialect, ignored),
    },
  };
}

type Extras = { [Field in "top_logprobs" | "verbosity" | "service_tier"]: Settings[Field] | undefined };

/** What only some hosts have. */
function lowerExtras(
  { top_logprobs, verbosity, service_tier }: Extras,
  dialect: Dialect,
  ignored: Ignored[],
): Record<string, unknown> {
  const leaveOut = (field: string, what: string): void =>
    void ignored.push({ field, what, why: "this upstream has no such setting" });
  const fields: Record<string, unknown> = {};
  if (verbosity !== undefined && dialect.verbosity) fields["verbosity"] = verbosity;
  else if (verbosity !== undefined) leaveOut("text.verbosity", verbosity);
  if (service_tier !== undefined && dialect.service_tier) fields["service_tier"] = service_tier;
  else if (service_tier !== undefined && !ORDINARY_TIERS.has(service_tier)) leaveOut("service_tier", service_tier);
  if (top_logprobs === undefined) return fields;
  if (!dialect.logprobs) leaveOut("top_logprobs", String(top_logprobs));
  else Object.assign(fields, { logprobs: true, ...(top_logprobs > 0 && { top_logprobs }) });
  return fields;
}

/** What hosts do that know nothing else. */
const ORDINARY_TIERS = new Set(["auto", "default"]);

function lowerFormat(asked: TextFormat, dialect: Dialect, mayCall: boolean): object | undefined {
  if (asked.type === "text" || dialect.json_schema === "words") return undefined;
  if (mayCall && dialect.schema_with_tools === "instruct") return undefined;
  const format = asked.type === "json_object" && dialect.json_object === "as_schema" ? ANY_OBJECT : asked;
  if (format.type === "json_object" || dialect.json_schema === "json_object") return { type: "json_object" };
  // TGI 3: the schema itself is the value.
  if (dialect.json_schema === "value") return { type: "json_object", value: format.schema };
  const { type, ...json_schema } = format;
  return { type, json_schema };
}

const ANY_OBJECT: JsonSchemaFormat = { type: "json_schema", name: "object", schema: { type: "object" } };

/**
 * A format that cannot be sent is told in words, with the instructions. Where it would forbid every tool call, the model
 * so can act first and answer in that form at the end.
 */
export function formatInWords({ format }: Settings, dialect: Dialect, mayCall: boolean): string | undefined {
  if (!format || format.type === "text") return undefined;
  const sent = lowerFormat(format, dialect, mayCall) as { type: string; value?: unknown } | undefined;
  if (sent !== undefined && (sent.type === "json_schema" || sent.value !== undefined || format.type === "json_object"))
    return undefined;
  return wordsFor(format, mayCall);
}

function wordsFor(format: JsonSchemaFormat | { type: "json_object" }, mayCall: boolean): string {
  const when = mayCall ? "When you have finished and call no more tools, answer" : "Answer";
  const what = `${when} with one JSON value and nothing else, without code fences.`;
  return format.type === "json_object"
    ? `${what} It must be an object.`
    : `${what} It must follow this JSON Schema:\n${JSON.stringify(format.schema)}`;
}

/** At the end of the instructions, which stand first. */
export function withInstruction(messages: readonly ChatMessage[], words: string | undefined): readonly ChatMessage[] {
  if (words === undefined) return messages;
  const [first, ...others] = messages;
  if (first?.role !== "system") return [{ role: "system", content: words }, ...messages];
  return [{ role: "system", content: `${String(first.content)}\n\n${words}` }, ...others];
}
