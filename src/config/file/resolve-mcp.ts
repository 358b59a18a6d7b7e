/** The tables [mcp_servers.*]: where each server is, and what may be done there. */
import { isPrivate } from "../../core/addresses.ts";
import { CODEX_MCP_KEYS } from "./codex-keys.ts";
import type { McpServerSettings } from "./config-file.ts";
import { defined, type Findings } from "./findings.ts";
import { headersOf } from "./resolve-headers.ts";
import { resolveKey } from "./resolve-key.ts";
import { isInHouse, resolveTransport } from "./resolve-transport.ts";
import type { McpServerToml } from "./schema-hosted.ts";
import type { KeyPath } from "../../core/toml-positions.ts";

const DEFAULT_TIMEOUT_MS = 60_000;

/** None for a server of Codex's own, which is warned of. */
export function resolveMcp(label: string, toml: McpServerToml, found: Findings): McpServerSettings[] {
  const path: KeyPath = ["mcp_servers", label];
  const theirs = Object.keys(toml).find((key) => CODEX_MCP_KEYS.includes(key));
  if (theirs !== undefined) {
    found.warn([...path, theirs], "is Codex's own, so that this server is not used here; such a one has only our keys");
    return [];
  }
  if (!/^[\w-]{1,64}$/.test(label)) {
    found.problem(path, "is no label", "write letters, digits, hyphens and underscores only");
    return [];
  }
  const url = urlOf(toml.url, path, found);
  const { env_key, api_key_file } = toml;
  const { source, api_key } = resolveKey(defined({ env_key, api_key_file }), undefined, path, found);
  const transport = resolveTransport(toml, path, found);
  if (url === undefined) return [];
  const { allowed_tools, require_approval, client_authorization = false, timeout_ms = DEFAULT_TIMEOUT_MS } = toml;
  return [
    {
      label,
      url: url.href,
      headers: headersOf(toml, path, found) ?? {},
      key: source,
      ...transport,
      local: isInHouse(isPrivate(url.hostname), transport, toml.local),
      client_authorization,
      timeout_ms,
      ...defined({ api_key, allowed_tools, require_approval }),
    },
  ];
}

function urlOf(written: string | undefined, path: KeyPath, found: Findings): URL | undefined {
  const url = written !== undefined && /^https?:\/\//i.test(written) ? URL.parse(written) : null;
  if (url && url.username === "" && url.password === "" && url.hash === "") return url;
  const at = written === undefined ? path : [...path, "url"];
  const message = written === undefined ? "has no url" : "is no plain http or https address";
  found.problem(
    at,
    message,
    'write for example: url = "https://tools.example/mcp"; keys go into env_key or api_key_file',
  );
  return undefined;
}
