/**
 * Makes a transcript that can be shown to others: texts become placeholders of the same length, while everything that
 * the translation depends on stays: structure, ids, names, sizes, and the markup within texts.
 */
import { withParts } from "../../core/json-string.ts";
import { FIELDS } from "./fields.ts";

const setOf = (words: string): ReadonlySet<string> => new Set(words.match(/\S+/g));

/** Their values are short words of the protocols, and names: the translation depends on them. */
const KEPT_KEYS = setOf(`
  type role id call_id tool_call_id item_id tool_use_id response_id name namespace model object status finish_reason
  stop_reason phase effort summary_mode detail media_type format tool_choice code verbosity truncation service_tier syntax
  include required $ref additionalProperties index execution signature_mode field`);
/** Whatever stands below a tool's schema or grammar is its author's, not the user's; except for these words for people. */
const SCHEMA_KEYS = setOf("parameters input_schema schema format");
const SCHEMA_TEXTS = setOf("description title default examples example const enum pattern");
/** Pieces of one text, over many frames. */
const FRAGMENTS = setOf("arguments partial_json delta content text reasoning reasoning_content thinking input refusal");

/** Replaces each letter, digit, and whatever else carries meaning in one sign, as pictures do: lengths stay. */
function masked(text: string): string {
  return text
    .replaceAll(/\p{N}/gu, (digit) => "1".repeat(digit.length))
    .replaceAll(/[\p{L}\p{M}]|[^\s\u0020-\u007e]/gu, (sign) => "x".repeat(sign.length));
}

/** The translation reads what looks like the markup of tool calls, thoughts and patches. */
const MARKUP =
  /<\|?\/?[a-z_]+(?:=[a-z_.-]+)?\|?>|\[\/?[A-Z_]{3,}\]|^\*\*\* (?:Begin|End) (?:Patch|of File)|^\*\*\* (?:Add|Update|Delete) File:|^\*\*\* Move to:|```/gim;

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

/** Escapes and quotes stand apart, so that what begins a text is seen as its beginning. */
const STRING_PARTS = /\\u[\da-f]{4}|\\[\s\S]|"|[^\\"]+/gi;

/** A text that is JSON, or its beginning: keys, numbers' forms and escapes stay, so that it means the same shape. */
export function placeholderJson(text: string): string {
  const inString = (part: string): string => (part.startsWith("\\") ? part : placeholderText(part));
  return withParts(
    text,
    (between) => between.replaceAll(/\d/g, "1"),
    (string, is_key) => (is_key ? string : string.replaceAll(STRING_PARTS, inString)),
  );
}

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const looksLikeJson = (text: string): boolean => /^\s*[{[]/.test(text);
const placeholder = (text: string): string => (looksLikeJson(text) ? placeholderJson(text) : placeholderText(text));

/** Takes a piece of a text that is spread over several frames, with the path that all its pieces share. */
type TakePiece = (path: string, text: string) => string;

/** The body of a request or of a reply. */
export function redactBody(value: Json): Json {
  return redacted(value, "", "", false);
}

/** The frames of a stream. What is spread over several of them is taken together: a call's arguments are one JSON. */
export function redactFrames(frames: readonly Json[]): Json[] {
  const whole = new Map<string, string>();
  const collect: TakePiece = (path, text) => {
    whole.set(path, (whole.get(path) ?? "") + text);
    return text;
  };
  for (const frame of frames) redacted(frame, "", "", false, collect);
  for (const [path, text] of whole) whole.set(path, placeholder(text));
  const ends = new Map<string, number>();
  const replace: TakePiece = (path, { length }) => {
    const from = ends.get(path) ?? 0;
    ends.set(path, from + length);
    return whole.get(path)?.slice(from, from + length) ?? "";
  };
  return frames.map((frame) => redacted(frame, "", "", false, replace));
}

/** `schema`: it stands below a tool's schema. */
function redacted(value: Json, key: string, path: string, schema: boolean, piece?: TakePiece): Json {
  if (typeof value === "string") {
    if (piece && FRAGMENTS.has(key)) return piece(path, value);
    return keepsText(value, key, schema) ? value : placeholder(value);
  }
  if (Array.isArray(value))
    return value.map((each, i) => redacted(each, key, `${path}/${indexOf(each) ?? i}`, schema, piece));
  if (value === null || typeof value !== "object") return value;
  const own = indexOf(value) ?? (typeof value["item_id"] === "string" ? value["item_id"] : undefined);
  const here = own === undefined ? path : `${path}#${JSON.stringify([value["index"] ?? own, value["content_index"]])}`;
  const type = path === "" && typeof value["type"] === "string" ? value["type"] : "";
  const inner = ([name, each]: [string, Json]): [string, Json] => [
    name,
    redacted(each, name, `${here}${type}.${name}`, schema || (!piece && SCHEMA_KEYS.has(name)), piece),
  ];
  return Object.fromEntries(Object.entries(value).map(inner));
}

function keepsText(text: string, key: string, schema: boolean): boolean {
  if (schema) return !SCHEMA_TEXTS.has(key);
  // An error's code may be any word of the request.
  if (key === "code") return FIELDS.has(text) || /^\d+$/.test(text);
  // Words of protocols and ids have no spaces; what has some was written by somebody.
  return KEPT_KEYS.has(key) && /^[\w.:/@|$#+=-]{0,200}$/.test(text);
}

/** Entries of a list say themselves which they are, where one frame holds only some of them. */
function indexOf(value: Json): number | undefined {
  const own = value !== null && typeof value === "object" && !Array.isArray(value) ? value["index"] : undefined;
  return typeof own === "number" ? own : undefined;
}
