/**
 * Hosted tools: those that a client declares and its server runs. A wire says what is asked for, tells the client of
 * each call while it runs, and what the model reads of it; the server runs the calls (see server/hosted).
 */
import type { Item, Tool } from "../core/turn.ts";

/** What can be run here, by the config. */
export interface HostedOffer {
  /** There is a service that searches the web. */
  search: boolean;
}

/** How the client wants the web searched. */
export interface SearchWish {
  /** Only results of these domains and those below them; absent for all. */
  domains?: readonly string[];
  /** Two letters. */
  country?: string;
  /** How much of the model's window results may take. */
  size: "low" | "medium" | "high";
}

export interface SearchResult {
  url: string;
  title: string;
  text: string;
}

/** A hosted tool under the flat name by which the model calls it. */
export type HostedTool = { kind: "web_search" };

/** A call of a hosted tool, as the model made it. */
export interface HostedCall {
  tool: HostedTool;
  /** The flat name. */
  name: string;
  /** JSON text, exactly as it was received; may be broken. */
  arguments: string;
}

/** What came of a call. `error` is said to the model and the client. */
export type HostedOutcome = { kind: "searched"; results: readonly SearchResult[] } | { kind: "failed"; error: string };

/** Tells the client of hosted calls, one after another. */
export interface HostedTeller {
  begin(call: HostedCall): void;
  /** What the model reads of it: the same as when the client sends the history back. */
  end(call: HostedCall, outcome: HostedOutcome): Item[];
}

/** What an exchange knows of hosted tools; absent where it declares none that can be run. */
export interface HostedExchange {
  toolOf(flat: string): HostedTool | undefined;
  search: SearchWish;
  /** Calls in one answer at most, as the client wants it. */
  max_calls?: number;
  /** There are tools that the client runs itself. */
  client_tools: boolean;
  teller: HostedTeller;
}

/** As what the search is offered to models. */
export function searchTool(name: string, location: string | undefined): Tool {
  const where = location === undefined ? "" : ` The user is in ${location}.`;
  return {
    name,
    description: `Searches the web and returns titles, addresses and excerpts of pages. For what may have changed or is not known for sure.${where}`,
    parameters: {
      type: "object",
      properties: { query: { type: "string", description: "What to search for, as for a search engine" } },
      required: ["query"],
      additionalProperties: false,
    },
  };
}

/** The query in a call's arguments; undefined when there is none. */
export function queryOf(args: Record<string, unknown> | undefined): string | undefined {
  const query = args?.["query"];
  return typeof query === "string" && query.trim() !== "" ? query.trim() : undefined;
}
