/** The table [server]. */
import type { ServerSettings } from "./config-file.ts";
import { defined, type Findings } from "./findings.ts";
import { isLoopback } from "../../core/addresses.ts";

import type { ServerToml } from "./schema.ts";

export function resolveServer(toml: ServerToml, hasProviders: boolean, found: Findings): ServerSettings {
  const { listen, discover = !hasProviders, local_only = false, ...rest } = toml;
  return {
    discover,
    local_only,
    ...defined({ ...rest, listen: listen === undefined ? undefined : readListen(String(listen), found) }),
  } as ServerSettings;
}

function readListen(text: string, found: Findings): ServerSettings["listen"] {
  const path = ["server", "listen"];
  const parts = /^(?:(\[[^\]]+\]|[^:]*):)?(\d+)$/.exec(text);
  const port = Number(parts?.[2] ?? Number.NaN);
  if (!(port >= 0 && port <= 65_535)) {
    found.problem(path, "is no address to listen on", 'write HOST:PORT or PORT, for example "127.0.0.1:5872"');
    return undefined;
  }
  const host = (parts?.[1] ?? "").replaceAll(/[[\]]/g, "") || "127.0.0.1";
  if (!isLoopback(host)) {
    found.problem(
      path,
      `${host} would let other machines in, and this version has no keys to keep strangers out`,
      `write 127.0.0.1:${port}, and reach it through an SSH tunnel`,
    );
  }
  return { host, port };
}
