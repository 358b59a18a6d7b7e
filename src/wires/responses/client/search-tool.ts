/** The web search as a Responses request declares it. */
import type { JsonObject } from "../../../core/dialect.ts";
import { nameOf, parseAt } from "../../../core/parse.ts";
import type { Ignored } from "../../../core/turn.ts";
import { wantedSearch, type WantedSearch } from "../../hosted.ts";
import { SearchTool } from "./schema.ts";

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
