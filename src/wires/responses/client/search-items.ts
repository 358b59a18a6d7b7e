/**
 * Searches in a Responses history. A `web_search_call` item has no place for what was found, but the model must read the
 * same again on the next turn. It travels in a reasoning item beside it, sealed like our thoughts are (see
 * reasoning-tag), for clients that want such items; for others in `results` of the item itself.
 */
import type { Item } from "../../../core/turn.ts";
import { objectOf, objectsIn, type Loose } from "../../../core/json.ts";
import { textOf } from "../../../core/parse.ts";
import { callIdOf, hangingIn, searchItems, SEARCH_TAG, type Found } from "../../hosted.ts";

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
