/**
 * Keeps web pages out: a page that the user happens to visit could otherwise send requests to this machine, or read
 * answers by a name that it points here (DNS rebinding). Agents send none of these headers.
 */
import { ShimError } from "../../core/errors.ts";
import { isLoopback } from "../../core/addresses.ts";

export interface GuardRules {
  /** Other machines may connect, and so do by an address of this one. */
  open: boolean;
  /** Names by which this server is reached besides loopback, in lower case; `*.` at the head for all below it. */
  allowed_hosts: readonly string[];
  /** Pages that may send requests and read answers, as browsers write them: `https://app.example`. */
  allowed_origins: readonly string[];
}

export const LOOPBACK_ONLY: GuardRules = { open: false, allowed_hosts: [], allowed_origins: [] };

/** Throws a ShimError `permission` for what a browser sends on behalf of another site. */
export function refuseBrowsers(headers: Headers, rules: GuardRules = LOOPBACK_ONLY): void {
  const host = hostOf(`http://${headers.get("host") ?? "localhost"}`);
  if (!isOwnHost(host, rules)) throw refused(`the host name \`${host}\``, "allowed_hosts", rules);
  const origin = headers.get("origin");
  if (origin !== null && isAllowedOrigin(origin, rules)) return;
  if (origin !== null && !isLoopbackName(hostOf(origin)))
    throw refused(`the web page at \`${origin}\``, "allowed_origins", rules);
  const site = headers.get("sec-fetch-site");
  if (site === "cross-site" || site === "same-site") throw refused("another web site", "allowed_origins", rules);
}

/**
 * A page that connects by WebSocket reads all answers: no browser asks us first, as it does before it lets a page read
 * what it has fetched. Beside the pages that may, only our own address: some libraries name whom they call.
 */
export function refuseForeignOrigin(headers: Headers, rules: GuardRules): void {
  const origin = headers.get("origin");
  if (origin === null || isAllowedOrigin(origin, rules) || hostWithPort(origin) === headers.get("host")) return;
  throw refused(`the web page at \`${origin}\``, "allowed_origins", rules);
}

/** Of an answer to a page that may read it; none for all others, which keeps them from reading. */
export function corsHeaders(headers: Headers, rules: GuardRules): Record<string, string> {
  const origin = headers.get("origin");
  if (origin === null || !isAllowedOrigin(origin, rules)) return {};
  return { "access-control-allow-origin": origin, "access-control-expose-headers": "*", vary: "origin" };
}

const PREFLIGHT_S = 600;

/** What a browser asks before it lets a page send; undefined for any other request. It carries no key. */
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

/** A name that leads here may be anybody's; an address in its place cannot be pointed elsewhere. */
function isOwnHost(host: string, { open, allowed_hosts }: GuardRules): boolean {
  if (isLoopbackName(host) || (open && isAddress(host))) return true;
  return allowed_hosts.some((each) => (each.startsWith("*.") ? host.endsWith(each.slice(1)) : host === each));
}

function isAllowedOrigin(origin: string, { allowed_origins }: GuardRules): boolean {
  return allowed_origins.includes(origin);
}

function isAddress(host: string): boolean {
  return /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[\da-f:.]+\])$/i.test(host);
}

/** Empty for what is no address. */
function hostOf(url: string): string {
  try {
    return new URL(url).hostname;
  } catch {
    return "";
  }
}

function hostWithPort(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return "";
  }
}

/** Browsers resolve names below `localhost` to this machine without asking anyone. */
function isLoopbackName(host: string): boolean {
  return isLoopback(host) || host.endsWith(".localhost");
}
