/** What is wrong with a text that is not TOML, or does not fit the schema: where, what, and how to fix it. */
import { parse, TomlError } from "smol-toml";
import type * as z from "zod";
import { nearest } from "./nearest.ts";
import type { Problem } from "./problem.ts";
import { fileSchema, TOP_KEYS } from "./schema.ts";
import { describeSchema, exampleOf, keysOf, schemaAt } from "./schema-walk.ts";
import { locateKeys, type KeyPath, type Positions } from "../../core/toml-positions.ts";
import { tomlName } from "../../core/toml-scan.ts";

type Parsed = { data: unknown } | { problem: Problem };

export function parseToml(text: string, file: string): Parsed {
  try {
    return { data: parse(text) };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    return { problem: syntaxProblem(error, text, file) };
  }
}

/** The parser quotes neighbouring lines, which may hold a key: only its first line is shown. */
function syntaxProblem(error: TomlError, text: string, file: string): Problem {
  const { line, column } = error;
  const at = { file, line, column };
  if (error.message.includes("already defined")) {
    const first = locateKeys(text).firstOf({ line, column });
    const key = first?.name ?? "";
    const message = `is defined twice${first ? `, first on line ${first.place.line}` : ""}`;
    return { ...at, key, message, fix: "keep one of the two, or rename one" };
  }
  const why = (error.message.split("\n")[0] ?? "").replace(/^Invalid TOML document: /, "");
  return { ...at, key: "", message: `TOML syntax error: ${why}`, fix: SYNTAX_FIXES[why] ?? "see https://toml.io" };
}

const QUOTES = 'text needs quotes: key = "value"';
const SYNTAX_FIXES: Record<string, string> = {
  "invalid value": QUOTES,
  "illegal character in numeric literal": QUOTES,
  "illegal leading zero": QUOTES,
  "control characters are not allowed in strings": "the closing quote is missing, or the text holds a line break",
  "unfinished string": "the closing quote is missing",
  "each key-value declaration must be followed by an end-of-line": `start a new line here; ${QUOTES}`,
  "illegal character in key": "a key with characters other than letters, digits, - and _ needs quotes",
  "integer value cannot be represented losslessly": "write a smaller number",
};

/** Zod's issues, each at its place in the file. */
export function shapeProblems(error: z.ZodError, data: unknown, file: string, positions: Positions): Problem[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path as (string | number)[];
    return leaves(issue, path).map(({ path, ...leaf }) => ({
      file,
      ...positions.key(path),
      key: tomlName(path),
      ...leaf,
    }));
  });

  function leaves(issue: z.core.$ZodIssue, path: (string | number)[]): Leaf[] {
    if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey(key, path));
    if (issue.code === "invalid_union") {
      // The intended form is the one that fits at its root.
      const meant = issue.errors.find((branch) => branch.every((each) => each.path.length > 0 || isKeyIssue(each)));
      if (meant) return meant.flatMap((each) => leaves(each, [...path, ...(each.path as (string | number)[])]));
    }
    return [wrongValue(path, valueAt(data, path))];
  }
}

interface Leaf {
  path: KeyPath;
  message: string;
  fix: string;
}

const isKeyIssue = (issue: z.core.$ZodIssue): boolean => issue.code === "unrecognized_keys";

/** Names of these settings in other programs' configs. */
const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  model_providers: ["provider", "providers"],
  env_key: ["api_key", "key", "token"],
  base_url: ["url", "api_base", "endpoint"],
  http_headers: ["headers"],
  preset: ["type", "kind"],
  wire_api: ["wires", "protocol"],
  context_window: ["context", "context_length"],
  max_output_tokens: ["max_tokens"],
  candidates: ["models"],
  listen: ["port", "host"],
};

function unknownKey(key: string, path: KeyPath): Leaf {
  const all = keysOf(schemaAt(fileSchema, path));
  const known = path.length === 0 ? TOP_KEYS : all;
  const synonym = known.find((name) => SYNONYMS[name]?.includes(key));
  const meant = synonym ?? nearest(key, known) ?? nearest(key, all);
  const where = path.length === 0 ? "at the top of the file" : `in [${tomlName(path)}]`;
  const holds = synonym === "env_key" ? ", which takes the name of an environment variable, not the key itself" : "";
  const fix = meant === undefined ? `the keys ${where} are: ${known.join(", ")}` : `did you mean \`${meant}\`${holds}?`;
  return { path: [...path, key], message: "unknown key", fix };
}

function wrongValue(path: KeyPath, value: unknown): Leaf {
  const schema = schemaAt(fileSchema, path);
  const wanted = schema ? describeSchema(schema) : "something else";
  const key = path.at(-1);
  const example = schema ? exampleOf(schema) : "…";
  const fix = `for example: ${typeof key === "string" ? `${tomlName([key])} = ` : ""}${example}`;
  if (value === undefined) return { path, message: "is missing", fix };
  // A text that is not one of the choices may be a key in the wrong place: a long one is not shown.
  const words = quotedIn(wanted);
  const isWord = typeof value === "string" && words.length > 0 && value.length <= 20;
  const near = typeof value === "string" ? nearest(value, words) : undefined;
  const shown = isWord ? JSON.stringify(value) : kindOf(value, wanted);
  const message = value === "" && words.length === 0 ? "must not be empty" : `must be ${wanted}, not ${shown}`;
  return { path, message, fix: near === undefined ? fix : `did you mean "${near}"?` };
}

const quotedIn = (text: string): string[] => Array.from(text.matchAll(/"([^"]+)"/g), ([, word]) => word ?? "");

/** A number is shown only where a number is wanted; elsewhere it may be a key. */
function kindOf(value: unknown, wanted: string): string {
  if (typeof value === "string") return value === "" ? "empty text" : "text";
  if (typeof value === "number") return wanted.includes("number") ? String(value) : "a number";
  if (typeof value === "boolean") return String(value);
  if (value instanceof Date) return "a date";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  return "a table";
}

function valueAt(data: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>((value, part) => (value as Record<string | number, unknown> | undefined)?.[part], data);
}
