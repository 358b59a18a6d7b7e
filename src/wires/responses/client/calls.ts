/**
 * What becomes of a finished call: its text is checked and repaired (see core/arguments, core/apply-patch), and it
 * gets the shape of the tool that the client declared.
 */
import { assureArguments, parseObject } from "../../../core/arguments.ts";
import { finishedArguments, finishedInput } from "../../../core/finished-call.ts";
import type { TakeNote } from "../../../core/notes.ts";
import type { WorkBudget } from "../../../core/work-budget.ts";
import type { ResponsesTool } from "./tools.ts";

export const CALL_TYPES = {
  function: "function_call",
  custom: "custom_tool_call",
  tool_search: "tool_search_call",
} as const;

export type CallFields = Record<string, unknown>;

/** The fields of a call as its client wants them, without `type`, `status` and ids. */
export function restoreCall(tool: ResponsesTool, args: string, budget: WorkBudget, note: TakeNote): CallFields {
  if (!tool.declared) note("undeclared_tool", tool.name);
  switch (tool.kind) {
    case "function":
      return { ...namesOf(tool), arguments: finishedArguments(tool.name, args, tool.parameters, budget, note) };
    case "custom":
      return { ...namesOf(tool), input: finishedInput(tool.name, args, tool.grammar, note) };
    case "tool_search":
      return { execution: "client", arguments: searchArguments(args) };
  }
}

/** The same call when it is announced: its name is known, its content is not. */
export function emptyCall(tool: ResponsesTool): CallFields {
  switch (tool.kind) {
    case "function":
      return { ...namesOf(tool), arguments: "" };
    case "custom":
      return { ...namesOf(tool), input: "" };
    case "tool_search":
      return { execution: "client", arguments: {} };
  }
}

function namesOf(tool: ResponsesTool): CallFields {
  return tool.namespace === undefined ? { name: tool.name } : { name: tool.name, namespace: tool.namespace };
}

/** Codex needs an object here; text that is none is taken as what is searched for. */
function searchArguments(args: string): Record<string, unknown> {
  return parseObject(assureArguments(args, undefined).text) ?? { query: args };
}
