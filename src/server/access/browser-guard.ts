/**
 * Keeps web pages out: a page that the user happens to visit could otherwise send requests to this machine, or read
 * responses by a name that it points here (DNS rebinding). Agents send none of these headers.
 */
import { ShimError } from "../../core/errors.ts";
import { isLoopback } from "../../core/addresses.ts";

export interface GuardRules {
  /** Other machines may connect, and so they may use an address of this one as its host name. */
  open: boolean;
  /** Names by which this server is reached besides loopback, in lower case; `*.` at the head for all below it. */
  allowed_hosts: readonly string[];
  /** Pages that may send requests and read responses, as browsers write them: `https://app.example`. */
  allowed_origins: readonly string[];
}

export const LOOPBACK_ONLY: GuardRules = { open: false, allowed_hosts: [], allowed_origins: [] };

/** Throws a ShimError `permission` for what a browser sends on behalf of another site. */
export function refuseBrowsers(headers: Headers, rules: GuardRules = LOOPBACK_ONLY): void {
  const host = URL.parse(`http://${headers.get("host") ?? "localhost"}`)?.hostname ?? "";
  if (!isOwnHost(host, rules)) throw refused(`the host name \`${host}\``, "allowed_hosts", rules);
  const origin = headers.get("origin");
  if (origin !== null && isAllowedOrigin(origin, rules)) return;
  if (origin !== null && !isLoopback(URL.parse(origin)?.hostname ?? ""))
    throw refused(`the web page at \`${origin}\``, "allowed_origins", rules);
  const site = headers.get("sec-fetch-site");
  if (site === "cross-site" || site === "same-site") throw refused("another web site", "allowed_origins", rules);
}

/**
 * A page that connects by WebSocket reads all responses: browsers send no preflight for it, as they do before a page may
 * read what it has fetched. Besides allowed pages, only our own address passes: some libraries name the host they call.
 */
export function refuseForeignOrigin(headers: Headers, rules: GuardRules): void {
  const origin = headers.get("origin");
  if (origin === null || isAllowedOrigin(origin, rules) || URL.parse(origin)?.host === headers.get("host")) return;
  throw refused(`the web page at \`${origin}\``, "allowed_origins", rules);
}

/** Headers that let an allowed page read the response; none for all others, which keeps them from reading it. */
export function corsHeaders(headers: Headers, rules: GuardRules): Record<string, string> {
  const origin = headers.get("origin");
  if (origin === null || !isAllowedOrigin(origin, rules)) return {};
  return { "access-control-allow-origin": origin, "access-control-expose-headers": "*", vary: "origin" };
}

const PREFLIGHT_S = 600;

/** The response to a browser's preflight, which carries no key; undefined for any other request. */
export function preflight(method: string, headers: Headers, rules: GuardRules): Response | undefined {
  const cors = corsHeaders(headers, rules);
  if (method !== "OPTIONS" || !headers.has("access-control-request-method") || !cors["vary"]) return undefined;
  const asked = headers.get("access-control-request-headers");
  return new Response(null, {
    status: 204,
    headers: {
      ...cors,
      "access-control-allow-methods": "GET, POST, DELETE",
      ...(asked !== null && { "access-control-allow-headers": asked }),
      ...(headers.has("access-control-request-private-network") && { "access-control-allow-private-network": "true" }),
      "access-control-max-age": String(PREFLIGHT_S),
    },
  });
}

function refused(who: string, setting: keyof GuardRules, { open }: GuardRules): ShimError {
  return new ShimError(
    "permission",
    `juscode-shim serves programs${open ? "" : " of this machine"} only, not ${who} (see \`${setting}\` of [server])`,
  );
}

/** Anybody may point a name here; an address in its place cannot be pointed elsewhere. */
function isOwnHost(host: string, { open, allowed_hosts }: GuardRules): boolean {
  if (isLoopback(host) || (open && IP_ADDRESS.test(host))) return true;
  return allowed_hosts.some((each) => (each.startsWith("*.") ? host.endsWith(each.slice(1)) : host === each));
}

function isAllowedOrigin(origin: string, { allowed_origins }: GuardRules): boolean {
  return allowed_origins.includes(origin);
}

const IP_ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[\da-f:.]+\])$/i;
