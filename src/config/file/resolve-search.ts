/** The table [web_search]: a service that is known or described, its address, and its key. */
import { isPrivate } from "../../core/addresses.ts";
import { SEARCH_SERVICES, type SearchService } from "../search-services.ts";
import type { SearchSettings } from "./config-file.ts";
import { defined, type Setting } from "./findings.ts";
import { resolveKey, type ResolvedKey } from "./resolve-key.ts";
import { httpUrl, isLocal, resolveTransport } from "./resolve-transport.ts";
import type { WebSearchToml } from "./schema-hosted.ts";

const DEFAULT_RESULTS = 8;
const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_CALLS = 20;

export function resolveSearch(toml: WebSearchToml | string, table: Setting): SearchSettings | undefined {
  if (typeof toml === "string") {
    table.warn("is a setting of Codex and has no effect here; a table [web_search] would name a service");
    return undefined;
  }
  const known = SEARCH_SERVICES.find(({ id }) => id === toml.service);
  const service = known ? extended(known, toml) : described(toml, table);
  const url = service && resolveUrl(toml.url, service, table);
  const transport = resolveTransport(toml, table);
  if (!service || !url) return undefined;
  const { source, api_key } = keyOf(toml, service, table);
  return {
    service,
    url: url.href,
    key: source,
    ...(api_key !== undefined && { api_key }),
    ...transport,
    local: isLocal(isPrivate(url.hostname), transport, toml.local),
    max_results: toml.max_results ?? DEFAULT_RESULTS,
    timeout_ms: toml.timeout_ms ?? DEFAULT_TIMEOUT_MS,
    max_calls: toml.max_calls ?? DEFAULT_CALLS,
  };
}

function extended(service: SearchService, toml: WebSearchToml): SearchService {
  const { text, ...fields } = toml.fields ?? {};
  return {
    ...service,
    method: toml.method ?? service.method,
    headers: { ...service.headers, ...toml.headers },
    query: { ...service.query, ...toml.query },
    body: { ...service.body, ...toml.body },
    results: toml.results ?? service.results,
    fields: { ...service.fields, ...defined(fields), ...(text !== undefined && { text: [text].flat() }) },
  };
}

/** A service of the user's own: the config has to describe it. */
function described(toml: WebSearchToml, table: Setting): SearchService | undefined {
  const known = SEARCH_SERVICES.map(({ id }) => id).join(", ");
  const has_query = JSON.stringify([toml.query, toml.body]).includes("{query}");
  if (toml.results === undefined || !has_query) {
    const fix = `use one of ${known}; or describe its request and reply: query = { q = "{query}" }, results = "results"`;
    return table.at("service").problem(`\`${toml.service}\` is not a known service`, fix);
  }
  const method = toml.body === undefined ? ("GET" as const) : ("POST" as const);
  const fields = { url: "url", title: "title", text: ["content"] };
  const nothing = { headers: {}, query: {}, body: {}, env_keys: [], method, results: toml.results, fields };
  return extended({ id: toml.service, name: toml.service, ...nothing }, toml);
}

function resolveUrl(written: string | undefined, service: SearchService, table: Setting): URL | undefined {
  const text = written?.trim() ?? service.url;
  const example = `url = "${service.url ?? `http://127.0.0.1:8888${service.path ?? "/search"}`}"`;
  if (text === undefined) return table.problem(`${service.name} has no address of its own`, `write yours: ${example}`);
  const url = httpUrl(text, "no query");
  if (!url) {
    const message = "is not a plain http or https address (without a password, a query, or a part after #)";
    return table.at("url").problem(message, `for example: ${example}; keys go into env_key or api_key_file`);
  }
  if (url.pathname === "/" && service.path !== undefined) url.pathname = service.path;
  return url;
}

/** A key is needed where the service's headers, query or body have a place for it. */
function keyOf({ env_key, api_key_file }: WebSearchToml, service: SearchService, table: Setting): ResolvedKey {
  const needed = JSON.stringify([service.headers, service.query, service.body]).includes("{key}");
  const usual = service.env_keys.find((name) => (table.variable(name) ?? "").trim() !== "");
  const name = env_key ?? (api_key_file === undefined && needed ? usual : undefined);
  const key = resolveKey(defined({ env_key: name, api_key_file }), undefined, table);
  if (needed && name === undefined && api_key_file === undefined) {
    const variable = service.env_keys[0] ?? "SEARCH_API_KEY";
    table.problem(`${service.name} needs a key`, `run: export ${variable}=…, or name its variable by env_key`);
  }
  return key;
}
