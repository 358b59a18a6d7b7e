/** Freeform tools (raw text, no JSON) as functions with one string, for upstreams that only know functions. */
import { repairNearlyJson } from "./argument-repair/nearly-json.ts";
import { isJsonObject, parsedJson } from "./json-fields.ts";
import type { Tool } from "./turn.ts";

export { FreeformStream } from "./argument-repair/freeform-stream.ts";

export function freeformAsFunction(
  name: string,
  description: string | undefined,
  format: { syntax?: string | null | undefined; definition?: string | null | undefined } | undefined,
): Tool {
  const grammar = format?.definition
    ? `The text must follow this ${format.syntax ?? "formal"} grammar:\n${format.definition}`
    : undefined;
  const about = [
    description,
    "Put the whole text of the call into `input`, as it is: no code fences around it, no JSON within it.",
    grammar,
  ];
  return {
    name,
    description: about.filter((part) => part !== undefined && part !== "").join("\n\n"),
    parameters: {
      type: "object",
      properties: { input: { type: "string", description: "The raw text of the call." } },
      required: ["input"],
      additionalProperties: false,
    },
  };
}

/** The arguments of the function that carries this raw text. */
export const wrapFreeform = (input: string): string => JSON.stringify({ input });

/**
 * The raw text in what a model wrote as arguments: the value of `input`; else the only string of the object,
 * under whatever key; else the JSON string itself; else the text as it is, since many models leave out the JSON.
 */
export function unwrapFreeform(text: string): string {
  const value = parsedJson(text);
  if (value === undefined) {
    // Raw line ends within the string are what most often breaks it.
    const nearly = /^\s*\{\s*"input"\s*:\s*"/.test(text) ? repairNearlyJson(text) : "";
    return nearly === "" ? text : unwrapFreeform(nearly);
  }
  if (typeof value === "string") return value;
  if (!isJsonObject(value)) return text;
  if (typeof value["input"] === "string") return value["input"];
  const [only, ...others] = Object.values(value);
  return typeof only === "string" && others.length === 0 ? only : text;
}
