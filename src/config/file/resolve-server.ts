/** The table [server]. */
import type { ServerSettings } from "./config-file.ts";
import { defined, type Findings } from "./findings.ts";
import { isLoopback } from "../../core/addresses.ts";
import { resolvePath } from "./resolve-files.ts";
import type { ServerToml } from "./schema.ts";

export function resolveServer(toml: ServerToml, hasProviders: boolean, found: Findings): ServerSettings {
  const { listen, discover = !hasProviders, local_only = false, ...rest } = toml;
  const { keys_file, cert_file, key_file } = resolveFiles(toml, found);
  return {
    discover,
    local_only,
    ...defined({
      ...rest,
      keys_file,
      cert_file,
      key_file,
      allowed_hosts: toml.allowed_hosts?.map((host, i) => readHost(host, i, found)),
      allowed_origins: toml.allowed_origins?.map((origin, i) => readOrigin(origin, i, found)),
      listen: listen === undefined ? undefined : readListen(String(listen), keys_file, found),
    }),
  } as ServerSettings;
}

const FILES = ["keys_file", "cert_file", "key_file"] as const;
type Files = Partial<Record<(typeof FILES)[number], string>>;

/** What stands in them is read where it is used, and followed there. */
function resolveFiles(toml: ServerToml, found: Findings): Files {
  const files: Files = {};
  for (const name of FILES) {
    const path = toml[name] === undefined ? undefined : resolvePath(toml[name], ["server", name], found);
    if (path !== undefined) files[name] = path;
  }
  for (const [one, other] of [
    ["cert_file", "key_file"],
    ["key_file", "cert_file"],
  ] as const) {
    if (toml[one] !== undefined && toml[other] === undefined)
      found.problem(["server", one], `needs \`${other}\` beside it`, `write ${other} = "…" too, or take out both`);
  }
  return files;
}

/** A name or an address, without scheme, port or path; `*.` at its head for all names below. */
function readHost(written: string, index: number, found: Findings): string {
  const host = written.toLowerCase();
  const name = host.startsWith("*.") ? host.slice(2) : host;
  const url = URL.parse(`http://${name}/`);
  if (url?.host !== name || !/^[\w.[\]:-]+$/.test(name)) {
    const fix = 'write the name alone, without scheme, port or path, for example "models.example.com"';
    found.problem(["server", "allowed_hosts", index], `\`${written}\` is no name of a host`, fix);
  }
  return host;
}

/** As a browser sends it in `Origin`: scheme, host, and the port where it is not the usual one. */
function readOrigin(written: string, index: number, found: Findings): string {
  const parts = /^(?<scheme>[a-z][a-z\d+.-]*):\/\/(?<rest>[^/?#@*]+)\/?$/i.exec(written);
  if (!parts) {
    const fix = 'write scheme and host as browsers do, for example "https://app.example.com"';
    found.problem(["server", "allowed_origins", index], `\`${written}\` is no origin of a web page`, fix);
    return written;
  }
  const origin = written.replace(/\/$/, "");
  const web = /^https?$/i.test(parts.groups?.["scheme"] ?? "") ? URL.parse(origin)?.origin : undefined;
  return web ?? origin.toLowerCase();
}

function readListen(text: string, keys_file: string | undefined, found: Findings): ServerSettings["listen"] {
  const path = ["server", "listen"];
  const parts = /^(?:(\[[^\]]+\]|[^:]*):)?(\d+)$/.exec(text);
  const port = Number(parts?.[2] ?? Number.NaN);
  if (!(port >= 0 && port <= 65_535)) {
    found.problem(path, "is no address to listen on", 'write HOST:PORT or PORT, for example "127.0.0.1:5872"');
    return undefined;
  }
  const host = (parts?.[1] ?? "").replaceAll(/[[\]]/g, "") || "127.0.0.1";
  if (!isLoopback(host) && (found.inputs.client_keys?.(keys_file) ?? 0) === 0) {
    found.problem(
      path,
      `${host} would let other machines in, and there are no keys to keep strangers out`,
      `make one first: juscode-shim key add NAME; or write 127.0.0.1:${port}, and reach it through an SSH tunnel`,
    );
  }
  return { host, port };
}
