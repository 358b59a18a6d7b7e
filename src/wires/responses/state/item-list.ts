/** Lists of items as the API shows them: in pages, and in the shapes that its schema has for stored items. */
import type { JsonObject } from "../../../core/dialect.ts";
import { ShimError } from "../../../core/errors.ts";
import { isJsonObject } from "../../../core/json-fields.ts";
import { objectOf, objectsIn } from "../../../core/json.ts";
import { textOf } from "../../../core/parse.ts";
import { OWN_REASONING_ID } from "../../../core/reasoning-tag.ts";
import type { PageRequest } from "./query.ts";

type ItemList = { items: readonly string[]; has_more: boolean };

/** One page of these. Throws a ShimError where `after` is none of them. */
export function pageOf(items: readonly string[], { after, limit, order }: PageRequest): ItemList {
  const ordered = order === "asc" ? items : items.toReversed();
  const at = after === undefined ? -1 : ordered.findIndex((item) => idOf(item) === after);
  if (after !== undefined && at === -1) throw noSuchItem(after);
  const rest = ordered.slice(at + 1);
  return { items: rest.slice(0, limit), has_more: rest.length > limit };
}

export function noSuchItem(after: string): ShimError {
  return new ShimError("not_found", `Item with id '${after}' not found.`, { param: "after", code: null });
}

/** The list object. */
export function listText({ items, has_more }: ItemList, include: readonly string[]): string {
  const ids = [items[0], items.at(-1)].map((item) => (item === undefined ? null : idOf(item)));
  const data = items.map((item) => shownItem(item, include)).join(",");
  return `{"object":"list","data":[${data}],"first_id":${JSON.stringify(ids[0])},"last_id":${JSON.stringify(ids[1])},"has_more":${has_more}}`;
}

const ENCRYPTED = "reasoning.encrypted_content";

/** An item as it is told: what clients send short is written out. */
export function shownItem(text: string, include: readonly string[]): string {
  const item = objectOf(JSON.parse(text));
  const { type = "message" } = item;
  if (type === "reasoning" && !include.includes(ENCRYPTED)) {
    const { encrypted_content: _, ...shown } = item;
    return JSON.stringify(shown);
  }
  if (type === "message")
    return JSON.stringify({ ...item, type, status: item.status ?? "completed", content: partsOf(item) });
  return HAVE_STATUS.has(type) ? JSON.stringify({ ...item, status: item.status ?? "completed" }) : text;
}

const HAVE_STATUS = new Set<unknown>(["function_call", "function_call_output", "custom_tool_call_output"]);

function partsOf({ role, content }: JsonObject): unknown {
  if (typeof content !== "string") return Array.isArray(content) ? content.map((part) => partOf(part, role)) : [];
  return [partOf({ type: role === "assistant" ? "output_text" : "input_text", text: content }, role)];
}

function partOf(part: unknown, role: unknown): unknown {
  if (!isJsonObject(part) || part.type !== "output_text" || role !== "assistant") return part;
  return { ...part, annotations: part.annotations ?? [], logprobs: part.logprobs ?? [] };
}

/** A `response` as it is told later: without what only the next turn needs, unless it is asked for. */
export function shownResponse(text: string, include: readonly string[]): string {
  if (include.includes(ENCRYPTED) || !text.includes('"encrypted_content"')) return text;
  const response = objectOf(JSON.parse(text));
  const output = objectsIn(response.output).flatMap((item) => {
    if (item.type !== "reasoning") return [item];
    const { encrypted_content: _, ...shown } = item;
    const says = [shown.content, shown.summary].some((parts) => Array.isArray(parts) && parts.length > 0);
    // What the client never saw, since it says nothing.
    return says || !OWN_REASONING_ID.test(textOf(item.id)) ? [shown] : [];
  });
  return JSON.stringify({ ...response, output });
}

export function idOf(item: string): string {
  return textOf(objectOf(JSON.parse(item)).id);
}
