/** Asks the search service, and reads what it found. The services are data (config/search-services). */
import type { SearchSettings } from "../../config/file/config-file.ts";
import { retryAfter } from "../../core/upstream-errors/wait.ts";
import { asShimError, ShimError } from "../../core/errors.ts";
import type { SearchResult, WebSearchSettings } from "../../wires/hosted.ts";
import { redactor, type Redact } from "../access/redact.ts";
import { secretsIn } from "../access/secrets.ts";
import { pause } from "../pause.ts";
import { request, type Host, type Init } from "../upstreams/fetching.ts";
import { asList, asObject, at, type Json } from "../upstreams/model-list.ts";
import { readJsonReply, readText } from "../upstreams/reading.ts";
import { transportOf } from "../upstreams/transport.ts";
import { domainFilter } from "./domains.ts";
import { kindOfStatus, saidIn } from "./failure.ts";

const MOST_BYTES = 8 * 1024 * 1024; // Limit of a service's reply. Some send whole pages along.
const MOST_ERROR_BYTES = 64 * 1024;
const MOST_LOOKED_AT = 1000;
const MOST_TRIES = 4;
const PAUSE_MS = 1100;
const MOST_QUERY = 1000;
const MOST_TITLE = 300;
/** Characters of one result's text, by how much of the window the client grants. */
const MOST_TEXT = { low: 600, medium: 1500, high: 4000 };

/** Throws a ShimError whose message may be shown to the model. */
export type Searcher = { search(query: string, wish: WebSearchSettings, signal: AbortSignal): Promise<SearchResult[]> };

/** `tries`: attempts of a search that comes too soon for the service. */
export function searcher(settings: SearchSettings, readKey?: () => Promise<string>, tries = MOST_TRIES): Searcher {
  const { service, timeout_ms } = settings;
  // Without an address: a search that cannot connect runs out of its own time.
  const host = { speaker: service.name, address: undefined, connect_timeout_ms: timeout_ms, answered: false };
  const transport = transportOf(settings);
  return {
    async search(query, wish, signal) {
      const key = readKey ? await readKey() : settings.api_key;
      const count = wish.size === "low" ? Math.ceil(settings.max_results / 2) : settings.max_results;
      const words = query.slice(0, MOST_QUERY).toWellFormed();
      const { href, init } = requestFor(settings, { ...wish, query: words, count, key });
      const redact = redactor(secretsOf(settings, key));
      const timely = AbortSignal.any([signal, AbortSignal.timeout(timeout_ms)]);
      try {
        const send = (): Promise<unknown> =>
          replyOf(host, href, { ...init, ...transport, signal: timely }, service.hint);
        const reply = await patiently(send, tries, performance.now() + timeout_ms, timely);
        return resultsIn(reply, service, wish, count, redact);
      } catch (thrown) {
        if (signal.aborted) throw thrown;
        const { kind, message } = timely.aborted
          ? new ShimError("upstream_timeout", `${service.name} has not answered within ${timeout_ms / 1000} s`)
          : asShimError(thrown);
        throw new ShimError(kind, redact(message), { cause: thrown });
      }
    },
  };
}

/** A mere place for the query or the key is no secret. */
function secretsOf({ service, proxy, url }: SearchSettings, key: string | undefined): string[] {
  const { headers, query, body } = service;
  const texts = secretsIn({ key, headers, query, urls: [proxy, url], fields: body });
  return texts.filter((each) => !PLACE.test(each));
}

/** Models ask for several searches at once, and cheap plans take one a second. */
async function patiently<T>(send: () => Promise<T>, tries: number, end_ms: number, signal: AbortSignal): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await send();
    } catch (thrown) {
      const { kind, retry_after_ms = 0 } = asShimError(thrown);
      const wait_ms = Math.max(PAUSE_MS * tried, retry_after_ms);
      if (kind !== "rate_limited" || tried >= tries || performance.now() + wait_ms > end_ms) throw thrown;
      await pause(wait_ms, signal);
    }
  }
}

type Service = SearchSettings["service"];
type SearchRequest = WebSearchSettings & { query: string; count: number; key: string | undefined };

function requestFor({ service, url }: SearchSettings, asked: SearchRequest): { href: string; init: Init } {
  const { domains, country, query, count, key } = asked;
  const takesDomains = JSON.stringify([service.query, service.body]).includes("{domains}");
  const bound = domains && !takesDomains ? ` (${domains.map((domain) => `site:${domain}`).join(" OR ")})` : "";
  const values = { query: query + bound, count, country, domains, key };
  const texts = (template: Json): [string, string][] =>
    Object.entries(filled(template, values)).map(([name, value]) => [name, String(value)]);
  const at = new URL(url);
  for (const [name, value] of texts(service.query)) at.searchParams.set(name, value);
  const headers = { accept: "application/json", ...Object.fromEntries(texts(service.headers)) };
  if (service.method === "GET") return { href: at.href, init: { headers } };
  const body = JSON.stringify(filled(service.body, values));
  return { href: at.href, init: { method: "POST", headers: { ...headers, "content-type": "application/json" }, body } };
}

const PLACE = /\{(query|count|country|domains|key)\}/;
const PLACES = new RegExp(PLACE, "g");

/** The template with the values in their places; a field whose place has no value is left out. */
function filled(template: Json, values: Readonly<Record<string, unknown>>): Json {
  return Object.fromEntries(
    Object.entries(template).flatMap(([name, each]): [string, unknown][] => {
      if (typeof each !== "string") return [[name, each]];
      const whole = /^\{(\w+)\}$/.exec(each)?.[1];
      if (whole !== undefined && whole in values) return values[whole] === undefined ? [] : [[name, values[whole]]];
      const lacks = Array.from(each.matchAll(PLACES)).some(([, place = ""]) => values[place] === undefined);
      return lacks ? [] : [[name, each.replaceAll(PLACES, (_, place: string) => String(values[place]))]];
    }),
  );
}

async function replyOf(host: Host, url: string, init: Init, hint = ""): Promise<unknown> {
  const { speaker } = host;
  const reply = await request(host, url, init);
  if (reply.ok) return readJsonReply(reply, { most_bytes: MOST_BYTES, speaker });
  const { status } = reply;
  const said = saidIn(await readText(reply, { most_bytes: MOST_ERROR_BYTES, speaker }).catch(() => ""));
  const more = status === 403 && hint !== "" ? ` (${hint})` : "";
  const retry_after_ms = retryAfter(reply.headers, Date.now());
  const details = retry_after_ms === undefined ? {} : { retry_after_ms };
  throw new ShimError(kindOfStatus(status, said), `${speaker} answers ${status}${more}`, details);
}

/** `count` results at most: some services send thousands, and the streams of others wait meanwhile. */
function resultsIn(
  reply: unknown,
  service: Service,
  wish: WebSearchSettings,
  count: number,
  redact: Redact,
): SearchResult[] {
  const list = at(asObject(reply), service.results);
  if (list !== undefined && !Array.isArray(list))
    throw new ShimError("upstream_protocol", `${service.name} answers without a list of results`);
  const { url, title, text } = service.fields;
  const isAllowed = domainFilter(wish.domains, wish.not_domains);
  const found = new Map<string, SearchResult>();
  for (const entry of asList(list).slice(0, MOST_LOOKED_AT)) {
    if (found.size >= count) break;
    const result = asObject(entry);
    const address = at(result, url);
    if (typeof address !== "string" || found.has(address) || !isAllowed(address)) continue;
    const words = text.map((path) => wordsOf(at(result, path))).find((each) => each !== "") ?? "";
    found.set(address, {
      url: address,
      title: cut(redact(wordsOf(at(result, title))), MOST_TITLE),
      text: cut(redact(words), MOST_TEXT[wish.size]),
    });
  }
  return [...found.values()];
}

/** One line of words, without the markup that services leave in them. */
function wordsOf(value: unknown): string {
  const text = Array.isArray(value) ? value.filter((each) => typeof each === "string").join(" … ") : value;
  if (typeof text !== "string") return "";
  return text
    .slice(0, MOST_BYTES / 64)
    .replaceAll(/<\/?(?:b|em|i|mark|strong)>/gi, "")
    .replaceAll(/\s+/g, " ")
    .trim()
    .toWellFormed();
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1).toWellFormed()}…` : text;
}
