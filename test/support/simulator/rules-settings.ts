/** Rules about settings: which fields are known, efforts, limits and formats. */
import { isObject, isText, type Json } from "../response-rules.ts";
import { lose, refuse, rule } from "./rules.ts";
import type { Finding, Refused, Rule } from "./types.ts";

/** Fields that every host here reads. */
export const BASIC = [
  "model",
  "messages",
  "stream",
  "stream_options",
  "tools",
  "tool_choice",
  "temperature",
  "top_p",
  "stop",
  "response_format",
];
export const PENALTIES = ["presence_penalty", "frequency_penalty"];

/** Other fields are refused. */
export const fieldsOnly = (
  known: readonly string[],
  evidence: string,
  say: (field: string) => string = (field) => `Unrecognized request argument supplied: ${field}`,
  more: Partial<Refused> = {},
): Rule =>
  rule("fields", evidence, ({ body }) => {
    const other = otherField(body, known);
    return other === undefined ? undefined : refuse(say(other), { param: other, ...more });
  });

/** Other fields are read over. To ask for parallel calls where they are made anyway loses nothing. */
export const otherFieldsLost = (known: readonly string[], evidence: string): Rule =>
  rule("fields-lost", evidence, ({ body }) => {
    const { parallel_tool_calls, ...rest } = body;
    const other = otherField(parallel_tool_calls === false ? body : rest, known);
    return other === undefined ? undefined : lose(`\`${other}\` is not read`);
  });

function otherField(body: Json, known: readonly string[]): string | undefined {
  return Object.keys(body).find((field) => !known.includes(field));
}

/** Values of one field, by its path. */
export const values = (
  path: string,
  allowed: readonly unknown[],
  evidence: string,
  more: Partial<Refused> = {},
  how?: (what: string) => Finding,
): Rule =>
  rule(`values-of-${path}`, evidence, ({ body }) => {
    const value = at(body, path);
    if (value === undefined || allowed.includes(value)) return undefined;
    const what = `invalid ${path.replace("reasoning_effort", "reasoning effort value in reasoning_effort")}: ${JSON.stringify(value)} (must be one of ${allowed.join(", ")})`;
    return how ? how(what) : refuse(what, { param: path, ...more });
  });

export function at(body: Json, path: string): unknown {
  let found: unknown = body;
  for (const key of path.split(".")) found = isObject(found) ? found[key] : undefined;
  return found;
}

/** Fields that exclude or need one another. */
export const notBoth = (first: string, second: string, evidence: string): Rule =>
  rule(`not-both-${first}-${second}`, evidence, ({ body }) =>
    at(body, first) !== undefined && at(body, second) !== undefined
      ? refuse(`${first} and ${second} cannot be given together`)
      : undefined,
  );

export const formats = (
  types: readonly string[],
  evidence: string,
  how: (what: string) => Finding = (what) => refuse(what),
): Rule =>
  rule("formats", evidence, ({ body }) => {
    const format = body["response_format"];
    if (format === undefined) return undefined;
    const type = isObject(format) ? String(format["type"]) : "none";
    if (!types.includes(type)) return how(`This response_format type is unavailable now: ${type}`);
    return type === "json_schema" ? schemaFault(format as Json) : undefined;
  });

function schemaFault(format: Json): Finding | undefined {
  const inner = format["json_schema"];
  const right =
    isObject(inner) && isText(inner["name"]) && /^[\w-]{1,64}$/.test(inner["name"]) && isObject(inner["schema"]);
  return right ? undefined : refuse("response_format.json_schema: needs a name and a schema");
}

/** The word must stand in the prompt, or the host refuses. */
export const jsonInWords = (evidence: string): Rule =>
  rule("json-in-words", evidence, ({ body, messages }) =>
    at(body, "response_format.type") === "json_object" && !/json/i.test(JSON.stringify(messages))
      ? refuse("Prompt must contain the word 'json' in some form to use 'response_format' of type 'json_object'.")
      : undefined,
  );

export const noFormatBesideTools = (evidence: string, message: string, more: Partial<Refused> = {}): Rule =>
  rule("no-format-beside-tools", evidence, ({ body, tools }) =>
    body["response_format"] !== undefined && tools.length > 0 ? refuse(message, more) : undefined,
  );

/** Fields that a model refuses although its host knows them. */
export const without = (fields: readonly string[], evidence: string, more: Partial<Refused> = {}): Rule =>
  rule(`without-${fields.join("-")}`, evidence, ({ body }) => {
    const field = fields.find((name) => name in body);
    return field === undefined
      ? undefined
      : refuse(`Unsupported parameter: '${field}' is not supported with this model.`, {
          code: "unsupported_parameter",
          param: field,
          ...more,
        });
  });

/** Fields that are taken and have no effect. */
export const lostFields = (fields: readonly string[], evidence: string): Rule =>
  rule(`lost-${fields.join("-")}`, evidence, ({ body }) => {
    const field = fields.find((name) => name in body);
    return field === undefined ? undefined : lose(`\`${field}\` has no effect`);
  });
