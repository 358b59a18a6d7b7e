/** Rules about tools: how they are declared, which JSON Schema is understood, and how one is chosen. */
import { isObject, isText, type Json } from "../response-rules.ts";
import { lose, refuse, rule } from "./rules.ts";
import type { Finding, Refused, Rule } from "./types.ts";

/** `strict` is no field of a function. */
export const noStrict = (evidence: string, how: (what: string) => Finding): Rule =>
  rule("no-strict", evidence, ({ tools }) =>
    tools.some((tool) => "strict" in tool) ? how("tools: `strict` is not supported") : undefined,
  );

/** OpenAI's subset for strict functions and formats. */
export const strictSubset = (evidence: string): Rule =>
  rule("strict-subset", evidence, ({ tools, body }) => {
    const format = isObject(body["response_format"]) ? body["response_format"]["json_schema"] : undefined;
    const all = [
      ...tools.filter((tool) => tool["strict"] === true).map((tool) => tool["parameters"]),
      ...(isObject(format) && format["strict"] === true ? [format["schema"]] : []),
    ];
    return all.every(isClosed)
      ? undefined
      : refuse("Invalid schema: 'additionalProperties' must be false, and every property required");
  });

function isClosed(schema: unknown): boolean {
  if (!isObject(schema) || schema["type"] !== "object") return true;
  const names = Object.keys(isObject(schema["properties"]) ? schema["properties"] : {});
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  return schema["additionalProperties"] === false && names.every((name) => required.includes(name));
}

/** Words of JSON Schema that survive; the others are dropped in silence, or refused. */
export const schemaWords = (
  words: readonly string[],
  evidence: string,
  how: (what: string) => Finding,
  rootWords: readonly string[] = words,
): Rule =>
  rule("schema-words", evidence, ({ tools }) => {
    for (const { name, parameters } of tools) {
      const other = isObject(parameters) ? firstOther(parameters, words, rootWords) : undefined;
      if (other !== undefined) return how(`tools: schema of ${String(name)}: unknown word "${other}"`);
    }
    return undefined;
  });

function firstOther(schema: Json, words: readonly string[], rootWords: readonly string[]): string | undefined {
  const other = Object.keys(schema).find((word) => !rootWords.includes(word));
  return (
    other ??
    allWithin(schema)
      .flatMap(Object.keys)
      .find((word) => !words.includes(word))
  );
}

const allWithin = (schema: Json): Json[] => innerSchemas(schema).flatMap((inner) => [inner, ...allWithin(inner)]);

function innerSchemas(schema: Json): Json[] {
  const named = ["properties", "$defs", "definitions"].flatMap((key) =>
    isObject(schema[key]) ? Object.values(schema[key]) : [],
  );
  const listed = ["anyOf", "oneOf", "allOf", "prefixItems", "items", "additionalProperties"].flatMap(
    (key) => schema[key] ?? [],
  );
  return [...named, ...listed].filter(isObject);
}

/** Moonshot's flavour of JSON Schema. */
export const mfjs = (evidence: string): Rule =>
  rule("mfjs", evidence, ({ tools }) => {
    for (const { name, parameters } of tools) {
      const wrong = isObject(parameters) ? mfjsFault(parameters, true) : "parameters are missing";
      if (wrong !== undefined)
        return refuse(
          `tools.function.parameters is not a valid moonshot flavored json schema, details: <${String(name)}: ${wrong}>`,
        );
    }
    return undefined;
  });

function mfjsFault(schema: Json, root = false): string | undefined {
  if (root && schema["type"] !== "object") return "the root's type must be object";
  if (root && "$schema" in schema) return "$schema at the root";
  if (Array.isArray(schema["items"])) return "items is an array, use prefixItems";
  if ("anyOf" in schema && "type" in schema) return "type beside anyOf";
  return innerSchemas(schema)
    .map((inner) => mfjsFault(inner))
    .find((fault) => fault !== undefined);
}

type Form = "auto" | "none" | "required" | "any" | "named";

export function formOf(choice: unknown): Form | "other" {
  if (isObject(choice)) return isObject(choice["function"]) && isText(choice["function"]["name"]) ? "named" : "other";
  const word = String(choice);
  return word === "auto" || word === "none" || word === "required" || word === "any" ? word : "other";
}

export const choices = (
  forms: readonly Form[],
  evidence: string,
  how: (what: string) => Finding = (what) => refuse(what),
): Rule =>
  rule("tool-choice", evidence, ({ body, tools }) => {
    const choice = body["tool_choice"];
    if (choice === undefined) return undefined;
    const form = formOf(choice);
    if (!forms.includes(form as Form)) return how(`Invalid tool_choice: ${JSON.stringify(choice)}`);
    const name = form === "named" ? ((choice as Json)["function"] as Json)["name"] : undefined;
    return name === undefined || tools.some((tool) => tool["name"] === name)
      ? undefined
      : refuse(`tool_choice names ${String(name)}, which is not among the tools`);
  });

/** `required` is taken and then not kept. */
export const requiredNotKept = (evidence: string): Rule =>
  rule("required-not-kept", evidence, ({ body }) =>
    body["tool_choice"] === "required" ? lose("`tool_choice: required` is not kept") : undefined,
  );

/** A choice that a thinking model does not take. */
export const noForcedThinking = (
  thinks: (body: Json) => boolean,
  evidence: string,
  message: string,
  more: Partial<Refused> = {},
): Rule =>
  rule("no-forced-call-while-thinking", evidence, ({ body }) => {
    const forced = ["required", "named"].includes(formOf(body["tool_choice"]));
    return forced && thinks(body) ? refuse(message, more) : undefined;
  });

/** Parallel calls come, wanted or not. */
export const parallelNotKept = (evidence: string): Rule =>
  rule("parallel-not-kept", evidence, ({ body }) =>
    body["parallel_tool_calls"] === false ? lose("`parallel_tool_calls: false` is not kept") : undefined,
  );

/** Parameters without a type are refused. */
export const objectSchemas = (evidence: string): Rule =>
  rule("object-schemas", evidence, ({ tools }) => {
    const wrong = tools.find(({ parameters }) => isObject(parameters) && parameters["type"] !== "object");
    return wrong
      ? refuse(
          `Invalid schema for function '${String(wrong["name"])}': schema must be a JSON Schema of 'type: "object"', got 'type: "None"'.`,
        )
      : undefined;
  });
