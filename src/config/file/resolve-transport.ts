/** How connections are made to a host that the config names: whom they trust, by which proxy, and whether it is in house. */
import { isPrivate } from "../../core/addresses.ts";
import type { Transport } from "./config-file.ts";
import type { Findings } from "./findings.ts";
import { urlOf } from "./resolve-address.ts";
import { readNamed, resolvePath } from "./resolve-files.ts";
import type { KeyPath } from "../../core/toml-positions.ts";

interface Written {
  ca_file?: string | undefined;
  proxy?: string | undefined;
}

export function resolveTransport({ ca_file, proxy }: Written, path: KeyPath, found: Findings): Transport {
  const file = caFile(ca_file, [...path, "ca_file"], found);
  const by = proxyOf(proxy, [...path, "proxy"], found);
  return { ...(file !== undefined && { ca_file: file }), ...(by !== undefined && { proxy: by }) };
}

/** A proxy elsewhere sees it all. `told` is the user's own word. */
export function isInHouse(local: boolean, { proxy }: Transport, told: boolean | undefined): boolean {
  return told ?? (local && (!proxy || isPrivate(urlOf(proxy)?.hostname ?? "")));
}

function caFile(written: string | undefined, path: KeyPath, found: Findings): string | undefined {
  if (written === undefined) return undefined;
  const file = resolvePath(written, path, found);
  const text = file === undefined ? undefined : readNamed(file, path, found);
  if (text !== undefined && !text.includes("-----BEGIN CERTIFICATE-----"))
    found.problem(path, `${file} holds no certificate`, "name a PEM file: it has lines with BEGIN CERTIFICATE");
  return file;
}

function proxyOf(written: string | undefined, path: KeyPath, found: Findings): string | undefined {
  if (written === undefined || written === "") return written;
  if (/^https?:\/\//i.test(written) && urlOf(written)) return written;
  found.problem(
    path,
    "is no URL of a proxy",
    'write for example: proxy = "http://egress.example:3128", or "" for none',
  );
  return undefined;
}
