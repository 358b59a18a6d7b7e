/**
 * Searches in a Responses history. A `web_search_call` item has no place for what was found, but the model must read the
 * same again on the next turn. It travels in a reasoning item beside it, sealed like our thoughts are (see
 * reasoning-tag), for clients that want such items; for others in `results` of the item itself.
 */
import type { Item } from "../../../core/turn.ts";
import { callIdOf, hangingIn, searchItems, type Found, type SearchResult } from "../../hosted.ts";

/** Begins what our sealed results hold. */
export const SEARCH_TAG = "juscode1s:";

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
    const { id, query, results, error, hanging } = JSON.parse(sealed.slice(SEARCH_TAG.length)) as Record<
      string,
      unknown
    >;
    if (typeof id !== "string" || typeof query !== "string") return undefined;
    return searchOf(id, query, { results, error, hanging });
  } catch {
    return undefined;
  }
}

/** The search that an item of the history tells of; undefined where it does not say what was found. */
export function searchIn(item: Record<string, unknown>): Search | undefined {
  const { id, action, results, error, hanging } = item;
  const { query, queries } = (action ?? {}) as { query?: unknown; queries?: unknown };
  const asked = typeof query === "string" ? query : Array.isArray(queries) ? queries.join("; ") : undefined;
  if (typeof id !== "string" || asked === undefined || !Array.isArray(results)) return undefined;
  return searchOf(id, asked, { results, error, hanging });
}

function searchOf(
  id: string,
  query: string,
  { results, error, hanging }: { results: unknown; error: unknown; hanging: unknown },
): Search | undefined {
  if (!Array.isArray(results)) return undefined;
  const read = (results as unknown[]).flatMap((each): SearchResult[] => {
    const { url, title, text } = (each ?? {}) as Record<string, unknown>;
    return typeof url === "string" ? [{ url, title: wordsOf(title), text: wordsOf(text) }] : [];
  });
  const hung = hangingIn(hanging);
  return { id, query, results: read, ...(typeof error === "string" && { error }), ...(hung && { hanging: hung }) };
}

const wordsOf = (value: unknown): string => (typeof value === "string" ? value : "");

export function itemsOfSearch(search: Search, name: string): Item[] {
  return searchItems(callIdOf(search.id), name, search);
}
