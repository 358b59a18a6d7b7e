/**
 * Freeform tools (raw text instead of JSON arguments) for upstreams that only know functions: declared as a
 * function with one string, `input`, and restored from what the model wrote.
 */
import { repairNearlyJson } from "./argument-repair/nearly-json.ts";
import type { Tool } from "./turn.ts";

export { FreeformStream } from "./argument-repair/freeform-stream.ts";

interface FreeformFormat {
  type?: string | null | undefined;
  syntax?: string | null | undefined;
  definition?: string | null | undefined;
}

export function freeformAsFunction(
  name: string,
  description: string | undefined,
  format: FreeformFormat | undefined,
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
export function wrapFreeform(input: string): string {
  return JSON.stringify({ input });
}

/**
 * The raw text in what a model wrote as arguments: the value of `input`; else the only string of the object,
 * under whatever key; else the JSON string itself; else the text as it is, since many models leave out the JSON.
 */
export function unwrapFreeform(text: string): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Raw line ends within the string are what most often breaks it.
    const nearly = /^\s*\{\s*"input"\s*:\s*"/.test(text) ? repairNearlyJson(text) : "";
    return nearly === "" ? text : unwrapFreeform(nearly);
  }
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return text;
  const fields = value as Record<string, unknown>;
  if (typeof fields["input"] === "string") return fields["input"];
  const values = Object.values(fields);
  return values.length === 1 && typeof values[0] === "string" ? values[0] : text;
}
