/** Limits, effort, sampling and the form of the answer, in the words of the Responses API. */
import type { Dialect, JsonObject } from "../../../core/dialect.ts";
import { chooseEffort } from "../../../core/effort.ts";
import { isJsonObject } from "../../../core/json-fields.ts";
import type { Ignored, JsonSchemaFormat, Settings, TextFormat } from "../../../core/turn.ts";
import type { FormatParam } from "./body.ts";

/** The least that OpenAI and Azure take; agents that only knock at the door ask for one token. */
const MIN_OUTPUT_TOKENS = 16;

export interface LoweredSettings {
  fields: Record<string, unknown>;
  effort: string | null;
  /** Of the fields those that ask for it. */
  effort_fields: JsonObject;
  /** The form of the answer, where only words can ask for it. */
  words: string | undefined;
}

export function lowerSettings(
  settings: Settings,
  dialect: Dialect,
  mayCall: boolean,
  ignored: Ignored[],
): LoweredSettings {
  const { max_output_tokens, temperature, top_p, effort: asked, format, ...others } = settings;
  const { tool_choice: _, parallel_tool_calls: __, verbosity, top_logprobs, service_tier, ...foreign } = others;
  for (const [field, value] of Object.entries(foreign)) listForeign(field, value, ignored);
  const { effort, effort_fields, fields } = lowerEffort(asked, dialect, ignored);
  const sent = format && lowerFormat(format, dialect, mayCall);
  const asked_for = lowerExtras({ verbosity, top_logprobs, service_tier }, dialect, ignored);
  const text = { ...(sent && { format: sent }), ...(asked_for.verbosity && { verbosity: asked_for.verbosity }) };
  const include = [...((fields["include"] as string[] | undefined) ?? []), ...asked_for.include];
  return {
    effort,
    effort_fields,
    words: format && formatInWords(format, sent, mayCall),
    fields: {
      ...(max_output_tokens !== undefined && { max_output_tokens: lowerLimit(max_output_tokens, ignored) }),
      ...(temperature !== undefined && { temperature }),
      ...(top_p !== undefined && { top_p }),
      ...fields,
      ...(include.length > 0 && { include }),
      ...(Object.keys(text).length > 0 && { text }),
      ...asked_for.fields,
    },
  };
}

type Extras = { [Field in "top_logprobs" | "verbosity" | "service_tier"]: Settings[Field] | undefined };

interface LoweredExtras {
  verbosity: string | undefined;
  include: string[];
  fields: Record<string, unknown>;
}

/** What only some hosts have. */
function lowerExtras(
  { top_logprobs, verbosity, service_tier }: Extras,
  dialect: Dialect,
  ignored: Ignored[],
): LoweredExtras {
  const leaveOut = (field: string, what: string): void =>
    void ignored.push({ field, what, why: "this upstream has no such setting" });
  if (verbosity !== undefined && !dialect.verbosity) leaveOut("text.verbosity", verbosity);
  if (service_tier !== undefined && !dialect.service_tier && !["auto", "default"].includes(service_tier))
    leaveOut("service_tier", service_tier);
  if (top_logprobs !== undefined && !dialect.logprobs) leaveOut("top_logprobs", String(top_logprobs));
  const weighs = top_logprobs !== undefined && dialect.logprobs;
  return {
    verbosity: dialect.verbosity ? verbosity : undefined,
    include: weighs ? ["message.output_text.logprobs"] : [],
    fields: {
      ...(weighs && top_logprobs > 0 && { top_logprobs }),
      ...(service_tier !== undefined && dialect.service_tier && { service_tier }),
    },
  };
}

/** Stop sequences, penalties and whatever else is set: zero and empty lists ask for nothing. */
function listForeign(field: string, value: unknown, ignored: Ignored[]): void {
  if (!value || (Array.isArray(value) && value.length === 0)) return;
  const what = typeof value === "string" ? value : JSON.stringify(value);
  ignored.push({ field, what, why: "the Responses API has no such setting" });
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

type LoweredEffort = Pick<LoweredSettings, "effort" | "effort_fields" | "fields">;

/**
 * The thoughts come sealed, to be sent back, and in a summary, to be seen. A model that cannot reason refuses to be
 * asked for either.
 */
function lowerEffort(asked: string | undefined, dialect: Dialect, ignored: Ignored[]): LoweredEffort {
  const chosen = chooseEffort(asked, dialect);
  if (chosen.ignored !== undefined) ignored.push({ field: "reasoning.effort", what: asked ?? "", why: chosen.ignored });
  // Chat's own field, which stands in the dialect where nobody says otherwise, has its place within another here.
  const { reasoning_effort, reasoning: given, ...others } = chosen.fields;
  const reasons = dialect.efforts === "any" || Object.keys(dialect.efforts).length > 0;
  const asking = {
    ...(reasoning_effort !== undefined && { effort: reasoning_effort }),
    ...(isJsonObject(given) && given),
  };
  const reasoning = { ...(reasons && chosen.used !== "none" && { summary: "auto" }), ...asking };
  return {
    effort: chosen.used,
    effort_fields: { ...others, reasoning: asking },
    fields: {
      ...(Object.keys(reasoning).length > 0 && { reasoning }),
      ...others,
      ...(reasons && dialect.replay !== "never" && { include: ["reasoning.encrypted_content"] }),
    },
  };
}

const ANY_OBJECT: JsonSchemaFormat = { type: "json_schema", name: "object", schema: { type: "object" } };

/** Undefined for what cannot be sent. */
function lowerFormat(asked: TextFormat, dialect: Dialect, mayCall: boolean): FormatParam | undefined {
  if (asked.type === "text" || dialect.json_schema === "words" || dialect.json_schema === "value") return undefined;
  if (mayCall && dialect.schema_with_tools === "instruct") return undefined;
  const format = asked.type === "json_object" && dialect.json_object === "as_schema" ? ANY_OBJECT : asked;
  if (format.type === "json_object" || dialect.json_schema === "json_object") return { type: "json_object" };
  return format;
}

/**
 * A format that cannot be sent is told in words, with the instructions. Where it would forbid every tool call, the model
 * so can act first and answer in that form at the end.
 */
function formatInWords(format: TextFormat, sent: FormatParam | undefined, mayCall: boolean): string | undefined {
  if (format.type === "text" || sent?.type === "json_schema") return undefined;
  const when = mayCall ? "When you have finished and call no more tools, answer" : "Answer";
  const what = `${when} with one JSON value and nothing else, without code fences.`;
  // OpenAI refuses `json_object` unless the prompt speaks of JSON.
  if (format.type === "json_object") return `${what} It must be an object.`;
  return `${what} It must follow this JSON Schema:\n${JSON.stringify(format.schema)}`;
}
