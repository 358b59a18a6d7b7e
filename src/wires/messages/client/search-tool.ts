/**
 * Anthropic's server tool for the web: what a request wants of it, and what the history says it has found. What a result
 * says stands in its `encrypted_content`, which clients send back unread, so that the model reads the same again.
 */
import { parseAt, textOf } from "../../../core/parse.ts";
import { countryIn, domainOf, placeIn, type Found, type SearchResult, type SearchWish } from "../../hosted.ts";
import { SearchTool } from "./schema.ts";

export const SEARCH_NAME = "web_search";
/** Begins what our results hold. */
export const SEARCH_TAG = "juscode1s:";

/** What searches have found, by address. */
export type Sources = Map<string, SearchResult>;

/** By any of its versions. */
export function isSearch(type: unknown): boolean {
  return typeof type === "string" && /^web_search_\d{8}$/.test(type);
}

export function wantsSearch(json: unknown): boolean {
  const { tools } = (json ?? {}) as { tools?: unknown };
  return Array.isArray(tools) && tools.some((tool: { type?: unknown } | null) => isSearch(tool?.type));
}

export interface Wish {
  search: SearchWish;
  location: string | undefined;
  max_uses: number | undefined;
}

export function readWish(tool: Record<string, unknown>, at: string): Wish {
  const { allowed_domains, blocked_domains, max_uses, user_location } = parseAt(SearchTool, tool, at);
  return {
    search: {
      size: "medium",
      ...(allowed_domains && allowed_domains.length > 0 && { domains: allowed_domains.map(domainOf) }),
      ...(blocked_domains && blocked_domains.length > 0 && { not_domains: blocked_domains.map(domainOf) }),
      ...countryIn(user_location),
    },
    location: placeIn(user_location),
    max_uses: max_uses ?? undefined,
  };
}

/** What a block of the history says was found; undefined for what another server has found. */
export function foundIn(content: unknown, query: string): Found | undefined {
  if (!Array.isArray(content)) {
    const { type, message } = (content ?? {}) as Record<string, unknown>;
    if (type !== "web_search_tool_result_error" || typeof message !== "string") return undefined;
    return { query, results: [], error: message };
  }
  const results: SearchResult[] = [];
  for (const each of content as unknown[]) {
    const { url, title, encrypted_content: sealed } = (each ?? {}) as Record<string, unknown>;
    if (typeof sealed !== "string" || !sealed.startsWith(SEARCH_TAG)) return undefined;
    results.push({ url: textOf(url), title: textOf(title), text: sealed.slice(SEARCH_TAG.length) });
  }
  return { query, results };
}
