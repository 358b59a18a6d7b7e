/**
 * Anthropic's server tool for the web: what a request wants of it, and its calls as blocks of an answer. What a result
 * says stands in its `encrypted_content`, which clients send back unread, so that the model reads the same again.
 */
import { parseObject } from "../../core/arguments.ts";
import { parseAt } from "../../core/parse.ts";
import { sealReasoning } from "../../core/reasoning-tag.ts";
import type { Item } from "../../core/turn.ts";
import {
  callIdOf,
  hangingItems,
  queryOf,
  searchItems,
  type Found,
  type HostedCall,
  type HostedExchange,
  type HostedOutcome,
  type HostedTeller,
  type SearchResult,
  type SearchWish,
} from "../hosted.ts";
import { SearchTool } from "./client-schema.ts";
import type { EventWriter } from "./encode-events.ts";
import type { Lifted } from "./lift.ts";

export const SEARCH_NAME = "web_search";
/** Begins what our results hold. */
export const SEARCH_TAG = "juscode1s:";

/** By any of its versions. */
export function isSearch(type: unknown): boolean {
  return typeof type === "string" && /^web_search_\d{8}$/.test(type);
}

export interface Wish {
  search: SearchWish;
  location: string | undefined;
  max_uses: number | undefined;
}

export function readWish(tool: Record<string, unknown>, at: string): Wish {
  const { allowed_domains, blocked_domains, max_uses, user_location } = parseAt(SearchTool, tool, at);
  const { city, region, country, timezone } = user_location ?? {};
  const lower = (names: readonly string[]): string[] => names.map((name) => name.toLowerCase());
  const location = [city, region, country, timezone].filter(Boolean).join(", ");
  return {
    search: {
      size: "medium",
      ...(allowed_domains && allowed_domains.length > 0 && { domains: lower(allowed_domains) }),
      ...(blocked_domains && blocked_domains.length > 0 && { not_domains: lower(blocked_domains) }),
      ...(/^[a-z]{2}$/i.test(country ?? "") && { country: country?.toUpperCase() ?? "" }),
    },
    location: location === "" ? undefined : location,
    max_uses: max_uses ?? undefined,
  };
}

/** Undefined where no search is declared. */
export function hostedExchange({ table, turn }: Lifted, teller: BlockTeller): HostedExchange | undefined {
  const { wish } = table;
  if (!wish) return undefined;
  return {
    toolOf: (flat) => (flat === SEARCH_NAME ? { kind: "web_search" } : undefined),
    mcp: [],
    declare: () => {},
    approved: () => [],
    search: wish.search,
    ...(wish.max_uses !== undefined && { max_calls: wish.max_uses }),
    client_tools: turn.tools.length > 1,
    teller,
  };
}

export class BlockTeller implements HostedTeller {
  /** Searches that were made, for the usage. */
  searches = 0;
  private readonly events: EventWriter;
  private readonly nextId: () => string;
  private id = "";

  constructor(events: EventWriter, nextId: () => string) {
    this.events = events;
    this.nextId = nextId;
  }

  listed(): void {}
  askApproval(): void {}

  begin(call: HostedCall): string {
    this.id = `srvtoolu_${this.nextId()}`;
    for (const { text, origin } of hangingItems(callIdOf(this.id), call.hanging)) {
      const signature = origin ? sealReasoning(text, origin) : "";
      this.events.begin(JSON.stringify({ type: "thinking", thinking: "", signature: "" }));
      this.events.piece("signature_delta", "signature", signature);
      this.events.end(JSON.stringify({ type: "thinking", thinking: "", signature }));
    }
    const head = JSON.stringify({ type: "server_tool_use", id: this.id, name: SEARCH_NAME }).slice(0, -1);
    const input = JSON.stringify({ query: queryFor(call) });
    this.events.begin(`${head},"input":{}}`);
    this.events.piece("input_json_delta", "partial_json", input);
    this.events.end(`${head},"input":${input}}`);
    return call.arguments;
  }

  end(call: HostedCall, outcome: HostedOutcome): Item[] {
    const failed = outcome.kind === "failed";
    if (!failed) this.searches++;
    const results = outcome.kind === "searched" ? outcome.results : [];
    const found: Found = { query: queryFor(call), results, ...(failed && { error: outcome.error }) };
    if (call.hanging) found.hanging = call.hanging;
    const content = failed
      ? {
          type: "web_search_tool_result_error",
          error_code: outcome.over ? "max_uses_exceeded" : "unavailable",
          message: outcome.error,
        }
      : results.map(({ url, title, text }) => ({
          type: "web_search_result",
          url,
          title,
          encrypted_content: SEARCH_TAG + text,
          page_age: null,
        }));
    const block = JSON.stringify({ type: "web_search_tool_result", tool_use_id: this.id, content });
    this.events.begin(block);
    this.events.end(block);
    return searchItems(callIdOf(this.id), SEARCH_NAME, found);
  }
}

function queryFor(call: HostedCall): string {
  return queryOf(parseObject(call.arguments)) ?? call.arguments;
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
    results.push({ url: String(url), title: String(title), text: sealed.slice(SEARCH_TAG.length) });
  }
  return { query, results };
}
