/** A provider: an upstream, and how to send requests to it. */
import process from "node:process";
import { presetById } from "../../config/presets/index.ts";
import { resolveProvider, type ProviderInput } from "../../config/resolve.ts";
import { ShimError } from "../../core/errors.ts";
import type { ProbeKind, ProviderRecord } from "../../core/provider.ts";
import { redactError, redactor, type Redact } from "../access/redact.ts";
import { secretsIn } from "../access/secrets.ts";
import { SHIM_HEADER, VIA_HEADER } from "../headers.ts";
import { addressOf } from "./connect.ts";
import { request, type Host } from "./fetching.ts";
import { environmentProxy } from "../../config/proxies.ts";
import { MOST_LIST_BYTES, readJsonReply } from "./reading.ts";
import { isDirect, PROXY_VARIABLES, transportOf } from "./transport.ts";
import { readModelList, type ModelInfo } from "./model-list.ts";

export interface Provider {
  id: string;
  record: ProviderRecord;
  /** For people: what it is and where. Error messages begin with it. */
  speaker: string;
  /** For people; the built-in demo has none. */
  base_url: string | undefined;
  /** Takes its secrets out of a text: upstreams repeat the key that they refuse. */
  redact: Redact;
  send(path: string, body: string | Blob, options: SendOptions): Promise<Response>;
  /** A request about something that it stores, without a body. */
  call(method: string, path: string, options: SendOptions): Promise<Response>;
  listModels(via: string, signal: AbortSignal): Promise<ModelList>;
  /** A question about the upstream itself, by a path below its root; the reply's JSON. Throws when there is none. */
  ask(path: string, body: object | undefined, signal: AbortSignal): Promise<unknown>;
}

interface SendOptions {
  via: string;
  signal: AbortSignal;
  headers?: Readonly<Record<string, string>>;
}

export interface ModelList {
  models: ModelInfo[];
  /** Id of the running shim, when the upstream is one. */
  shim: string | null;
  /** Why there are none, in a few words. */
  problem?: string;
}

/** Where a key comes from that is not in the record: a command, or a file that is reloaded. `refused` is a revoked one. */
export type KeySource = (refused?: string) => Promise<string>;

export function httpProvider(input: ProviderInput, keySource?: KeySource): Provider {
  const record = resolveProvider(input);
  const { id, name, base_url } = record;
  const speaker = `${name} (${base_url})`;
  const init = transportOf(record);
  const host: Host = {
    speaker,
    address: isProxied(record) ? undefined : addressOf(base_url),
    connect_timeout_ms: record.connect_timeout_ms,
    answered: false,
  };
  const fixed = secretsOf(record);
  let redact = redactor(fixed);
  const redactName = redactor(fixed.filter((secret) => secret.length >= LONG_SECRET));
  let keys: readonly string[] = [];
  const remembered = (key: string): string => {
    if (keys.includes(key)) return key;
    // Replies to requests with the older ones may still be on their way.
    keys = [key, ...keys].slice(0, MOST_KEYS);
    redact = redactor([...fixed, ...keys]);
    return key;
  };
  const askWith = (key: string | undefined, url: string, via: string, signal: AbortSignal, more: RequestInit) => {
    const headers = headersOf(more.headers, record, key, via);
    return request(host, url, { ...init, ...more, signal, headers }).catch((error: unknown) => {
      throw redactError(error, redact);
    });
  };
  const ask = async (url: string, via: string, signal: AbortSignal, more: RequestInit = {}): Promise<Response> => {
    if (!keySource) return askWith(record.api_key, url, via, signal, more);
    const key = remembered(await keySource());
    const reply = await askWith(key, url, via, signal, more);
    if (reply.status !== 401) return reply;
    // Keys of this kind run out: a new one may be there.
    const another = remembered(await keySource(key).catch(() => key));
    if (another === key) return reply;
    void reply.body?.cancel().catch(() => {});
    return askWith(another, url, via, signal, more);
  };
  return {
    id,
    record,
    speaker,
    base_url,
    redact: (text) => redact(text),
    send: (path, body, { via, signal, headers }) =>
      ask(urlOf(record, path), via, signal, {
        method: "POST",
        headers: { accept: "text/event-stream", ...headers, "content-type": "application/json" },
        body,
      }),
    call: (method, path, { via, signal, headers = {} }) => ask(urlOf(record, path), via, signal, { method, headers }),
    listModels: async (via, signal) => {
      const reply = await ask(urlOf(record, "/models"), via, signal);
      const shim = reply.headers.get(SHIM_HEADER);
      if (!reply.ok) {
        void reply.body?.cancel().catch(() => {});
        return { models: [], shim, problem: `answers ${reply.status} to GET /models` };
      }
      const bound = { most_bytes: MOST_LIST_BYTES, speaker, asked: "GET /models" };
      const list = await readJsonReply(reply, bound).catch((error: unknown) => {
        if (signal.aborted || error instanceof ShimError) throw error;
        throw new ShimError("upstream_protocol", `${speaker} broke off in the middle of its list of models`);
      });
      return { models: readModelList(list).map((model) => ({ ...model, id: redactName(model.id) })), shim };
    },
    ask: async (path, body, signal) => {
      const post = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
      const reply = await ask(new URL(path, base_url).href, "", signal, body === undefined ? {} : post);
      if (reply.ok) return readJsonReply(reply, { most_bytes: MOST_LIST_BYTES, speaker, asked: path });
      void reply.body?.cancel().catch(() => {});
      throw new ShimError("upstream_failed", `${speaker} answers ${reply.status} to ${path}`);
    },
  };
}

/** Of a key that is replaced while the server runs, so many are remembered. */
const MOST_KEYS = 4;
/** A shorter word that stands in a model's name may be a placeholder for a key, and the name must stay what it is. */
const LONG_SECRET = 16;

/** Placeholders where an upstream needs no key are often its own name, which stands in every message. */
function secretsOf(record: ProviderRecord): string[] {
  const { id, name, preset, api_key: key, headers, query, base_url, proxy, dialect, models } = record;
  const bodies = [dialect, ...Object.values(models).map((model) => model.dialect)];
  const fields = bodies.map((each) => each?.extra_body);
  const names = [id, name, preset].map((each) => each?.toLowerCase());
  const urls = [base_url, proxy, ...PROXY_VARIABLES.map((variable) => process.env[variable])];
  return secretsIn({ key, headers, query, urls, fields }).filter((each) => !names.includes(each.toLowerCase()));
}

function urlOf({ base_url, query }: ProviderRecord, path: string): string {
  const more = new URLSearchParams(query).toString();
  return `${base_url}${path}${more === "" ? "" : `${path.includes("?") ? "&" : "?"}${more}`}`;
}

/** One value for each name, whatever its case: the config counts more than the client and the wire. */
function headersOf(
  given: RequestInit["headers"],
  record: ProviderRecord,
  key: string | undefined,
  via: string,
): Headers {
  const headers = new Headers(given);
  for (const [name, value] of Object.entries(record.headers)) headers.set(name, value);
  if (key !== undefined && record.auth === "bearer") headers.set("authorization", `Bearer ${key}`);
  else if (key !== undefined) headers.set(record.auth, key);
  headers.set(VIA_HEADER, via);
  return headers;
}

/** By which endpoints an upstream reports the windows of its models. */
export function probeKind({ record }: Pick<Provider, "record">): ProbeKind {
  return presetById(record.preset)?.probe ?? "models";
}

/** By its own proxy, or by one that the environment names for everybody. */
function isProxied(record: ProviderRecord): boolean {
  if (isDirect(record)) return false;
  return record.proxy !== undefined || environmentProxy(record.base_url, process.env) !== undefined;
}
