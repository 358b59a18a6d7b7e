/**
 * Parts of a request that give their content by an address: images, files, sound. The upstream would fetch it, from
 * another server. Where nothing may leave your network such a part becomes a line of text that says so, so that a thread
 * whose history holds one goes on.
 */
import type { JsonObject } from "./dialect.ts";
import { elementsOf, JsonEdit, membersOf, valueSpan, type Span } from "./json-edit.ts";
import { isJsonObject } from "./json-fields.ts";
import { joinPath } from "./parse.ts";
import type { Ignored } from "./turn.ts";

/** Undefined where there is nothing to be fetched. `json` is what `text` means. */
export function withoutFetches(text: string, json: unknown): { text: string; ignored: Ignored[] } | undefined {
  if (!isJsonObject(json)) return undefined;
  const hits = new Hits();
  for (const key of ROOTS) {
    const value = json[key];
    if (Array.isArray(value)) inList(value, hits.at(key), key === "system" ? 1 : 0);
  }
  if (hits.empty) return undefined;
  const edit = new JsonEdit(text);
  const ignored: Ignored[] = [];
  replace(edit, valueSpan(text), hits, "", ignored);
  return { text: edit.result(), ignored };
}

const ROOTS = ["messages", "input", "system", "prompt"]; // Where prompts stand, on every wire.

const HOLDS_PARTS = ["content", "output"]; // Members that hold parts.

/** Of a message beside its content, as some upstreams have them. */
const BESIDE = "images image image_url videos video video_url audios audio_url files attachments".split(" ");

/** Parts that are read and not fetched, whatever stands in them: text, tool calls and their results. */
const READ =
  /^(?:(?:input_|output_|summary_|reasoning_)?text|refusal|(?:redacted_)?thinking|reasoning|search_result|tool_reference|(?!tool_result$)\w*tool_(?:use|call|result))$/;

/** A tree of the places where something is to be replaced. */
class Hits {
  /** What the part becomes: its text, under the type of its wire. */
  hit: { what: string; json: string } | undefined;
  private readonly inner = new Map<string | number, Hits>();

  at(step: string | number): Hits {
    let next = this.inner.get(step);
    if (!next) this.inner.set(step, (next = new Hits()));
    return next;
  }

  get empty(): boolean {
    return !this.hit && this.places.length === 0;
  }

  get places(): readonly (readonly [string | number, Hits])[] {
    return [...this.inner].filter(([, each]) => !each.empty);
  }
}

/** Parts within parts; what is nested deeper is no part of any protocol, and is left out unread. */
const MOST_NESTING = 8;

/** At depth 0 stand messages or items, below it parts. */
function inList(list: readonly unknown[], hits: Hits, depth: number, role?: unknown): void {
  for (const [i, each] of list.entries()) if (isJsonObject(each)) inObject(each, hits.at(i), depth, role);
}

function inObject(object: JsonObject, hits: Hits, depth: number, role: unknown): void {
  const { type, source } = object;
  const spoken = object["role"] ?? role;
  // Embeddings take parts where others take messages.
  const is_part = depth > 0 || (type === undefined && object["role"] === undefined);
  const is_read = typeof type === "string" && READ.test(type);
  if (is_part && !is_read && (depth > MOST_NESTING || namesAddress(own(object), 0))) {
    hits.hit = { what: whatOf(object), json: JSON.stringify(lineFor(object, spoken)) };
    return;
  }
  for (const key of HOLDS_PARTS) {
    const value = object[key];
    if (Array.isArray(value)) inList(value, hits.at(key), depth + 1, spoken);
    else if (isJsonObject(value) && namesAddress(value, 0))
      hits.at(key).hit = { what: whatOf(value), json: JSON.stringify(wordsFor(value)) };
  }
  if (isJsonObject(source) && Array.isArray(source["content"]))
    inList(source["content"], hits.at("source").at("content"), depth + 1, spoken);
  if (is_part) return;
  for (const key of BESIDE) if (namesAddress(object[key], 0)) hits.at(key).hit = { what: key, json: "null" };
}

/** Without what is looked through by itself. */
function own(object: JsonObject): JsonObject {
  const { content: _, output: __, source, ...rest } = object;
  if (source === undefined) return rest;
  return isJsonObject(source) ? { ...rest, source: { ...source, content: undefined } } : { ...rest, source };
}

const MOST_DEPTH = 4; // How deep a part holds its address: `{"file": {"file_data": "…"}}`.

function namesAddress(value: unknown, depth: number): boolean {
  if (typeof value === "string") return isAddress(value);
  if (depth >= MOST_DEPTH || typeof value !== "object" || value === null) return false;
  return Object.values(value).some((each) => namesAddress(each, depth + 1));
}

const SCHEME = /^(?:[a-z][a-z0-9+.-]*:\/\/|(?:https?|ftp|file|blob|s3|gs|ms):|\/\/)/i;

/** A parser of addresses passes over blanks and line breaks at the head, and within the scheme. */
const isAddress = (text: string): boolean => SCHEME.test(text.slice(0, 64).replaceAll(/[\0-\x20]+/g, ""));

const whatOf = ({ type }: JsonObject): string => (typeof type === "string" ? type.slice(0, 40) : "part");

function wordsFor(part: JsonObject): string {
  const kind = /image|video|audio/.exec(whatOf(part))?.[0] ?? "file";
  const a = /^[aeiou]/.test(kind) ? "An" : "A";
  return `[${a} ${kind} was left out: it is given by its address, and under local_only no server fetches anything. Its content would have to be sent.]`;
}

function lineFor(part: JsonObject, role: unknown): object {
  const { type } = part;
  const responses = typeof type === "string" && /^(?:input|output)_|^computer_/.test(type);
  const named = responses ? (role === "assistant" ? "output_text" : "input_text") : "text";
  return { type: named, text: wordsFor(part) };
}

const WHY = "the upstream would fetch it, and nothing may leave your network (local_only); send its content";

/** Containers are cut up once, and only those on the way to a place. */
function replace(edit: JsonEdit, span: Span, hits: Hits, at: string, ignored: Ignored[]): void {
  if (hits.hit) {
    edit.replace(span, hits.hit.json);
    ignored.push({ field: at, what: hits.hit.what, why: WHY });
    return;
  }
  const is_list = edit.text[span.start] === "[";
  const elements = is_list ? elementsOf(edit.text, span.start) : [];
  const members = is_list ? [] : membersOf(edit.text, span.start);
  for (const [step, inner] of hits.places) {
    const value = typeof step === "number" ? elements[step] : members.findLast(({ key }) => key === step)?.value;
    if (value) replace(edit, value, inner, joinPath(at, [step]), ignored);
  }
}
