/**
 * Keeps web pages out: a page that the user happens to visit could otherwise send requests to this machine, or read
 * answers by a name that it points here (DNS rebinding). Agents send none of these headers.
 */
import { ShimError } from "../core/errors.ts";
import { isLoopback } from "../core/addresses.ts";

/** Throws a ShimError `permission` for what a browser sends on behalf of another site. */
export function refuseBrowsers(headers: Headers): void {
  const host = hostOf(`http://${headers.get("host") ?? "localhost"}`);
  if (!isLoopbackName(host)) throw refused(`the host name \`${host}\``);
  const origin = headers.get("origin");
  if (origin !== null && !isLoopbackName(hostOf(origin))) throw refused(`the web page at \`${origin}\``);
  const site = headers.get("sec-fetch-site");
  if (site === "cross-site" || site === "same-site") throw refused("another web site");
}

function refused(who: string): ShimError {
  return new ShimError("permission", `juscode-shim serves programs of this machine only, not ${who}`);
}

/** Empty for what is no address. */
function hostOf(url: string): string {
  try {
    return new URL(url).hostname;
  } catch {
    return "";
  }
}

/** Browsers resolve names below `localhost` to this machine without asking anyone. */
function isLoopbackName(host: string): boolean {
  return isLoopback(host) || host.endsWith(".localhost");
}
