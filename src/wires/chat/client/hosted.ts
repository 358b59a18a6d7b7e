/** The web search of a Chat request. Chat has no place for the searches: the text cites what was found. */
import { citationsIn, type Citation, type Source } from "../../../core/citations.ts";
import { parseAt } from "../../../core/parse.ts";
import type { Item } from "../../../core/turn.ts";
import { foundBy, searchItems, wantedSearch } from "../../hosted.ts";
import type { HostedCall, HostedOutcome, HostedReporter, WantedSearch } from "../../hosted.ts";
import { SearchOptions } from "./schema.ts";

export const SEARCH_FIELD = "web_search_options";

export function readSearch(options: unknown): WantedSearch {
  const { search_context_size: size, user_location } = parseAt(SearchOptions, options, SEARCH_FIELD);
  return wantedSearch({ size }, user_location?.approximate);
}

export class SilentReporter implements HostedReporter {
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
    return searchItems(`call_${this.nextId()}`, found);
  }

  /** Whether there is anything that a text could cite. */
  get has_sources(): boolean {
    return this.sources.size > 0;
  }

  /** What a text of the response cites, before which so many characters of it stand, as Unicode counts them. */
  citationsIn(text: string, before: number): Citation[] {
    return citationsIn(text, this.sources).map(({ start_index, end_index, ...source }) => ({
      ...source,
      start_index: before + start_index,
      end_index: before + end_index,
    }));
  }
}
