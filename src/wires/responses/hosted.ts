/** Hosted tools as a Responses request declares and chooses them. */
import type { Ignored } from "../../core/turn.ts";
import type { HostedTool, SearchWish } from "../hosted.ts";
import { nameOf, parseAt } from "./parse.ts";
import { SearchTool } from "./schema.ts";

/** The name under which the search is offered to models. */
export const SEARCH_NAME = "web_search";

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
): { wish: SearchWish; location: string | undefined } | undefined {
  const read = parseAt(SearchTool, tool, at);
  if (read.external_web_access === false && read.indexed_web_access !== true) {
    const why = "no search may ask the network (external_web_access is false)";
    ignored.push({ field: at, what: nameOf(read.type), why });
    return undefined;
  }
  const where = read.user_location ?? {};
  const domains = read.filters?.allowed_domains ?? [];
  const location = [where.city, where.region, where.country, where.timezone].filter(Boolean).join(", ");
  if (read.search_content_types?.includes("image"))
    ignored.push({ field: `${at}.search_content_types`, what: "image", why: "only texts are searched for" });
  return {
    wish: {
      size: read.search_context_size ?? "medium",
      ...(domains.length > 0 && { domains: domains.map((domain) => domain.toLowerCase()) }),
      ...(/^[a-z]{2}$/i.test(where.country ?? "") && { country: where.country?.toUpperCase() ?? "" }),
    },
    location: location === "" ? undefined : location,
  };
}

/** The flat name of the hosted tool that `tool_choice` or an entry of its list means; undefined for any other. */
export function hostedChoice(
  choice: { type?: string | null | undefined },
  hosted: ReadonlyMap<string, HostedTool>,
): string | undefined {
  return isSearch(choice.type) && hosted.has(SEARCH_NAME) ? SEARCH_NAME : undefined;
}
