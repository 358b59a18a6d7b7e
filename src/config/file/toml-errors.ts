/** What is wrong with a text that is no TOML, or that has another shape than the schema: where, what, and how to fix it. */
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

/** The parser quotes the lines around, which may hold a key: only its first line is shown. */
function syntaxProblem(error: TomlError, text: string, file: string): Problem {
  const { line, column } = error;
  const at = { file, line, column };
  if (error.message.includes("already defined")) {
    const first = locateKeys(text).firstOf({ line, column });
    const key = first?.name ?? "";
    const message = `is given twice${first ? `, first on line ${first.place.line}` : ""}`;
    return { ...at, key, message, fix: "keep one of the two, or give one of them another name" };
  }
  const why = (error.message.split("\n")[0] ?? "").replace(/^Invalid TOML document: /, "");
  return { ...at, key: "", message: `this is no TOML: ${why}`, fix: SYNTAX_FIXES[why] ?? "see https://toml.io" };
}

const QUOTES = 'text stands in quotes: key = "value"';
const SYNTAX_FIXES: Record<string, string> = {
  "invalid value": QUOTES,
  "illegal character in numeric literal": QUOTES,
  "illegal leading zero": QUOTES,
  "control characters are not allowed in strings":
    "the quote at the end is missing, or a line break stands within the text",
  "unfinished string": "the quote at the end is missing",
  "each key-value declaration must be followed by an end-of-line": `begin a new line here; ${QUOTES}`,
  "illegal character in key": "keys with other characters than letters, digits, - and _ stand in quotes",
  "integer value cannot be represented losslessly": "write a smaller number",
};

/** Each issue of zod's at its place in the text, in the words of the file. */
export function shapeProblems(error: z.ZodError, data: unknown, file: string, positions: Positions): Problem[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path as (string | number)[];
    return leaves(issue, path).map(({ path, message, fix }) => ({
      file,
      ...positions.key(path),
      key: tomlName(path),
      message,
      fix,
    }));
  });

  function leaves(issue: z.core.$ZodIssue, path: (string | number)[]): Leaf[] {
    if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey(key, path));
    if (issue.code === "invalid_union") {
      // The form that was meant is the one that fits at its root.
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

/** What people write who know another program's config. */
const SYNONYMS: Record<string, string> = {
  provider: "model_providers",
  providers: "model_providers",
  api_key: "env_key",
  key: "env_key",
  token: "env_key",
  url: "base_url",
  api_base: "base_url",
  endpoint: "base_url",
  headers: "http_headers",
  type: "preset",
  kind: "preset",
  wires: "wire_api",
  protocol: "wire_api",
  context: "context_window",
  context_length: "context_window",
  max_tokens: "max_output_tokens",
  models: "candidates",
  port: "listen",
  host: "listen",
};

const HOLDS_NAME = "which takes the name of an environment variable that holds the key, and not the key itself";

function unknownKey(key: string, path: KeyPath): Leaf {
  const known = path.length === 0 ? TOP_KEYS : keysOf(schemaAt(fileSchema, path));
  const all = keysOf(schemaAt(fileSchema, path));
  const synonym = SYNONYMS[key];
  const meant = synonym !== undefined && known.includes(synonym) ? synonym : (nearest(key, known) ?? nearest(key, all));
  const where = path.length === 0 ? "at the top of the file" : `in [${tomlName(path)}]`;
  return {
    path: [...path, key],
    message: "there is no such key",
    fix:
      meant === undefined
        ? `${where} there are: ${known.join(", ")}`
        : `did you mean \`${meant}\`${meant === "env_key" && synonym ? `, ${HOLDS_NAME}` : ""}?`,
  };
}

function wrongValue(path: KeyPath, value: unknown): Leaf {
  const schema = schemaAt(fileSchema, path);
  const wanted = schema ? describeSchema(schema) : "something else";
  const key = path.at(-1);
  const example = schema ? exampleOf(schema) : "…";
  const fix = `write for example: ${typeof key === "string" ? `${tomlName([key])} = ` : ""}${example}`;
  if (value === undefined) return { path, message: "is missing", fix };
  // Other text than a word to choose may be a key that was put into the wrong place.
  const words = quotedIn(wanted);
  const isWord = typeof value === "string" && words.length > 0 && value.length <= 20;
  const near = typeof value === "string" ? nearest(value, words) : undefined;
  return {
    path,
    message: `must be ${value === "" && words.length === 0 ? "more than an empty text" : `${wanted}, not ${isWord ? JSON.stringify(value) : kindOf(value, wanted)}`}`,
    fix: near === undefined ? fix : `did you mean "${near}"?`,
  };
}

const quotedIn = (text: string): string[] => Array.from(text.matchAll(/"([^"]+)"/g), ([, word]) => word ?? "");

/** Numbers are shown where one belongs; elsewhere they may be a key. */
function kindOf(value: unknown, wanted: string): string {
  if (typeof value === "string") return value === "" ? "an empty text" : "a text";
  if (typeof value === "number") return wanted.includes("number") ? String(value) : "a number";
  if (typeof value === "boolean") return String(value);
  if (value instanceof Date) return "a date";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  return "a table";
}

function valueAt(data: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>((value, part) => (value as Record<string | number, unknown> | undefined)?.[part], data);
}
