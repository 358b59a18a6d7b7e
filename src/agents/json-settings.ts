/** Sets keys of a user's JSON file, with comments and trailing commas allowed: every other byte stays. */
import { findNodeAtLocation, parse, parseTree, printParseErrorCode, type Node, type ParseError } from "jsonc-parser";

interface JsonSetting {
  path: readonly string[];
  value: unknown;
}

/** The file is not valid, or not of the expected form; the message has the place. */
export class SettingsError extends Error {}

export function setJson(text: string | undefined, settings: readonly JsonSetting[]): string {
  const bom = text?.startsWith("\uFEFF") ? "\uFEFF" : "";
  let result = (text ?? "").slice(bom.length);
  if (result.trim() === "") result = "{}\n";
  readJson(result);
  for (const { path, value } of settings) result = setOne(result, path, value);
  readJson(result);
  return bom + result;
}

/** Throws a SettingsError for anything but a JSON object. */
export function readJson(text: string): Record<string, unknown> {
  const errors: ParseError[] = [];
  const value: unknown = parse(text.replace(/^\uFEFF/, ""), errors, OPTIONS);
  const [first] = errors;
  if (first) {
    const before = text.slice(0, first.offset).split("\n");
    const place = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
    throw new SettingsError(
      `is not valid JSON: ${printParseErrorCode(first.error)} at ${place}; correct it there first`,
    );
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new SettingsError("is not a JSON object; correct it first");
  return value as Record<string, unknown>;
}

const OPTIONS = { allowTrailingComma: true };

function setOne(text: string, path: readonly string[], value: unknown): string {
  const root = parseTree(text, [], OPTIONS);
  if (!root) return text;
  const existing = findNodeAtLocation(root, [...path]);
  if (existing) return replaced(text, existing, value);
  // The innermost object that exists takes the rest of the path.
  for (let length = path.length - 1; length >= 0; length--) {
    const holder = length === 0 ? root : findNodeAtLocation(root, path.slice(0, length));
    if (!holder) continue;
    const rest = path.slice(length);
    if (holder.type !== "object") return replaced(text, holder, nested(rest, value));
    return added(text, holder, length + 1, rest[0] ?? "", nested(rest.slice(1), value));
  }
  return text;
}

function nested(path: readonly string[], value: unknown): unknown {
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
}

function replaced(text: string, { offset, length, parent }: Node, value: unknown): string {
  let depth = 0;
  for (let node = parent; node; node = node.parent) if (node.type === "object") depth++;
  return text.slice(0, offset) + written(text, value, depth) + text.slice(offset + length);
}

/** Behind the last member, on a line of its own where that one has one. */
function added(text: string, holder: Node, depth: number, key: string, value: unknown): string {
  const member = `${JSON.stringify(key)}: ${written(text, value, depth)}`;
  const last = holder.children?.at(-1);
  const { line, indent } = styleOf(text);
  const end = holder.offset + holder.length - 1;
  if (!last) {
    const inner = text.slice(holder.offset + 1, end).trimEnd();
    const open = holder.offset + 1 + inner.length;
    return `${text.slice(0, open)}${line}${indent.repeat(depth)}${member}${line}${indent.repeat(depth - 1)}${text.slice(end)}`;
  }
  const at = last.offset + last.length;
  const before = text.slice(holder.offset, last.offset);
  const gap = before.includes("\n") ? line + (/\n([ \t]*)$/.exec(before)?.[1] ?? indent.repeat(depth)) : " ";
  return `${text.slice(0, at)},${gap}${member}${text.slice(at)}`;
}

function written(text: string, value: unknown, depth: number): string {
  const { line, indent } = styleOf(text);
  return JSON.stringify(value, null, indent).replaceAll("\n", line + indent.repeat(depth));
}

function styleOf(text: string): { line: string; indent: string } {
  return { line: /\r?\n/.exec(text)?.[0] ?? "\n", indent: /^([ \t]+)["\w]/m.exec(text)?.[1] ?? "  " };
}
