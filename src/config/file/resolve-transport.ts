/** How the config's connections are made: headers, trusted authorities, proxy, and whether the other end is local. */
import { isPrivate } from "../../core/addresses.ts";
import type { Transport } from "./config-file.ts";
import type { Setting } from "./findings.ts";
import { readNamed, resolvePath } from "./resolve-files.ts";
import type { ProviderToml } from "./schema.ts";

type Written = Pick<ProviderToml, "ca_file" | "proxy">;

export function resolveTransport({ ca_file, proxy }: Written, table: Setting): Transport {
  const file = ca_file === undefined ? undefined : caFile(ca_file, table.at("ca_file"));
  const by = proxy === undefined ? undefined : proxyOf(proxy, table.at("proxy"));
  return { ...(file !== undefined && { ca_file: file }), ...(by !== undefined && { proxy: by }) };
}

/** A proxy elsewhere sees all that is sent. `stated` is the user's own word. */
export function isLocal(local: boolean, { proxy }: Transport, stated: boolean | undefined): boolean {
  return stated ?? (local && (!proxy || isPrivate(URL.parse(proxy)?.hostname ?? "")));
}

function caFile(written: string, setting: Setting): string | undefined {
  const file = resolvePath(written, setting);
  const text = file === undefined ? undefined : readNamed(file, setting);
  if (text !== undefined && !text.includes("-----BEGIN CERTIFICATE-----"))
    setting.problem(`${file} holds no certificate`, "name a PEM file: it has lines with BEGIN CERTIFICATE");
  return file;
}

function proxyOf(written: string, setting: Setting): string | undefined {
  if (written === "" || (/^https?:\/\//i.test(written) && URL.canParse(written))) return written;
  return setting.problem(
    "is not the URL of a proxy",
    'for example: proxy = "http://egress.example:3128", or "" for none',
  );
}

/** An http or https address to which keys are sent; passwords, and a query where it says so, are refused. */
export function httpUrl(text: string, query: "query" | "no query"): URL | undefined {
  const url = /^https?:\/\//i.test(text) ? URL.parse(text) : null;
  const is_plain = url?.username === "" && url.password === "" && url.hash === "";
  return is_plain && (query === "query" || url.search === "") ? url : undefined;
}

/** A header whose variable is not set is left out, as Codex does. */
export function headersOf(
  { http_headers = {}, env_http_headers = {} }: Pick<ProviderToml, "http_headers" | "env_http_headers">,
  table: Setting,
): Record<string, string> | undefined {
  const headers: Record<string, string> = {};
  const add = (setting: Setting, name: string, value: string): void => {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name))
      setting.problem("is not a valid name of a header", "use letters, digits and hyphens only");
    else if (/[^\t\x20-\x7e\x80-\xff]/.test(value))
      setting.problem("has a value that no header can have", "leave out line breaks and what is not in Latin-1");
    else headers[name] = value;
  };
  for (const [name, value] of Object.entries(http_headers)) add(table.at("http_headers", name), name, value);
  for (const [name, variable] of Object.entries(env_http_headers)) {
    const setting = table.at("env_http_headers", name);
    const value = setting.variable(variable)?.trim();
    if (value) add(setting, name, value);
    else setting.warn("is not sent: its environment variable is not set");
  }
  return Object.keys(headers).length === 0 ? undefined : headers;
}
