/** A finished call in the shape of the tool that its client declared. */
import { assureArguments, parseObject } from "../../../core/arguments.ts";
import type { ResponsesTool } from "./tools.ts";

export const CALL_TYPES = {
  function: "function_call",
  custom: "custom_tool_call",
  tool_search: "tool_search_call",
} as const;

/** The fields of a call without `type`, `status` and ids; `text` is empty where it is announced and not known yet. */
export function callFields({ kind, name, namespace }: ResponsesTool, text: string): Record<string, unknown> {
  const names = namespace === undefined ? { name } : { name, namespace };
  switch (kind) {
    case "function":
      return { ...names, arguments: text };
    case "custom":
      return { ...names, input: text };
    case "tool_search":
      // Codex needs an object here; text that is none is taken as what is searched for.
      return { execution: "client", arguments: parseObject(assureArguments(text, undefined).text) ?? { query: text } };
  }
}
