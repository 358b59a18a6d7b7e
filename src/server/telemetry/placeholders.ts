/**
 * Makes a transcript that can be shown to others: texts become placeholders of the same length, while everything that
 * the translation depends on stays: structure, ids, names, sizes, and the markup within texts.
 */
import { FIELDS } from "./wordings/fields.ts";

/** Short words of the protocols, and names: of them the translation depends. */
const KEPT_KEYS = new Set([
  "type",
  "role",
  "id",
  "call_id",
  "tool_call_id",
  "item_id",
  "tool_use_id",
  "name",
  "namespace",
  "model",
  "object",
  "status",
  "finish_reason",
  "stop_reason",
  "phase",
  "effort",
  "summary_mode",
  "detail",
  "media_type",
  "format",
  "tool_choice",
  "response_id",
  "code",
  "verbosity",
  "truncation",
  "service_tier",
  "syntax",
  "include",
  "required",
  "$ref",
  "additionalProperties",
  "index",
  "execution",
  "signature_mode",
  "field",
]);
/** Whatever stands below a tool's schema or grammar is its author's, not the user's; but for the words for people. */
const SCHEMA_KEYS = new Set(["parameters", "input_schema", "schema", "format"]);
const SCHEMA_TEXTS = new Set(["description", "title", "default", "examples", "example", "const", "enum", "pattern"]);
/** Pieces of one text, over many frames. */
const FRAGMENTS = new Set([
  "arguments",
  "partial_json",
  "delta",
  "content",
  "text",
  "reasoning",
  "reasoning_content",
  "thinking",
  "input",
  "refusal",
]);

/** Letters and digits go, each for one of its kind: equal texts stay equal, and lengths what they were. */
function masked(text: string): string {
  return (
    text
      .replaceAll(/[\p{L}\p{M}]/gu, (letter) => "x".repeat(letter.length))
      .replaceAll(/\p{N}/gu, (digit) => "1".repeat(digit.length))
      // Whatever else carries meaning in one sign, as pictures do.
      .replaceAll(/[^\s\u0020-\u007e]/gu, (sign) => "x".repeat(sign.length))
  );
}

/** What looks like the markup of calls and thoughts, and of patches: there the translation looks. */
const MARKUP =
  /<\|?\/?[a-z_]+(?:=[a-z_.-]+)?\|?>|\[\/?[A-Z_]{3,}\]|^\*\*\* (?:Begin|End) (?:Patch|of File)|^\*\*\* (?:Add|Update|Delete) File:|^\*\*\* Move to:|```/gim;

/** A text for people, or of a program. */
export function placeholderText(text: string): string {
  if (text.startsWith("data:")) return text.replace(/(?<=,)[\s\S]*$/, (data) => "A".repeat(data.length));
  let out = "";
  let at = 0;
  for (const { 0: kept, index } of text.matchAll(MARKUP)) {
    out += masked(text.slice(at, index)) + kept;
    at = index + kept.length;
  }
  return out + masked(text.slice(at));
}

/** A text that is JSON, or its beginning: keys, numbers' forms and escapes stay, so that it means the same shape. */
export function placeholderJson(text: string): string {
  // Half an escape at the very end, too: without it each quote of the text would be tried in vain, up to the end.
  return text.replaceAll(
    /"(?:[^"\\]|\\[\s\S])*(?:"|\\?$)(?<colon>\s*:)?|-?\d+/g,
    (token, colon: string | undefined) => {
      if (!token.startsWith('"')) return token.replaceAll(/\d/g, "1");
      if (colon !== undefined) return token;
      // The quotes stand apart, so that what begins a text is seen as its beginning.
      return token.replaceAll(/\\u[\da-f]{4}|\\[\s\S]|"|[^\\"]+/gi, (part) =>
        part.startsWith("\\") ? part : placeholderText(part),
      );
    },
  );
}

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const looksLikeJson = (text: string): boolean => /^\s*[{[]/.test(text);
const placeholder = (text: string): string => (looksLikeJson(text) ? placeholderJson(text) : placeholderText(text));

/** A body of a request or of an answer. */
export function redactBody(value: Json, key = "", schema = false): Json {
  if (typeof value === "string") return keepsText(value, key, schema) ? value : placeholder(value);
  if (Array.isArray(value)) return value.map((each) => redactBody(each, key, schema));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, redactBody(each, name, schema || SCHEMA_KEYS.has(name))]),
  );
}

function keepsText(text: string, key: string, schema: boolean): boolean {
  if (schema) return !SCHEMA_TEXTS.has(key);
  // An error's code may be any word of what was asked.
  if (key === "code") return FIELDS.has(text) || /^\d+$/.test(text);
  return KEPT_KEYS.has(key) && isWord(text);
}

/** Words of protocols and ids have no spaces; what has some was written by somebody. */
function isWord(text: string): boolean {
  return /^[\w.:/@|$#+=-]{0,200}$/.test(text);
}

/** The frames of a stream. What is spread over several of them is taken together: a call's arguments are one JSON. */
export function redactFrames(frames: readonly Json[]): Json[] {
  const whole = new Map<string, string>();
  frames.forEach((frame) => eachFragment(frame, (path, text) => void whole.set(path, (whole.get(path) ?? "") + text)));
  for (const [path, text] of whole) whole.set(path, placeholder(text));
  const at = new Map<string, number>();
  const next = (path: string, text: string): string => {
    const from = at.get(path) ?? 0;
    at.set(path, from + text.length);
    return whole.get(path)?.slice(from, from + text.length) ?? "";
  };
  return frames.map((frame) => redactFragments(frame, "", "", next));
}

function eachFragment(value: Json, take: (path: string, text: string) => void): void {
  redactFragments(value, "", "", (path, text) => {
    take(path, text);
    return text;
  });
}

/** As `redactBody`, but texts in pieces go through `fragment`, with the path that all pieces of one text share. */
function redactFragments(
  value: Json,
  key: string,
  path: string,
  fragment: (path: string, text: string) => string,
): Json {
  if (typeof value === "string") {
    if (FRAGMENTS.has(key)) return fragment(path, value);
    return keepsText(value, key, false) ? value : placeholder(value);
  }
  if (Array.isArray(value))
    return value.map((each, i) => redactFragments(each, key, `${path}/${indexOf(each, i)}`, fragment));
  if (value === null || typeof value !== "object") return value;
  const own = typeof value["index"] === "number" || typeof value["item_id"] === "string";
  const here = own ? `${path}#${JSON.stringify([value["index"] ?? value["item_id"], value["content_index"]])}` : path;
  const type = path === "" && typeof value["type"] === "string" ? value["type"] : "";
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name,
      redactFragments(each, name, `${here}${type}.${name}`, fragment),
    ]),
  );
}

/** Entries of a list say themselves which they are, where one frame holds only some of them. */
function indexOf(value: Json, i: number): number {
  const own = value !== null && typeof value === "object" && !Array.isArray(value) ? value["index"] : undefined;
  return typeof own === "number" ? own : i;
}
