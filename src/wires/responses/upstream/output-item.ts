/** One item of a Responses reply while it comes: in pieces, whole, or both. */
import { parseObject } from "../../../core/arguments.ts";
import type { Citation } from "../../../core/citations.ts";
import type { LogProb } from "../../../core/reply.ts";
import type { Phase } from "../../../core/turn.ts";
import { sendable } from "./lower-reasoning.ts";
import type { Thought } from "./body.ts";

type Json = Record<string, unknown>;

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

export function outputItem(head: Json, index: number | undefined, order: number): OutputItem {
  const type = stringOf(head.type);
  return {
    order,
    kind: kindOf(type),
    type,
    index,
    id: stringOf(head.id),
    call_id: stringOf(head.call_id),
    name: stringOf(head.name),
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
export function citationOf(annotation: unknown): Citation | undefined {
  if (!isObject(annotation) || annotation.type !== "url_citation" || typeof annotation.url !== "string")
    return undefined;
  const { url, title, start_index, end_index } = annotation;
  return {
    url,
    title: stringOf(title),
    start_index: typeof start_index === "number" ? start_index : 0,
    end_index: typeof end_index === "number" ? end_index : 0,
  };
}

export function phaseOf(value: unknown): Phase | undefined {
  return value === "commentary" || value === "final_answer" ? value : undefined;
}

export interface Words {
  kind: PartKind;
  text: string;
  /** The part as it stands in the item. */
  part?: Json;
}

/** What a whole item says, part by part. */
export function wordsOf(item: OutputItem, whole: Json): Words[] {
  switch (item.kind) {
    case "message":
      return listOf(whole.content, "output_text").flatMap((part): Words[] => {
        if (part.type === "refusal") return [{ kind: "refusal", text: stringOf(part.refusal) }];
        return typeof part.text === "string" ? [{ kind: "text", text: part.text, part }] : [];
      });
    case "reasoning":
      return [
        ...listOf(whole.content, "reasoning_text").map((part) => ({
          kind: "thought" as const,
          text: stringOf(part.text),
        })),
        ...listOf(whole.summary, "summary_text").map((part) => ({
          kind: "summary" as const,
          text: stringOf(part.text),
        })),
      ];
    case "call": {
      const said = whole.arguments ?? whole.input;
      if (typeof said === "string") return [{ kind: "arguments", text: said }];
      return isObject(said) ? [{ kind: "arguments", text: JSON.stringify(said) }] : [];
    }
    case "other":
      return [];
  }
}

/** Some hosts put a text where a list of parts belongs. */
function listOf(value: unknown, type: string): Json[] {
  if (typeof value === "string") return value === "" ? [] : [{ type, text: value }];
  return Array.isArray(value) ? (value as unknown[]).filter(isObject) : [];
}

/** What goes back where the upstream does not tell the whole item. */
export function thoughtOf({ id, parts, thought }: OutputItem): Thought {
  if (thought) return thought;
  const texts = (kind: PartKind, type: string): Json[] =>
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

export function stringOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
