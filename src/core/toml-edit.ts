/**
 * Edits TOML in its text: comments, the order of keys, blanks, line breaks, a byte order mark and every byte that is
 * not asked to change stay. What comes out is parsed and compared with what was meant, so that a shape which is not
 * understood is an error and never a broken file.
 */
import { parse } from "smol-toml";
import { quoted, scanToml, tomlName, type TomlPair, type TomlPath, type TomlStatement } from "./toml-scan.ts";

type TomlValue = string | number | boolean | readonly string[] | { readonly [key: string]: TomlValue };
/** Sets one key, or takes out a key or a table with all that is in it; what is not there is not taken out. */
export type TomlChange = { path: readonly string[]; set: TomlValue } | { path: readonly string[]; remove: true };

/** The text had to be valid TOML; says where it cannot be edited. */
export class TomlEditError extends Error {}

export function editToml(text: string, changes: readonly TomlChange[]): string {
  const meant = structured(text);
  let result = text;
  for (const change of changes) {
    result = "set" in change ? setKey(result, change.path, tomlText(change.set)) : removeKey(result, change.path);
    apply(meant, change);
  }
  let is: Table;
  try {
    is = structured(result);
  } catch (error) {
    throw new TomlEditError(unclear(changes), { cause: error });
  }
  if (fingerprint(is) !== fingerprint(meant)) throw new TomlEditError(unclear(changes));
  return result;
}

function unclear(changes: readonly TomlChange[]): string {
  const names = [...new Set(changes.map(({ path }) => tomlName(path)))].join(", ");
  return `the file is written in a way that ${names} cannot be changed in; change it by hand`;
}

/** The value at this path of a TOML text; undefined when there is none. */
export function tomlValue(text: string, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (isTable(value) ? value[key] : undefined), structured(text));
}

export function tomlText(value: TomlValue): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value !== "object") return String(value);
  if (Array.isArray(value)) return `[${value.map(tomlText).join(", ")}]`;
  const members = Object.entries(value as Record<string, TomlValue>);
  return `{ ${members.map(([key, each]) => `${tomlName([key])} = ${tomlText(each)}`).join(", ")} }`;
}

type Table = Record<string, unknown>;

const structured = (text: string): Table => parse(text.replace(/^\uFEFF/, ""), { integersAsBigInt: true });

const isTable = (value: unknown): value is Table =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);

function apply(table: Table, change: TomlChange): void {
  const [key = "", ...rest] = change.path;
  if (rest.length > 0) {
    if ("set" in change && !isTable(table[key])) table[key] = {};
    if (isTable(table[key])) apply(table[key], { ...change, path: rest });
  } else if ("set" in change) table[key] = change.set;
  else delete table[key];
}

/** Alike for tables that say the same, whatever the order of their keys; empty ones say nothing. */
function fingerprint(value: unknown): string {
  if (value instanceof Date) return `date ${value.toISOString()}`;
  if (Array.isArray(value)) return `[${value.map(fingerprint).join(",")}]`;
  if (!isTable(value)) return typeof value === "bigint" ? String(value) : (JSON.stringify(value) ?? "");
  const members = Object.entries(value)
    .map(([key, each]) => [JSON.stringify(key), fingerprint(each)] as const)
    .filter(([, each]) => each !== "{}")
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map((each) => each.join(":")).join(",")}}`;
}

const samePath = (a: TomlPath, b: TomlPath): boolean => a.length === b.length && beginsWith(a, b);
const beginsWith = (path: TomlPath, start: TomlPath): boolean => start.every((part, i) => part === path[i]);

function setKey(text: string, path: readonly string[], value: string): string {
  const { statements } = scanToml(text);
  const pairs = allPairs(statements);
  const existing = pairs.find((pair) => samePath(pair.path, path));
  if (existing) return splice(text, existing.value.start, existing.value.end, value);
  const parent = path.slice(0, -1);
  /** Below a table whose path has this length. */
  const written = (below: number): string => `${tomlName(path.slice(below))} = ${value}`;

  // Into the innermost inline table around it, if there is one.
  const around = pairs
    .filter((pair) => pair.members && beginsWith(path, pair.path))
    .toSorted((a, b) => b.path.length - a.path.length)[0];
  if (around) {
    const member = written(around.path.length);
    const last = around.members?.at(-1);
    return last
      ? splice(text, last.value.end, last.value.end, `, ${member}`)
      : splice(text, around.value.start, around.value.end, `{ ${member} }`);
  }

  // Behind keys of the same table that are written with dots, below another table's header.
  const dotted = statements.findLast(
    (each): each is TomlPair =>
      each.kind === "pair" &&
      each.base.length < parent.length &&
      each.path.length > parent.length &&
      beginsWith(each.path, parent),
  );
  const has_header = statements.some((each) => each.kind === "header" && samePath(each.path, parent));
  if (dotted?.line && !has_header) return insertLine(text, dotted.line.end, written(dotted.base.length));

  // Behind the last key of its table; a table that is not there is begun at the end.
  const last = statements.findLast((each) => samePath(each.kind === "pair" ? each.base : each.path, parent));
  if (last?.line) return insertLine(text, last.line.end, written(parent.length));
  if (parent.length === 0) return insertLine(text, topOf(text, statements), written(0));
  const gap = text.replace("\uFEFF", "").trim() === "" || /\n\r?\n$/.test(text) ? "" : breakOf(text);
  return insertLine(text, text.length, `${gap}[${tomlName(parent)}]${breakOf(text)}${written(parent.length)}`);
}

/** Where a first key at the top goes: behind a comment about the file, before one about what follows. */
function topOf(text: string, statements: readonly TomlStatement[]): number {
  if (statements.length === 0) return text.length;
  const about = /^\uFEFF?(?:#[^\n]*\n)+(?=\r?\n)/.exec(text)?.[0];
  return about?.length ?? (text.startsWith("\uFEFF") ? 1 : 0);
}

function insertLine(text: string, at: number, line: string): string {
  const unended = at > 0 && text[at - 1] !== "\n" && text.slice(0, at) !== "\uFEFF";
  const end = breakOf(text);
  // A file without a break at its end has none afterwards either.
  return splice(text, at, at, unended ? `${end}${line}` : `${line}${end}`);
}

const breakOf = (text: string): string => /\r?\n/.exec(text)?.[0] ?? "\n";

function removeKey(text: string, path: readonly string[]): string {
  let result = text;
  // Each time anew, since places move; a text has few keys.
  for (;;) {
    const { statements } = scanToml(result);
    const line = statements.findLast((each) => each.line && beginsWith(each.path, path))?.line;
    if (line) {
      result = splice(result, line.start, line.end, "");
      continue;
    }
    const members = allPairs(statements).find((pair) =>
      pair.members?.some((each) => beginsWith(each.path, path)),
    )?.members;
    const at = members?.findIndex((each) => beginsWith(each.path, path)) ?? -1;
    const [previous, one, next] = [members?.[at - 1], members?.[at], members?.[at + 1]];
    if (!one) return result;
    // With the comma behind it, or before it where it is the last.
    result = next
      ? splice(result, one.key.start, next.key.start, "")
      : splice(result, previous ? previous.value.end : one.key.start, one.value.end, "");
  }
}

function allPairs(statements: readonly TomlStatement[]): TomlPair[] {
  return statements.flatMap((each) => (each.kind === "pair" ? [each, ...allPairs(each.members ?? [])] : []));
}

function splice(text: string, start: number, end: number, by: string): string {
  return text.slice(0, start) + by + text.slice(end);
}
