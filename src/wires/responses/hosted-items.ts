/** Tells the client of hosted calls as items of a Responses answer, with the events that OpenAI's stream has for them. */
import { parseObject } from "../../core/arguments.ts";
import type { Source } from "../../core/citations.ts";
import type { Item } from "../../core/turn.ts";
import { queryOf, type HostedCall, type HostedOutcome, type HostedTeller } from "../hosted.ts";
import type { EventWriter } from "./events.ts";
import { SEARCH_NAME } from "./hosted.ts";
import type { RequestBody } from "./schema.ts";
import { itemsOfSearch, sealSearch, type Search } from "./search-items.ts";

export interface TellerOptions {
  body: RequestBody;
  events: EventWriter;
  /** A new id for the item that comes next. */
  itemId(prefix: string): string;
  /** Grows by what is found; texts are looked through for them. */
  sources: Map<string, Source>;
}

export class ItemTeller implements HostedTeller {
  private readonly options: TellerOptions;
  /** Of the call that is being told. */
  private id = "";

  constructor(options: TellerOptions) {
    this.options = options;
  }

  begin(call: HostedCall): void {
    const { events, itemId } = this.options;
    this.id = itemId("ws");
    const place = events.place(this.id);
    events.added(this.searchItem(queryFor(call), "in_progress"));
    events.event("response.web_search_call.in_progress", place);
    events.event("response.web_search_call.searching", place);
  }

  end(call: HostedCall, outcome: HostedOutcome): Item[] {
    const { body, events, sources } = this.options;
    const failed = outcome.kind === "failed";
    const query = queryFor(call);
    const results = failed ? [] : outcome.results;
    const search: Search = { id: this.id, query, results, ...(failed && { error: outcome.error }) };
    for (const { url, title } of results) sources.set(url, { url, title });
    if (!failed) events.event("response.web_search_call.completed", events.place(this.id));
    events.done(this.searchItem(query, failed ? "failed" : "completed", search));
    if (isSealed(body)) this.seal(search);
    return itemsOfSearch(search, SEARCH_NAME);
  }

  private searchItem(query: string, status: string, found?: Search): string {
    const { include } = this.options.body;
    const action = {
      type: "search",
      query,
      queries: [query],
      ...(found &&
        include?.includes("web_search_call.action.sources") && {
          sources: found.results.map(({ url }) => ({ type: "url", url })),
        }),
    };
    // Who keeps the history must keep what was found, or the model forgets what it has read.
    const keep = found && (include?.includes("web_search_call.results") || !isSealed(this.options.body));
    return JSON.stringify({
      id: this.id,
      type: "web_search_call",
      status,
      action,
      ...(keep && { results: found.results, ...(found.error !== undefined && { error: found.error }) }),
    });
  }

  private seal(search: Search): void {
    const { events, itemId } = this.options;
    const id = itemId("rs");
    const begun = { id, type: "reasoning", status: "in_progress", summary: [] };
    events.added(JSON.stringify(begun));
    events.done(JSON.stringify({ ...begun, status: "completed", encrypted_content: sealSearch(search) }));
  }
}

/** What is searched for; the arguments as they are where no query can be read from them. */
function queryFor(call: HostedCall): string {
  return queryOf(parseObject(call.arguments)) ?? call.arguments;
}

function isSealed({ include }: RequestBody): boolean {
  return include?.includes("reasoning.encrypted_content") ?? false;
}
