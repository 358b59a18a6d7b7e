/** What to do about a search service or an MCP server that does not answer as it should. */
import type { KeyOrigin } from "../../config/file/config-file.ts";
import { shownKey } from "../../config/file/describe.ts";
import type { ErrorKind } from "../../core/errors.ts";

interface Asked {
  /** The table of the config that names it. */
  table: string;
  key: KeyOrigin;
  /** What its address looks like. */
  address: string;
  /** What its users must know to set it up (see config/search-services). */
  hint?: string | undefined;
}

export function adviceFor(kind: ErrorKind, { table, key, address, hint }: Asked): string {
  switch (kind) {
    case "authentication":
      return key.kind === "none"
        ? `it wants a key, and none is set: env_key or api_key_file of ${table}`
        : `set the right key: the one that is sent stands ${whereOf(key)}; then restart the shim or send it SIGHUP`;
    case "permission":
      if (hint !== undefined) return `${hint}; restart it after that`;
      return key.kind === "none"
        ? `it may want a key: env_key or api_key_file of ${table}`
        : `the key ${whereOf(key)} does not let this be done`;
    case "quota":
      return "the account is used up: top it up, or name another service";
    case "rate_limited":
      return "it is asked too often: wait, or raise its limit for this machine";
    case "not_found":
    case "upstream_misplaced":
    case "upstream_protocol":
      return `correct url of ${table}: ${address}`;
    case "upstream_unreachable":
      return `start it, or correct url of ${table}; is a proxy or a firewall between?`;
    case "upstream_timeout":
      return `is it busy or stuck? timeout_ms of ${table} says how long is waited`;
    case "invalid_request":
      return `it does not take what it is sent: look at what ${table} adds to it`;
    default:
      return `look into its own log; are url and key of ${table} right?`;
  }
}

function whereOf(key: KeyOrigin): string {
  return key.kind === "env" ? `in the variable ${key.name}` : shownKey(key);
}
