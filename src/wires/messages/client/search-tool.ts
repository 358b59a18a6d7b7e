/**
 * Anthropic's server tool for the web: what a request wants of it, and what the history says it has found. What a result
 * says stands in its `encrypted_content`, which clients send back unread, so that the model reads the same again.
 */
import { objectOf, objectsIn } from "../../../core/json.ts";
import { parseAt, textOf } from "../../../core/parse.ts";
import { SEARCH_TAG, wantedSearch, type Found, type SearchResult, type WantedSearch } from "../../hosted.ts";
import { SearchTool } from "./schema.ts";

/** What searches have found, by address. */
export type Sources = Map<string, SearchResult>;

/** By any of its versions. */
export function isSearch(type: unknown): boolean {
  return typeof type === "string" && /^web_search_\d{8}$/.test(type);
}

export function wantsSearch(json: unknown): boolean {
  return objectsIn(objectOf(json).tools).some(({ type }) => isSearch(type));
}

export interface LimitedSearch extends WantedSearch {
  max_uses: number | undefined;
}

export function readWish(tool: Record<string, unknown>, at: string): LimitedSearch {
  const { allowed_domains, blocked_domains, max_uses, user_location } = parseAt(SearchTool, tool, at);
  const wanted = wantedSearch({ domains: allowed_domains, not_domains: blocked_domains }, user_location);
  return { ...wanted, max_uses: max_uses ?? undefined };
}

/** What a block of the history says was found; undefined for what another server has found. */
export function foundIn(content: unknown, query: string): Found | undefined {
  if (!Array.isArray(content)) {
    const { type, message } = objectOf(content);
    if (type !== "web_search_tool_result_error" || typeof message !== "string") return undefined;
    return { query, results: [], error: message };
  }
  const results: SearchResult[] = [];
  for (const each of content) {
    const { url, title, encrypted_content: sealed } = objectOf(each);
    if (typeof sealed !== "string" || !sealed.startsWith(SEARCH_TAG)) return undefined;
    results.push({ url: textOf(url), title: textOf(title), text: sealed.slice(SEARCH_TAG.length) });
  }
  return { query, results };
}
