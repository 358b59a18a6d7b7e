/**
 * Services that search the web, as data: their addresses, requests and replies. In `headers`, `query` and `body` a text
 * that is just one placeholder becomes its value, and one without a value is left out: `{query}`, `{count}`, `{country}`
 * (two letters), `{domains}` (a list), `{key}`.
 */
import type { JsonObject } from "../core/dialect.ts";

export interface SearchService {
  id: string;
  name: string;
  /** Absent for a program without a public address. */
  url?: string;
  /** Added to an address that has no path. */
  path?: string;
  env_keys: readonly string[];
  method: "GET" | "POST";
  headers: Readonly<Record<string, string>>;
  query: Readonly<Record<string, string>>;
  body: JsonObject;
  /** Path of the results in its reply, names joined by dots. */
  results: string;
  /** The fields of a result, by such paths; of `text` the first that is not empty. */
  fields: Readonly<{ url: string; title: string; text: readonly string[] }>;
  /** Advice for users, shown when it refuses a request. */
  hint?: string;
}

const PLAIN = { env_keys: [], method: "GET", headers: {}, query: {}, body: {}, results: "results" } as const;

export const SEARCH_SERVICES: readonly SearchService[] = [
  {
    ...PLAIN,
    id: "searxng",
    name: "SearXNG",
    path: "/search",
    query: { q: "{query}", format: "json" },
    fields: { url: "url", title: "title", text: ["content"] },
    hint: "its settings.yml must list json among search.formats",
  },
  {
    ...PLAIN,
    id: "brave",
    name: "Brave Search",
    url: "https://api.search.brave.com/res/v1/web/search",
    env_keys: ["BRAVE_API_KEY", "BRAVE_SEARCH_API_KEY"],
    headers: { "x-subscription-token": "{key}" },
    query: { q: "{query}", count: "{count}", country: "{country}", text_decorations: "false" },
    results: "web.results",
    fields: { url: "url", title: "title", text: ["description"] },
  },
  {
    ...PLAIN,
    id: "tavily",
    name: "Tavily",
    url: "https://api.tavily.com/search",
    env_keys: ["TAVILY_API_KEY"],
    method: "POST",
    headers: { authorization: "Bearer {key}" },
    body: { query: "{query}", max_results: "{count}", include_domains: "{domains}" },
    fields: { url: "url", title: "title", text: ["content"] },
  },
];
