/** One request to an upstream: what may go wrong before its reply begins, in words for people. */
import { quotingError, ShimError } from "../../core/errors.ts";
import { watchConnect, type Address } from "./connect.ts";
import { fetchPlain } from "./plain.ts";
import { abortReason, pause } from "../pause.ts";

/** `timeout: false` is Bun's: without it a silent prefill ends after some minutes. */
export type Init = RequestInit & {
  timeout?: false;
  /** Bun's: PEM text of the authorities that are trusted. */
  tls?: { ca: string[] };
  /** Bun's: URL of a proxy for this request; false for none, whatever the environment says. */
  proxy?: string | false;
  /** Deno's: how it connects. */
  client?: object;
};

export interface Host {
  speaker: string;
  /** Where its connections go; undefined where a proxy makes them. */
  address: Address | undefined;
  connect_timeout_ms: number;
  /** It has replied before, so that a request may go out over a connection kept since then. */
  answered: boolean;
}

/** A connection that the upstream has closed breaks as soon as it is written to; one that breaks later was in use. */
const STALE_WITHIN_MS = 2000;

/** One request; a second one only when the first can hardly have reached the upstream: each costs a whole reply. */
export async function request(host: Host, url: string, init: Init): Promise<Response> {
  const { speaker } = host;
  // A request that is given up must not go out later, when the upstream takes connections again.
  const given_up = new AbortController();
  const signal = init.signal ? AbortSignal.any([init.signal, given_up.signal]) : given_up.signal;
  const options: Init = { ...init, signal, redirect: "manual", timeout: false };
  const started = performance.now();
  let reply: Response;
  const watch = host.answered ? undefined : watchConnect(host);
  try {
    const ask = (): Promise<Response> => fetchPlain(url, options, speaker);
    const asked = whenFilesAre(ask, signal).catch((error: unknown) => {
      const stale = host.answered && isReset(error) && performance.now() - started < STALE_WITHIN_MS;
      if (stale && !init.signal?.aborted) return ask();
      throw error;
    });
    reply = await (watch ? Promise.race([asked, watch.failed]) : asked);
    host.answered = true;
  } catch (error) {
    given_up.abort();
    if (init.signal?.aborted) throw stopped(init.signal, speaker);
    if (isOutOfFiles(error)) throw outOfFiles();
    if (error instanceof ShimError) throw error;
    host.answered = false;
    const words = `${speaker} cannot be reached: ${reasonOf(error)}. Is it running, and is the address right?`;
    throw new ShimError("upstream_unreachable", words, { cause: error });
  } finally {
    watch?.end();
  }
  if (reply.status >= 300 && reply.status < 400) {
    const to = withoutQuery(reply.headers.get("location") ?? "nowhere");
    const origin = /^https?:\/\/[\w.:[\]-]+(?=\/|$)/.exec(to)?.[0] ?? "";
    const advice = "; give that address as the upstream's URL if it is the right one";
    throw quotingError("upstream_misplaced", `${speaker} redirects to ${origin}`, to.slice(origin.length), advice);
  }
  if (reply.ok && reply.headers.get("content-type")?.includes("text/html")) {
    void reply.body?.cancel().catch(() => {});
    throw new ShimError("upstream_misplaced", `${speaker} answered with a web page; is the address right?`);
  }
  return reply;
}

/** Addresses are printed, and a query may hold a key. */
function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, "");
}

function stopped(signal: AbortSignal, speaker: string): ShimError {
  const reason: unknown = signal.reason;
  return reason instanceof Error && reason.name === "TimeoutError"
    ? new ShimError("upstream_timeout", `${speaker} has not answered in time`)
    : abortReason(signal);
}

const UNTRUSTED = "untrusted TLS certificate; set `ca_file` to the issuing CA";

/** What the runtime's own words leave unclear; the code stays, so that users can search for it. */
const REASONS: Record<string, string> = {
  ECONNREFUSED: "connection refused: nothing is listening on that port",
  ECONNRESET: "the upstream closed the connection",
  ConnectionClosed: "the upstream closed the connection",
  ENOTFOUND: "no host has this name",
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  CERT_HAS_EXPIRED: "its certificate has expired",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name",
};

/** The runtime's code of an error; empty where it has none. */
function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** Why a request failed, for people. Bun adds a hint for programmers, of no use to ours. */
export function reasonOf(error: unknown): string {
  const code = codeOf(error);
  const known = REASONS[code];
  if (known !== undefined) return `${known} (${code})`;
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/ For more information, pass `verbose: true`.*$/s, "").replace(/[.?]+$/, "");
}

function isOutOfFiles(error: unknown): boolean {
  return ["EMFILE", "ENFILE"].includes(codeOf(error));
}

/** Other requests end, and their sockets with them. */
const FILES_PAUSE_MS = 50;
const FILES_PATIENCE_MS = 2000;

/** Sockets are files, and of these a process has only so many: waited for a little, since no upstream is at fault. */
async function whenFilesAre(ask: () => Promise<Response>, signal: AbortSignal): Promise<Response> {
  const end = performance.now() + FILES_PATIENCE_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!isOutOfFiles(error) || performance.now() > end || signal.aborted) throw error;
    }
    await pause(FILES_PAUSE_MS, signal);
  }
}

function outOfFiles(): ShimError {
  const words = "juscode-shim may open no more files or sockets: raise its limit (`ulimit -n`, LimitNOFILE of a unit)";
  return new ShimError("overloaded", words, { retry_after_ms: 1000 });
}

function isReset(error: unknown): boolean {
  return ["ECONNRESET", "ConnectionClosed"].includes(codeOf(error));
}
