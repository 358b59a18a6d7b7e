/** Where each request comes in: what a browser sends for strangers, and who has no key, gets no further. */
import { corsHeaders, LOOPBACK_ONLY, preflight, refuseBrowsers, type GuardRules } from "./browser-guard.ts";
import { clientRequestId, REQUEST_ID_HEADER } from "../telemetry/request-id.ts";
import { Access, type Caller } from "./access.ts";
import { presentedKeys } from "./client-keys.ts";

/** Of these a stranger sees that somebody is there, and nothing else. */
const OPEN_PATHS = new Set(["/", "/v1", "/health"]);

/** Whether a request has passed, or only sees what strangers may see: without a key, or with one that is not known. */
export type Entry = "admitted" | "stranger" | "wrong_key";

export class Door {
  readonly access: Access;
  rules: GuardRules;

  constructor(access: Access, rules: GuardRules) {
    this.access = access;
    this.rules = rules;
  }

  /** Throws a ShimError for who is kept out. A browser that asks whether a page may send has its answer at once. */
  enter({ method, headers }: Request, path: string): Response | Entry {
    refuseBrowsers(headers, this.rules);
    const early = preflight(method, headers, this.rules);
    if (early) return early;
    if ((method === "GET" || method === "HEAD") && OPEN_PATHS.has(path)) return this.entryTo(headers);
    this.access.caller(headers);
    return "admitted";
  }

  private entryTo(headers: Headers): Entry {
    if (this.access.knows(headers)) return "admitted";
    return presentedKeys(headers).length === 0 ? "stranger" : "wrong_key";
  }

  caller(headers: Headers): Caller {
    return this.access.caller(headers);
  }

  /** What every answer to this request bears. */
  headersFor(headers: Headers): Record<string, string> {
    const id = clientRequestId(headers);
    return { ...corsHeaders(headers, this.rules), ...(id !== undefined && { [REQUEST_ID_HEADER]: id }) };
  }
}

/** For a server that this machine alone reaches, without keys. */
export function openDoor(): Door {
  return new Door(new Access([], false, () => performance.now()), LOOPBACK_ONLY);
}
