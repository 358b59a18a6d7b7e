/**
 * The web search of a Responses request, and searches in its history. A `web_search_call` item has no place for what was
 * found, but the model must read the same again on the next turn. It travels in a reasoning item beside it, sealed like
 * our thoughts are (see reasoning-tag), for clients that want such items; for others in `results` of the item itself.
 */
import type { JsonObject } from "../../../core/dialect.ts";
import { objectOf, objectsIn, type Loose } from "../../../core/json.ts";
import { textOf, nameOf, parseAt } from "../../../core/parse.ts";
import type { Item, Ignored } from "../../../core/turn.ts";
import {
  callIdOf,
  hangingIn,
  searchItems,
  SEARCH_TAG,
  type Found,
  wantedSearch,
  type WantedSearch,
} from "../../hosted.ts";
import { SearchTool } from "./schema.ts";

export interface Search extends Found {
  /** Of the item. */
  id: string;
}

export function sealSearch(search: Search): string {
  return SEARCH_TAG + JSON.stringify(search);
}

/** Undefined for what another server wrote, or somebody changed. */
export function unsealSearch(sealed: string): Search | undefined {
  if (!sealed.startsWith(SEARCH_TAG)) return undefined;
  try {
    const { id, query, ...found } = objectOf(JSON.parse(sealed.slice(SEARCH_TAG.length)));
    return typeof id === "string" && typeof query === "string" ? searchOf(id, query, found) : undefined;
  } catch {
    return undefined;
  }
}

/** The search that an item of the history tells of; undefined where it does not say what was found. */
export function searchIn(item: Record<string, unknown>): Search | undefined {
  const { id, action } = item;
  const { query, queries } = objectOf(action);
  const asked = typeof query === "string" ? query : Array.isArray(queries) ? queries.join("; ") : undefined;
  return typeof id === "string" && asked !== undefined ? searchOf(id, asked, item) : undefined;
}

function searchOf(
  id: string,
  query: string,
  { results, error, hanging }: Loose<"results" | "error" | "hanging">,
): Search | undefined {
  if (!Array.isArray(results)) return undefined;
  const read = objectsIn(results).flatMap(({ url, title, text }) =>
    typeof url === "string" ? [{ url, title: textOf(title), text: textOf(text) }] : [],
  );
  const hung = hangingIn(hanging);
  return { id, query, results: read, ...(typeof error === "string" && { error }), ...(hung && { hanging: hung }) };
}

export function itemsOfSearch(search: Search): Item[] {
  return searchItems(callIdOf(search.id), search);
}

/** By any of its names; the date tells which version of OpenAI's. */
export function isSearch(type: unknown): boolean {
  return typeof type === "string" && /^web_search(?:_preview)?(?:_\d{4}_\d{2}_\d{2})?$/.test(type);
}

/**
 * Undefined where the client wants none that asks anybody. A search service is an index: nothing is fetched from the
 * pages themselves, so that Codex's `indexed_web_access` (0.169, in its sandbox) is served by it.
 */
export function readSearchWish(
  tool: Record<string, unknown>,
  at: string,
  ignored: Ignored[],
): WantedSearch | undefined {
  const read = parseAt(SearchTool, tool, at);
  if (!asksNetwork(read)) {
    const why = "no search may ask the network (external_web_access is false)";
    ignored.push({ field: at, what: nameOf(read.type), why });
    return undefined;
  }
  if (read.search_content_types?.includes("image"))
    ignored.push({ field: `${at}.search_content_types`, what: "image", why: "only texts are searched for" });
  return wantedSearch({ size: read.search_context_size, domains: read.filters?.allowed_domains }, read.user_location);
}

/** Whether the client lets it ask anybody. */
export function asksNetwork(tool: JsonObject): boolean {
  return tool.external_web_access !== false || tool.indexed_web_access === true;
}
