/** A model host, and how to talk to it. */
import { ShimError } from "../core/errors.ts";
import { readModelList, type ModelInfo } from "./model-list.ts";

/** Header that lists the shims a request has passed, so that none asks itself. */
export const VIA_HEADER = "x-juscode-via";
/** Header by which a shim is known: on every answer, with the id of the running instance. */
export const SHIM_HEADER = "x-juscode-shim";

export interface Provider {
  id: string;
  /** For people: what it is and where. Error messages begin with it. */
  speaker: string;
  /** For people; the built-in demo has none. */
  base_url: string | undefined;
  send(path: string, body: string, via: string, signal: AbortSignal): Promise<Response>;
  listModels(via: string, signal: AbortSignal): Promise<ModelList>;
}

export interface ModelList {
  models: ModelInfo[];
  /** Id of the running shim, when the host is one. */
  shim: string | null;
  /** Why there are none, in a few words. */
  problem?: string;
}

export interface HttpProviderOptions {
  id: string;
  /** Name of the program or host, where it is known. */
  name: string;
  /** Without a slash at its end; paths like `/chat/completions` are added, before a query if there is one. */
  base_url: string;
  api_key?: string | undefined;
}

export function httpProvider({ id, name, base_url, api_key }: HttpProviderOptions): Provider {
  const auth: Record<string, string> = api_key === undefined ? {} : { authorization: `Bearer ${api_key}` };
  const speaker = `${name} (${base_url})`;
  const [root = "", query] = base_url.split("?");
  const urlOf = (path: string): string => root + path + (query === undefined ? "" : `?${query}`);
  const host: Host = { speaker, answered: false };
  return {
    id,
    speaker,
    base_url,
    send: (path, body, via, signal) =>
      request(host, urlOf(path), {
        method: "POST",
        headers: {
          "content-type": "application/json",
          accept: "text/event-stream",
          [VIA_HEADER]: via,
          ...auth,
        },
        body,
        signal,
      }),
    listModels: async (via, signal) => {
      const reply = await request(host, urlOf("/models"), {
        headers: { [VIA_HEADER]: via, ...auth },
        signal,
      });
      const shim = reply.headers.get(SHIM_HEADER);
      if (reply.ok) return { models: readModelList(await reply.json()), shim };
      void reply.body?.cancel().catch(() => {});
      return { models: [], shim, problem: `answers ${reply.status} to GET /models` };
    },
  };
}

/** `timeout: false` is Bun's: without it a silent prefill ends after some minutes. */
type Init = RequestInit & { timeout?: false };

interface Host {
  speaker: string;
  /** It has answered before, so that a request may go out over a connection kept since then. */
  answered: boolean;
}

/** A connection that the host has closed breaks as soon as it is written to; one that breaks later was being used. */
const STALE_WITHIN_MS = 2000;

/** One request; a second one only when the first can hardly have reached the host, since each costs a whole reply. */
async function request(host: Host, url: string, init: Init): Promise<Response> {
  const { speaker } = host;
  const options: Init = { ...init, redirect: "manual", timeout: false };
  const started = performance.now();
  let reply: Response;
  try {
    reply = await fetch(url, options).catch((error: unknown) => {
      const stale = host.answered && isReset(error) && performance.now() - started < STALE_WITHIN_MS;
      if (stale && !init.signal?.aborted) return fetch(url, options);
      throw error;
    });
    host.answered = true;
  } catch (error) {
    if (init.signal?.aborted) throw stopped(init.signal, speaker);
    throw new ShimError(
      "upstream_unreachable",
      `${speaker} cannot be reached: ${reasonOf(error)}. Is it running, and is the address right?`,
      { cause: error },
    );
  }
  if (reply.status >= 300 && reply.status < 400) {
    const to = reply.headers.get("location") ?? "nowhere";
    throw new ShimError(
      "upstream_misplaced",
      `${speaker} redirects to ${to}; give that address as the upstream's URL if it is the right one`,
    );
  }
  if (reply.ok && reply.headers.get("content-type")?.includes("text/html")) {
    void reply.body?.cancel().catch(() => {});
    throw new ShimError("upstream_misplaced", `${speaker} answered with a web page; is the address right?`);
  }
  return reply;
}

function stopped(signal: AbortSignal, speaker: string): ShimError {
  if (signal.reason instanceof ShimError) return signal.reason;
  return (signal.reason as { name?: unknown } | undefined)?.name === "TimeoutError"
    ? new ShimError("upstream_timeout", `${speaker} has not answered in time`)
    : new ShimError("aborted", "the client went away");
}

/** What the runtime's own words leave unclear; its code stays, for whoever searches for it. */
const REASONS: Record<string, string> = {
  ECONNREFUSED: "nobody listens there",
  ECONNRESET: "the host closed the connection",
  ConnectionClosed: "the host closed the connection",
  ENOTFOUND: "no host has this name",
};

/** Why a request failed, for people. Bun adds a hint for programmers, of no use to ours. */
export function reasonOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  const known = typeof code === "string" ? REASONS[code] : undefined;
  if (known !== undefined) return `${known} (${String(code)})`;
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/ For more information, pass `verbose: true`.*$/s, "").replace(/[.?]+$/, "");
}

const MAX_ERROR_CHARACTERS = 64 * 1024;
const ERROR_BODY_MS = 2000;

/** What an error answer says. A host that goes on for ever, or stops in the middle, is not waited for. */
export async function errorText(reply: Response): Promise<string> {
  const reader = reply.body?.getReader();
  if (!reader) return "";
  const leave = (): void => void reader.cancel().catch(() => {});
  const timer = setTimeout(leave, ERROR_BODY_MS);
  const utf8 = new TextDecoder();
  let text = "";
  try {
    while (text.length < MAX_ERROR_CHARACTERS) {
      const { value, done } = await reader.read();
      if (done) break;
      text += utf8.decode(value, { stream: true });
    }
  } catch {
    // Half of it tells more than nothing.
  }
  clearTimeout(timer);
  leave();
  return text;
}

function isReset(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === "ECONNRESET" || code === "ConnectionClosed";
}
