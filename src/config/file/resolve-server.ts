/** The table [server]. */
import { isLoopback } from "../../core/addresses.ts";
import type { ServerSettings } from "./config-file.ts";
import { defined, type Setting } from "./findings.ts";
import { resolvePath } from "./resolve-files.ts";
import type { ServerToml } from "./schema.ts";

export function resolveServer(toml: ServerToml, has_providers: boolean, table: Setting): ServerSettings {
  const { listen, discover = !has_providers, local_only = false, ...rest } = toml;
  // These files are read where they are used, and watched there.
  const pathOf = (name: "keys_file" | "cert_file" | "key_file"): string | undefined =>
    toml[name] === undefined ? undefined : resolvePath(toml[name], table.at(name));
  const [keys_file, cert_file, key_file] = [pathOf("keys_file"), pathOf("cert_file"), pathOf("key_file")];
  needsBeside(toml, "cert_file", "key_file", table);
  needsBeside(toml, "key_file", "cert_file", table);
  return {
    discover,
    local_only,
    ...defined({
      ...rest,
      keys_file,
      cert_file,
      key_file,
      allowed_hosts: toml.allowed_hosts?.map((host, i) => readHost(host, table.at("allowed_hosts", i))),
      allowed_origins: toml.allowed_origins?.map((origin, i) => readOrigin(origin, table.at("allowed_origins", i))),
      listen: listen === undefined ? undefined : readListen(String(listen), keys_file, table.at("listen")),
    }),
  };
}

function needsBeside(toml: ServerToml, one: keyof ServerToml, other: keyof ServerToml, table: Setting): void {
  if (toml[one] !== undefined && toml[other] === undefined)
    table.at(one).problem(`needs \`${other}\` beside it`, `write ${other} = "…" too, or take out both`);
}

/** A name or an address, without scheme, port or path; `*.` at its head for all names below. */
function readHost(written: string, setting: Setting): string {
  const host = written.toLowerCase();
  const name = host.startsWith("*.") ? host.slice(2) : host;
  if (URL.parse(`http://${name}/`)?.host !== name || !/^[\w.[\]:-]+$/.test(name)) {
    const fix = 'write the name alone, without scheme, port or path, for example "models.example.com"';
    setting.problem(`\`${written}\` is not a host name`, fix);
  }
  return host;
}

/** As a browser sends it in `Origin`: scheme, host, and the port where it is not the usual one. */
function readOrigin(written: string, setting: Setting): string {
  const parts = /^(?<scheme>[a-z][a-z\d+.-]*):\/\/(?<rest>[^/?#@*]+)\/?$/i.exec(written);
  if (!parts) {
    const fix = 'write scheme and host as browsers do, for example "https://app.example.com"';
    setting.problem(`\`${written}\` is not the origin of a web page`, fix);
    return written;
  }
  const origin = written.replace(/\/$/, "");
  const web = /^https?$/i.test(parts.groups?.["scheme"] ?? "") ? URL.parse(origin)?.origin : undefined;
  return web ?? origin.toLowerCase();
}

function readListen(text: string, keys_file: string | undefined, setting: Setting): ServerSettings["listen"] {
  const address = parseListen(text);
  if (!address)
    return setting.problem("is not an address to listen on", 'use HOST:PORT or PORT, for example "127.0.0.1:5872"');
  const { host, port } = address;
  if (!isLoopback(host) && (setting.found.inputs.client_keys?.(keys_file) ?? 0) === 0)
    setting.problem(
      `${host} would be reachable from other machines, but no client keys exist`,
      `create one first: juscode-shim key add NAME; or use 127.0.0.1:${port} with an SSH tunnel`,
    );
  return address;
}

/** `HOST:PORT` or `PORT`, with brackets around an IPv6 address; undefined for anything else. */
export function parseListen(text: string): { host: string; port: number } | undefined {
  const parts = /^(?:(\[[^\]]+\]|[^:]*):)?(\d{1,5})$/.exec(text);
  const port = Number(parts?.[2] ?? Number.NaN);
  const host = (parts?.[1] ?? "").replaceAll(/[[\]]/g, "") || "127.0.0.1";
  return port <= 65_535 ? { host, port } : undefined;
}
