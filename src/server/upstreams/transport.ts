/**
 * Trust and proxies of connections. Runtimes read HTTP_PROXY, HTTPS_PROXY and ALL_PROXY (in either case, NO_PROXY excepted) by
 * themselves, for loopback, too (Bun 1.4.5, Deno 2.9.6): what is local is therefore connected to directly, whatever the
 * environment says. Bun takes both with each request, Deno with a client that is made once.
 */
import process from "node:process";
import { readRegularFile } from "../../config/regular-file.ts";
import type { Init } from "./fetching.ts";

interface Way {
  ca_file?: string;
  /** URL; empty for none, absent for what the environment says. */
  proxy?: string;
  /** It stands in your network. */
  local?: boolean;
}

/** The variables that runtimes read. */
export const PROXY_VARIABLES = ["http_proxy", "https_proxy", "all_proxy"].flatMap((name) => [name, name.toUpperCase()]);

/** Whether a proxy of the environment is passed by. */
export function isDirect({ proxy, local = false }: Way): boolean {
  return proxy === "" || (proxy === undefined && local);
}

export function transportOf(way: Way): Init {
  const { ca_file, proxy } = way;
  const direct = isDirect(way);
  const { Deno: deno } = globalThis as { Deno?: Deno };
  if (deno) return denoTransport(deno, way, direct);
  return {
    ...(ca_file !== undefined && { tls: { ca: [...rootCertificates(), readRegularFile(ca_file)] } }),
    ...(direct ? { proxy: false as const } : proxy !== undefined && { proxy }),
  };
}

/** For upstreams on this machine. */
export function directly(): Init {
  return transportOf({ local: true });
}

/** Of a module that takes some milliseconds to load, which hardly any start needs. */
function rootCertificates(): readonly string[] {
  return process.getBuiltinModule("node:tls").rootCertificates;
}

interface Deno {
  createHttpClient(options: { caCerts?: string[]; proxy?: { url: string } }): object;
}

/** Each holds connections of its own, so that there is one for each way. */
const clients = new Map<string, object>();

function denoTransport(deno: Deno, { ca_file, proxy }: Way, direct: boolean): Init {
  if (ca_file === undefined && !direct && proxy === undefined) return {};
  const key = JSON.stringify([ca_file, proxy, direct]);
  let client = clients.get(key);
  if (!client) {
    const make = (): object =>
      deno.createHttpClient({
        ...(ca_file !== undefined && { caCerts: [readRegularFile(ca_file)] }),
        ...(!direct && proxy !== undefined && { proxy: { url: proxy } }),
      });
    clients.set(key, (client = direct ? withoutProxies(make) : make()));
  }
  return { client };
}

/** A client keeps what the environment said when it was made. */
function withoutProxies<Made>(make: () => Made): Made {
  const before = PROXY_VARIABLES.map((name) => [name, process.env[name]] as const);
  for (const name of PROXY_VARIABLES) delete process.env[name];
  try {
    return make();
  } finally {
    for (const [name, value] of before) if (value !== undefined) process.env[name] = value;
  }
}
