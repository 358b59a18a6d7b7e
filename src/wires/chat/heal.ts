/**
 * Decides whether a call that stood in the text is one: it names a declared tool, its arguments fit the tool's
 * schema, and the same text stands nowhere in the request, since a model that quotes a file must not run it.
 */
import { coerce, fitsSchema, parseObject } from "../../core/arguments.ts";
import type { Tool, Turn } from "../../core/turn.ts";
import type { LeakedCall } from "./leaks.ts";

export interface HealedCall {
  name: string;
  arguments: string;
}

/** All calls of one leak, or undefined when any of them is none. */
export function healLeak(raw: string, calls: readonly LeakedCall[], turn: Turn): HealedCall[] | undefined {
  if (isQuoted(raw, turn)) return undefined;
  const healed = calls.map((call) => healCall(call, turn.tools));
  return healed.every((call) => call !== undefined) ? healed : undefined;
}

function healCall(call: LeakedCall, tools: readonly Tool[]): HealedCall | undefined {
  const tool = tools.find((declared) => declared.name === call.name);
  if (!tool) return undefined;
  // XML-like markup has only strings; the schema says which of them are something else.
  const args =
    typeof call.arguments === "string" ? parseObject(call.arguments) : coerce(call.arguments, tool.parameters);
  if (!args || !fitsSchema(args, tool.parameters)) return undefined;
  // What was JSON already stays as the model wrote it.
  return {
    name: tool.name,
    arguments: typeof call.arguments === "string" ? call.arguments : JSON.stringify(args),
  };
}

function isQuoted(raw: string, turn: Turn): boolean {
  const needle = raw.trim();
  return turn.items.some((item) => {
    if (item.type === "tool_call")
      return item.arguments.includes(needle) || item.arguments.includes(JSON.stringify(needle).slice(1, -1));
    if (item.type === "reasoning") return false;
    return item.parts.some((part) => "text" in part && part.text.includes(needle));
  });
}
