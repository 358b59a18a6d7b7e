/** Formats, limits, effort and the like, in the form that one upstream's dialect asks for. */
import type { Dialect } from "../../core/dialect.ts";
import { chooseEffort } from "../../core/effort.ts";
import type { Ignored, JsonSchemaFormat, Settings, TextFormat } from "../../core/turn.ts";
import type { ChatMessage } from "./body.ts";

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
  const { max_output_tokens, effort: asked, format, tool_choice: _, parallel_tool_calls: __, ...same } = settings;
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
    },
  };
}

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
