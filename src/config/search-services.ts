/**
 * Services that search the web, as data: where each is, and how it is asked and read. In `headers`, `query` and `body` a
 * text that is just one placeholder becomes its value, and what has no value is left out:
 * `{query}`, `{count}`, `{country}` (two letters), `{domains}` (a list), `{key}`.
 */
import type { JsonObject } from "../core/dialect.ts";

export interface SearchService {
  id: string;
  /** For people. */
  name: string;
  /** Its own address; absent for a program that everybody runs by himself. */
  url?: string;
  /** Added to an address that has no path. */
  path?: string;
  /** Environment variables where its users keep their key. */
  env_keys: readonly string[];
  method: "GET" | "POST";
  headers: Readonly<Record<string, string>>;
  query: Readonly<Record<string, string>>;
  /** Sent as JSON, by POST. */
  body: JsonObject;
  /** Where in its answer the list of results stands, as names joined by dots. */
  results: string;
  /** The fields of a result, by such paths; of `text` the first that holds something. */
  fields: Readonly<{ url: string; title: string; text: readonly string[] }>;
  /** What its users must know to set it up; told when it refuses. */
  hint?: string;
}

export const SEARCH_SERVICES: readonly SearchService[] = [
  {
    id: "searxng",
    name: "SearXNG",
    path: "/search",
    env_keys: [],
    method: "GET",
    headers: {},
    query: { q: "{query}", format: "json" },
    body: {},
    results: "results",
    fields: { url: "url", title: "title", text: ["content"] },
    hint: "its settings.yml must list json among search.formats",
  },
  {
    id: "brave",
    name: "Brave Search",
    url: "https://api.search.brave.com/res/v1/web/search",
    env_keys: ["BRAVE_API_KEY", "BRAVE_SEARCH_API_KEY"],
    method: "GET",
    headers: { "x-subscription-token": "{key}" },
    query: { q: "{query}", count: "{count}", country: "{country}", text_decorations: "false" },
    body: {},
    results: "web.results",
    fields: { url: "url", title: "title", text: ["description"] },
  },
  {
    id: "tavily",
    name: "Tavily",
    url: "https://api.tavily.com/search",
    env_keys: ["TAVILY_API_KEY"],
    method: "POST",
    headers: { authorization: "Bearer {key}" },
    query: {},
    body: { query: "{query}", max_results: "{count}", include_domains: "{domains}" },
    results: "results",
    fields: { url: "url", title: "title", text: ["content"] },
  },
];
