/** Reads tool calls that a model wrote as plain JSON: objects of a name and arguments. */
import { elementsOf, membersOf, valueSpan } from "../../core/json-edit.ts";
import { isJsonObject } from "../../core/json-fields.ts";
import type { TextCall } from "./text-call.ts";

/** All calls of a text that is nothing else, in one code fence or in none; undefined when anything else stands in it. */
export function readBareCalls(text: string): TextCall[] | undefined {
  const json = withoutFence(text);
  const calls: TextCall[] = [];
  let at = 0;
  do {
    const { start, end } = valueSpan(json, at);
    const value = json.slice(start, end);
    if (!isWhole(value)) return undefined;
    const spans = value.startsWith("[") ? elementsOf(value, 0) : [{ start: 0, end: value.length }];
    for (const span of spans) {
      const call = readCall(value.slice(span.start, span.end));
      if (!call) return undefined;
      calls.push(call);
    }
    // Several calls without a list around them: with a blank, a comma or a semicolon between.
    at = end + (/^\s*[,;]?\s*/.exec(json.slice(end))?.[0].length ?? 0);
  } while (at < json.length);
  return calls.length > 0 && !/[,;]\s*$/.test(json) ? calls : undefined;
}

const FENCE = "```";

/** What a text says that is in a code fence as a whole. */
export function withoutFence(text: string): string {
  const trimmed = text.trim();
  const line = trimmed.indexOf("\n");
  const end = trimmed.length - FENCE.length;
  if (line === -1 || line >= end || !trimmed.startsWith(FENCE) || !trimmed.endsWith(FENCE)) return trimmed;
  return /^\w*$/.test(trimmed.slice(FENCE.length, line).trim()) ? trimmed.slice(line + 1, end).trimEnd() : trimmed;
}

function isWhole(json: string): boolean {
  if (!/^[[{]/.test(json)) return false;
  try {
    JSON.parse(json);
    return true;
  } catch {
    return false;
  }
}

/** `text` is whole JSON. The arguments keep their bytes. */
function readCall(text: string): TextCall | undefined {
  const { type, ...fields } = fieldsOf(text) ?? {};
  if (type !== undefined && type !== '"function"') return undefined;
  const { function: within } = fields;
  const {
    name: named,
    arguments: args,
    parameters,
    ...others
  } = within === undefined ? fields : (fieldsOf(within) ?? {});
  // Nothing else may stand in it: what it would mean is not known.
  if (Object.keys(others).some((key) => key !== "id" && key !== "type")) return undefined;
  if (within !== undefined && Object.keys(fields).some((key) => key !== "function" && key !== "id")) return undefined;
  const name: unknown = named && JSON.parse(named);
  const given = args ?? parameters;
  if (typeof name !== "string" || name === "" || given === undefined) return undefined;
  if (args !== undefined && parameters !== undefined) return undefined;
  const value: unknown = JSON.parse(given);
  if (typeof value === "string") return { name, arguments: value };
  return isJsonObject(value) ? { name, arguments: given } : undefined;
}

/** The members of an object as they are written; undefined for one with a key twice: one of its values would be lost. */
function fieldsOf(text: string): Record<string, string> | undefined {
  const members = membersOf(text, 0);
  const fields = Object.fromEntries(members.map(({ key, value }) => [key, text.slice(value.start, value.end)]));
  return Object.keys(fields).length === members.length ? fields : undefined;
}
