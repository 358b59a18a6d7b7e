/** A JSON reply is demanded in the form that the upstream takes, else in words at the end of the instructions. */
import type { JsonSchemaFormat, TextFormat } from "../turn.ts";
import type { FitScope } from "./wire-abilities.ts";

/** `value`: the schema itself stands in the place of the word `json_object` (TGI 3). */
export type SentFormat =
  | JsonSchemaFormat
  | { type: "json_object" }
  | { type: "value"; schema: JsonSchemaFormat["schema"] };

const ANY_OBJECT: JsonSchemaFormat = { type: "json_schema", name: "object", schema: { type: "object" } };

export function fitFormat(
  requested: TextFormat | undefined,
  may_call: boolean,
  takesSchema: (schema: Record<string, unknown>) => boolean,
  scope: FitScope,
): { sent?: SentFormat; words?: string } {
  if (!requested || requested.type === "text") return {};
  const sent = formOf(requested, may_call, scope);
  if (!sent) return { words: wordsFor(requested, may_call) };
  if (sent.type !== "json_object" && !takesSchema(sent.schema)) {
    if (requested.type === "json_schema")
      scope.ignored.push({ field: "text.format", what: requested.name, why: NARROW });
    return { words: wordsFor(requested, may_call) };
  }
  const says_all =
    sent.type !== "json_object" || (requested.type === "json_object" && !scope.wire.json_object_needs_words);
  return says_all ? { sent } : { sent, words: wordsFor(requested, may_call) };
}

const NARROW = "this upstream enforces only schemas without optional extras and limits; this one is demanded in words";

/** Undefined where only words can ask for it: a format that is sent would forbid every tool call at some upstreams. */
function formOf(
  requested: JsonSchemaFormat | { type: "json_object" },
  may_call: boolean,
  { dialect, wire }: FitScope,
): SentFormat | undefined {
  if (dialect.json_schema === "words" || (may_call && dialect.schema_with_tools === "instruct")) return undefined;
  const format = requested.type === "json_object" && dialect.json_object === "as_schema" ? ANY_OBJECT : requested;
  const form = format.type === "json_object" ? "json_object" : dialect.json_schema;
  if (!wire.formats.includes(form)) return undefined;
  if (format.type === "json_object" || form === "json_object") return { type: "json_object" };
  return form === "value" ? { type: "value", schema: format.schema } : format;
}

/** A model that may call tools acts first and replies in the demanded form at the end. */
function wordsFor(format: JsonSchemaFormat | { type: "json_object" }, may_call: boolean): string {
  const when = may_call ? "When you have finished and call no more tools, answer" : "Answer";
  const what = `${when} with one JSON value and nothing else, without code fences.`;
  return format.type === "json_object"
    ? `${what} It must be an object.`
    : `${what} It must follow this JSON Schema:\n${JSON.stringify(format.schema)}`;
}
