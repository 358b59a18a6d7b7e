/** One item of a Responses reply while it comes: in pieces, whole, or both. */
import { parseObject } from "../../../core/arguments.ts";
import type { Citation } from "../../../core/citations.ts";
import type { JsonObject } from "../../../core/dialect.ts";
import { isJsonObject } from "../../../core/json-fields.ts";
import { objectOf, objectsIn, type Loose } from "../../../core/json.ts";
import { textOf } from "../../../core/parse.ts";
import type { LogProb } from "../../../core/reply.ts";
import type { Phase } from "../../../core/turn.ts";
import { citationOf } from "../../citation.ts";
import type { Thought } from "./body.ts";
import { sendable } from "./lower-reasoning.ts";

/** What an event of a reply may hold, or a whole body in its place. */
export type ResponseEvent = Loose<"type" | "item" | "response" | "object" | "output" | "status" | "logprobs"> &
  Loose<"item_id" | "output_index" | "content_index" | "summary_index" | "annotation">;

/** What an item of a reply may hold. */
export type ResponseItem = Loose<"type" | "id" | "call_id" | "name" | "phase" | "status" | "content" | "summary"> &
  Loose<"encrypted_content" | "arguments" | "input">;

export type ItemKind = "message" | "reasoning" | "call" | "other";
/** A `thought` is raw, a `summary` is what the upstream tells of it. */
export type PartKind = "text" | "refusal" | "thought" | "summary" | "arguments";

export interface OutputPart {
  kind: PartKind;
  /** Its place among those of the item, where the upstream tells it. */
  index: number | undefined;
  text: string;
  citations: Citation[];
  logprobs: LogProb[];
  /** How often it was told whole in another way than its pieces. */
  retold: number;
}

export interface OutputItem {
  /** In which it was begun. */
  order: number;
  kind: ItemKind;
  type: string;
  /** Its place in the upstream's list. */
  index: number | undefined;
  id: string;
  call_id: string;
  name: string;
  /** Of a message. */
  phase: Phase | undefined;
  parts: OutputPart[];
  /** The last part of each kind, and of each kind at each place. */
  last_parts: Map<string, OutputPart>;
  /** A thought as it goes back. */
  thought: Thought | undefined;
  /** Nothing more is waited for. */
  closed: boolean;
  /** The upstream has told it whole. */
  whole: boolean;
  /** The upstream says that it was cut. */
  cut: boolean;
  /** It stands in the list of the reply's end. */
  listed: boolean;
  /** The upstream has run the call itself. */
  answered: boolean;
}

const KINDS: ReadonlyMap<unknown, ItemKind> = new Map([
  ["message", "message"],
  ["reasoning", "reasoning"],
  ["function_call", "call"],
  ["custom_tool_call", "call"],
]);

export const kindOf = (type: unknown): ItemKind => KINDS.get(type) ?? "other";

export function outputItem(head: ResponseItem, index: number | undefined, order: number): OutputItem {
  const type = textOf(head.type);
  return {
    order,
    kind: kindOf(type),
    type,
    index,
    id: textOf(head.id),
    call_id: textOf(head.call_id),
    name: textOf(head.name),
    phase: phaseOf(head.phase),
    parts: [],
    last_parts: new Map(),
    thought: undefined,
    closed: false,
    whole: false,
    cut: false,
    listed: false,
    answered: false,
  };
}

/** The part that a piece belongs to; the last of its kind where the upstream does not tell. */
export function partOf(item: OutputItem, kind: PartKind, index: number | undefined): OutputPart {
  return item.last_parts.get(partKey(kind, index)) ?? newPart(item, kind, index);
}

function partKey(kind: PartKind, index?: number): string {
  return index === undefined ? kind : `${kind} ${index}`;
}

export function newPart(item: OutputItem, kind: PartKind, index?: number): OutputPart {
  const part: OutputPart = { kind, index, text: "", citations: [], logprobs: [], retold: 0 };
  item.parts.push(part);
  item.last_parts.set(kind, part);
  if (index !== undefined) item.last_parts.set(partKey(kind, index), part);
  return part;
}

/** Undefined for kinds without an address. */
export function urlCitation(annotation: unknown): Citation | undefined {
  return objectOf(annotation).type === "url_citation" ? citationOf(annotation) : undefined;
}

export function phaseOf(value: unknown): Phase | undefined {
  return value === "commentary" || value === "final_answer" ? value : undefined;
}

interface Words {
  kind: PartKind;
  text: string;
  /** The part as it stands in the item. */
  part?: JsonObject;
}

/** What a whole item says, part by part. */
export function wordsOf(item: OutputItem, whole: ResponseItem): Words[] {
  switch (item.kind) {
    case "message":
      return listOf(whole.content, "output_text").flatMap((part): Words[] => {
        if (part.type === "refusal") return [{ kind: "refusal", text: textOf(part.refusal) }];
        return typeof part.text === "string" ? [{ kind: "text", text: part.text, part }] : [];
      });
    case "reasoning":
      return [
        ...listOf(whole.content, "reasoning_text").map(({ text }): Words => ({ kind: "thought", text: textOf(text) })),
        ...listOf(whole.summary, "summary_text").map(({ text }): Words => ({ kind: "summary", text: textOf(text) })),
      ];
    case "call": {
      const said = whole.arguments ?? whole.input;
      if (typeof said === "string") return [{ kind: "arguments", text: said }];
      return isJsonObject(said) ? [{ kind: "arguments", text: JSON.stringify(said) }] : [];
    }
    case "other":
      return [];
  }
}

/** Some upstreams put a text where a list of parts belongs. */
function listOf(value: unknown, type: string): readonly JsonObject[] {
  if (typeof value === "string") return value === "" ? [] : [{ type, text: value }];
  return objectsIn(value);
}

/** What goes back where the upstream does not tell the whole item. */
export function thoughtOf({ id, parts, thought }: OutputItem): Thought {
  if (thought) return thought;
  const texts = (kind: PartKind, type: string): JsonObject[] =>
    parts.filter((part) => part.kind === kind && part.text !== "").map(({ text }) => ({ type, text }));
  return sendable({ id, summary: texts("summary", "summary_text"), content: texts("thought", "reasoning_text") });
}

export function argumentsOf({ parts }: OutputItem): string {
  return parts.length === 1 ? (parts[0]?.text ?? "") : parts.map(({ text }) => text).join("");
}

/**
 * Whether a call is all there in a reply that ended well by its own word. Broken arguments are the model's own where the
 * upstream told them whole; but some tell a cut call so too, and that one does not come to its last brace.
 */
export function isWholeCall(item: OutputItem): boolean {
  if (item.cut || item.name === "") return false;
  if (item.type === "custom_tool_call") return item.whole;
  const args = argumentsOf(item).trim();
  if (args === "") return item.whole;
  return parseObject(args) !== undefined || (item.whole && args.endsWith("}"));
}

/** Whether two texts are the same arguments, written differently. */
export function sameJson(a: string, b: string): boolean {
  const [one, two] = [parseObject(a), parseObject(b)];
  return one !== undefined && two !== undefined && JSON.stringify(one) === JSON.stringify(two);
}
