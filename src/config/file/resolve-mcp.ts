/** The tables [mcp_servers.*]: where each server is, and which of its tools may be called. */
import { isPrivate } from "../../core/addresses.ts";
import { CODEX_MCP_KEYS } from "./codex-keys.ts";
import type { McpServerSettings } from "./config-file.ts";
import { defined, type Setting } from "./findings.ts";
import { resolveKey } from "./resolve-key.ts";
import { headersOf, httpUrl, isLocal, resolveTransport } from "./resolve-transport.ts";
import type { McpServerToml } from "./schema-hosted.ts";

const DEFAULT_TIMEOUT_MS = 60_000;
const EXAMPLE = 'for example: url = "https://tools.example/mcp"; keys go into env_key or api_key_file';

/** Undefined for a server that only Codex can use, which is warned of. */
export function resolveMcp(label: string, toml: McpServerToml, table: Setting): McpServerSettings | undefined {
  const theirs = Object.keys(toml).find((key) => CODEX_MCP_KEYS.includes(key));
  if (theirs !== undefined) {
    table.at(theirs).warn("is a setting of Codex: this server is not used here");
    return undefined;
  }
  if (!/^[\w-]{1,64}$/.test(label))
    return table.problem("is not a valid label", "use letters, digits, hyphens and underscores only");
  const { env_key, api_key_file, allowed_tools, require_approval } = toml;
  const url = toml.url === undefined ? undefined : httpUrl(toml.url, "query");
  if (toml.url === undefined) table.problem("has no url", EXAMPLE);
  else if (!url) table.at("url").problem("is not a plain http or https address", EXAMPLE);
  const { source, api_key } = resolveKey(defined({ env_key, api_key_file }), undefined, table);
  const transport = resolveTransport(toml, table);
  if (!url) return undefined;
  return {
    label,
    url: url.href,
    headers: headersOf(toml, table) ?? {},
    key: source,
    ...transport,
    local: isLocal(isPrivate(url.hostname), transport, toml.local),
    client_authorization: toml.client_authorization ?? false,
    timeout_ms: toml.timeout_ms ?? DEFAULT_TIMEOUT_MS,
    ...defined({ api_key, allowed_tools, require_approval }),
  };
}
