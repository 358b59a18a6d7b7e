/** What all wires do alike when they write a turn as an upstream's body. */
import { parseObject } from "../core/arguments.ts";
import { isMedia, textOf } from "../core/fit/media.ts";
import type { FittedTools } from "../core/fit/tools.ts";
import { wellFormedJson } from "../core/json-string.ts";
import type { Item, Part } from "../core/turn.ts";
import { unsupported } from "./errors.ts";
import type { Lowered } from "./wire.ts";

/** The instructions, each a text. */
export function instructionTexts(instructions: readonly Item[], textOf: (parts: readonly Part[]) => string): string[] {
  return instructions.map((item) => (item.type === "message" ? textOf(item.parts) : ""));
}

/** Throws a ShimError where a system message holds more than text. */
export function systemText(parts: readonly Part[]): string {
  if (!parts.some(isMedia)) return textOf(parts);
  throw unsupported(
    "a system or developer message to this upstream can hold text only; put images and files into a user message",
  );
}

/**
 * Arguments go back verbatim when they are what they should be. Broken ones would make many upstreams refuse the whole
 * history (llama-server 500, Ollama 400), so they travel as a string within an object.
 */
export function safeArguments(text: string): string {
  if (text.trim() === "") return "{}";
  return parseObject(text) ? text : JSON.stringify({ unparsed_arguments: text });
}

/**
 * The body as text: `head`, the history, `rest`. Tools and instructions stand before the history, as they do in the prompt:
 * a longer one then begins with the shorter one. Half a surrogate pair makes servers refuse the whole body: none is left.
 */
export function bodyText(
  head: object,
  history: readonly [field: string, json: string],
  rest: object,
): Pick<Lowered, "body" | "prompt_end"> {
  const [field, json] = history;
  const prompt = `${JSON.stringify(head).slice(0, -1)},"${field}":${json}`;
  return { body: wellFormedJson(`${prompt},${JSON.stringify(rest).slice(1)}`), prompt_end: prompt.length - 1 };
}

/** `tool_choice` and `parallel_tool_calls` of OpenAI's APIs; `named` is how one tool is chosen. */
export function toolFields(
  { choice, parallel }: FittedTools,
  named: (name: string) => object,
): { tool_choice?: unknown; parallel_tool_calls?: boolean } {
  return {
    ...(choice !== undefined && { tool_choice: typeof choice === "object" ? named(choice.name) : choice }),
    ...(parallel !== undefined && { parallel_tool_calls: parallel }),
  };
}
