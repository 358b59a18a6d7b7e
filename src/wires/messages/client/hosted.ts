/** Searches that were made here, as blocks of a Messages response. */
import { parseObject } from "../../../core/arguments.ts";
import { citationsIn, type Citation } from "../../../core/citations.ts";
import { sealReasoning } from "../../../core/reasoning-tag.ts";
import type { Item } from "../../../core/turn.ts";
import { callIdOf, foundBy, hangingItems, queryFor, queryOf } from "../../hosted.ts";
import { searchItems, SEARCH_NAME, SEARCH_TAG } from "../../hosted.ts";
import type { HostedCall, HostedOutcome, HostedReporter } from "../../hosted.ts";
import { NO_THOUGHT, type EventWriter } from "./encode-events.ts";
import type { Sources } from "./search-tool.ts";

/** Characters that a citation quotes at most, by Anthropic's word. */
const MOST_CITED = 150;

export class BlockReporter implements HostedReporter {
  /** Searches that were made, for the usage. */
  searches = 0;
  private readonly events: EventWriter;
  private readonly nextId: () => string;
  private readonly sources: Sources;
  private id = "";

  /** `sources` grow by what is found. */
  constructor(events: EventWriter, nextId: () => string, sources: Sources) {
    this.events = events;
    this.nextId = nextId;
    this.sources = sources;
  }

  /** JSON texts of the citations of a text that is done: those that its upstream told, and those that it holds. */
  cite(text: string, told: readonly Citation[]): string[] {
    return [...told, ...citationsIn(text, this.sources)].map(({ url, title }) => {
      const cited_text = this.sources.get(url)?.text.slice(0, MOST_CITED).toWellFormed() ?? "";
      const type = "web_search_result_location";
      return JSON.stringify({ type, cited_text, encrypted_index: SEARCH_TAG, title, url });
    });
  }

  listed(): void {}
  askApproval(): void {}

  begin(call: HostedCall): string {
    this.id = `srvtoolu_${this.nextId()}`;
    for (const { text, origin } of hangingItems(callIdOf(this.id), call.hanging)) {
      const signature = origin ? sealReasoning(text, origin) : "";
      this.events.begin(NO_THOUGHT);
      this.events.sealThought("", signature);
    }
    const head = JSON.stringify({ type: "server_tool_use", id: this.id, name: SEARCH_NAME }).slice(0, -1);
    this.events.call(head, JSON.stringify({ query: queryFor(call) }));
    return call.arguments;
  }

  end(call: HostedCall, outcome: HostedOutcome): Item[] {
    const failed = outcome.kind === "failed";
    if (!failed) this.searches++;
    const found = foundBy(call, outcome);
    for (const result of found.results) this.sources.set(result.url, result);
    const content = failed
      ? { type: "web_search_tool_result_error", error_code: codeOf(call, outcome.over), message: outcome.error }
      : found.results.map(({ url, title, text }) => {
          const encrypted_content = SEARCH_TAG + text;
          return { type: "web_search_result", url, title, encrypted_content, page_age: null };
        });
    const block = JSON.stringify({ type: "web_search_tool_result", tool_use_id: this.id, content });
    this.events.begin(block);
    this.events.finish(block);
    return searchItems(callIdOf(this.id), found);
  }
}

function codeOf({ arguments: args }: HostedCall, over = false): string {
  if (over) return "max_uses_exceeded";
  return queryOf(parseObject(args)) === undefined ? "invalid_tool_input" : "unavailable";
}
