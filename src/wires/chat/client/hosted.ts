/**
 * The web search of a Chat request (`web_search_options`). A Chat answer has no place for the searches themselves: they
 * are made unseen, and the answer's text cites what was found.
 */
import { citationsIn, type Citation, type Source } from "../../../core/citations.ts";
import { parseAt } from "../../../core/parse.ts";
import type { Item, Tool } from "../../../core/turn.ts";
import {
  countryIn,
  foundBy,
  placeIn,
  searchItems,
  searchTool,
  type HostedCall,
  type HostedExchange,
  type HostedOutcome,
  type HostedTeller,
  type SearchWish,
} from "../../hosted.ts";
import { SearchOptions } from "./schema.ts";

export const SEARCH_FIELD = "web_search_options";
/** The name under which the search is offered to models. */
export const SEARCH_NAME = "web_search";

export interface Search {
  wish: SearchWish;
  tool: Tool;
}

export function readSearch(options: unknown): Search {
  const { search_context_size, user_location } = parseAt(SearchOptions, options, SEARCH_FIELD);
  const where = user_location?.approximate;
  return {
    wish: { size: search_context_size ?? "medium", ...countryIn(where) },
    tool: searchTool(SEARCH_NAME, placeIn(where)),
  };
}

/** `client_tools`: there are tools that the client runs itself. */
export function hostedExchange({ wish }: Search, client_tools: boolean, teller: SilentTeller): HostedExchange {
  return {
    toolOf: (flat) => (flat === SEARCH_NAME ? { kind: "web_search" } : undefined),
    mcp: [],
    declare: () => {},
    approved: () => [],
    search: wish,
    client_tools,
    teller,
  };
}

export class SilentTeller implements HostedTeller {
  private readonly sources = new Map<string, Source>();
  private readonly nextId: () => string;
  private readonly onSearch: () => void;

  /** `onSearch` hears of each: what the model says next stands apart from what it has said. */
  constructor(nextId: () => string, onSearch: () => void) {
    this.nextId = nextId;
    this.onSearch = onSearch;
  }

  listed(): void {}
  askApproval(): void {}

  begin(call: HostedCall): string {
    this.onSearch();
    return call.arguments;
  }

  end(call: HostedCall, outcome: HostedOutcome): Item[] {
    const found = foundBy(call, outcome);
    for (const { url, title } of found.results) this.sources.set(url, { url, title });
    return searchItems(`call_${this.nextId()}`, SEARCH_NAME, found);
  }

  /** Whether there is anything that a text could cite. */
  get has_sources(): boolean {
    return this.sources.size > 0;
  }

  /** What a text of the answer cites, before which so many characters of it stand, as Unicode counts them. */
  citationsIn(text: string, before: number): Citation[] {
    return citationsIn(text, this.sources).map(({ start_index, end_index, ...source }) => ({
      ...source,
      start_index: before + start_index,
      end_index: before + end_index,
    }));
  }
}
