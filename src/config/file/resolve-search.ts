/** The table [web_search]: a service that is known or told, its address, and its key. */
import { isPrivate } from "../../core/addresses.ts";
import { SEARCH_SERVICES, type SearchService } from "../search-services.ts";
import type { SearchSettings } from "./config-file.ts";
import type { Findings } from "./findings.ts";
import { resolveKey, type ResolvedKey } from "./resolve-key.ts";
import { isInHouse, resolveTransport } from "./resolve-transport.ts";
import type { WebSearchToml } from "./schema-hosted.ts";
import type { KeyPath } from "../../core/toml-positions.ts";

const DEFAULT_RESULTS = 8;
const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_CALLS = 20;

const PATH: KeyPath = ["web_search"];

export function resolveSearch(toml: WebSearchToml | string | undefined, found: Findings): SearchSettings | undefined {
  if (toml === undefined) return undefined;
  if (typeof toml === "string") {
    found.warn(PATH, "is Codex's own and means nothing here; a table [web_search] would name a service");
    return undefined;
  }
  const known = SEARCH_SERVICES.find(({ id }) => id === toml.service);
  const service = known ? extended(known, toml) : told(toml, found);
  const url = service && resolveUrl(toml.url, service, [...PATH, "url"], found);
  const transport = resolveTransport(toml, PATH, found);
  if (!service || url === undefined) return undefined;
  const { source, api_key } = keyOf(toml, service, found);
  return {
    service,
    url,
    key: source,
    ...(api_key !== undefined && { api_key }),
    ...transport,
    local: isInHouse(isPrivate(new URL(url).hostname), transport, toml.local),
    max_results: toml.max_results ?? DEFAULT_RESULTS,
    timeout_ms: toml.timeout_ms ?? DEFAULT_TIMEOUT_MS,
    max_calls: toml.max_calls ?? DEFAULT_CALLS,
  };
}

function extended(service: SearchService, toml: WebSearchToml): SearchService {
  const { url, title, text } = toml.fields ?? {};
  return {
    ...service,
    method: toml.method ?? service.method,
    headers: { ...service.headers, ...toml.headers },
    query: { ...service.query, ...toml.query },
    body: { ...service.body, ...toml.body },
    results: toml.results ?? service.results,
    fields: {
      url: url ?? service.fields.url,
      title: title ?? service.fields.title,
      text: text === undefined ? service.fields.text : [text].flat(),
    },
  };
}

/** A service of the user's own: all that is needed must be told. */
function told(toml: WebSearchToml, found: Findings): SearchService | undefined {
  const known = SEARCH_SERVICES.map(({ id }) => id).join(", ");
  const asked = JSON.stringify([toml.query, toml.body]).includes("{query}");
  if (toml.results === undefined || !asked) {
    const fix = `write one of ${known}; or say how yours is asked and read: query = { q = "{query}" }, results = "results"`;
    found.problem([...PATH, "service"], `\`${toml.service}\` is not known here`, fix);
    return undefined;
  }
  const method = toml.body === undefined ? ("GET" as const) : ("POST" as const);
  const fields = { url: "url", title: "title", text: ["content"] };
  const nothing = { headers: {}, query: {}, body: {}, env_keys: [], method, results: toml.results, fields };
  return extended({ id: toml.service, name: toml.service, ...nothing }, toml);
}

function resolveUrl(
  written: string | undefined,
  service: SearchService,
  path: KeyPath,
  found: Findings,
): string | undefined {
  const text = written?.trim() ?? service.url;
  const example = service.url ?? `http://127.0.0.1:8888${service.path ?? "/search"}`;
  if (text === undefined) {
    found.problem(PATH, `${service.name} has no address of its own`, `write where yours is: url = "${example}"`);
    return undefined;
  }
  const url = /^https?:\/\//i.test(text) ? URL.parse(text) : null;
  if (!url || url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    const message = "is no plain http or https address: no password, no query, no part after #";
    found.problem(path, message, `write for example: url = "${example}"; keys go into env_key or api_key_file`);
    return undefined;
  }
  return url.pathname === "/" && service.path !== undefined ? url.origin + service.path : url.href;
}

/** A key is needed where the service's headers, query or body have a place for it. */
function keyOf(toml: WebSearchToml, service: SearchService, found: Findings): ResolvedKey {
  const { env_key, api_key_file } = toml;
  const needed = JSON.stringify([service.headers, service.query, service.body]).includes("{key}");
  const usual = service.env_keys.find((name) => (found.variable(name) ?? "").trim() !== "");
  const name = env_key ?? (api_key_file === undefined && needed ? usual : undefined);
  const given = { ...(name !== undefined && { env_key: name }), ...(api_key_file !== undefined && { api_key_file }) };
  const key = resolveKey(given, undefined, PATH, found);
  if (needed && name === undefined && api_key_file === undefined) {
    const variable = service.env_keys[0] ?? "SEARCH_API_KEY";
    found.problem(PATH, `${service.name} needs a key`, `run: export ${variable}=…, or say where it is by env_key`);
  }
  return key;
}
