/** A finished call as its client wants it: checked and repaired, in the kind that was declared. */
import { finishedArguments, finishedInput } from "../../../core/finished-call.ts";
import type { TakeNote } from "../../../core/notes.ts";
import type { WorkBudget } from "../../../core/work-budget.ts";
import type { ChatTool } from "./tools.ts";

export type EncodedCall = { id: string; extra_content?: unknown } & (
  | { type: "function"; function: { name: string; arguments: string } }
  | { type: "custom"; custom: { name: string; input: string } }
);

export function restoreCall(id: string, tool: ChatTool, args: string, budget: WorkBudget, note: TakeNote): EncodedCall {
  const { kind, name, parameters, grammar } = tool;
  if (!tool.declared) note("undeclared_tool", name);
  if (kind === "custom")
    return { id, type: "custom", custom: { name, input: finishedInput(name, args, grammar, note) } };
  const checked = finishedArguments(name, args, parameters, budget, note);
  return { id, type: "function", function: { name, arguments: checked } };
}

/** The two deltas of a call: what it is, and then its whole text. What hangs on it comes with the first. */
export function callDeltas(call: EncodedCall, index: number): [object, object] {
  const { id, type, extra_content } = call;
  const head = { index, id, type };
  const extra = extra_content === undefined ? {} : { extra_content };
  if (type === "custom") {
    const { name, input } = call.custom;
    return [
      { ...head, custom: { name, input: "" }, ...extra },
      { index, custom: { input } },
    ];
  }
  const { name, arguments: args } = call.function;
  return [
    { ...head, function: { name, arguments: "" }, ...extra },
    { index, function: { arguments: args } },
  ];
}
